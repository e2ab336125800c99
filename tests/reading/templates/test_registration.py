"""Registering: places given or beside labels, labels that are printed, and nothing that somebody filled in."""

import io

import numpy as np
import pytest
from filled_form import DPI, VALUES, filled_leave, leave_template, move, page_of
from PIL import Image

from ocr_crnn.reading.templates.matching import match_page
from ocr_crnn.reading.templates.registration import MOST_PICTURE, draw_blank_picture, register, straighten
from ocr_crnn.reading.templates.schema import format_template
from ocr_crnn.synthesis.page.blank_forms import leave_request, resume, tax_invoice
from ocr_crnn.synthesis.page.blanks import describe_blank, place_quads


def test_a_blank_gives_its_labels_and_places():
    template = leave_template()
    keys = {anchor.key for anchor in template.pages[0].anchors}
    assert keys >= {"휴가신청서", "소속", "신청자", "사원번호", "시작일", "종료일", "비상연락처"}
    quads = place_quads(leave_request(), DPI)
    for field in template.pages[0].fields:
        np.testing.assert_allclose(field.quad, quads[field.name], atol=0.06)


def test_of_a_filled_scan_no_value_is_kept():
    page, image = filled_leave()
    spec = describe_blank(leave_request(), DPI) | {"blank": False, "anchors": ["휴 가 종 류", "비상연락처", "휴가사유", "사원번호"]}
    written = format_template(register([page], [image], spec))
    for value in (*VALUES.values(), "2026", "0123", "1,024", "1024"):
        assert value is True or str(value) not in written
    assert all(label in written for label in ("휴가종류", "비상연락처", "신청자", "시작일"))
    assert "경조" not in written  # printed, but nobody said so
    # A value that stands where no field was drawn is not kept either.
    spec["fields"] = [field for field in spec["fields"] if field["name"] != "department"]
    assert VALUES["department"] not in format_template(register([page], [image], spec))


def test_a_place_may_be_told_by_its_label():
    page, image = page_of(tax_invoice(), dpi=150)
    spec = {"name": "세금계산서", "blank": True, "fields": [
        {"name": "customer", "type": "brn", "label": "등록번호", "place": "right", "nth": 2},
        {"name": "total", "type": "amount", "label": "합계금액", "place": "right"},
        {"name": "supply", "type": "amount", "label": "공급가액", "place": "below"}]}  # fmt: skip
    fields = {field.name: field.quad for field in register([page], [image], spec).pages[0].fields}
    quads = place_quads(tax_invoice(), 150)
    for name, place in (("customer", "customer_number"), ("total", "total"), ("supply", "supply")):
        np.testing.assert_allclose(fields[name], quads[place], atol=5)
    spec["fields"][0]["nth"] = 3
    with pytest.raises(ValueError, match="The label of a field stands on the form.*read 2 times"):
        register([page], [image], spec)
    spec["fields"][0] = {"name": "x", "type": "text", "label": "책번호", "place": "below"}
    with pytest.raises(ValueError, match="a ruled cell below it.*Give the field a box"):
        register([page], [image], spec)


def test_a_form_of_two_pages_is_matched_page_by_page():
    first, second = page_of(leave_request()), page_of(resume())
    behind = [field | {"name": f"second_{field['name']}", "page": 2} for field in describe_blank(resume(), DPI)["fields"]]
    fields = describe_blank(leave_request(), DPI)["fields"] + behind
    template = register([first[0], second[0]], [first[1], second[1]], {"name": "둘", "blank": True, "fields": fields})
    assert [len(page.fields) for page in template.pages] == [15, 44]
    for number, (page, _) in enumerate((first, second)):
        (match,), _ = match_page(page, [template])
        assert match.number == number


def test_a_skewed_scan_is_straightened():
    page, image = page_of(leave_request())
    angle = np.radians(3)
    turn = np.array([[np.cos(angle), -np.sin(angle), 30], [np.sin(angle), np.cos(angle), -20], [0, 0, 1]])
    scan = straighten(*move(page, image, turn))
    sides = scan.page.quads[:, 1] - scan.page.quads[:, 0]
    assert np.abs(np.median(np.arctan2(sides[:, 1], sides[:, 0]))) < 0.002
    assert scan.image.shape == image.shape


@pytest.mark.parametrize(("change", "words"), [
    ({"fields": []}, "fields are 1 to"),
    ({"fields": [{"name": "a", "type": "text"}]}, "or none of them|none of them"),
    ({"fields": [{"name": "a", "type": "text", "box": [0, 0, 10, 10], "place": "right", "label": "소속"}]}, "box, place"),
    ({"fields": [{"name": "a", "type": "text", "box": [0, 0, 9999, 10]}]}, "A field lies on its page"),
    ({"fields": [{"name": "a", "type": "text", "box": [0, 0, 10, 10], "page": 2}]}, "page is a whole number from 1 to 1"),
    ({"fields": [{"name": "a", "type": "text", "box": "all"}]}, "A box is left, top, right and bottom"),
    ({"size": 3}, "size is height and width"),
    ({"colour": 1}, "which is unknown"),
    ({"blank": False, "anchors": "소속"}, "anchors are printed labels in a list"),
    ({"min_anchors": 60}, "at least min_anchors labels"),
])  # fmt: skip
def test_what_is_wrong_in_a_description_is_told(change, words):
    page, image = page_of(leave_request())
    with pytest.raises(ValueError, match=words):
        register([page], [image], describe_blank(leave_request(), DPI) | change)


def test_the_picture_of_a_blank_is_small():
    page, image = page_of(leave_request())
    noise = np.random.default_rng(0).integers(0, 255, image.shape, np.uint8)
    for pixels in (image, noise):
        contents = draw_blank_picture(page, pixels)
        assert len(contents) <= MOST_PICTURE and Image.open(io.BytesIO(contents)).format == "PNG"
