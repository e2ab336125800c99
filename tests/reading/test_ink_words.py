"""Words and characters of lines of which only the text is known."""

import numpy as np
import pytest
from oracle import line

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.reading.characters import box_characters
from ocr_crnn.reading.ink_words import advance, box_by_ink, place_words
from ocr_crnn.reading.reading import page_of_segments, reading_of_lines
from ocr_crnn.reading.stacked import box_stacked, unstack


def draw(*runs, size=(20, 200)):
    """Ink of runs (left, right) between a margin above and below."""
    ink = np.zeros(size, bool)
    for left, right in runs:
        ink[3:17, left:right] = True
    return ink


def test_words_part_in_the_gap_that_fits_their_characters():
    # Three characters of 18 px, a space, one; within the first word a gap as wide as the space.
    ink = draw((10, 28), (36, 54), (56, 74), (82, 100))
    assert place_words(["가나다", "라"], ink) == [(10, 3, 74, 17), (82, 3, 100, 17)]
    assert place_words(["가", "나다라"], ink) == [(10, 3, 28, 17), (36, 3, 100, 17)]
    assert place_words(["가", "나다", "라"], ink) == [(10, 3, 28, 17), (36, 3, 74, 17), (82, 3, 100, 17)]


def test_without_gaps_or_ink_words_are_as_wide_as_their_characters():
    assert advance("가a.") == pytest.approx(1.85)
    merged = place_words(["가나", "다"], draw((0, 160)))  # 2.3 and 1.3 of 3.6 advances, their spaces included
    assert merged[0][2] == merged[1][0] + 1 == 103 and merged[1][2] == 160
    assert place_words(["가", "나"], draw()) == [(0, 0, 100, 20), (100, 0, 200, 20)]


def test_characters_divide_their_word_as_fonts_make_them():
    boxes = box_by_ink("가나 a.", draw((10, 50), (60, 77)))
    np.testing.assert_allclose(boxes, [[10, 3, 30, 17], [30, 3, 50, 17], [0, 0, 0, 0], [60, 3, 71, 17], [71, 3, 77, 17]])
    assert len(box_by_ink("", draw())) == 0 and not box_by_ink("  ", draw((3, 9))).any()


def test_a_reading_without_spans_becomes_segments_too():
    sheet = np.full((200, 300, 3), 255, np.uint8)
    sheet[33:47, 22:52] = sheet[33:47, 82:112] = 0
    read = line("가 나", [[0, 1]] * 3, 0.9)._replace(spans_px=None)
    reading = reading_of_lines((200, 300), 0, boxes_to_quads([[20, 30, 100, 20]]), [False], [read])
    assert np.isnan(reading.spans).all() and reading.texts == ["가 나"]
    first, space, second = page_of_segments(reading, sheet).characters[0].quads
    np.testing.assert_allclose(first, boxes_to_quads([[22, 33, 30, 14]])[0], atol=0.6)
    np.testing.assert_allclose(space[:, 0], [52, 82, 82, 52], atol=0.6)
    np.testing.assert_allclose(second, boxes_to_quads([[82, 33, 30, 14]])[0], atol=0.6)
    assert box_characters("가 나", None, sheet[30:50, 20:120])[0].tolist() == [2, 3, 32, 17]


def test_columns_without_spans_share_their_cells_in_order():
    column = np.full((200, 30, 3), 255, np.uint8)
    for top in (5, 45, 130):
        column[top : top + 24, 4:26] = 0
    stack = unstack(column)
    boxes = box_stacked("공급 자", None, stack)
    np.testing.assert_allclose(boxes[:, [1, 3]] * 200, [[5, 29], [45, 69], [69, 130], [130, 154]])
    assert box_stacked("공", None, stack)[0, [1, 3]].tolist() == stack.rows[0].tolist()
