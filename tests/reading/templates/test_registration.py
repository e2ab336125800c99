"""Registering: places given or beside labels, labels that are printed, and nothing that somebody filled in."""

import io

import numpy as np
import pytest
from filled_form import DPI, VALUES, filled_leave, leave_template, move, page_of
from PIL import Image

from ocr_crnn.reading.orientation import turn_page, turn_quads
from ocr_crnn.reading.reading import turn_image
from ocr_crnn.reading.templates.matching import match_page
from ocr_crnn.reading.templates.registration import MOST_PICTURE, draw_blank_picture, register
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


def test_of_several_scans_what_they_share_is_kept():
    spec = {key: value for key, value in describe_blank(leave_request(), DPI).items() if key not in ("blank", "version")}
    spec["fields"] = [field for field in spec["fields"] if field["name"] not in ("reason", "department")]  # not said to be filled in
    others = {"reason": "가족 여행", "department": "총무부", "name": "나누라"}, {"reason": "병원 진료", "department": "영업과"}
    scans = [page_of(leave_request(), VALUES | other) for other in ({}, *others)]
    turn = np.array([[0.98, -0.05, 20], [0.05, 0.98, -15], [0, 0, 1]])
    turned = move(*scans[1], turn)[0]
    (page, image), others = scans[0], [[turned], [turn_page(scans[2][0], 2)]]
    template = register([page], [image], spec, others=others)
    written = format_template(template)
    assert "경조" in written and len(template.pages[0].anchors) >= 12  # printed, and no label that is known
    assert not any(value in written for value in ("총무", "나누리", "행사", "0123"))
    assert match_page(turned, [template])[0][0].template.name == spec["name"]
    assert "경조" not in format_template(register([page], [image], spec))


def test_scans_that_do_not_belong_together_are_told():
    (page, image), (other, _) = page_of(leave_request(), VALUES), page_of(resume())
    spec = describe_blank(leave_request(), DPI)
    with pytest.raises(ValueError, match="A form that is blank is registered from one scan.*2 scans"):
        register([page], [image], spec, others=[[page]])
    spec["blank"] = False
    with pytest.raises(ValueError, match=r"are of one form. Received: number 3, on which \d of \d+ words"):
        register([page], [image], spec, others=[[page], [other]])
    with pytest.raises(ValueError, match="all its pages. Received: 1 in the first and 2 in number 2"):
        register([page], [image], spec, others=[[page, page]])
    with pytest.raises(ValueError, match="min_anchors"):
        register([page], [image], spec | {"min_anchors": 200}, others=[[page]])


def test_a_scan_on_its_side_is_registered_as_it_should_lie():
    page, image = page_of(leave_request())
    quads = place_quads(leave_request(), DPI)
    for turns in (1, 2, 3):
        turned, pixels = turn_page(page, turns), turn_image(image, turns)
        spec = describe_blank(leave_request(), DPI)
        spec["size"] = list(turned.size)
        for field in spec["fields"]:
            field["quad"] = turn_quads(quads[field["name"]][None], page.size, turns)[0].tolist()
            del field["box"]
        (sheet,) = register([turned], [pixels], spec).pages
        assert sheet.size == page.size and len(sheet.anchors) == len(leave_template().pages[0].anchors)
        for field in sheet.fields:
            np.testing.assert_allclose(field.quad, quads[field.name], atol=1.1)


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
