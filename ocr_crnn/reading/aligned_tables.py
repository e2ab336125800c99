"""Tables without rules: lines of short texts that leave the same gutters free.

Lines that are parted by wide gaps and follow each other are a band. The gaps that their texts leave share gutters, and
texts that cross one are headings over several columns. What is long in most of its columns is prose in columns, and no table.
"""

from typing import NamedTuple

import numpy as np

from ocr_crnn.reading.settings import TABLES


class AlignedTable(NamedTuple):
    """words: list of lists, positions of the words of each cell. places: list of (row, column, row_span, column_span)."""

    words: list
    places: list
    rows: int
    columns: int


class Piece(NamedTuple):
    """Words of a line that stand together. words: positions. left, right, top, bottom: around them."""

    words: list
    left: float
    right: float
    top: float
    bottom: float


def find_aligned_tables(boxes, texts, rules=TABLES):
    """Level boxes of words `(n, 4)`, left, top, right, bottom, and their texts → list of AlignedTable, from the top down.

    Near-linear: every line is looked at with its neighbours, and every band for itself.
    """
    em = em_of(boxes, texts)
    if em <= 0:
        return []
    lines = [_pieces(line, boxes, rules.gutter * em) for line in split_lines(boxes, em)]
    tables = []
    for first, last in _bands(lines, em, rules):
        table = _table_of(lines[first:last], boxes, texts, em, rules)
        if table is not None:
            tables.append(table)
    return tables


def em_of(boxes, texts):
    """The em of most texts: their median height, or the median room of a character in words of Hangul where that is more: the ink of some
    faces is low."""
    if len(boxes) == 0:
        return 0.0
    words = [number for number, text in enumerate(texts) if text and len(text) > 1 and all("가" <= letter <= "힣" for letter in text)]
    rooms = [(boxes[word, 2] - boxes[word, 0]) / (len(texts[word]) - 0.1) for word in words]
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    return max(height, min(float(np.median(rooms)), 1.6 * height)) if len(rooms) > 4 else height


def split_lines(boxes, em):
    """Positions of the words of each line, from left to right: words whose middles lie within 0.4 of a line's height of its first ones'."""
    middles = (boxes[:, 1] + boxes[:, 3]) / 2
    order = np.argsort(middles, kind="stable")
    lines, anchor = [], -np.inf
    for word in order:
        if middles[word] - anchor > 0.4 * em:
            lines.append([])
            anchor = middles[word]
        lines[-1].append(int(word))
        anchor += (middles[word] - anchor) / len(lines[-1])
    return [sorted(line, key=lambda word: boxes[word, 0]) for line in lines]


def _pieces(line, boxes, least):
    """The Pieces of a line: cut at the gaps that are at least so wide."""
    pieces, words, right = [], [], -np.inf
    for word in line:
        if words and boxes[word, 0] - right >= least:
            pieces.append(words)
            words = []
        words.append(word)
        right = max(right, boxes[word, 2]) if len(words) > 1 else boxes[word, 2]
    pieces.append(words)
    return [_piece(words, boxes[words]) for words in pieces]


def _piece(words, boxes):
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    return Piece(words, float(left), float(right), float(top), float(bottom))


def _bands(lines, em, rules):
    """(first, end) of the runs of lines that may be a table: parted ones, and among them lines of one text that are near to a neighbour."""
    parted = [any(b.left - a.right >= rules.wide_gap * em for a, b in zip(line, line[1:], strict=False)) for line in lines]
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


def _inside(line, other):
    """True if a line begins behind the first text of another one, and ends in front of its end."""
    return other[0].right < line[0].left and line[-1].right < other[-1].right


def _gutters(lines, near, rules):
    """The gutters of a band, (left, right) each, from left to right: as few as cut every gap between two texts of a line, or of two that
    are near as lines of a row are.

    Gaps sorted by their ends are cut by the end of the first that no cut was in yet; what all gaps with one same cut share is the
    gutter. One that a single line has, or that texts of too many lines cross, is a gap within a text.
    """
    gaps = [(b.left, a.right, number) for number, line in enumerate(lines) for a, b in zip(line, line[1:], strict=False)]
    for number in np.flatnonzero(near):
        both = sorted(lines[number] + lines[number + 1], key=lambda piece: piece.left)
        if all(b.left > a.right for a, b in zip(both, both[1:], strict=False)):
            gaps += [(b.left, a.right, number) for a, b in zip(both, both[1:], strict=False)]
    gaps.sort()
    cuts = []
    for right, left, _ in gaps:
        if not cuts or left >= cuts[-1]:
            cuts.append(right)
    groups = [[-np.inf, right, set()] for right in cuts]
    for right, left, number in gaps:
        first, end = np.searchsorted(cuts, left, "right"), np.searchsorted(cuts, right, "right")
        groups[first][2].add(number)
        if end - first == 1:  # a gap over an empty cell says nothing of where the gutters in it begin
            groups[first][0] = max(groups[first][0], left)
    groups = [group for group in groups if np.isfinite(group[0])]
    middles = np.array([(left + right) / 2 for left, right, _ in groups])
    crossed = np.zeros(len(groups))
    for line in lines:
        for piece in line:
            crossed[np.searchsorted(middles, piece.left) : np.searchsorted(middles, piece.right)] += 1
    kept = [len(own) > 1 and over <= rules.crossing * len(lines) for (_, _, own), over in zip(groups, crossed, strict=True)]
    return [(left, right) for (left, right, _), keep in zip(groups, kept, strict=True) if keep]


def _table_of(lines, boxes, texts, em, rules):
    """The AlignedTable of a band of lines, or None where they are none."""
    near = _near(lines, rules)
    gutters = _gutters(lines, near, rules)
    if not gutters:
        return None
    middles = np.array([(left + right) / 2 for left, right in gutters])
    lines = [[part for piece in line for part in _cut_piece(piece, gutters, boxes)] for line in lines]
    spans = [[_columns(piece, gutters, middles) for piece in line] for line in lines]
    rows = _rows_of_lines(spans, near)
    cells = {}
    for line, line_spans, row in zip(lines, spans, rows, strict=True):
        for piece, (first, last) in zip(line, line_spans, strict=True):
            cells.setdefault((row[0], first), [[], row[1], last - first + 1])[0].append(piece)
    count = max(row for row, _ in cells) + 1
    cells = _spread_spans(_spread_labels(cells, count))
    if not _is_table(cells, len(gutters) + 1, count, texts, em, rules):
        return None
    places = [(row, column, row_span, column_span) for (row, column), (_, row_span, column_span) in cells.items()]
    words = [[word for piece in pieces for word in piece.words] for pieces, _, _ in cells.values()]
    return AlignedTable(words, places, count, len(gutters) + 1)


def _cut_piece(piece, gutters, boxes):
    """A Piece, cut where the gap between two of its words meets a gutter: texts of two columns that nearly touch."""
    parts, words = [], piece.words[:1]
    for before, after in zip(piece.words, piece.words[1:], strict=False):
        end, begin = boxes[before, 2], boxes[after, 0]
        if any(left < begin and end < right and begin > end for left, right in gutters):
            parts.append(words)
            words = []
        words.append(after)
    return [_piece(words, boxes[words]) for words in [*parts, words]]


def _columns(piece, gutters, middles):
    """(first, last) column that a text stands in or over."""
    first, last = int(np.searchsorted(middles, piece.left)), int(np.searchsorted(middles, piece.right))
    if first == last:
        for gutter in (first - 1, first):  # a short heading over two columns may be no wider than the gutter between them
            if 0 <= gutter < len(gutters) and gutters[gutter][0] < piece.left and piece.right < gutters[gutter][1]:
                return gutter, gutter + 1
    return first, last


def _near(lines, rules):
    """Whether each line is nearer to the next than rows are: than most lines are to the next that has a text below one of theirs."""
    middles = np.array([np.mean([(piece.top + piece.bottom) / 2 for piece in line]) for line in lines])
    steps = []
    for number, line in enumerate(lines):
        below = (other for other in range(number + 1, min(number + 4, len(lines))) if _have_one_below_another(line, lines[other]))
        steps += [middles[other] - middles[number] for other in (next(below, None),) if other is not None]
    pitch = np.median(steps) if steps else 0.0
    return np.append(np.diff(middles) < rules.same_row * pitch, False)


def _have_one_below_another(above, below):
    """True if texts of two lines, both from left to right, share some of the width."""
    first = second = 0
    while first < len(above) and second < len(below):
        if min(above[first].right, below[second].right) > max(above[first].left, below[second].left):
            return True
        first, second = (first + 1, second) if above[first].right < below[second].right else (first, second + 1)
    return False


def _rows_of_lines(spans, near):
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


def _spread_labels(cells, count):
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
    if begin != count or len(labels) < 2 or any(span > 1 and height > 1 for _, height, span in found.values()):
        return cells
    return {place: cell for place, cell in cells.items() if place[1] > 0} | found


def _spread_spans(cells):
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


def _is_table(cells, columns, rows, texts, em, rules):
    """True if most cells are short, or of numbers; two columns need numbers in one of them, below each other."""
    by_column = [[] for _ in range(columns)]
    for (_, column), (pieces, _, column_span) in cells.items():
        if column_span == 1:
            text = "".join(texts[word] or "" for piece in pieces for word in piece.words)
            by_column[column].append((text, max(piece.right - piece.left for piece in pieces) / em))
    full = sum(len(column) >= rules.rows - 1 for column in by_column)
    if rows < rules.rows or full < 2:
        return False
    known = [column for column in by_column if column]
    numeric = [np.mean([is_numeric(text) for text, _ in column]) for column in known]
    widths = [np.median([width for _, width in column]) for column in known]
    if sum(width > rules.long_cell for width in widths) > len(widths) / 2 or np.median(widths) > rules.long_cell:
        return False
    if len(known) == 2:
        labelled = np.mean([text.endswith((":", "：")) for text, _ in known[0]]) + np.mean([text[:1] in ":：" for text, _ in known[1]])
        return bool(labelled < 0.5 and max(numeric) >= 0.6 and numeric[0] < 0.9)
    return True


def is_numeric(text):
    """True for figures, amounts, dates, shares: half of the characters at least are digits, or it is a mark that stands for one."""
    text = text.replace(" ", "")
    return bool(text) and (2 * sum(character.isdigit() for character in text) >= len(text) or text in ("-", "–", "—"))
