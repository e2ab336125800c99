"""Parts of a document: what is read in pieces and joined is what is read at once, and a part that is none is refused."""

import json
import os
import zipfile
from dataclasses import fields, replace

import numpy as np
import pytest
from inputs import ALL, files
from oracle import PAGES
from PIL import Image
from readers import ToneReader, oracle_reader

from ocr_crnn.commands.read.batch import Job, Options, read_jobs
from ocr_crnn.commands.read.parts import format_exactly, join_parts, parse_exactly, read_part
from ocr_crnn.images import read_images
from ocr_crnn.page import Characters, Page
from ocr_crnn.untrusted.json_text import parse_json
from ocr_crnn.untrusted.plain import DamagedFileError


def test_a_page_comes_back_to_the_last_bit():
    page = oracle_reader().read_page(next(read_images(PAGES / "00000000.jpg")).pixels)
    quads = np.random.default_rng(0).random((2, 4, 2), np.float32)
    odd = Page(os.fsdecode("계약".encode("cp949")), (3, 4), quads, ["가\ud800", None], characters=[None, Characters(quads, [0.1, 1 / 3])])
    odd = replace(odd, attributes=[{"a": 1}, None], records={"tables": [{"words": [np.int64(1)], "quad": quads[0]}]}, unit="line")
    for one in (page, odd, Page(None, (1, 1), np.zeros((0, 4, 2)), [])):
        again = parse_exactly(parse_json(format_exactly(one)))
        assert format_exactly(again) == format_exactly(one)
        assert again.quads.dtype == np.float32 and np.array_equal(again.quads, one.quads)
        assert {field.name for field in fields(Page) if getattr(again, field.name) is None} == {
            field.name for field in fields(Page) if getattr(one, field.name) is None
        }


def tones(path, *values):
    frames = [Image.new("RGB", (60, 40), (value,) * 3) for value in values]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    return path


@pytest.mark.parametrize("mask", [(), ("rrn",)])
def test_parts_joined_are_the_document(tmp_path, mask):
    source = tones(tmp_path / "a.tif", 7, 13, 8, 9, 10)
    whole, shared = tmp_path / "whole", tmp_path / "shared"
    whole.mkdir(), shared.mkdir()
    options = Options(tuple(ALL.split(",")), overlay=True, errors_in=whole, mask=mask)
    (expected,) = read_jobs(ToneReader(), [Job(source, "a", whole / "a")], options, None)
    options, job = replace(options, errors_in=shared), Job(source, "a", shared / "a")
    paths = []
    for pages in ([(1, 2)], [(3, 5)]):
        paths.append(tmp_path / f"{pages[0][0]}.part")
        read_part(ToneReader(), job, replace(options, pages=pages), paths[-1], lambda page: None)
    result = join_parts(job, options, paths)
    assert (result.pages, result.words, result.left_out, len(result.errors)) == (expected.pages, expected.words, expected.left_out, 1) == (
        4, 8, 8, 1,
    )  # fmt: skip
    assert files(shared) == files(whole)
    assert all((shared / name).read_bytes() == (whole / name).read_bytes() for name in files(whole) if name != "masks.csv")


def test_a_part_that_is_none_is_refused(tmp_path):
    source = tones(tmp_path / "a.tif", 7, 8)
    options, job, path = Options(("txt", "html"), errors_in=tmp_path), Job(source, "a", tmp_path / "out" / "a"), tmp_path / "0.part"
    (tmp_path / "out").mkdir()
    read_part(ToneReader(), job, options, path, lambda page: None)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert set(members) == {"part.json", "0.json", "1.json", "0.html", "1.html"}
    head = json.loads(members["part.json"])
    for name, contents in (
        ("part.json", json.dumps(head | {"schema": "other"})), ("part.json", json.dumps(head | {"pages": [[0, "x"]]})), ("part.json", "["),
        ("0.json", "{}"), ("0.json", members["0.json"].replace(b'"unit":"word"', b'"unit":"sea"')), ("0.html", None),
    ):  # fmt: skip
        with zipfile.ZipFile(path, "w") as archive:
            for member, was in members.items():
                if member != name or contents is not None:
                    archive.writestr(member, contents if member == name else was)
        with pytest.raises(DamagedFileError, match="Received"):
            join_parts(job, options, [path])
        assert files(tmp_path / "out") == []
    path.write_bytes(b"no zip")
    with pytest.raises(DamagedFileError, match="Received"):
        join_parts(job, options, [path])
