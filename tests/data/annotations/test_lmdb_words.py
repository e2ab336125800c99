"""LMDBs of words are read sample by sample; whatever is wrong with one is a finding and the rest is used; what is written comes back."""

import io
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from annotated import read, write_image
from PIL import Image
from words import SIZE, png, samples, write_lmdb

from ocr_crnn.data.annotations import lmdb_words
from ocr_crnn.data.annotations.writing import Writer
from ocr_crnn.data.ground_truth import choose_format, iter_annotated, read_ground_truth
from ocr_crnn.data.samples import UnreadableImageError, read_image, read_image_bytes
from ocr_crnn.data.validation import KINDS, ValidationReport, check_images
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page


def test_a_set_and_sets_in_sets(tmp_path):
    write_lmdb(tmp_path / "test" / "IIIT5k", samples(["Hello", "가나 다"]))
    write_lmdb(tmp_path / "test" / "SVT", samples(["x"]))
    pages, findings = read(tmp_path)
    assert [page.texts[0] for page in pages] == ["Hello", "가나 다", "x"] and findings == {}
    assert [page.attributes[0]["set"] for page in pages] == ["test/IIIT5k"] * 2 + ["test/SVT"]
    assert pages[1].size == SIZE and pages[1].image_path.endswith("test/IIIT5k/data.mdb::image-000000002")
    assert read_image_bytes(pages[1].image_path) == png(2) and read_image(pages[1].image_path).shape == (*SIZE, 3)
    np.testing.assert_array_equal(pages[0].quads, boxes_to_quads([(0, 0, SIZE[1], SIZE[0])]))
    for path in (tmp_path / "test" / "SVT", tmp_path / "test" / "SVT" / "data.mdb"):
        (page,), _ = read(path)
        assert page.texts == ["x"] and page.attributes[0]["set"] == "SVT"


def test_samples_are_read_one_by_one(tmp_path, monkeypatch):
    write_lmdb(tmp_path, samples(["a", "b", "c"]))
    read_labels = []
    label = lmdb_words._label
    monkeypatch.setattr(lmdb_words, "_label", lambda tree, number, *more: read_labels.append(number) or label(tree, number, *more))
    pages = iter_annotated(*choose_format(tmp_path))
    assert next(pages).texts == ["a"] and read_labels == [1]


def without(records, *keys):
    return {key: value for key, value in records.items() if key not in keys}


BASE = samples(["a", "b", "c", "d"])
SECOND = (b"image-000000002", b"label-000000002")
THIRD = (b"image-000000003", b"label-000000003")
CASES = {
    "no count": (without(BASE, b"num-samples"), "abcd", {"lmdb_no_count": 1}),
    "no count and a gap": (without(BASE, b"num-samples", *SECOND), "acd", {"lmdb_no_count": 1, "lmdb_gap": 1}),
    "a count that is none": (BASE | {b"num-samples": b"four"}, "abcd", {"lmdb_bad_count": 1}),
    "an empty count": (BASE | {b"num-samples": b""}, "abcd", {"lmdb_bad_count": 1}),
    "a negative count": (BASE | {b"num-samples": b"-4"}, "abcd", {"lmdb_bad_count": 1}),
    "a count too large": (BASE | {b"num-samples": b"5"}, "abcd", {"lmdb_bad_count": 1}),
    "a huge count": (BASE | {b"num-samples": b"9" * 15}, "abcd", {"lmdb_bad_count": 1}),
    "a count of many digits": (BASE | {b"num-samples": b"9" * 10_000}, "abcd", {"lmdb_bad_count": 1}),
    "a count too small": (BASE | {b"num-samples": b"2"}, "ab", {"lmdb_not_counted": 2}),
    "a count of none": (BASE | {b"num-samples": b"0"}, "", {"lmdb_not_counted": 4}),
    "no image": (without(BASE, b"image-000000002"), "acd", {"lmdb_gap": 1}),
    "no label": (without(BASE, b"label-000000003"), "abd", {"lmdb_gap": 1}),
    "neither of two": (without(BASE, *SECOND, *THIRD), "ad", {"lmdb_gap": 1}),
    "no first": (without(BASE, b"image-000000001", b"label-000000001"), "bcd", {"lmdb_gap": 1}),
    "from zero": (samples(["a", "b", "c"], first=0), "abc", {"lmdb_from_zero": 1}),
    "from zero without a count": (without(samples(["a", "b"], first=0), b"num-samples"), "ab", {"lmdb_from_zero": 1, "lmdb_no_count": 1}),
    "one before the first": (BASE | without(samples(["z"], first=0), b"num-samples"), "abcd", {"lmdb_not_counted": 1}),
    "far away": (BASE | {b"image-999999999": png(), b"label-999999999": b"z"}, "abcd", {"lmdb_not_counted": 1}),
    "other keys": (BASE | {b"lexicon-000000001": b"x", b"image-1": b"x", b"image-0000000001": b"x"}, "abcd", {"lmdb_other_keys": 1}),
    "no samples": ({b"num-samples": b"3", b"a": b""}, "", {"lmdb_no_samples": 1, "lmdb_other_keys": 1}),
    "nothing": ({}, "", {"lmdb_no_samples": 1}),
    "a label in CP949": (samples(["a", "가".encode("cp949"), "c"]), "ac", {"label_not_utf8": 1}),
    "empty labels": (samples(["a", "", " ", "d"]), "ad", {"empty_text": 2}),
    "a huge label": (samples(["a", "b" * 70_000]), "a", {"labels_damaged": 1}),
    "no image in it": (BASE | {b"image-000000002": b"", b"image-000000003": b"GIF89a"}, "ad", {"image_unreadable": 2}),
    "decomposed": (samples(["\u1100\u1161"]), "가", {"text_not_nfc": 1}),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_odd_is_a_finding(tmp_path, name):
    records, texts, findings = CASES[name]
    write_lmdb(tmp_path, records)
    pages, found = read(tmp_path)
    assert "".join(page.texts[0] for page in pages) == texts and found == findings and set(found) <= set(KINDS)


def test_an_image_that_breaks_off_is_found_when_it_is_opened(tmp_path):
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)).save(stream, "JPEG")
    write_lmdb(tmp_path, BASE | {b"image-000000002": stream.getvalue()[:1500]})
    truth = read_ground_truth(tmp_path)
    assert truth.num_objects == 4 and not truth.report.counts
    check_images(truth.pages, truth.report, workers=2)
    assert truth.report.counts == {"image_unreadable": 1}


def test_one_that_cannot_be_read_does_not_end_the_others(tmp_path):
    good = write_lmdb(tmp_path / "good", BASE)
    for name, contents in (("cut", good.read_bytes()[:5000]), ("none", b""), ("other", b"\0" * 16 + b"\xbe\xef\xc0\xde" + b"\0" * 200)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data.mdb").write_bytes(contents)
    (tmp_path / "dir" / "data.mdb").mkdir(parents=True)
    shutil.make_archive(str(tmp_path / "packed"), "zip", good.parent)
    pages, findings = read(tmp_path)
    assert len(pages) == 4 and findings.pop("lmdb_damaged") == 2
    assert findings == {"lmdb_other_machine": 1, "lmdb_in_zip": 1}


def test_an_image_that_is_named_and_is_not_there(tmp_path):
    path = write_lmdb(tmp_path, BASE)
    with pytest.raises(FileNotFoundError, match="image-000000009"):
        read_image_bytes(f"{path}::image-000000009")
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(UnreadableImageError, match="cut off"):
        read_image_bytes(f"{path}::image-000000001")


def test_what_is_written_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr(lmdb_words, "FIRST_MAP_BYTES", 1 << 15)  # which has to grow
    monkeypatch.setattr(lmdb_words, "WRITTEN_AT_ONCE", 1 << 14)
    image = write_image(tmp_path / "line.png", (32, 100))
    page = Page(str(image), (32, 100), boxes_to_quads([(0, 0, 100, 32)]), ["a"], unit="line")
    (tmp_path / "out").mkdir()
    with Writer(tmp_path / "out", "lmdb", ValidationReport()) as writer:
        for number in range(60):
            writer.add(replace(page, texts=[f"{number} 가\n나"]))
    pages, findings = read(tmp_path / "out")
    assert [page.texts[0] for page in pages] == [f"{number} 가 나" for number in range(60)] and findings == {}
    assert {read_image_bytes(page.image_path) for page in pages} == {image.read_bytes()}
    assert os.listdir(tmp_path / "out") == ["data.mdb"]


@pytest.mark.parametrize(("format", "suffix"), [("PNG", ".png"), ("JPEG", ".jpeg"), ("PPM", ".png")])
def test_images_get_the_suffix_of_their_kind_in_other_formats(tmp_path, format, suffix):
    stream = io.BytesIO()
    Image.open(io.BytesIO(png(3))).save(stream, format)
    write_lmdb(tmp_path / "in", samples(["a"]) | {b"image-000000001": stream.getvalue()})
    (tmp_path / "out").mkdir()
    with Writer(tmp_path / "out", "csv", ValidationReport()) as writer:
        writer.add(read(tmp_path / "in")[0][0])
    (page,), findings = read(tmp_path / "out")
    assert page.image_path.endswith(f"image-000000001{suffix}") and page.texts == ["a"] and findings == {}
