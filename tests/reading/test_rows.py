import numpy as np

from ocr_crnn.reading.rows import continues, number_rows
from ocr_crnn.reading.settings import ORDER


def numbered(*rows, cells=None):
    """Rows of (x, y, width, height) → their lines and blocks."""
    x, y, width, height = np.array(rows, np.float64).reshape(-1, 4).T
    boxes = np.stack([x, y, x + width, y + height], axis=1)
    lines, blocks = number_rows(boxes, np.full(len(rows), -1) if cells is None else np.array(cells), ORDER)
    return lines.tolist(), blocks.tolist()


def test_rows_of_a_table_without_rules_are_lines_of_one_block():
    rows = [(40, y, 100, 24) if x == 0 else (400, y, 60, 24) for y in (0, 65, 130) for x in (0, 1)]
    assert numbered(*rows) == ([0, 0, 1, 1, 2, 2], [0] * 6)
    far = [(40, 0, 100, 24), (400, 0, 60, 24), (40, 90, 100, 24), (400, 90, 60, 24)]
    assert numbered(*far)[1] == [0, 0, 1, 1]


def test_cells_keep_their_own_lines_and_blocks():
    rows = [(0, 0, 40, 20), (50, 0, 40, 20), (0, 30, 90, 20), (200, 0, 40, 20)]
    assert numbered(*rows, cells=[3, 3, 3, 5]) == ([0, 0, 1, 2], [0, 0, 0, 1])
    assert numbered(*rows[:2], cells=[1, 2]) == ([0, 1], [0, 1])


def test_what_is_lower_to_the_left_or_much_larger_starts_a_line():
    assert numbered((0, 0, 100, 20), (120, 14, 100, 20))[0] == [0, 1]
    assert numbered((200, 0, 100, 20), (0, 2, 100, 20))[0] == [0, 1]
    assert numbered((0, 0, 100, 20), (120, -20, 200, 60))[0] == [0, 1]
    assert numbered((0, 0, 100, 20), (120, 3, 30, 18))[0] == [0, 0]
    assert numbered() == ([], [])


def test_a_paragraph_goes_on_near_below_and_as_high():
    line = np.array([0, 0, 300, 20])
    assert continues(line, line + [0, 30, -100, 30], ORDER)
    assert not continues(line, line + [0, 40, 0, 40], ORDER)  # a gap of a line
    assert not continues(line, line + [0, 30, 0, 40], ORDER)  # a title
    assert not continues(line, line + [400, 30, 400, 30], ORDER)  # beside it
