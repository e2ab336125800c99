"""Lines and blocks of segments in reading order: what stands on one line, and which lines belong together."""

import numpy as np


def number_rows(boxes, cells, rules):
    """Boxes `(n, 4)` of segments in reading order, left, top, right, bottom, and their cells int `(n,)`, −1 for none → the line and the
    block of each, int `(n,)` both, 0, 1, …

    A segment goes on with the line of the one before where it stands to its right and both in the same cell or in none: a label and its
    value, an item and its price. rules: settings.OrderRules.
    """
    if len(boxes) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    beside = [cells[row] == cells[row - 1] and _is_beside(boxes[row - 1], boxes[row], rules) for row in range(1, len(boxes))]
    lines = np.concatenate([[0], np.cumsum(~np.array(beside, bool))])
    members = np.split(np.arange(len(boxes)), np.flatnonzero(np.diff(lines)) + 1)
    cell_of_line = [cells[rows[0]] for rows in members]
    wholes = [np.concatenate([boxes[rows, :2].min(axis=0), boxes[rows, 2:].max(axis=0)]) for rows in members]
    begins = np.ones(len(members), bool)
    for line in range(1, len(members)):
        if cell_of_line[line] == cell_of_line[line - 1]:
            texts = min(len(members[line - 1]), len(members[line]))
            joined = cell_of_line[line] >= 0 or _belong_together(wholes[line - 1], wholes[line], texts, rules)
            begins[line] = not joined
    return lines, (np.cumsum(begins) - 1)[lines]


def _is_beside(before, after, rules):
    """True if a text stands to the right of another one, on its line."""
    heights = before[3] - before[1], after[3] - after[1]
    overlap = min(before[3], after[3]) - max(before[1], after[1])
    if after[0] < before[2] - 0.5 * min(heights) or max(heights) > rules.beside_change * min(heights):
        return False
    return overlap >= rules.beside * min(heights) > 0


def _belong_together(before, after, texts, rules):
    """True if two lines, of at least `texts` texts each, are of one paragraph or of one table."""
    gap, height = after[1] - before[3], min(before[3] - before[1], after[3] - after[1])
    return continues(before, after, rules) or (texts > 1 and -0.5 * height <= gap <= rules.row_gap * height)


def continues(before, after, rules):
    """True if the line `after` goes on with the paragraph of `before`: below it, near, as high, and over the same width."""
    height = min(before[3] - before[1], after[3] - after[1])
    taller = max(before[3] - before[1], after[3] - after[1])
    overlap = min(before[2], after[2]) - max(before[0], after[0])
    gap = after[1] - before[3]
    return -0.5 * height <= gap <= rules.paragraph_gap * height and taller <= rules.height_change * height and overlap > 0
