"""Reading order from geometry: columns one after the other, tables row by row and cell by cell, paragraphs as blocks.

A recursive XY-cut (Nagy and Seth, 1984) with two changes for office documents. Units are text segments or, where the page has
ruled cells, whole cells, so that a cell of several lines is read before its neighbour. And a vertical gap divides columns only
where long lines of running text stand on both sides of it; elsewhere (tables without rules, receipts) rows come first.
"""

from dataclasses import replace

import numpy as np

from ocr_crnn.geometry import order_quads
from ocr_crnn.reading.cells import cells_of_quads, find_cells, quads_of_cells
from ocr_crnn.reading.orientation import turn_quads
from ocr_crnn.reading.settings import CELLS, ORDER


def order_page(page, image, cell_rules=CELLS, rules=ORDER):
    """Stage: a Page of segments and its image, uint8 `(height, width[, 3])`, upright → the segments in reading order, with `lines` and
    `blocks`.

    Every segment is a line of its own; segments of a ruled cell, or lines of a paragraph, share a block. Where most of the text is
    written downwards, columns follow each other from right to left: the order of the rows of the page after a quarter turn.
    """
    if len(page) == 0:
        return replace(page, lines=np.zeros(0), blocks=np.zeros(0))
    cell_map = find_cells(image, cell_rules)
    cells = cells_of_quads(cell_map, page.quads)
    lengths = np.array([len(text) for text in page.texts])
    turns = int(lengths[written_downwards(page)].sum() > lengths.sum() / 2)

    def lay(quads):
        return order_quads(turn_quads(quads, page.size, turns))

    cell_quads = {cell: lay(quad[None])[0] for cell, quad in quads_of_cells(cell_map, cells, cell_rules).items()}
    rows, blocks = find_order(lay(page.quads), cells, cell_quads, rules)
    return replace(page.take(rows), lines=np.arange(len(rows)), blocks=blocks)


def written_downwards(page):
    """bool `(n,)`: the rows of a Page whose characters stand one below the other; those without characters do not."""
    if page.characters is None:
        return np.zeros(len(page), bool)
    return np.array([_goes_down(row) for row in page.characters], bool)


def _goes_down(characters):
    if characters is None or len(characters) < 2:
        return False
    first, last = characters.quads[[0, -1]].astype(np.float64)
    way = last.mean(axis=0) - first.mean(axis=0)
    along, down = first[1] - first[0] + first[2] - first[3], first[3] - first[0] + first[2] - first[1]
    return abs(way @ down) * np.linalg.norm(along) > abs(way @ along) * np.linalg.norm(down)


def find_order(quads, cells=None, cell_quads=None, rules=ORDER):
    """Quads of text segments `(n, 4, 2)` → their rows in reading order and the block of each in that order, int `(n,)` both.

    cells: int `(n,)`, the ruled cell each segment stands in, −1 outside any (see reading.cells), or None.
    cell_quads: {cell: quad `(4, 2)`}. A cell is then ordered by its rules, not by its text: one that spans several rows comes with the
        first of them, and halves of a table side by side, each with such a label, are read one after the other.
    """
    if len(quads) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    turn = _upright_turn(quads)
    boxes = _boxes(quads, turn)
    boxes = np.concatenate([boxes, boxes[:, 2:3] - boxes[:, :1]], axis=1)  # (n, 5): left, top, right, bottom, width of the text
    heights = boxes[:, 3] - boxes[:, 1]
    units, cell_of_unit = _units(len(quads), cells)
    unit_boxes = np.stack([_union(boxes[unit]) for unit in units])
    for position, cell in enumerate(cell_of_unit):
        if cell_quads and cell in cell_quads:
            unit_boxes[position, :4] = _boxes(cell_quads[cell][None], turn)[0]
    order = _cut(np.arange(len(units)), unit_boxes, float(np.median(heights)), rules)
    rows, blocks, previous = [], [], None
    for unit in order:
        members = units[unit]
        inside = _cut(np.arange(len(members)), boxes[members], float(np.median(heights[members])), rules)
        for row in members[inside]:
            same_cell = cell_of_unit[unit] >= 0 and len(members) > 1 and row != members[inside[0]]
            free = cell_of_unit[unit] < 0 and previous is not None and cell_of_row(previous, cells) < 0
            joined = previous is not None and (same_cell or (free and _continues(boxes[previous], boxes[row], rules)))
            blocks.append(blocks[-1] + (not joined) if blocks else 0)
            rows.append(row)
            previous = row
    return np.array(rows), np.array(blocks)


def _upright_turn(quads):
    """The rotation `(2, 2)` that levels the page. Its skew is the median direction of the texts, the longer ones counting for more;
    texts written across it (turned by 90°) do not count."""
    quads = np.asarray(quads, np.float64)
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2
    level = np.abs(along[:, 0]) > np.abs(along[:, 1])
    angle = 0.0
    if level.any():
        slopes, weights = along[level, 1] / along[level, 0], np.abs(along[level, 0])
        order = np.argsort(slopes)
        half = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
        angle = np.arctan(slopes[order][min(half, len(order) - 1)])
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _boxes(quads, turn):
    points = np.asarray(quads, np.float64) @ turn.T  # (n, 4, 2)
    return np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)


def cell_of_row(row, cells):
    return -1 if cells is None else cells[row]


def _units(count, cells):
    """What is ordered: rows outside cells one by one, rows of one cell together. → list of row arrays, cell of each."""
    if cells is None:
        return [np.array([row]) for row in range(count)], [-1] * count
    cells = np.asarray(cells)
    outside = [np.array([row]) for row in np.flatnonzero(cells < 0)]
    inside = [np.flatnonzero(cells == cell) for cell in np.unique(cells[cells >= 0])]
    return outside + inside, [-1] * len(outside) + [int(cells[unit[0]]) for unit in inside]


def _cut(indices, boxes, line_height, rules):
    """Indices in reading order, by cutting their boxes into bands of columns and rows, recursively."""
    if len(indices) <= 1:
        return list(indices)
    rows = _split(indices, boxes, axis=1)
    if len(rows) == 1:
        columns = _join_between_spans(_split(indices, boxes, axis=0), boxes, rules)
        if len(columns) == 1:
            return _sweep(indices, boxes)
        return [index for column in columns for index in _cut(column, boxes, line_height, rules)]
    order = []
    for band in _bands(rows, boxes, line_height, rules):
        columns = _split(band, boxes, axis=0)
        if _are_columns(columns, boxes, line_height, rules):
            parts = columns
        else:
            parts = _split(band, boxes, axis=1)
        if len(parts) == 1 and len(parts[0]) == len(indices):
            return order + _sweep(indices, boxes)
        for part in parts:
            order += _cut(part, boxes, line_height, rules)
    return order


def _join_between_spans(columns, boxes, rules):
    """Columns that cannot be cut into rows only because of a unit as tall as all of them, such as a label of several rows of a table:
    that unit on its own, and what stands between such units joined, to be cut into rows."""
    everything = np.concatenate(columns)
    height = boxes[everything, 3].max() - boxes[everything, 1].min()
    spans = [len(column) == 1 and boxes[column[0], 3] - boxes[column[0], 1] >= rules.spanning * height for column in columns]
    if all(spans) or not any(spans):
        return columns
    joined = []
    for position, column in enumerate(columns):
        if position and not spans[position] and not spans[position - 1]:
            joined[-1] = np.sort(np.concatenate([joined[-1], column]))
        else:
            joined.append(column)
    return joined


def _split(indices, boxes, axis, overlap=0.3):
    """Groups of indices whose intervals along the axis (0: x, 1: y) do not touch, in order.

    Neighbouring lines of a slanted or tightly set page overlap by a little: intervals are shortened by `overlap` of the
    shorter box where they are heights.
    """
    start, end = boxes[indices, axis].copy(), boxes[indices, axis + 2].copy()
    if axis == 1:
        shrink = overlap / 2 * (end - start)
        start, end = start + shrink, end - shrink
    order = np.argsort(start, kind="stable")
    reach = np.maximum.accumulate(end[order])
    breaks = np.flatnonzero(start[order][1:] >= reach[:-1]) + 1
    return [np.sort(indices[part]) for part in np.split(order, breaks)]


def _bands(rows, boxes, line_height, rules):
    """Join consecutive rows as long as one gutter runs through all of them and running text stands on both its sides."""
    everything = np.concatenate(rows)
    extent = boxes[everything, 0].min(), boxes[everything, 2].max()
    least = rules.gutter * line_height
    bands, first = [], 0
    while first < len(rows):
        last = first + 1
        gaps = _gaps(rows[first], boxes, extent, least)
        while gaps and last < len(rows):
            gaps = _intersect(gaps, _gaps(rows[last], boxes, extent, least), least)
            last += bool(gaps)
        # The gutter may run on through rows that are no part of the columns, such as a page number: the longest band that holds.
        while last > first + 1 and not _are_columns(_split(np.concatenate(rows[first:last]), boxes, axis=0), boxes, line_height, rules):
            last -= 1
        bands.append(np.concatenate(rows[first:last]))
        first = last
    return bands


def _gaps(row, boxes, extent, least):
    """The free x-intervals of a row within the extent (left, right) of the region, those at least as wide as a gutter.

    Space beside the row counts: a short column leaves it, and its neighbour makes a gutter of it.
    """
    order = np.argsort(boxes[row, 0])
    starts = np.concatenate([extent[:1], np.maximum.accumulate(boxes[row, 2][order])])
    ends = np.concatenate([boxes[row, 0][order], extent[1:]])
    return [(a, b) for a, b in zip(starts, ends, strict=True) if b - a >= least]


def _intersect(gaps, others, least):
    common = [(max(a, c), min(b, d)) for a, b in gaps for c, d in others]
    return [(a, b) for a, b in common if b - a >= least]


def _are_columns(columns, boxes, line_height, rules):
    """True if there are several and every one holds several rows of running text."""
    if len(columns) < 2:
        return False
    for column in columns:
        if len(_split(column, boxes, axis=1)) < rules.column_rows or np.median(boxes[column, 4]) < rules.column_line * line_height:
            return False
    return True


def _sweep(indices, boxes):
    """The fallback for boxes that cannot be cut apart: by the middle of the line, then from left to right."""
    middles = (boxes[indices, 1] + boxes[indices, 3]) / 2
    heights = boxes[indices, 3] - boxes[indices, 1]
    order = np.argsort(middles, kind="stable")
    lines = [[order[0]]]
    for position in order[1:]:
        if middles[position] - middles[lines[-1][0]] > 0.5 * min(heights[position], heights[lines[-1][0]]):
            lines.append([])
        lines[-1].append(position)
    return [indices[position] for line in lines for position in sorted(line, key=lambda p: boxes[indices[p], 0])]


def _union(boxes):
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:4].max(axis=0)
    return np.array([left, top, right, bottom, right - left])


def _continues(before, after, rules):
    """True if the line `after` goes on with the paragraph of `before`: below it, near, as high, and over the same width."""
    height = min(before[3] - before[1], after[3] - after[1])
    taller = max(before[3] - before[1], after[3] - after[1])
    overlap = min(before[2], after[2]) - max(before[0], after[0])
    gap = after[1] - before[3]
    return -0.5 * height <= gap <= rules.paragraph_gap * height and taller <= rules.height_change * height and overlap > 0
