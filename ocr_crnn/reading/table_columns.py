"""Which columns the texts of a table without upright rules stand in: the gutters that they leave free, and headings over several."""

from typing import NamedTuple

import numpy as np


class Piece(NamedTuple):
    """Words that stand together. words: positions, from left to right. left, right, top, bottom: around them."""

    words: list
    left: float
    right: float
    top: float
    bottom: float

    @property
    def middle(self):
        return (self.left + self.right) / 2


def pieces_of(words, boxes, least):
    """The Pieces of words, positions from left to right: cut where a strip that is at least so wide is free of them."""
    pieces, own, right = [], [], -np.inf
    for word in words:
        if own and boxes[word, 0] - right >= least:
            pieces.append(own)
            own, right = [], -np.inf
        own.append(word)
        right = max(right, boxes[word, 2])
    pieces.append(own)
    return [_piece(own, boxes[own]) for own in pieces]


def join_pieces(pieces):
    """One Piece of several, from left to right."""
    words = [word for piece in pieces for word in piece.words]
    lefts, rights, tops, bottoms = zip(*(piece[1:] for piece in pieces), strict=True)
    return Piece(words, min(lefts), max(rights), min(tops), max(bottoms))


def _piece(words, boxes):
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    return Piece(words, float(left), float(right), float(top), float(bottom))


def find_gutters(lines, near, em, rules):
    """The gutters of a band, (left, right) each, from left to right: as few as cut every gap between two texts of a line, or of two that
    are near as lines of a row are.

    Gaps sorted by their ends are cut by the end of the first that no cut was in yet; what all gaps with one same cut share is the
    gutter. One that a single line has, unless it is a wide one of the heading, or that texts of too many lines cross, is a gap within a
    text.
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
    begins, ends = np.sort(np.array([piece[1:3] for line in lines for piece in line]).reshape(-1, 2), axis=0).T
    heading = 2 + bool(len(near) and near[0])
    found = []
    for left, right, own in groups:
        left, right, over = _least_crossed(left, right, begins, ends)
        is_of_heading = min(own) < heading and over == 0 and right - left >= rules.wide_gap * em
        if over <= rules.crossing * len(lines) and (len(own) > 1 or is_of_heading):
            found.append((left, right))
    return found


def _least_crossed(left, right, begins, ends):
    """(left, right, texts over it) of the widest part of a gutter that the fewest texts are over. begins, ends: of texts, sorted."""
    inside = (edges[np.searchsorted(edges, left) : np.searchsorted(edges, right)] for edges in (begins, ends))
    places = np.unique(np.concatenate([[left, right], *inside]))
    middles = (places[1:] + places[:-1]) / 2
    over = np.searchsorted(begins, middles) - np.searchsorted(ends, middles)
    best = np.lexsort((places[:-1] - places[1:], over))[0]
    return places[best], places[best + 1], int(over[best])


def cut_piece(piece, gutters, boxes):
    """A Piece, cut where the gap between its words meets a gutter: texts of two columns that nearly touch."""
    parts, words, end = [], piece.words[:1], boxes[piece.words[0], 2]
    for word in piece.words[1:]:
        begin = boxes[word, 0]
        if any(left < begin and end < right and begin > end for left, right in gutters):
            parts.append(words)
            words = []
        words.append(word)
        end = max(end, boxes[word, 2])
    return [_piece(words, boxes[words]) for words in [*parts, words]]


def columns_of(piece, gutters, middles):
    """(first, last) column that a text stands in or over."""
    first, last = int(np.searchsorted(middles, piece.left)), int(np.searchsorted(middles, piece.right))
    if first == last:
        for gutter in (first - 1, first):  # a short heading over two columns may be no wider than the gutter between them
            if 0 <= gutter < len(gutters) and gutters[gutter][0] < piece.left and piece.right < gutters[gutter][1]:
                return gutter, gutter + 1
    return first, last


def fit_spans(cells, columns, em):
    """Cells {(row, column): (pieces, row_span, column_span)} with those widened over empty ones beside them that stand in the middle of
    both, and not as their column does: headings of groups, totals.

    The middle of a column is that of the cell below, which heads it, or of all that stands in it.
    """
    taken = {(row + y, column + x) for (row, column), (_, height, width) in cells.items() for y in range(height) for x in range(width)}
    single = [[] for _ in range(columns)]
    for (row, column), (pieces, _, width) in cells.items():
        if width == 1:
            single[column].append((row, join_pieces(pieces)))
    middles = [(min(p.left for _, p in own) + max(p.right for _, p in own)) / 2 if own else None for own in single]
    fitted = {}
    for (row, column), (pieces, height, width) in sorted(cells.items(), key=lambda item: item[0]):
        text = join_pieces(pieces)
        free_left = _free(taken, row, height, range(column - 1, -1, -1))
        free_right = _free(taken, row, height, range(column + width, columns))
        if (free_left or free_right) and not (width == 1 and _stands_like(text, row, single[column], em)):
            below = (cells.get((row + height, other)) for other in range(columns))
            heads = [join_pieces(cell[0]).middle if cell and cell[2] == 1 else middle for cell, middle in zip(below, middles, strict=True)]
            own, firsts = (column, column + width), range(column - free_left, column + 1)
            spans = [(first, end) for first in firsts for end in range(own[1], own[1] + free_right + 1)]
            # What reaches to the first column is as likely as what stays where it is: a total.
            far = [0.5 * em * ((first, end) != own and not (first == 0 < column)) for first, end in spans]
            off = [_off(text, heads[first:end]) + more for (first, end), more in zip(spans, far, strict=True)]
            column, end = spans[int(np.argmin(off))]
            width = end - column
            taken |= {(row + y, column + x) for y in range(height) for x in range(width)}
        fitted[row, column] = (pieces, height, width)
    return fitted


def _free(taken, row, height, columns):
    """How many columns one after the other are empty in these rows."""
    count = 0
    for column in columns:
        if any((row + y, column) in taken for y in range(height)):
            break
        count += 1
    return count


def _stands_like(text, row, others, em):
    """True if a text begins, ends or has its middle where others of its column do."""
    others = [piece for other, piece in others if other != row]
    return any(
        sum(abs(pick(piece) - pick(text)) < 0.35 * em for piece in others) > max(1, 0.3 * len(others))
        for pick in (lambda p: p.left, lambda p: p.right, lambda p: p.middle)
    )


def _off(text, middles):
    """How far the middle of a text is from that of columns: of their outer ones'."""
    if not middles or middles[0] is None or middles[-1] is None:
        return np.inf
    return abs(text.middle - (middles[0] + middles[-1]) / 2)
