"""Page JSON: what is written is read back; what is not a page is refused with its name."""

import json

import numpy as np
import pytest

from ocr_crnn.formats.page_json import SCHEMA, format_page_json, read_page_json, write_page_json
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page

QUADS = boxes_to_quads([[10.04, 5, 20, 10], [40, 5, 15, 10], [10, 30, 20, 10]])
TRUTH = Page(
    "pages/a.png", (60, 100), QUADS, ["계약서", None, '"끝"'],
    lines=[4, 4, 9], blocks=[1, 1, 2], scripts=["hangul", None, "hangul"],
    characters=[Characters(np.stack([QUADS[0]] * 3), [0.5, 0.25, 1.0]), None, Characters(np.stack([QUADS[2]] * 3))],
    attributes=[{"segment": 0, "kind": "title"}, {}, {"segment": 1}], left_out=4, unit="segment",
)  # fmt: skip


def test_round_trip(tmp_path):
    write_page_json(TRUTH, tmp_path / "a.json")
    page = read_page_json(tmp_path / "a.json")
    assert page.size == TRUTH.size and list(page.texts) == list(TRUTH.texts) and page.text == TRUTH.text
    np.testing.assert_allclose(page.quads, TRUTH.quads, atol=0.051)
    assert list(page.lines) == [0, 0, 1] and list(page.blocks) == [1, 1, 2]
    assert page.scores is None and page.entities is None and page.left_out == 4 and page.unit == "segment"
    assert list(page.scripts) == ["hangul", None, "hangul"] and list(page.attributes) == list(TRUTH.attributes)
    assert page.characters[1] is None and page.characters[2].scores is None
    np.testing.assert_allclose(page.characters[0].scores, [0.5, 0.25, 1.0])
    np.testing.assert_allclose(page.characters[0].quads, TRUTH.characters[0].quads, atol=0.051)


def test_the_schema_is_the_documented_one():
    page = Page("a.png", (60, 100), QUADS, ["가", "나", "다"], scores=[0.9, 0.7, 1.0], lines=[0, 0, 1], blocks=[0, 0, 1])
    record = json.loads(format_page_json(page))
    assert list(record) == ["schema", "image", "size", "text", "lines"]
    assert record["schema"] == "ocr_crnn/page/1" and record["size"] == [60, 100] and record["text"] == "가 나\n\n다"
    line = record["lines"][0]
    assert list(line) == ["text", "score", "quad", "block", "words"]
    assert line["text"] == "가 나" and line["score"] == 0.8 and line["quad"][0] == [10.0, 5.0]
    assert line["words"][0] == {"text": "가", "score": 0.9, "quad": [[10.0, 5.0], [30.0, 5.0], [30.0, 15.0], [10.0, 15.0]]}


def test_number_resolution_and_size_on_paper():
    page = Page("a.png", (3300, 2550), QUADS, ["가", "나", "다"])
    record = json.loads(format_page_json(page, number=3, dpi=300.0))
    assert list(record) == ["schema", "image", "page", "size", "dpi", "size_pt", "text", "lines"]
    assert (record["page"], record["dpi"], record["size_pt"]) == (3, 300, [792, 612])  # US Letter
    assert json.loads(format_page_json(page, dpi=150.0124))["dpi"] == 150.01


def test_the_image_is_found_from_the_folder_of_the_file(tmp_path):
    (tmp_path / "pages").mkdir()
    image = tmp_path / "pages" / "b.png"
    write_page_json(Page(str(image), (9, 9), np.zeros((0, 4, 2)), []), tmp_path / "b.json")
    assert json.loads((tmp_path / "b.json").read_text())["image"] == "pages/b.png"
    page = read_page_json(tmp_path / "b.json")
    assert page.image_path == str(image) and len(page) == 0
    write_page_json(Page(None, (9, 9), np.zeros((0, 4, 2)), []), tmp_path / "c.json")
    assert read_page_json(tmp_path / "c.json").image_path is None


@pytest.mark.parametrize(
    "contents",
    [
        "",
        "[]",
        "{}",
        '{"schema": "ocr_crnn/page/2"}',
        json.dumps({"schema": SCHEMA, "image": None, "size": [1, 1], "lines": [{"words": [{}]}]}),
    ],
)
def test_what_is_no_page_is_refused(tmp_path, contents):
    path = tmp_path / "x.json"
    path.write_text(contents)
    with pytest.raises(ValueError, match=r"A page file is JSON of the schema 'ocr_crnn/page/1'\. Received: .*x\.json"):
        read_page_json(path)
