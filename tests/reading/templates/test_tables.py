# ruff: noqa: E501 — tables read better in long lines.
"""Tables of fields: rows as worked out by hand, formulas disarmed."""

import csv
import io
import json

from ocr_crnn.reading.templates.tables import format_csv, format_json, format_wide

FIELD = {"form": 0, "template": "휴가", "version": 2, "page": 1, "type": "text", "state": "filled", "valid": True, "score": 0.9, "quad": [], "words": [], "reason": ""}  # fmt: skip
FOUND = {"forms": [{"template": "휴가", "version": 2, "score": 0.8}], "fields": [
    FIELD | {"field": "name", "text": "나누리", "value": "나누리"}, FIELD | {"field": "sum", "text": "=1+1", "value": "=1+1", "valid": False}]}  # fmt: skip
NONE = {"forms": [{"template": None, "candidates": [{"template": "휴가", "version": 2, "why": "2 of 9 labels."}]}], "fields": []}
RESULTS = [("a.png", 1, FOUND), ("b.pdf", 3, NONE)]


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_a_field_and_a_row_for_a_page_without_a_form():
    first, second, third = rows(format_csv(RESULTS))
    assert (first["file"], first["page"], first["field"], first["value"], first["valid"]) == ("a.png", "1", "name", "나누리", "True")
    assert second["value"] == "'=1+1"
    assert (third["file"], third["page"], third["field"]) == ("b.pdf", "3", "")
    assert third["reason"] == "No registered form. 휴가 2: 2 of 9 labels."


def test_a_row_a_form_and_what_should_be_looked_at():
    tables = format_wide(RESULTS)
    assert list(tables) == [("휴가", 2)]
    (row,) = rows(tables["휴가", 2])
    assert row == {"file": "a.png", "page": "1", "form": "0", "score": "0.8", "name": "나누리", "sum": "'=1+1", "look at": "sum"}
    assert format_wide([]) == {} and rows(format_csv([])) == []


def test_a_field_does_not_take_a_column_of_the_table():
    found = FOUND | {"fields": [FIELD | {"field": "page", "text": "3", "value": 3}]}
    (row,) = rows(format_wide([("a.png", 1, found)])["휴가", 2])
    assert row["page"] == "1" and row["field page"] == "3"


def test_json_holds_it_all():
    pages = json.loads(format_json(RESULTS))
    assert [(page["file"], page["page"], len(page["fields"])) for page in pages] == [("a.png", 1, 2), ("b.pdf", 3, 0)]
