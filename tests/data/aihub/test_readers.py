"""Every set with one JSON an image, read from a look-alike: packed, unpacked, one zip of it; and what no set may end at."""

import json
import tracemalloc
import unicodedata

import numpy as np
import pytest
from aihub_sets import FAKES, HEIGHT, WIDTH, stems, write_layout

from ocr_crnn.data import aihub
from ocr_crnn.data.aihub import WrongDataSetError, describe_json, gathering, read_aihub
from ocr_crnn.data.aihub.labels import make_page
from ocr_crnn.data.aihub.sets import tell_set
from ocr_crnn.data.aihub.telling import document_keys
from ocr_crnn.data.ground_truth import read_ground_truth
from ocr_crnn.data.samples import normalize
from ocr_crnn.data.validation import KINDS, ValidationReport, check_images
from ocr_crnn.untrusted.zips import open_zip

WHOLE = {"written words", "written letters"}  # one text fills the image


def texts_of(name, count=2):
    """{stem: texts} of a fake."""
    if name in WHOLE:
        return dict(zip(stems(name, count), (["가"], ["나"]) if "letters" in name else (["계약서"], ["주소"]), strict=True))
    return dict(zip(stems(name, count), (["계약서", "제1조", "Box"], ["서울시 중구"]), strict=True))


def read(name, root, **arguments):
    return getattr(aihub, FAKES[name].reader)(root, **arguments)


def counts(gt):
    return dict(gt.report.counts)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("name", FAKES)
def test_a_set_is_read_packed_and_unpacked(tmp_path, name, packed):
    texts = texts_of(name)
    FAKES[name].write(tmp_path, texts, packed)
    gt = read(name, tmp_path)
    assert counts(gt) == {} and gt.text == list(texts.values())
    check_images(gt.pages, gt.report, workers=1)
    assert counts(gt) == {}, "every image is found and has its size"
    for page in gt:
        assert page.size == (HEIGHT, WIDTH) and page.turned == (name in ("finance documents", "packaging"))
        assert page.unit == ("character" if name == "written letters" else "word")
        assert page.attributes[0]["set"] == FAKES[name].name and page.attributes[0]["split"] == "training"
        if name in WHOLE:
            assert page.quads.tolist() == [[[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]]
        else:
            assert page.quads[0].tolist() == [[10, 5], [30, 5], [30, 15], [10, 15]]
    assert read_ground_truth(tmp_path).text == gt.text, "it is told from one's own annotations"
    told = read_aihub(tmp_path)
    assert told.text == gt.text and told.report.facts[f"images of {FAKES[name].name}"] == 2


@pytest.mark.parametrize("name", FAKES)
def test_splits_are_told_and_kept_apart_though_names_repeat(tmp_path, name):
    first, second = texts_of(name), {stem: texts[::-1] for stem, texts in texts_of(name).items()}
    FAKES[name].write(tmp_path, first)
    FAKES[name].write(tmp_path, second, split="validation")
    gt = read(name, tmp_path)
    assert len(gt) == 4 and counts(gt) == {}
    assert read(name, tmp_path, split="validation").text == list(second.values())
    assert all("training" in path.lower() for path in read(name, tmp_path, split="training").image_names)
    with pytest.raises(ValueError, match="split is one of training, validation.*Received: split='test'"):
        read(name, tmp_path, split="test")


@pytest.mark.parametrize("name", FAKES)
def test_one_zip_finds_its_other_half(tmp_path, name):
    FAKES[name].write(tmp_path, texts_of(name))
    FAKES[name].write(tmp_path, {stem: ["다"] for stem in texts_of(name)}, split="validation")
    zips = sorted(path for path in tmp_path.rglob("*.zip") if "raining" in str(path))
    assert len(zips) == 2
    for archive in zips:
        gt = read(name, archive)
        assert gt.text == list(texts_of(name).values()) and counts(gt) == {}
    zips[0].rename(tmp_path / "renamed.zip")
    if "라벨" in str(zips[0]):
        assert counts(read(name, tmp_path / "renamed.zip")) == {"image_missing": 2, "labels_without_images": 1}


@pytest.mark.parametrize("name", FAKES)
def test_halves_that_were_not_downloaded(tmp_path, name):
    FAKES[name].write(tmp_path, texts_of(name))
    labels, images = sorted(tmp_path.rglob("*.zip"), key=lambda path: "라벨" not in str(path))
    held = images.read_bytes()
    images.unlink()
    gt = read(name, tmp_path)
    assert len(gt) == 0 and counts(gt) == {"image_missing": 2, "labels_without_images": 1}
    images.write_bytes(held[: len(held) // 2])
    assert counts(read(name, tmp_path)) == {"image_missing": 2, "labels_without_images": 1, "zip_damaged": 1}
    images.rename(images.with_name(f"{images.name}.part0"))
    assert counts(read(name, tmp_path)) == {"image_missing": 2, "labels_without_images": 1, "zip_part": 1}
    images.write_bytes(held)
    labels.unlink()
    with pytest.raises(WrongDataSetError, match="2 images. Join the pieces NAME.zip.partN first: ls -v"):
        read(name, tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp949"])
@pytest.mark.parametrize("name", FAKES)
def test_encodings_and_names_in_the_other_normal_form(tmp_path, name, encoding):
    texts = texts_of(name)
    members = FAKES[name].members(texts, encoding=encoding)
    write_layout(tmp_path, {unicodedata.normalize("NFD", path): contents for path, contents in members.items()}, packed=False)
    gt = read(name, tmp_path)
    assert gt.text == list(texts.values()) and counts(gt) == {}
    assert gt.sample(0)[1].shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("name", FAKES)
def test_labels_and_images_that_lack_the_other_and_files_that_lie_there_twice(tmp_path, name):
    fake = FAKES[name]
    members = fake.members(dict(zip(stems(name, 4), [["가"]] * 4, strict=True)))
    lone_label, lone_image, twice = stems(name, 3)
    del members[f"{fake.image(lone_label, 'training')}.{fake.suffix}"], members[fake.label(lone_image, "training")]
    write_layout(tmp_path, members)
    again = {path: contents for path, contents in members.items() if twice in path}
    write_layout(tmp_path, again, packed=False)
    gt = read(name, tmp_path)
    assert counts(gt) == {"image_missing": 1, "image_without_record": 1, "duplicate_file": 1, "duplicate_image": 1}
    assert len(gt) == 2 and set(counts(gt)) <= set(KINDS)


# What a JSON may be instead of what it should, and the findings.
DAMAGE = {
    "no JSON": (lambda contents: contents[:-5], {"json_damaged": 1}),
    "empty": (lambda contents: b"", {"json_damaged": 1}),
    "a list": (lambda contents: b"[" + contents + b"]", {"json_damaged": 1}),
    "nested": (lambda contents: b'{"a":' + b"[" * 100_000, {"json_damaged": 1}),
    "too long": (lambda contents: contents[:-1] + b" " * (1 << 23) + b"}", {"json_damaged": 1}),
    "a long number": (lambda contents: contents[:-1] + b', "a": ' + b"9" * 5000 + b"}", {"json_damaged": 1}),
    "another file": (lambda contents: b'{"version": 5, "shapes": []}', {"json_unknown": 1}),
    "of another set": (None, {"json_foreign": 1}),
}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_foreign_json_is_a_finding(tmp_path, damage, packed):
    change, findings = DAMAGE[damage]
    fake, (good, bad) = FAKES["handwriting"], stems("handwriting", 2)
    members = fake.members({good: ["가"], bad: ["나"]})
    path = fake.label(bad, "training")
    foreign = next(iter(FAKES["outdoor"].members({bad: ["나"]}).values()))
    members[path] = foreign if damage == "of another set" else change(members[path])
    write_layout(tmp_path, members, packed)
    gt = read("handwriting", tmp_path)
    assert gt.text == [["가"]] and counts(gt) == findings | ({} if "json_foreign" in findings else {"image_without_record": 1})


@pytest.mark.parametrize("name", FAKES)
def test_a_json_says_of_which_set_it_is(tmp_path, name):
    path = tmp_path / FAKES[name].label("1-2-3", "training").replace("::", "/")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(FAKES[name].document("1-2-3", ["가"])), encoding="utf-8")
    assert describe_json(path) == FAKES[name].name


@pytest.mark.parametrize("name", FAKES)
def test_records_that_are_no_records(name):
    """Every value of a label is exchanged for others, one at a time: nothing is raised, and what is found has a meaning."""
    document, report = FAKES[name].document(stems(name, 1)[0], ["가", "나"]), ValidationReport()
    where = normalize(FAKES[name].label(stems(name, 1)[0], "training"))
    data_set = tell_set(document_keys(document), where)
    for holder, key in list(places(document)):
        before = holder[key]
        for holder[key] in (None, [], {}, [[None]], [1, 2, 3, 4, 5], "", "가", -1, 1e300, float("nan"), True):
            page = make_page(data_set.read_label(document, where, report), "a.png", report)
            assert page is None or (np.isfinite(page.quads).all() and len(page.quads) == len(page.texts))
        holder[key] = before
    assert set(report.counts) <= set(KINDS) and report.counts["bad_record"]


def places(value):
    """(holder, key) of every value in a document."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


@pytest.mark.parametrize("kind", ["word", "sentence", "syllable"])
def test_kinds(tmp_path, kind):
    for name in ("handwriting", "written letters"):
        FAKES[name].write(tmp_path, texts_of(name))
    gt = read_aihub(tmp_path, kind=kind)
    assert gt.text == {"word": [["계약서", "제1조", "Box"]], "sentence": [["서울시 중구"]], "syllable": [["가"], ["나"]]}[kind]
    assert counts(gt) == {}, "images of other kinds are no finding"


def test_no_more_is_held_than_the_pages(tmp_path):
    FAKES["handwriting"].write(tmp_path, {f"IMG_{number}": ["가나다", "라마바", "사아자"] * 3 for number in range(400)})
    read("handwriting", tmp_path)  # what is made once
    tracemalloc.start()
    gt = read("handwriting", tmp_path)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(gt) == 400 and peak < 1.5 * held


def test_a_zip_is_opened_once(tmp_path, monkeypatch):
    FAKES["handwriting"].write(tmp_path, texts_of("handwriting"))
    opened = []
    monkeypatch.setattr(gathering, "open_zip", lambda path: opened.append(path) or open_zip(path))
    assert len(read("handwriting", tmp_path)) == 2 and len(opened) == len(set(opened)) == 2
