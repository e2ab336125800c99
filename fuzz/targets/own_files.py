"""Files that the toolkit writes itself and anybody may hand over: pages, alphabets, language models, presets."""

import hashlib
import io
import json
import zipfile
from functools import partial

import numpy as np

from fuzz.frame import as_file, as_folder, target
from fuzz.structure import INSIDE, mutate_h5, mutate_json, mutate_zip

mutate_npz = mutate_zip
mutate_folder = partial(mutate_zip, inside=INSIDE | {".npz": mutate_npz, ".h5": mutate_h5})


def pack(members):
    """A zip of {name: bytes}, which stands for a folder."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, contents in members.items():
            archive.writestr(name, contents)
    return stream.getvalue()


def unpack(contents, names):
    """The members of those names of a zip, as far as it can be read and they are small."""
    found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(contents)) as archive:
            for info in archive.infolist():
                if info.filename in names and info.file_size < 2**24:
                    found[info.filename] = archive.read(info)
    except Exception:
        return found
    return found


def npz(**arrays):
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def seed_pages():
    from ocr_crnn.formats.page_json import format_page_json
    from ocr_crnn.page import Characters, Page

    quads = [[[1, 2], [25, 2], [25, 9], [1, 9]], [[30, 2], [50, 2], [50, 9], [30, 9]]]
    characters = [Characters(quads, [0.9, 0.8]), None]
    columns = {
        "scores": [0.9, 0.5], "lines": [0, 1], "blocks": [0, 0], "scripts": ["hangul", None], "entities": [None, "date"],
        "attributes": [{"font": "a"}, {}], "left_out": 2,
    }  # fmt: skip
    columns["records"] = {"tables": [{"quad": quads[0], "cells": [{"words": [0, 1], "quads": quads}, {"words": []}]}],
                          "entities": [{"type": "DATE", "value": "2025-02-24", "words": [0], "quads": quads[:1]}],
                          "fields": [{"field": "a", "words": [0], "quad": quads[0]}], "pairs": [{"label": [0], "value": [1]}]}
    full = Page("page.png", (40, 60), quads, ["가나", None], characters=characters, **columns)
    for page in (full, Page(None, (40, 60), np.zeros((0, 4, 2)), []), Page("a.png", (1, 1), quads, ["a", "b"], unit="line")):
        yield format_page_json(page, number=1, dpi=300).encode()


@target(seed_pages, ValueError, mutate_json)
def page_json(contents):
    """What is read can be written in every format."""
    from fuzz.targets.writers import write_all
    from ocr_crnn.formats.page_json import read_page_json

    page = read_page_json(as_file(contents, "page.json"))
    if not np.isfinite(page.quads).all():
        raise TypeError("The boxes of a page are finite.")
    if max(page.size) <= 4000:  # an HTML page holds its image
        write_all(page)


def seed_parts():
    from ocr_crnn.commands.read.batch import Job, Options
    from ocr_crnn.commands.read.parts import read_part

    source = as_file(_picture(), "a.png")
    for formats in (("txt",), ("txt", "html", "pdf")):
        path = source.parent / "0.part"
        read_part(_Reads(), Job(source, "a", source.parent / "a"), Options(formats), path, lambda page: None)
        yield path.read_bytes()


@target(seed_parts, ValueError, partial(mutate_zip, inside={".json": mutate_json}))
def parts_of_documents(contents):
    """What a part says becomes a document, or the part is refused."""
    from ocr_crnn.commands.read.batch import Job, Options
    from ocr_crnn.commands.read.parts import join_parts

    source = as_file(_picture(), "a.png")
    (part := source.parent / "0.part").write_bytes(contents)
    join_parts(Job(source, "a", source.parent / "a"), Options(("txt", "html")), [part])


class _Reads:
    def read_pages(self, images):
        from ocr_crnn.page import Characters, Page

        quads = [[[1, 2], [25, 2], [25, 9], [1, 9]]]
        return [Page(None, image.shape[:2], quads, ["가"], scores=[0.9], characters=[Characters(quads, [0.9])]) for image in images]


def _picture():
    from PIL import Image

    stream = io.BytesIO()
    Image.new("L", (40, 30), 255).save(stream, "PNG")
    return stream.getvalue()


@target(lambda: [b'{"document": "a", "options": "o", "content": "c", "seen": [1, "x"], "in_all": 3}\n' * 2], ValueError)
def finished_documents(contents):
    """Lines that are none are counted."""
    from ocr_crnn.commands.read.cluster.bookkeeping import parse_records

    found, wrong = parse_records(contents)
    if len(found) + wrong != len(contents.splitlines()) or not all(isinstance(record.in_all, int) for record in found):
        raise TypeError("Every line is a record or counted.")


def seed_templates():
    from ocr_crnn.reading.templates.schema import FILE
    from ocr_crnn.reading.templates.stage import SHIPPED

    yield from ((SHIPPED / name / FILE).read_bytes() for name in ("tax_invoice", "resume"))


@target(seed_templates, ValueError, mutate_json)
def templates(contents):
    """A template that is read is looked for on pages, one of which shows its own labels."""
    from ocr_crnn.geometry import boxes_to_quads
    from ocr_crnn.page import Page
    from ocr_crnn.reading.templates.schema import FILE, read_template
    from ocr_crnn.reading.templates.stage import find_forms

    template = read_template(as_file(contents, FILE).parent)
    labels = template.pages[0].anchors
    texts = [label.text for label in labels]
    at = boxes_to_quads([(7 * number % 300, 11 * number % 380, 20, 9) for number in range(len(texts))])
    for quads in (at, np.clip([label.quad for label in labels], -1e4, 1e4)):
        page = find_forms(Page(None, (400, 320), quads, texts), np.full((400, 320, 3), 255, np.uint8), [template])
        if not all(0 <= row["score"] <= 1 for row in page.records["fields"]):
            raise TypeError("Scores lie in 0..1.")


@target(lambda: ["가나다\n".encode(), b"abc", "가 나\r\n각\n".encode(), b"\xef\xbb\xbfab", b""], ValueError)
def alphabets(contents):
    from ocr_crnn.alphabet import Alphabet

    alphabet = Alphabet.load(as_file(contents, "alphabet.txt"))
    alphabet.decode(alphabet.encode(alphabet.characters))


def seed_models():
    from ocr_crnn.decoding.language_model import train_ngrams

    for texts, order in ((["가나다 1234", "나가 다나", "가나"], 3), (["ab"], 1), ([f"{number}호 가{number}" for number in range(50)], 5)):
        path = as_file(b"", "model.npz")
        train_ngrams(texts, order=order).save(path)
        yield path.read_bytes()


@target(seed_models, ValueError, mutate_npz)
def language_models(contents):
    """A model that is read gives finite probabilities."""
    from ocr_crnn.alphabet import Alphabet
    from ocr_crnn.decoding.language_model import LanguageModel

    model = LanguageModel.load(as_file(contents, "model.npz"), Alphabet("가나다 0123456789호ab"))
    if not np.isfinite(model.log_probability("가나 12호 다가나")):
        raise TypeError("Probabilities are finite.")


PRESET = ("config.json", "weights.npz", "alphabet.txt", "README.md", "maps.tflite")


def seed_presets():
    from ocr_crnn.presets import SCHEMA

    weights = npz(**{"dense/kernel": np.ones((3, 4), np.float16), "dense/bias": np.zeros(4, np.float16), "count": np.int32(7)})
    members = {"weights.npz": weights, "alphabet.txt": "가나".encode(), "maps.tflite": bytes(64)}
    config = {
        "schema": SCHEMA, "task": "recognition", "sha256": dict.fromkeys(members, ""), "min_score": 0.5, "calibration": [1.0, 0.0],
        "engine": {"version": 1, "files": {"maps": "maps.tflite"}},
    }  # fmt: skip
    yield pack(members | {"config.json": json.dumps(config).encode()})


def sealed(members):
    """The members with checksums that are right, where there is a list of them: what they protect is looked at too."""
    try:
        config = json.loads(members["config.json"])
        listed = {name: hashlib.sha256(members[name]).hexdigest() for name in config["sha256"] if name in members}
        return members | {"config.json": json.dumps(config | {"sha256": config["sha256"] | listed}).encode("utf-8", "surrogatepass")}
    except Exception:
        return members


class _Variable:
    def __init__(self, path, shape, dtype="float32"):
        self.path, self.shape, self.dtype = path, shape, dtype

    def assign(self, value):
        if value.shape != tuple(self.shape):
            raise TypeError(f"A variable keeps its shape. Received: {value.shape}.")


@target(seed_presets, (ValueError, RuntimeError), mutate_folder)
def presets(contents):
    """All that is read of one without a network; LiteRTError is a RuntimeError."""
    from ocr_crnn.presets import WEIGHTS, load_variables, preset_file, read_preset
    from ocr_crnn.presets.engine_files import read_engine_files

    folder, config = read_preset(as_folder(sealed(unpack(contents, PRESET)), "preset"), "recognition")
    load_variables([_Variable("dense/kernel", (3, 4)), _Variable("dense/bias", (4,)), _Variable("count", (), "int32")],
                   preset_file(folder, config, WEIGHTS))  # fmt: skip
    read_engine_files(folder, config)
