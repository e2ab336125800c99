"""Templates that nobody should trust: each fault is named, with the file and the fix."""

import json

import pytest
from filled_form import leave_template

from ocr_crnn.reading.templates.schema import FILE, format_template, read_template
from ocr_crnn.untrusted.plain import DamagedFileError


def fault(tmp_path, change):
    record = json.loads(format_template(leave_template()))
    change(record)
    (tmp_path / FILE).write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(DamagedFileError) as error:
        read_template(tmp_path)
    message = str(error.value)
    assert message.startswith("A template is JSON of the schema") and FILE in message and message.count("Received: ") <= 2
    return message


def set_field(**values):
    return lambda record: record["pages"][0]["fields"][0].update(values)


OUTSIDE = [[0, 0], [9000, 0], [9000, 20], [0, 20]]
FAULTS = [
    (lambda record: record.update(schema="ocr_crnn/template/2"), "template/2"),
    (lambda record: record.pop("version"), "Received: no version"),
    (lambda record: record.update(version=0), "version is a whole number from 1"),
    (lambda record: record.update(extra=1), "which is unknown"),
    (lambda record: record.update(replaces=1), "A version replaces an earlier one"),
    (lambda record: record.update(valid_from="soon"), "valid_from is a date"),
    (lambda record: record.update(name="a\u202eb"), "name is a text"),
    (lambda record: record.update(pages=[]), "A template has a page"),
    (lambda record: record["pages"][0].update(size=[100]), "size is height and width"),
    (lambda record: record["pages"][0].update(anchors=record["pages"][0]["anchors"][:3]), "at least min_anchors labels"),
    (lambda record: record["pages"][0]["anchors"][0].update(key="성명"), "The key of"),
    (lambda record: record["pages"][0]["fields"].append(record["pages"][0]["fields"][0]), "A field has a name of its own"),
    (lambda record: record["thresholds"].update(min_share=2), "min_share is a number from 0.1 to 1"),
    (set_field(quad=OUTSIDE), "A field lies on its page"),
    (set_field(quad=[[1, 1]] * 4), "at least 2 pixels wide"),
    (set_field(quad=[1, 2, 3, 4]), "quad is four corners"),
    (set_field(quad=[[0, 0], ["1", 0], [1, 1], [0, 1]]), "quad is a number"),
    (set_field(type="colour"), "type is one of text"),
    (set_field(quad=[[10, 10], [50, 50], [50, 10], [10, 50]]), "go clockwise"),
    (set_field(quad=[[10, 10], [10, 50], [50, 50], [50, 10]]), "go clockwise"),
    (set_field(quad=[[10, 10], [50, 50], [90, 90], [50, 50]]), "go clockwise"),
    (set_field(type="check", choices=["예"]), "has no text to choose"),
    (set_field(group="kind"), "A group is of check boxes"),
    (set_field(type="check", group="kind", required=True), "Of a group one box is ticked"),
    (set_field(choices="예"), "choices are texts in a list"),
    (set_field(type="text", choices=["예", "예:"]), "Choices differ in letters or digits"),
    (set_field(type="text", choices=["예", "—"]), "Choices differ in letters or digits"),
    (set_field(type="date", choices=["2026-01-31", "사과"]), "Each choice is of the field's type"),
    (lambda record: record.update(valid_from="2026-13-01"), "valid_from is a date"),
    (lambda record: record["pages"][0]["anchors"][0].update(quad=OUTSIDE), "A label lies on its page"),
    (lambda record: [label.update(quad=label["quad"][:1] * 4) for label in record["pages"][0]["anchors"]], "at least a pixel high"),
    (lambda record: [label.update(quad=OUTSIDE[:1] + [[9, 0], [9, 9], [0, 9]]) for label in record["pages"][0]["anchors"]], "at places of"),
    (lambda record: [label.update(text="성명", key="성명") for label in record["pages"][0]["anchors"]], "labels at places"),
    (lambda record: record["pages"][0]["fields"][1].update(quad=record["pages"][0]["fields"][0]["quad"]), "at the same one"),
    (set_field(required="yes"), "required is true or false"),
]


@pytest.mark.parametrize(("change", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_each_fault_is_named(tmp_path, change, words):
    assert words in fault(tmp_path, change)


@pytest.mark.parametrize("contents", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": ' + b"[" * 100_000, b'{"pages": 1e999}'])
def test_what_is_no_json_object_is_told(tmp_path, contents):
    (tmp_path / FILE).write_bytes(contents)
    with pytest.raises(DamagedFileError, match="A template is"):
        read_template(tmp_path)
