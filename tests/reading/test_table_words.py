import numpy as np
import pytest

from ocr_crnn.reading.table_words import em_of, is_mark, is_numeric, split_lines


@pytest.mark.parametrize("text", ["1,500", "3월 2일", "-", "2026.01.02"])
def test_what_is_numeric(text):
    assert is_numeric(text) and not is_numeric("제3조") and not is_numeric("") and not is_numeric("금액")


@pytest.mark.parametrize("text", ["•", "-", "①", "1.", "12)", "(가)", "나.", "제2항", "ㅇ", "iv)"])
def test_what_begins_an_item(text):
    assert is_mark(text)


@pytest.mark.parametrize("text", ["", "12", "가격", "1.5", "1,500", "금액)"])
def test_what_does_not(text):
    assert not is_mark(text)


def test_lines_and_their_em():
    boxes = np.array([[40, 11, 60, 21], [0, 10, 30, 20], [0, 30, 30, 40]], np.float64)
    assert split_lines(boxes, 10.0) == [[1, 0], [2]] and split_lines(boxes, 10.0, [2, 0]) == [[0], [2]]
    assert em_of(boxes, ["가", "나다", "라"]) == 10.0 and em_of(boxes[:0], []) == 0.0


def test_words_of_hangul_tell_the_em_where_their_ink_is_low():
    boxes = np.array([[0, 30 * row, 29, 30 * row + 8] for row in range(5)], np.float64)
    assert em_of(boxes, ["가나"] * 5) == pytest.approx(1.6 * 8)
    assert em_of(boxes, ["ab"] * 5) == 8.0
