"""Which lines of a table without rules are one row, and which labels stand beside several rows."""

import re
from itertools import pairwise

import numpy as np

FARTHER = 1.6  # times the distance on the other side of a line
_AMOUNT = re.compile(r"[-+△▲]?[₩$]?\d[\d,]*(\.\d+)?[원%개명건]?")


def near_lines(lines, texts, rules):
    """Whether each line is nearer to the next than rows are: than most lines are to the next that has a text below one of theirs.

    Amounts one below the other are two rows however near they are; and of two lines on both sides of one that is far from one of them,
    that one is not near.
    """
    middles = np.array([np.mean([(piece.top + piece.bottom) / 2 for piece in line]) for line in lines])
    steps = []
    for number, line in enumerate(lines):
        below = (other for other in range(number + 1, min(number + 4, len(lines))) if _have_one_below_another(line, lines[other]))
        steps += [middles[other] - middles[number] for other in (next(below, None),) if other is not None]
    pitch = np.median(steps) if steps else 0.0
    gaps = np.diff(middles)
    near = gaps < rules.same_row * pitch
    beside = np.where(near, gaps, np.inf)
    nearest = np.minimum(np.append(np.inf, beside)[:-1], np.append(beside, np.inf)[1:])
    near &= gaps < FARTHER * nearest
    amounts = [[piece for piece in line if _AMOUNT.fullmatch("".join(texts[word] or "" for word in piece.words))] for line in lines]
    near &= [not _have_one_below_another(above, below) for above, below in pairwise(amounts)]
    return np.append(near, False)


def _have_one_below_another(above, below):
    """True if texts of two lines, both from left to right, share some of the width."""
    first = second = 0
    while first < len(above) and second < len(below):
        if min(above[first].right, below[second].right) > max(above[first].left, below[second].left):
            return True
        first, second = (first + 1, second) if above[first].right < below[second].right else (first, second + 1)
    return False


def rows_of_lines(spans, near):
    """(row, rows it spans) of each line.

    A line nearer to the one above it than rows are begins no row: it is one more line of a text, or a label of the rows above and below
    it, where these have texts in other columns.
    """
    filled = [set().union(*(range(first, last + 1) for first, last in line)) for line in spans]
    rows, row = [], -1
    for number in range(len(spans)):
        above, below = number > 0 and bool(near[number - 1]), bool(near[number])
        if above and rows[-1][1] == 2:
            row += 1  # the second of the rows that a label spans
            rows.append((row, 1))
        elif above and below and _spans_both(filled[number - 1 : number + 2], spans[number - 1]):
            rows.append((row, 2))
        else:
            row += not above
            rows.append((row, 1))
    return rows


def _spans_both(filled, spans_above):
    """True if the second of three lines holds labels of the two others as rows; False if it is a row that goes on in them."""
    above, own, below = filled
    if own & above or own & below:
        return False
    return not (above == below and len(own) >= len(above) and all(first == last for first, last in spans_above))


def spread_labels(cells, count):
    """Cells of the first column that stand in the middle of several rows span them: from the first row on, so many below as above.

    Where that does not come out even, or all of them may as well stand in the first of their rows, they are left as they are.
    """
    labels = sorted((row, cell) for (row, column), cell in cells.items() if column == 0)
    if not labels or (labels[0][0] == 0 and all(row_span == 1 for _, (_, row_span, _) in labels)):
        return cells
    begin, found = 0, {}
    for row, (pieces, row_span, column_span) in labels:
        height = 2 * (row - begin) + row_span
        if height < 1:
            return cells
        found[begin, 0] = [pieces, height, column_span]
        begin += height
    heights = [height for _, height, _ in found.values()]
    if begin not in (count, count - 1) or len(labels) < 2 or any(span > 1 and height > 1 for _, height, span in found.values()):
        return cells
    kept = {place: cell for place, cell in cells.items() if place[1] > 0} | found
    total = kept.get((begin, 1))
    if total is not None and begin < count and max(heights) > 1:  # the last row has no label: its first text stands in its place too
        kept[begin, 0] = [total[0], total[1], total[2] + 1]
        del kept[begin, 1]
    return kept


def spread_spans(cells):
    """Cells whose spans meet no other cell; those that would are cut short."""
    taken = set()
    kept = {}
    for (row, column), (pieces, row_span, column_span) in sorted(cells.items(), key=lambda item: item[0]):
        while column_span > 1 and any((row, other) in cells or (row, other) in taken for other in range(column + 1, column + column_span)):
            column_span -= 1
        below = range(column, column + column_span)
        row_span = next((down for down in range(1, row_span) if any((row + down, other) in cells for other in below)), row_span)
        kept[row, column] = (pieces, row_span, column_span)
        taken |= {(row + down, column + across) for down in range(row_span) for across in range(column_span)}
    return kept
