"""Fields of a match: filled, empty, missing and unreadable ones are four things."""

import cv2
import numpy as np
from filled_form import VALUES, filled_leave, leave_template, move, without

from ocr_crnn.reading.cells import find_cells
from ocr_crnn.reading.templates.extraction import read_fields
from ocr_crnn.reading.templates.letters import letters_of
from ocr_crnn.reading.templates.matching import match_page

EXPECTED = {
    "department": "총무과", "name": "나누리", "number": 1024, "annual": True, "half": False, "start": "2026-03-05", "end": "2026-03-06",
    "phone": "01001234567", "reason": "가족 행사", "signed": "2026-03-02", "seal": True, "rank": None, "signature": None,
}  # fmt: skip


def rows_of(page, image, template=None):
    (match,), _ = match_page(page, [template or leave_template()])
    return {row["field"]: row for row in read_fields(page, image, match, letters_of(page), find_cells(image))}


def with_fields(**changes):
    template = leave_template()
    fields = tuple(field._replace(**changes.get(field.name, {})) for field in template.pages[0].fields)
    return template._replace(pages=(template.pages[0]._replace(fields=fields),))


def test_each_field_has_its_value():
    page, image = filled_leave()
    rows = rows_of(page, image)
    assert {name: rows[name]["value"] for name in EXPECTED} == EXPECTED
    assert all(rows[name]["state"] == ("filled" if VALUES.get(name) else "empty") for name in rows)
    assert all(row["valid"] and 0 <= row["score"] <= 1 for row in rows.values())
    assert [page.texts[word] for word in rows["reason"]["words"]] == ["가족", "행사"]
    np.testing.assert_allclose(
        rows["reason"]["quad"], [field.quad for field in leave_template().pages[0].fields if field.name == "reason"][0], atol=3
    )


def test_ink_without_text_is_unreadable_and_not_empty():
    page, image = filled_leave()
    dropped = [row for row, text in enumerate(page.texts) if text in ("나누리", "총무과")]
    rows = rows_of(without(page, dropped), image)
    assert rows["name"]["state"] == rows["department"]["state"] == "unreadable" and rows["name"]["score"] == 0
    assert rows["rank"]["state"] == "empty"


def test_a_field_beyond_the_picture_is_missing():
    page, image = filled_leave()
    top = next(field.quad[0, 1] for field in leave_template().pages[0].fields if field.name == "signature")
    cropped, shown = move(page, image, np.eye(3), (int(top), page.size[1]))
    kept = cropped.quads[:, :, 1].max(axis=1) < top
    rows = rows_of(cropped.take(kept), shown)
    assert rows["signature"]["state"] == rows["seal"]["state"] == "missing" and rows["name"]["value"] == "나누리"


def test_required_fields_groups_and_printed_texts():
    page, image = filled_leave()
    template = with_fields(
        rank={"required": True}, annual={"group": "kind"}, half={"group": "kind"}, department={"printed": "총무과", "ink": 0.3}
    )
    rows = rows_of(page, image, template)
    assert rows["rank"]["state"] == "empty" and not rows["rank"]["valid"] and rows["rank"]["reason"] == "It is required."
    assert rows["annual"]["valid"] and rows["department"]["text"] == ""
    image = image.copy()
    quad = next(field.quad for field in template.pages[0].fields if field.name == "half")
    cv2.line(image, tuple(map(int, quad[0] + 3)), tuple(map(int, quad[2] - 3)), (0, 0, 0), 2)
    rows = rows_of(page, image, template)
    assert rows["annual"]["value"] and rows["half"]["value"] and not rows["half"]["valid"]
    assert rows["half"]["reason"] == "2 boxes of kind are ticked."


def test_a_page_without_characters_or_scores_has_fields_too():
    from dataclasses import replace

    page, image = filled_leave()
    rows = rows_of(replace(page, characters=None, scores=None), image)
    assert rows["name"]["value"] == "나누리" and rows["start"]["value"] == "2026-03-05"
