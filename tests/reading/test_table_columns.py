import numpy as np
import pytest

from ocr_crnn.reading.settings import TABLES
from ocr_crnn.reading.table_columns import Piece, columns_of, cut_piece, find_gutters, fit_spans, join_pieces, pieces_of


def piece(left, right, row=0, words=(0,)):
    return Piece(list(words), float(left), float(right), 30.0 * row, 30.0 * row + 10)


def test_pieces_are_cut_at_strips_that_are_free_of_all_words():
    boxes = np.array([[0, 0, 30, 10], [10, 20, 60, 30], [50, 0, 70, 10], [90, 0, 99, 10]], np.float64)
    first, second = pieces_of([0, 1, 2, 3], boxes, 15)
    assert first == Piece([0, 1, 2], 0, 70, 0, 30) and second == Piece([3], 90, 99, 0, 10)
    assert join_pieces([first, second]) == Piece([0, 1, 2, 3], 0, 99, 0, 30)
    assert [part.words for part in cut_piece(Piece([0, 2, 3], 0, 99, 0, 10), [(75.0, 85.0)], boxes)] == [[0, 2], [3]]


def test_a_gutter_is_what_the_gaps_share_and_the_fewest_texts_are_over():
    lines = [[piece(0, 30), piece(60, 90)], [piece(0, 40, 1), piece(70, 90, 1)], [piece(0, 45, 2), piece(60, 90, 2)]]
    assert find_gutters(lines, np.zeros(3, bool), 10, TABLES) == [(45.0, 60.0)]
    heading = [[piece(0, 30), piece(60, 80), piece(130, 150)], *lines[1:]]
    # The last column has a heading alone, and begins behind the figures of the one before.
    assert find_gutters(heading, np.zeros(3, bool), 10, TABLES) == [(45.0, 60.0), (90.0, 130.0)]
    assert find_gutters(heading[::-1], np.zeros(3, bool), 10, TABLES) == [(45.0, 60.0)]


def test_columns_of_a_text():
    gutters = [(40.0, 80.0), (120.0, 130.0)]
    middles = np.array([60.0, 125.0])
    assert columns_of(piece(0, 30), gutters, middles) == (0, 0) and columns_of(piece(50, 70), gutters, middles) == (0, 1)
    assert columns_of(piece(20, 150), gutters, middles) == (0, 2)


@pytest.mark.parametrize("left, right, place", [(95, 115, (0, 1, 2)), (140, 160, (0, 2, 1)), (60, 80, (0, 1, 1))])
def test_a_heading_in_the_middle_of_two_columns_spans_both(left, right, place):
    """Labels on the left, figures in two columns that end at 80 and 160."""
    column = int(left >= 90) + 1 if place[2] == 1 else 1
    cells = {(0, 0): [[piece(0, 20)], 1, 1], (0, column): [[piece(left, right)], 1, 1]}
    for row in range(1, 4):
        cells |= {(row, 0): [[piece(0, 20, row)], 1, 1], (row, 1): [[piece(50, 80, row)], 1, 1], (row, 2): [[piece(130, 160, row)], 1, 1]}
    fitted = fit_spans(cells, 3, 10.0)
    assert fitted[place[:2]][2] == place[2] and len(fitted) == len(cells)
