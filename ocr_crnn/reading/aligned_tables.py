"""Tables without upright rules: lines of short texts that leave the same gutters free.

Where level rules of the same ends stand over and under the texts, they tell the rows, see lined_tables. Else lines that are parted by wide
gaps and follow each other are a band. The gaps that their texts leave share gutters, and texts that cross one are headings over several
columns. What is long in most of its columns is prose in columns, and no table.
"""

from typing import NamedTuple

import numpy as np

from ocr_crnn.reading.entity_labels import is_label
from ocr_crnn.reading.lined_tables import find_frames, groups_of_frame, rows_between, rows_of_groups
from ocr_crnn.reading.settings import TABLES
from ocr_crnn.reading.table_columns import columns_of, cut_piece, find_gutters, fit_spans, pieces_of
from ocr_crnn.reading.table_rows import near_lines, rows_of_lines, spread_labels, spread_spans
from ocr_crnn.reading.table_words import em_of, is_mark, is_numeric, split_lines

LISTED = 0.6  # of the texts of the first column are marks of a list
LOOKED_AT = 20  # cells of a column tell whether it is one of labels


class AlignedTable(NamedTuple):
    """words: list of lists, positions of the words of each cell. places: list of (row, column, row_span, column_span)."""

    words: list
    places: list
    rows: int
    columns: int


def find_aligned_tables(boxes, texts, level_rules=None, rules=TABLES):
    """Level boxes of words `(n, 4)`, left, top, right, bottom, and their texts → list of AlignedTable.

    level_rules: float `(k, 3)`, height, left and right of the level rules of the page, or None.
    Near-linear: every line is looked at with its neighbours, and every band for itself.
    """
    em = em_of(boxes, texts)
    if em <= 0:
        return []
    tables, free = [], np.ones(len(boxes), bool)
    level_rules = np.zeros((0, 3)) if level_rules is None else level_rules
    for frame in find_frames(level_rules, boxes, texts, em, rules):
        table = _table_of_frame(frame, level_rules, boxes, texts, em, rules) if free[frame.words].all() else None
        if table is not None:
            tables.append(table)
            free[frame.words] = False
    if not free.any():
        return tables
    lines = [pieces_of(line, boxes, rules.gutter * em) for line in split_lines(boxes, em, np.flatnonzero(free))]
    for first, last in _bands(lines, texts, em, rules):
        table = _table_of_lines(lines[first:last], boxes, texts, em, rules)
        if table is not None:
            tables.append(table)
    return tables


def _bands(lines, texts, em, rules):
    """(first, end) of the runs of lines that may be a table: parted ones, and among them lines of one text that are near to a neighbour."""
    parted = [_is_parted(line, texts, rules.wide_gap * em) for line in lines]
    tops = np.array([min(piece.top for piece in line) for line in lines])
    bottoms = np.array([max(piece.bottom for piece in line) for line in lines])
    gaps = np.concatenate([[np.inf], tops[1:] - bottoms[:-1], [np.inf]]) / em  # above each line, and below the last
    short = [line[-1].right - line[0].left <= rules.long_cell * em for line in lines]
    first = 0
    while first < len(lines):
        if not parted[first]:
            first += 1
            continue
        end = last = first + 1  # `last`: behind the last parted line
        while end < len(lines) and end - last < 4 and gaps[end] <= rules.row_gap:
            # A long text goes on only where it stands beside others: one line of a cell, and they in the middle of theirs.
            nearest = min(gaps[end], gaps[end + 1])
            if not (parted[end] or nearest < 0 or (short[end] and nearest <= rules.line_gap)):
                break
            end += 1
            last = end if parted[end - 1] else last
        if sum(parted[first:last]) >= rules.rows:
            # One line more on both sides: a heading over several columns, and the end of a text of several lines.
            before = first > 0 and short[first - 1] and gaps[first] <= rules.line_gap and _inside(lines[first - 1], lines[first])
            yield first - before, last + (last < len(lines) and gaps[last] < 0)
            last += last < len(lines) and gaps[last] < 0
        first = last


def _is_parted(line, texts, least):
    """True if texts of a line stand apart; the mark of an item of a list and its text do not count."""
    if len(line) == 2 and len(line[0].words) == 1 and is_mark(texts[line[0].words[0]] or ""):
        return False
    return any(b.left - a.right >= least for a, b in zip(line, line[1:], strict=False))


def _inside(line, other):
    """True if a line begins behind the first text of another one, and ends in front of its end."""
    return other[0].right < line[0].left and line[-1].right < other[-1].right


def _table_of_lines(lines, boxes, texts, em, rules):
    """The AlignedTable of a band of lines, or None where they are none."""
    near = near_lines(lines, texts, rules)
    gutters = find_gutters(lines, near, em, rules)
    if not gutters:
        return None
    lines, spans = _placed(lines, gutters, boxes)
    cells = _cells(lines, spans, rows_of_lines(spans, near))
    count = _row_count(cells)
    cells = spread_spans(fit_spans(spread_labels(cells, count), len(gutters) + 1, em))
    is_table = _is_table(cells, len(gutters) + 1, count, texts, em, rules)
    return _table(cells, count, len(gutters) + 1) if is_table else None


def _table_of_frame(frame, level_rules, boxes, texts, em, rules):
    """Likewise of a Frame of level rules: there the texts may be long."""
    groups, count = groups_of_frame(frame, level_rules, boxes, texts, em, rules)
    lines = [group.pieces for group in groups]
    gutters = find_gutters(rows_between(groups, count), np.zeros(0, bool), em, rules)
    if not gutters:
        return None
    lines, spans = _placed(lines, gutters, boxes)
    rows = rows_of_groups([group._replace(pieces=line) for group, line in zip(groups, lines, strict=True)], spans, count, texts, rules)
    cells = spread_spans(fit_spans(_cells(lines, spans, rows), len(gutters) + 1, em))
    count = _row_count(cells)
    by_rules = frame.parted > 1 and all(group.line < 0 for group in groups)
    if count < 2 or not (by_rules or _is_table(cells, len(gutters) + 1, count, texts, em, rules)):
        return None
    return _table(cells, count, len(gutters) + 1)


def _placed(lines, gutters, boxes):
    """Lines of Pieces, cut at the gutters, and (first, last) column of each."""
    middles = np.array([(left + right) / 2 for left, right in gutters])
    lines = [[part for piece in line for part in cut_piece(piece, gutters, boxes)] for line in lines]
    return lines, [[columns_of(piece, gutters, middles) for piece in line] for line in lines]


def _cells(lines, spans, rows):
    """{(row, column): [Pieces, rows it spans, columns it spans]}."""
    cells = {}
    for line, line_spans, row in zip(lines, spans, rows, strict=True):
        for piece, (first, last) in zip(line, line_spans, strict=True):
            cells.setdefault((row[0], first), [[], row[1], last - first + 1])[0].append(piece)
    return cells


def _row_count(cells):
    return max(row + height for (row, _), (_, height, _) in cells.items())


def _table(cells, rows, columns):
    places = [(row, column, row_span, column_span) for (row, column), (_, row_span, column_span) in cells.items()]
    words = [[word for piece in pieces for word in piece.words] for pieces, _, _ in cells.values()]
    return AlignedTable(words, places, rows, columns)


def _is_table(cells, columns, rows, texts, em, rules):
    """True if most cells are short, or of numbers, and rows are filled, but not with running text. Two columns need numbers in one of
    them, below each other, and are no table of contents; labels and their values in turn are a form."""
    known = {place: "".join(texts[word] or "" for piece in pieces for word in piece.words) for place, (pieces, *_) in cells.items()}
    widths = {place: max(piece.right for piece in pieces) - min(piece.left for piece in pieces) for place, (pieces, *_) in cells.items()}
    by_column = [[place for place in cells if place[1] == column and cells[place][2] == 1] for column in range(columns)]
    full = sum(len(column) >= max(rules.rows - 1, 0.4 * rows) for column in by_column)
    filled = sum(height * width for _, height, width in cells.values())
    if rows < rules.rows or full < 2 or filled < rules.filled * rows * columns or _is_running_text(cells, widths, rows, rules):
        return False
    by_column = [column for column in by_column if column]
    numeric = [np.mean([is_numeric(known[place]) for place in column]) for column in by_column]
    typical = [np.median([widths[place] for place in column]) / em for column in by_column]
    if sum(width > rules.long_cell for width in typical) > len(typical) / 2 or np.median(typical) > rules.long_cell:
        return False
    marks = np.mean([is_mark(known[place]) for place in by_column[0]])
    if marks >= LISTED and max(numeric[1:], default=0.0) < 0.5:  # items of a list beside other text
        return False
    below = [[place for place in column if place[0]][:LOOKED_AT] for column in by_column]
    labels = [np.mean([is_label(known[place]) for place in column] or [0.0]) for column in below]
    in_turn = len(labels) % 2 == 0 and min(labels[0::2]) >= 0.7 and max(labels[1::2]) < 0.5
    if in_turn or (len(labels) == 3 and labels[1] >= 0.7 and labels[2] < 0.5 and max(numeric) < 0.5):  # whose, label, value
        return False
    last = [known[place] for place in sorted(by_column[-1])]
    if len(by_column) > 2:
        return max(numeric[:-1]) >= 0.5 or not _are_page_numbers(last)
    first, second = ([known[place] for place in sorted(column)] for column in by_column)
    labelled = np.mean([text.endswith((":", "：")) for text in first]) + np.mean([text[:1] in ":：" for text in second])
    return bool(labelled < 0.5 and max(numeric) >= 0.6 and numeric[0] < 0.9) and not _are_page_numbers(second)


def _is_running_text(cells, widths, rows, rules):
    """True if the texts of most rows leave little of the width of the table free: columns of prose."""
    left = min(piece.left for pieces, *_ in cells.values() for piece in pieces)
    right = max(piece.right for pieces, *_ in cells.values() for piece in pieces)
    used = np.zeros(rows)
    for place in cells:
        used[place[0]] += widths[place]
    return bool(np.median(used) > rules.used * (right - left))


def _are_page_numbers(texts):
    """True for small numbers alone, without a heading, of which none is less than the one before it; p. may stand before them."""
    texts = [text.removeprefix("p.") for text in texts]
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) < 5]
    return len(numbers) == len(texts) and numbers == sorted(numbers)
