"""Lines of a page and how they lie to each other: what tells which are of one paragraph, and which is the label of which.

Nodes are pieces: lines, cut at wide gaps and behind the colon of a label. An edge goes to the next piece in reading order, to the nearest
on the right, and to the nearest below.
"""

import re
from typing import NamedTuple

import numpy as np

from ocr_crnn.reading.aligned_tables import is_numeric
from ocr_crnn.reading.cells import cells_of_quads, find_cells
from ocr_crnn.reading.entity_labels import is_label
from ocr_crnn.reading.order import level_boxes
from ocr_crnn.reading.settings import CELLS

WIDE = 1.5  # line heights: a wider gap between words of a line cuts it
LONGEST_LABEL = 12  # letters before a colon
WINDOW = 80  # pieces, sorted by their tops, among which neighbours are looked for
ENUMERATOR = re.compile(
    r"(제\s?\d+\s?[조장절관]|\d{1,3}[.)](?!\d)|\(\d{1,2}\)|[가나다라마바사아자차카타파하][.)]|\([가나다라마바사아자차카타파하]\)|[①-⑳㉠-㉻-•·※○●■□◆◇▶▷◎▣☞*ㅇ]|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]\.|붙임|첨부)"
)
SENTENCE = re.compile(r"(다|함|음|임|것|까|요)[.?!]?[)”\"’']?$|[.?!]$")
FEATURES = 26


class Pieces(NamedTuple):
    """rows: list of int arrays, rows of the Page. boxes: float `(n, 4)`, level. lines, cells: int `(n,)`, cell −1 for none. texts: list.
    frames: as boxes, of all that stands in a piece's cell, or of the piece where it stands in none; wholes: their texts, without spaces.
    """

    rows: list
    boxes: np.ndarray
    frames: np.ndarray
    wholes: list
    lines: np.ndarray
    cells: np.ndarray
    texts: list


class Edges(NamedTuple):
    """pairs: int `(m, 2)`, pieces, the earlier in reading order first. kinds: bool `(m, 3)`: next in order, nearest on the right, nearest
    below. features: float32 `(m, FEATURES)`."""

    pairs: np.ndarray
    kinds: np.ndarray
    features: np.ndarray


def find_pieces(page, image, cell_rules=CELLS):
    """The Pieces of a Page of words in reading order; its image, uint8 `(height, width[, 3])`, tells the cells."""
    known = [rows[[bool(text) for text in page.texts[rows]]] for rows in page.line_rows()]
    level = level_boxes(page.quads) if len(page) else np.zeros((0, 4))
    rows, lines = [], []
    for number, line in enumerate(known):
        for part in _cut(line, level, page.texts):
            rows.append(part)
            lines.append(number)
    if not rows:
        return Pieces([], np.zeros((0, 4)), np.zeros((0, 4)), [], np.zeros(0, np.int64), np.zeros(0, np.int64), [])
    boxes = np.stack([np.concatenate([level[part, :2].min(axis=0), level[part, 2:].max(axis=0)]) for part in rows])
    of_rows = cells_of_quads(find_cells(image, cell_rules), page.quads)
    cells = np.array([of_rows[part[0]] if (of_rows[part] == of_rows[part[0]]).all() else -1 for part in rows])
    texts = [" ".join(page.texts[part]) for part in rows]
    frames, wholes = _of_cells(boxes, cells, texts)
    return Pieces(rows, boxes, frames, wholes, np.array(lines), cells, texts)


def _of_cells(boxes, cells, texts):
    """Boxes and texts of pieces with those of the whole cell in the place of what stands in one."""
    frames, wholes = boxes.copy(), list(texts)
    order = np.argsort(cells, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(cells[order])) + 1):
        if cells[members[0]] >= 0:
            frames[members] = [*boxes[members, :2].min(axis=0), *boxes[members, 2:].max(axis=0)]
            whole = "".join(texts[member] for member in members).replace(" ", "")
            for member in members:
                wholes[member] = whole
    return frames, wholes


def _cut(line, boxes, texts):
    """The rows of a line, cut at wide gaps and behind a colon that ends a short beginning."""
    if len(line) == 0:
        return []
    height = max(float(np.median(boxes[line, 3] - boxes[line, 1])), 1e-6)
    parts = np.split(line, np.flatnonzero(boxes[line[1:], 0] - boxes[line[:-1], 2] > WIDE * height) + 1)
    return [piece for part in parts for piece in _cut_at_colons(part, texts)]


def _cut_at_colons(part, texts):
    """Rows that stand together, cut behind a colon that ends a short beginning, and on both sides of later labels that a colon ends."""
    ends = [place + 1 for place, row in enumerate(part) if texts[row].endswith((":", "："))]
    if not ends or sum(len(texts[row]) for row in part[: ends[0]]) > LONGEST_LABEL + 1:
        return [part]
    cuts = set(ends[:1])
    for end in ends[1:]:
        begin = end - 2 if len(texts[part[end - 1]]) == 1 else end - 1  # a colon may be a word of its own
        if is_label(texts[part[begin]]):
            cuts |= {begin, end}
    return [piece for piece in np.split(part, sorted(cuts)) if len(piece)]


def find_edges(pieces):
    """The Edges of Pieces; near-linear: neighbours are looked for among the next WINDOW pieces by their tops."""
    count = len(pieces.rows)
    right, below = _neighbours(pieces)
    found = {}
    for kind, targets in enumerate((np.arange(1, count + 1), right, below)):
        for piece in range(count):
            target = int(targets[piece])
            if 0 <= target < count:
                pair = (piece, target)
                found.setdefault(pair, np.zeros(3, bool))[kind] = True
    pairs = np.array(list(found), np.int64).reshape(-1, 2)
    kinds = np.array(list(found.values()), bool).reshape(-1, 3)
    return Edges(pairs, kinds, _features(pieces, pairs, kinds))


def _neighbours(pieces):
    """The nearest piece on the right of each, beside half of its height, and the nearest below, int `(n,)` both, −1 for none."""
    boxes, cells = pieces.frames, pieces.cells
    count = len(boxes)
    right, below = np.full(count, -1), np.full(count, -1)
    order = np.argsort(boxes[:, 1], kind="stable") if count else np.zeros(0, np.int64)
    for place, piece in enumerate(order):
        others = order[max(place - WINDOW, 0) : place + WINDOW]
        others = others[(others != piece) & ((cells[others] != cells[piece]) | (cells[piece] < 0))]
        left, top, end, bottom = boxes[piece]
        near = boxes[others]
        beside = np.minimum(bottom, near[:, 3]) - np.maximum(top, near[:, 1]) >= 0.5 * np.minimum(bottom - top, near[:, 3] - near[:, 1])
        over = np.minimum(end, near[:, 2]) - np.maximum(left, near[:, 0]) > 0
        to_right = np.where(beside & (near[:, 0] >= end - 0.5 * (bottom - top)), near[:, 0], np.inf)
        down = np.where(over & ~beside & (near[:, 1] >= (top + bottom) / 2), near[:, 1], np.inf)
        if len(others) and np.isfinite(to_right.min()):
            right[piece] = others[to_right.argmin()]
        if len(others) and np.isfinite(down.min()):
            below[piece] = others[down.argmin()]
    return right, below


def _features(pieces, pairs, kinds):
    """What is known of two pieces, float32 `(m, FEATURES)`; lengths in line heights of the page, bounded."""
    if len(pairs) == 0:
        return np.zeros((0, FEATURES), np.float32)
    boxes, texts = pieces.boxes, pieces.texts
    heights = np.maximum(boxes[:, 3] - boxes[:, 1], 1e-6)
    height = float(np.median(heights))
    cell_a, cell_b = pieces.cells[pairs[:, 0]], pieces.cells[pairs[:, 1]]
    apart = (cell_a != cell_b)[:, None]  # of two cells, all that stands in them
    a, b = (np.where(apart, pieces.frames[ends], boxes[ends]) for ends in pairs.T)
    lefts, rights = _margins(boxes)
    facts = np.array([_facts(text, whole) for text, whole in zip(texts, pieces.wholes, strict=True)], np.float64)  # (n, 6)
    middle = (b[:, 1] + b[:, 3] - a[:, 1] - a[:, 3]) / 2
    pitch = np.median(middle[kinds[:, 0] & (middle > 0.5 * height)]) if (kinds[:, 0] & (middle > 0.5 * height)).any() else height
    width, tall = (np.minimum(a[:, end] - a[:, end - 2], b[:, end] - b[:, end - 2]) for end in (2, 3))
    columns = [
        np.maximum(np.maximum(b[:, 0] - a[:, 2], a[:, 0] - b[:, 2]), 0) / height / 5,
        np.maximum(np.maximum(b[:, 1] - a[:, 3], a[:, 1] - b[:, 3]), 0) / height,
        (b[:, 0] - a[:, 0]) / height / 5,
        (b[:, 0] + b[:, 2] - a[:, 0] - a[:, 2]) / 2 / height / 5,
        (b[:, 2] - a[:, 2]) / height / 5,
        (np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])) / np.maximum(width, 1e-6),
        (np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])) / np.maximum(tall, 1e-6),
        2 * np.log(heights[pairs[:, 1]] / heights[pairs[:, 0]]),
        middle / max(pitch, 1e-6) - 1,
        (cell_a == cell_b) & (cell_a >= 0),
        (cell_a != cell_b) & (cell_a >= 0) & (cell_b >= 0),
        (cell_a >= 0) != (cell_b >= 0),
        pieces.lines[pairs[:, 0]] == pieces.lines[pairs[:, 1]],
        kinds[:, 0],
        (rights[pairs[:, 0]] - a[:, 2]) / height / 5,
        (b[:, 0] - lefts[pairs[:, 1]]) / height,
        *facts[pairs[:, 0]].T,
        *facts[pairs[:, 1], :4].T,
    ]
    return np.clip(np.stack([np.asarray(column, np.float64) for column in columns], axis=1), -3, 3).astype(np.float32)


def _facts(text, whole):
    """label, numeric, length, of the whole cell; enumerator at the beginning, sentence and colon at the end."""
    begins, ends = bool(ENUMERATOR.match(text)), bool(SENTENCE.search(text))
    return is_label(whole), is_numeric(whole), len(whole) / 20, begins, ends, text.endswith((":", "："))


def _margins(boxes, reach=4):
    """The least left and the greatest right edge of each piece's neighbours in reading order that stand above or below it."""
    lefts, rights = boxes[:, 0].copy(), boxes[:, 2].copy()
    for step in range(1, reach + 1):
        for one, other in ((slice(step, None), slice(None, -step)), (slice(None, -step), slice(step, None))):
            over = np.minimum(boxes[one, 2], boxes[other, 2]) > np.maximum(boxes[one, 0], boxes[other, 0])
            lefts[one] = np.where(over, np.minimum(lefts[one], boxes[other, 0]), lefts[one])
            rights[one] = np.where(over, np.maximum(rights[one], boxes[other, 2]), rights[one])
    return lefts, rights
