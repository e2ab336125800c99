import numpy as np

from ocr_crnn.reading.settings import TABLES
from ocr_crnn.reading.table_columns import Piece
from ocr_crnn.reading.table_rows import near_lines, rows_of_lines, spread_labels, spread_spans


def piece(column, top, word=0):
    return Piece([word], 100.0 * column, 100.0 * column + 50, float(top), float(top) + 10)


def test_amounts_below_each_other_are_two_rows_however_near():
    texts = ["가", "1,500"]
    lines = [[piece(0, top, 0), piece(1, top, 1)] for top in (0, 40, 80, 100, 140)]
    assert near_lines(lines, texts, TABLES).tolist() == [False] * 5
    assert near_lines(lines, ["가", "나"], TABLES).tolist() == [False, False, True, False, False]


def test_a_line_is_near_to_the_nearer_of_two():
    """A text of two lines around its row, and the next row not far below."""
    lines = [[piece(1, 0)], [piece(0, 9)], [piece(1, 18)], [piece(0, 36), piece(1, 36)], [piece(0, 76), piece(1, 76)]]
    assert near_lines(lines, ["가"], TABLES).tolist() == [True, True, False, False, False]


def test_rows_of_lines():
    near = np.array([True, True, False, False])
    figures = [(1, 1), (2, 2)]
    assert rows_of_lines([figures, [(0, 0)], figures, [(0, 0), *figures]], near) == [(0, 1), (0, 2), (1, 1), (2, 1)]
    assert rows_of_lines([[(1, 1)], [(0, 0), (2, 2)], [(1, 1)], [(0, 0)]], near) == [(0, 1), (0, 1), (0, 1), (1, 1)]


def test_labels_in_the_middle_of_their_rows_span_them_and_a_total_has_none():
    cells = {(row, 1): [[row], 1, 1] for row in range(7)} | {(1, 0): [["a"], 1, 1], (4, 0): [["b"], 1, 1]}
    spread = spread_labels(cells, 7)
    assert spread[0, 0] == [["a"], 3, 1] and spread[3, 0] == [["b"], 3, 1] and spread[6, 0] == [[6], 1, 2] and (6, 1) not in spread
    assert spread_labels(dict(cells), 9) == cells  # two rows more than labels cover


def test_spans_are_cut_short_where_they_meet_others():
    cells = {(0, 0): ([], 2, 2), (0, 1): ([], 1, 1), (1, 0): ([], 1, 1)}
    assert spread_spans(cells) == {(0, 0): ([], 1, 1), (0, 1): ([], 1, 1), (1, 0): ([], 1, 1)}
