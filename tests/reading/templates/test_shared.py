"""Words that scans of one form share."""

from dataclasses import replace

import numpy as np
import pytest
from filled_form import VALUES, filled_leave, move, page_of

from ocr_crnn.page import Page
from ocr_crnn.reading.templates.shared import shared_rows
from ocr_crnn.synthesis.page.blank_forms import leave_request, resume


def texts_shared(page, others):
    return [page.texts[row] for row in shared_rows(page, others)]


def test_words_that_stand_alike_are_shared_and_no_others():
    page, _ = filled_leave()
    blank, _ = page_of(leave_request())
    # A form in which another person has filled in other things, one letter of a name among them, on a sheet that lay askew.
    values = VALUES | {"name": "나누라", "department": "총무부", "reason": "가족 여행", "start": "2026. 4. 7."}
    other = move(*page_of(leave_request(), values), np.array([[1.02, 0.03, -9], [-0.03, 1.02, 25], [0, 0.00001, 1]]))[0]
    shared = texts_shared(page, [other])
    assert {"소속", "신청자", "종료일", "가족"} <= {*shared}  # 가족 stands on both
    assert not {"총무과", "나누리", "행사", "3."} & {*shared}
    assert {*texts_shared(page, [blank])} == {*blank.texts} & {*page.texts}
    unread = replace(other, texts=[None if text == "소속" else text for text in other.texts])
    assert {*shared} - {*texts_shared(page, [unread])} == {"소속"}
    assert [*shared_rows(page, [page, page])] == [*range(len(page))] and [*shared_rows(page, [])] == [*range(len(page))]


@pytest.mark.parametrize("other", [page_of(resume())[0], Page(None, (9, 9), np.zeros((0, 4, 2), np.float32), [])])
def test_a_page_of_another_form_is_told(other):
    page, _ = filled_leave()
    with pytest.raises(ValueError, match="of one form. Received: number 3, on which"):
        shared_rows(page, [page, other])
    with pytest.raises(ValueError, match="number 2"):
        shared_rows(other, [page])
