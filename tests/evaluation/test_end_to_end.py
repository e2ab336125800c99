"""Pages read against pages, worked out by hand. A text of n characters is a box of n × 10 by 10 pixels."""

import numpy as np
import pytest

from ocr_crnn.evaluation.end_to_end import DEFINITIONS, measure_end_to_end, pair_lines
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page

BOXES = [[0, 0, 40, 10], [50, 0, 20, 10], [0, 30, 30, 10]]
TRUTH = Page(None, (100, 100), boxes_to_quads(BOXES), ["가나다라", "마바", "사아자"], lines=[0, 0, 1])


def read(boxes, texts, lines=None):
    return Page(None, (100, 100), boxes_to_quads(boxes), texts, lines=lines)


def figures(truth, prediction, *names):
    return [measure_end_to_end([(truth, prediction)])[name] for name in names]


WORDS = ("e2e_precision@0.5", "e2e_recall@0.5", "e2e_hmean@0.5", "bow_precision", "bow_recall", "bow_f1")
TEXT = ("page_cer", "page_cer_without_spaces", "line_cer", "exact_lines", "loose_characters")


@pytest.mark.parametrize(
    ("prediction", "words", "text"),
    [
        (TRUTH, (1, 1, 1, 1, 1, 1), (0, 0, 0, 1, 0)),
        # One word misread: 2 of 3; "가나다라 마바 사아자" has 11 characters, 9 without spaces.
        (read(BOXES, ["가나다라", "미바", "사아자"], [0, 0, 1]), (2 / 3,) * 6, (1 / 11, 1 / 9, 1 / 10, 1 / 2, 0)),
        # Rows in another order: only the text in reading order suffers (8 edits: 사아자 and a space go in here and out there).
        (read([BOXES[2], *BOXES[:2]], ["사아자", "가나다라", "마바"], [0, 1, 1]), (1, 1, 1, 1, 1, 1), (8 / 11, 6 / 9, 0, 1, 0)),
        # The first line read as one box: no word at its place, every word somewhere.
        (read([[0, 0, 70, 10], BOXES[2]], ["가나다라 마바", "사아자"]), (1 / 2, 1 / 3, 2 / 5, 1, 1, 1), (0, 0, 0, 1, 0)),
        # Words of a line in the wrong order of rows are put in order along the line.
        (read([BOXES[1], BOXES[0], BOXES[2]], ["마바", "가나다라", "사아자"], [0, 0, 1]), (1, 1, 1, 1, 1, 1), (6 / 11, 4 / 9, 0, 1, 0)),
        # Something read where nothing is, besides: 2 characters and a space.
        (
            read([*BOXES, [0, 80, 20, 10]], ["가나다라", "마바", "사아자", "차카"], [0, 0, 1, 2]),
            (3 / 4, 1, 6 / 7, 3 / 4, 1, 6 / 7),
            (3 / 11, 2 / 9, 0, 1, 2),
        ),
        # Nothing found, and boxes that nobody read.
        (read([], []), (0, 0, 0, 0, 0, 0), (1, 1, 1, 0, 0)),
        (read(BOXES, [None, "", None]), (0, 0, 0, 0, 0, 0), (1, 1, 1, 0, 0)),
    ],
)
def test_one_page(prediction, words, text):
    assert figures(TRUTH, prediction, *WORDS) == pytest.approx(words)
    assert figures(TRUTH, prediction, *TEXT) == pytest.approx(text)


def test_dont_care_rows_are_left_out():
    truth = Page(None, (100, 100), TRUTH.quads, ["가나다라", None, "사아자"], lines=[0, 0, 1])
    assert figures(truth, read(BOXES, ["가나다라", "??", "사아자"], [0, 0, 1]), "e2e_hmean@0.5", "line_cer", "loose_characters") == [
        1,
        0,
        0,
    ]


def test_a_blank_page():
    blank = read([], [])
    assert figures(blank, blank, "e2e_hmean@0.5", "bow_f1", "page_cer", "line_cer", "lines") == [1, 1, 0, 0, 0]
    assert figures(blank, TRUTH, "e2e_hmean@0.5", "bow_f1", "page_cer", "loose_characters") == [0, 0, 11, 9]


@pytest.mark.parametrize("degrees", [0, 37, 90, 180, 270])
def test_lines_at_any_angle(degrees):
    """Words are ordered along the line, wherever that points."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    truth = Page(None, (100, 100), TRUTH.quads @ turn, TRUTH.texts, lines=TRUTH.lines)
    prediction = Page(None, (100, 100), (TRUTH.quads @ turn)[[1, 0, 2]], ["마바", "가나다라", "사아자"])
    assert pair_lines(truth, prediction) == ([("가나다라 마바", "가나다라 마바"), ("사아자", "사아자")], 0)


def test_a_column_is_read_downwards():
    truth = read([[0, 0, 10, 60]], ["가나다라마바"])
    prediction = read([[0, 30, 10, 30], [0, 0, 10, 30]], ["라마바", "가나다"])
    assert pair_lines(truth, prediction)[0] == [("가나다라마바", "가나다 라마바")]


def test_every_figure_has_a_definition():
    assert [name.replace("@0.5", "@T") for name in measure_end_to_end([])] == list(DEFINITIONS)
