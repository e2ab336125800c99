"""Letters of pages, and labels among them: spaces and marks do not count, misread letters do to a point, lines are not crossed."""

import numpy as np
import pytest

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.reading.templates.letters import find_labels, fold, letters_of, letters_of_text, quad_of


def page_of(texts, lines=None):
    quads = boxes_to_quads([(0, 30 * row, 20 * max(len(text or "x"), 1), 20) for row, text in enumerate(texts)])
    return Page(None, (400, 400), quads, texts, lines=lines)


def places(key, text):
    return [(found.start, found.stop, found.misread) for found in find_labels([key], letters_of_text(text))[0]]


@pytest.mark.parametrize(
    ("text", "key"), [("제 목:", "제목"), ("기본급(월)", "기본급월"), ("ｔｅｌ．", "TEL"), ("□ 군필", "군필"), ("※", ""), ("", "")]
)
def test_a_key_is_letters_and_digits(text, key):
    assert fold(text) == key


def test_letters_know_where_they_stand():
    letters = letters_of(page_of(["성 명:", None, "", "A1"], lines=[0, 0, 1, 2]))
    assert letters.text == "성명\n\nA1"
    assert letters.rows.tolist() == [0, 0, -1, -1, 3, 3] and letters.places.tolist() == [0, 2, -1, -1, 0, 1]
    np.testing.assert_allclose(quad_of(letters, 0, 2), [[0, 0], [60, 0], [60, 20], [0, 20]])  # four characters share 80 pixels


def test_nothing_has_no_letters():
    letters = letters_of(page_of([]))
    assert (
        letters.text == ""
        and letters.quads.shape == (0, 4, 2)
        and find_labels(["성명"], letters) == [[]]
        and find_labels([], letters) == []
    )


def test_labels_are_found_where_they_are_and_where_they_are_misread():
    assert places("성명", "주소성명성명") == [(2, 4, 0.0), (4, 6, 0.0)]
    assert places("근로자성명", "근토자성명홍길동") == [(0, 5, 0.5)]  # 토 for 로: two of three jamo
    assert places("등록번호", "등록먼호") == [(0, 4, 0.5)]
    assert places("등록번호", "등번호") == [(0, 3, 1.0)]  # a letter lost
    assert places("등록번호", "등록가번호") == [(0, 5, 1.0)]  # a letter too many
    assert places("성명", "주소") == [] and places("성명", "성함") == []
    assert places("ID0", "1DO") == []  # two halves are too many for three letters
    assert places("T10번", "TIO번") == [(0, 4, 1.0)]


def test_a_label_does_not_go_on_in_the_next_line():
    found = find_labels(["성명"], letters_of(page_of(["성", "명"], lines=[0, 1])))
    assert found == [[]]
