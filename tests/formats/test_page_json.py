"""Page JSON: what is written is read back; what is not a page is refused with its name."""

import json
from dataclasses import replace
from importlib.resources import files

import jsonschema
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
    records={"marks": [{"quad": [[0, 0], [9, 0], [9, 9], [0, 9]], "parts": [{"words": [0, 2]}]}], "others": []},
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
    assert page.records == TRUTH.records


def test_what_is_written_keeps_to_the_schema_file():
    schema = json.loads((files("ocr_crnn.formats") / "page.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    record = json.loads(format_page_json(TRUTH, number=3, dpi=300))
    check.validate(record)
    check.validate(json.loads(format_page_json(Page(None, (9, 9), np.zeros((0, 4, 2)), []))))
    for damage in ({"size": [0, 5]}, {"schema": "ocr_crnn/page/3"}, {"lines": [{"words": []}]}, {"records": {"tables": [5]}}):
        assert not check.is_valid(record | damage)


def test_the_first_version_is_read(tmp_path):
    (tmp_path / "a.json").write_text(format_page_json(replace(TRUTH, records={})).replace("page/2", "page/1"))
    page = read_page_json(tmp_path / "a.json")
    assert list(page.texts) == list(TRUTH.texts) and page.records == {}


def test_a_path_of_nothing_is_no_image(tmp_path):
    write_page_json(Page("", (9, 9), np.zeros((0, 4, 2)), []), tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["image"] is None
    (tmp_path / "b.json").write_text((tmp_path / "a.json").read_text().replace("null", '""', 1))
    assert read_page_json(tmp_path / "b.json").image_path is None


def test_the_schema_is_the_documented_one():
    page = Page("a.png", (60, 100), QUADS, ["가", "나", "다"], scores=[0.9, 0.7, 1.0], lines=[0, 0, 1], blocks=[0, 0, 1])
    record = json.loads(format_page_json(page))
    assert list(record) == ["schema", "image", "size", "text", "lines"]
    assert record["schema"] == "ocr_crnn/page/2" and record["size"] == [60, 100] and record["text"] == "가 나\n\n다"
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
        '{"schema": "ocr_crnn/page/1", "image": null, "size": [1, 1], "lines": [' + "[" * 100_000,
        b"\xff\xfe{",
    ],
)
def test_what_is_no_page_is_refused(tmp_path, contents):
    path = tmp_path / "x.json"
    path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    with pytest.raises(ValueError, match=r"A page file is JSON of the schema 'ocr_crnn/page/2'\. Received: .*x\.json"):
        read_page_json(path)


CHANGES = {
    "size": ([], [0, 5], [5.5, 5], [-1, 5], ["5", 5], [1 << 40, 5], None, {"a": 1}),
    "image": (5, ["a"], "a\0b"),
    "lines": (5, {}, ["x"], [{"words": 5}], [{"words": [5]}], [{"words": {}}], [{}]),
    "left_out": (-1, "3", 1e9, None),
    "unit": (["word"], "page", None),
    "block": ("x", 0.5, -1, 1 << 62, [1], True),
    "text": (5, ["a"], {}, False),
    "score": (None, "1", -0.1, 1.5, [0.5], True, float("nan")),
    "quad": (None, [], [1] * 7, [[1, 2]] * 5, [[float("nan"), 1]] * 4, [[float("inf"), 1]] * 4, [[1e300, 1]] * 4, [["1", 1]] * 4,
             [[True, 1]] * 4, [[10**400, 1]] * 4, [[-2e6, 1]] * 4, [[[[1]]]] * 8, "12345678"),
    "characters": (None, 5, [[1] * 7], [["a"] * 8], [[1e300] * 8], {"a": 1}),
    "character_scores": (5, [2], ["a"], [0.5, 0.5]),
    "script": (5, ["hangul"]),
    "entity": ({}, 1),
    "attributes": (None, ["a"], "x"),
    "records": (None, [], {"tables": {}}, {"tables": [5]}, {"tables": [{"words": [2]}]}, {"tables": [{"cells": [{"words": [-1]}]}]},
                {"tables": [{"words": 1}]}, {"pairs": [{"label": [0], "value": [2]}]},
                {"a": [{"quad": [1, 2]}]}, {"a": [{"quads": [[1] * 7]}]}, {"a": [{"b": {"quad": ["x"] * 8}}]}),
}  # fmt: skip


@pytest.mark.parametrize("key", CHANGES)
def test_every_value_is_looked_at(tmp_path, key):
    word = {"text": "가", "score": 0.5, "quad": [[0, 0], [9, 0], [9, 9], [0, 9]], "characters": [[0, 0, 9, 0, 9, 9, 0, 9]]}
    word |= {"character_scores": [0.5], "script": "hangul", "entity": "date", "attributes": {"font": "바탕"}}

    def write(value=None, key=None):
        line = {"block": 0, "words": [word, word | ({key: value} if key in word else {})]} | ({key: value} if key == "block" else {})
        record = {"schema": SCHEMA, "image": "a.png", "size": [20, 20], "left_out": 0, "unit": "word", "lines": [line], "records": {}}
        record |= {key: value} if key in record else {}
        (tmp_path / "x.json").write_text(json.dumps(record))
        return tmp_path / "x.json"

    assert len(read_page_json(write())) == 2
    for value in CHANGES[key]:
        with pytest.raises(ValueError, match=r"Received: .*x\.json: .*Read the page again"):
            read_page_json(write(value, key))


def test_texts_of_any_kind_are_texts(tmp_path):
    page = Page("a.png", (60, 100), QUADS, ["\0\x1b[31m", "\ud800", "\u202e\ufffe"])
    write_page_json(page, tmp_path / "a.json")
    assert list(read_page_json(tmp_path / "a.json").texts) == list(page.texts)
