"""The stage: records of forms and fields as the schema has them, and pages that show nothing."""

import json

import numpy as np
from filled_form import filled_leave, leave_template, page_of

from ocr_crnn.formats.page_json import format_page_json
from ocr_crnn.page import Page
from ocr_crnn.reading.orientation import turn_page
from ocr_crnn.reading.reader import run_stages
from ocr_crnn.reading.templates.schema import write_template
from ocr_crnn.reading.templates.stage import SHIPPED, find_forms, find_shipped_forms, load_stage, read_templates
from ocr_crnn.synthesis.page.blank_forms import FORMS, leave_request


def test_records_go_to_json_and_turn_with_the_page():
    page, image = filled_leave()
    found = find_forms(page, image, [leave_template(), leave_template(2)])
    (form,) = found.records["forms"]
    assert (form["template"], form["version"], form["page"]) == ("휴가신청서", 1, 1) and "versions" not in form
    assert {row["form"] for row in found.records["fields"]} == {0}
    record = json.loads(format_page_json(found))
    assert record["records"]["fields"][0]["template"] == "휴가신청서"
    turned = turn_page(found, 1)
    assert turned.records["fields"][0]["quad"] != found.records["fields"][0]["quad"]
    back = turn_page(turned, 3).records["fields"][0]["quad"]
    np.testing.assert_allclose(back, found.records["fields"][0]["quad"], atol=0.2)


def test_a_page_of_nothing_known_says_what_was_tried():
    page, image = page_of(FORMS["resume"](), {"name": "나누리"})
    records = find_forms(page, image, [leave_template()]).records
    (form,) = records["forms"]
    assert form["template"] is None and records["fields"] == []
    assert [one["template"] for one in form["candidates"]] == ["휴가신청서"] and form["candidates"][0]["why"]
    empty = Page(None, (40, 60), np.zeros((0, 4, 2)), [], scores=[], lines=[], blocks=[], characters=[])
    assert find_forms(empty, np.full((40, 60, 3), 255, np.uint8), []).records == {
        "forms": [{"template": None, "candidates": []}],
        "fields": [],
    }


def test_versions_that_cannot_be_told_apart_give_what_both_have():
    page, image = filled_leave()
    first = leave_template()
    moved = tuple(field._replace(quad=field.quad + 60 if field.name == "phone" else field.quad) for field in first.pages[0].fields)
    third = first._replace(version=3, pages=(first.pages[0]._replace(fields=moved),))
    records = find_forms(page, image, [first, third]).records
    assert records["forms"][0]["versions"] == [3, 1]
    names = {row["field"] for row in records["fields"]}
    assert "phone" not in names and {"name", "start"} <= names


def test_the_forms_that_ship_are_read_by_their_stage():
    templates = read_templates(SHIPPED)
    assert [template.name for template in templates] == ["표준근로계약서", "이력서", "세금계산서"]
    assert all((SHIPPED / name / "blank.png").stat().st_size <= 100_000 for name in ("labour_contract", "resume", "tax_invoice"))
    page, image = page_of(FORMS["resume"](), {"name": "나누리", "birthday": "1990. 1. 2."}, 120)
    fields = {row["field"]: row["value"] for row in find_shipped_forms(page, image).records["fields"]}
    assert fields["name"] == "나누리" and fields["birthday"] == "1990-01-02" and fields["mobile"] is None


def test_a_folder_is_a_stage_that_runs_with_the_others(tmp_path):
    import pickle
    from types import SimpleNamespace

    write_template(leave_template(), tmp_path / "leave")
    stage = pickle.loads(pickle.dumps(load_stage(tmp_path)))  # workers get it so
    page, image = page_of(leave_request(), {"name": "나누리"})
    reading = SimpleNamespace(turns=0)
    import ocr_crnn.reading.reader as reader

    kept, reader.page_of_segments = reader.page_of_segments, lambda reading, grey, settings: page
    try:
        found = run_stages(reading, image, (stage,))
    finally:
        reader.page_of_segments = kept
    assert {row["field"]: row["value"] for row in found.records["fields"]}["name"] == "나누리"
