"""Sets of AI Hub whose zips and JSON are damaged or hostile: each is a finding, and the rest is read."""

import zipfile

import pytest
from aihub_fixture import line_records, printed_set, write_json

from ocr_crnn.data.aihub import read_aihub_font_images

TEXTS = ["계약서", "제1조", "가나다"]


def test_a_damaged_zip_and_a_piece_of_one_are_findings(tmp_path):
    folder = printed_set(tmp_path)
    (folder / "02_printed_word_images.zip").write_bytes(b"PK\3\4")
    (folder / "03_printed_images.zip.part1").write_bytes(b"PK\3\4")
    gt = read_aihub_font_images(tmp_path)
    assert len(gt) == 3 and dict(gt.report.counts) == {"zip_damaged": 1, "zip_part": 1}


def damage(contents, name, how):
    """A zip of one JSON, changed in one way."""
    written = bytearray(contents)
    local, directory = written.index(b"PK\3\4"), written.rindex(b"PK\1\2")
    if how == "flipped byte":
        written[local + 30 + len(name.encode()) + 40] ^= 0x55
    elif how == "encrypted":
        written[directory + 8] |= 1
    elif how == "unknown packing":
        written[directory + 10] = written[local + 8] = 99
    elif how == "wrong checksum":
        written[directory + 16] ^= 1
        written[local + 14] ^= 1
    elif how == "no member":
        written[local : local + 4] = b"XXXX"
    elif how == "huge":  # says that 4 GB come out
        written[directory + 24 : directory + 28] = b"\xff\xff\xff\xff"
    return bytes(written)


@pytest.mark.parametrize("how", ["flipped byte", "encrypted", "unknown packing", "wrong checksum", "no member", "huge"])
def test_a_damaged_json_in_a_zip_ends_nothing(tmp_path, how):
    folder = printed_set(tmp_path)
    images, annotations = line_records(TEXTS, first_id=10)
    name = "printed_data_info_more.json"
    path = write_json(tmp_path / name, images, annotations)
    with zipfile.ZipFile(folder / "more.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, name)
    path.unlink()
    (folder / "more.zip").write_bytes(damage((folder / "more.zip").read_bytes(), name, how))
    gt = read_aihub_font_images(tmp_path)
    assert len(gt) == 3 and gt.report.counts["json_damaged"] == 1 and not set(gt.report.counts) - {"json_damaged", "image_missing"}


@pytest.mark.parametrize(
    ("record", "told"),
    [("[" * 100_000, "nested deeper than 64"), ('{"a":' * 100_000, "nested deeper"), ('"' + "b" * 3_000_000, "a text of more than")],
)
def test_records_that_would_fill_the_memory_are_a_finding(tmp_path, record, told):
    folder = printed_set(tmp_path)
    path = folder / "printed_data_info.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"annotations": [', f'"annotations": [{record},', 1), encoding="utf-8")
    gt = read_aihub_font_images(tmp_path)
    assert [row[0] for row in gt.report.rows if told in row[2]] == ["json_damaged"]


def test_numbers_of_5000_digits_end_a_file_and_no_more(tmp_path):
    path = printed_set(tmp_path / "first") / "printed_data_info.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"width": 20', f'"width": {"9" * 5000}', 1), encoding="utf-8")
    printed_set(tmp_path / "second")
    gt = read_aihub_font_images(tmp_path)
    assert len(gt) == 3 and gt.report.counts["json_damaged"] == 1
    assert "a number of more than 300 digits" in gt.report.rows[0][2]


def test_a_json_named_as_of_this_set_with_records_of_another_is_told(tmp_path):
    printed_set(tmp_path)
    (tmp_path / "handwriting_data_info.json").write_text('{"metadata": {"a": 1}}', encoding="utf-8")
    gt = read_aihub_font_images(tmp_path)
    assert len(gt) == 3 and gt.report.counts["json_foreign"] == 1
    assert [row[2] for row in gt.report.rows if row[0] == "json_foreign"] == ["야외 실제 촬영 한글 이미지 (105)"]
