"""Combs: a character to a box, as application forms have it for names, numbers and dates. Together they are one word."""

from dataclasses import replace

import numpy as np

from ocr_crnn.reading.cells import cells_of_quads, find_cells
from ocr_crnn.reading.settings import COMBS
from ocr_crnn.reading.words import join_rows


def join_combs(page, image, rules=COMBS):
    """Stage: a Page of words and its image, uint8 `(height, width[, 3])`, upright → the Page whose combs are one word each.

    Each stands alone in a cell; the cells are alike and side by side, in one row alone: cells of the same width above or below them make
    it a table, whose digits are values of their own.
    """
    single = np.array([text is not None and len(text) == 1 for text in page.texts], bool)
    if single.sum() < rules.least:
        return page
    cell_map = find_cells(image)
    found = find_combs(cells_of_quads(cell_map, page.quads), single, cell_map.boxes, rules)
    if not found:
        return page
    kept = np.ones(len(page), bool)
    for rows in found:
        kept[rows] = False
        kept[min(rows)] = True
    joined = {min(rows): join_rows(page.take(rows)) for rows in found}
    columns = {name: getattr(page, name) for name in ("quads", "texts", "scores", "characters")}
    columns = {name: column.copy() for name, column in columns.items() if column is not None}
    for row, values in joined.items():
        for name, column in columns.items():
            column[row] = values[name]
    left = replace(page, **columns).take(np.flatnonzero(kept))
    return replace(left, **{name: _numbered(getattr(left, name)) for name in ("lines", "blocks") if getattr(left, name) is not None})


def find_combs(cells, single, boxes, rules=COMBS):
    """The combs of a page: arrays of the rows of each, from left to right.

    cells: int `(n,)`, the cell of each word, −1 for none. single: bool `(n,)`, words of one character. boxes: `(cells, 4)` of left, top,
    width and height of all cells, those without text too.
    """
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    numbers, counts = np.unique(cells[cells >= 0], return_counts=True)
    alone = {int(number) for number in numbers[counts == 1]}
    row_of = {int(cells[row]): int(row) for row in np.flatnonzero(single) if int(cells[row]) in alone}
    likely = [cell for cell in row_of if boxes[cell, 2] <= rules.wide * boxes[cell, 3] and not _is_in_table(cell, boxes, rules)]
    after = {}
    for cell in likely:
        following = [other for other in likely if _follows(boxes[cell], boxes[other], rules)]
        nearest = min(following, key=lambda other: boxes[other, 0], default=None)
        if nearest is not None and nearest not in after.values():
            after[cell] = nearest
    found = []
    for cell in after.keys() - set(after.values()):
        chain = [cell]
        while chain[-1] in after:
            chain.append(after[chain[-1]])
        if len(chain) >= rules.least:
            found.append(np.array([row_of[number] for number in chain]))
    return sorted(found, key=min)


def _follows(box, other, rules):
    """Whether a cell is like another one and the next to its right."""
    (x, y, width, height), (other_x, other_y, other_width, other_height) = box, other
    alike = abs(other_width - width) <= rules.unlike * width and abs(other_height - height) <= rules.unlike * height
    return alike and abs(other_y - y) <= rules.unlike * height and 0 <= other_x - (x + width) <= rules.gap * width


def _is_in_table(cell, boxes, rules):
    """Whether a cell of the same width touches this one from above or below."""
    x, y, width, height = boxes[cell]
    same = (abs(boxes[:, 0] - x) <= rules.unlike * width) & (abs(boxes[:, 2] - width) <= rules.unlike * width)
    apart = np.maximum(boxes[:, 1] - (y + height), y - (boxes[:, 1] + boxes[:, 3]))
    same[cell] = False
    return bool((same & (apart >= -rules.unlike * height) & (apart <= rules.touching * height)).any())


def _numbered(values):
    """0, 1, … in the order in which they come."""
    _, first, numbers = np.unique(values, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[numbers]
