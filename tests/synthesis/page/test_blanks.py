"""Blank forms: every place lies on its page, apart from the others, and stays where it is when it is filled."""

import numpy as np
import pytest
from filled_form import faces

from ocr_crnn.reading.templates.schema import TYPES
from ocr_crnn.synthesis.page.blank_forms import FORMS, leave_request
from ocr_crnn.synthesis.page.blanks import describe_blank, draw_blank, place_quads
from ocr_crnn.synthesis.page.rendering import render_page

ALL = {**FORMS, "leave_request_2": lambda: leave_request(2)}


@pytest.mark.parametrize("name", ALL)
def test_places_lie_on_the_page_and_apart(name):
    blank = ALL[name]()
    names = [place.name for place in blank.places]
    assert len(names) == len(set(names)) and {place.type for place in blank.places} <= set(TYPES)
    boxes = [place.box for place in blank.places if place.type not in ("check", "stamp")]
    height, width = blank.size_pt
    for row, (x0, y0, x1, y1) in enumerate(boxes):
        assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
        for a0, b0, a1, b1 in boxes[:row]:
            assert min(x1, a1) - max(x0, a0) < 0.01 or min(y1, b1) - max(y0, b0) < 0.01


def test_labels_stay_where_they_are_when_a_form_is_filled():
    blank = leave_request()
    _, empty = render_page(draw_blank(blank, list(faces()), 60))
    values = {place.name: "가나다 12" if place.type not in ("check", "stamp") else True for place in blank.places}
    image, filled = render_page(draw_blank(blank, list(faces()), 60, values, None, np.random.default_rng(0)))
    assert list(filled.texts[: len(empty)]) == list(empty.texts)
    np.testing.assert_array_equal(filled.quads[: len(empty)], empty.quads)
    quads = place_quads(blank, 60)
    texts = [place for place in blank.places if place.type not in ("check", "stamp")]
    written = filled.quads[len(empty) :].reshape(len(texts), 2, 4, 2)
    for place, quad in zip(texts, written, strict=True):
        assert (quad.reshape(-1, 2) >= quads[place.name][0] - 1).all() and (quad.reshape(-1, 2) <= quads[place.name][2] + 1).all()
    left, top, right, bottom = np.round(np.concatenate([quads["seal"][0], quads["seal"][2]])).astype(int)
    stamp = image[top:bottom, left:right].astype(int)
    assert (stamp[..., 0] - stamp[..., 1] > 60).mean() > 0.05


def test_a_description_names_every_place():
    description = describe_blank(leave_request(2), 72)
    assert description["version"] == 2 and description["size"] == [842, 595]
    assert [field["name"] for field in description["fields"]] == [place.name for place in leave_request(2).places]
