"""Reading order from geometry: columns one after the other, tables row by row and cell by cell, paragraphs as blocks.

A recursive XY-cut (Nagy and Seth, 1984) with two changes for office documents. Units are text segments or, where the page has
ruled cells, whole cells, so that a cell of several lines is read before its neighbour. And a vertical gap divides columns only
where what stands on both sides of it is read downwards, see columns.py; elsewhere (tables without rules, receipts) rows come first.
"""

from dataclasses import replace

import numpy as np

from ocr_crnn.geometry import boxes_to_quads, order_quads
from ocr_crnn.reading.cells import cells_of_quads, find_cells, quads_of_cells
from ocr_crnn.reading.columns import Region, Traits, are_running_text, fill_their_width, group_like_columns
from ocr_crnn.reading.combs import join_combs
from ocr_crnn.reading.nil_cells import find_nil
from ocr_crnn.reading.orientation import turn_quads
from ocr_crnn.reading.rows import continues, number_rows
from ocr_crnn.reading.settings import CELLS, ORDER


def order_page(page, image, cell_rules=CELLS, rules=ORDER):
    """Stage: a Page of segments and its image, uint8 `(height, width[, 3])`, upright → the segments in reading order, with `lines` and
    `blocks`.

    Characters in the boxes of a comb are one text. Segments beside each other that are no columns and stand in no cells of their own
    share a line. Those of a ruled cell share a block, as do lines of a paragraph and rows of a table without rules. Where most of the
    text is written downwards, columns follow each other from right to left: the order of the rows of the page after a quarter turn.
    """
    if len(page) == 0:
        return replace(page, lines=np.zeros(0), blocks=np.zeros(0))
    cell_map = find_cells(image, cell_rules)
    page = find_nil(join_combs(page, cell_map), image, cell_map)
    quads, cells, cell_quads, bars = lay_page(page, cell_map, cell_rules)
    rows, _ = find_order(quads, cells, cell_quads, rules, page.texts, bars)
    lines, blocks = number_rows(level_boxes(quads)[rows], cells[rows], rules)
    return replace(page.take(rows), lines=lines, blocks=blocks)


def lay_page(page, cell_map, cell_rules=CELLS):
    """What `find_order` puts into order: the quads of a Page, turned by a quarter where most of the text is written downwards, their cells,
    the quads of these, and of upright rules."""
    cells = cells_of_quads(cell_map, page.quads)
    lengths = np.array([len(text) for text in page.texts])
    turns = int(lengths[written_downwards(page)].sum() > lengths.sum() / 2)

    def lay(quads):
        return order_quads(turn_quads(quads, page.size, turns))

    cell_quads = {cell: lay(quad[None])[0] for cell, quad in quads_of_cells(cell_map, cells, cell_rules).items()}
    return lay(page.quads), cells, cell_quads, None if turns else boxes_to_quads(cell_map.bars)


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


def find_order(quads, cells=None, cell_quads=None, rules=ORDER, texts=None, bars=None):
    """Quads of text segments `(n, 4, 2)` → their rows in reading order and the block of each in that order, int `(n,)` both.

    cells: int `(n,)`, the ruled cell each segment stands in, −1 outside any (see reading.cells), or None.
    cell_quads: {cell: quad `(4, 2)`}. A cell is then ordered by its rules, not by its text: one that spans several rows comes with the
        first of them, and halves of a table side by side, each with such a label, are read one after the other.
    texts: of the segments; by them columns of short lines are told from tables. None: by geometry alone.
    bars: quads `(k, 4, 2)` of upright rules, which stand between columns.
    """
    if len(quads) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    turn = upright_turn(quads)
    boxes = _boxes(quads, turn)
    boxes = np.concatenate([boxes, boxes[:, 2:3] - boxes[:, :1]], axis=1)  # (n, 5): left, top, right, bottom, width of the text
    heights = boxes[:, 3] - boxes[:, 1]
    units, cell_of_unit = _units(len(quads), cells)
    unit_boxes = np.stack([_union(boxes[unit]) for unit in units])
    for position, cell in enumerate(cell_of_unit):
        if cell_quads and cell in cell_quads:
            unit_boxes[position, :4] = _boxes(cell_quads[cell][None], turn)[0]
    bars = np.zeros((0, 4)) if bars is None else _boxes(bars, turn)
    traits = unit_traits = None
    if texts is not None:
        traits = Traits.of(texts)  # a cell is no line of a column, whatever it says
        unit_traits = Traits.of([texts[unit[0]] if cell < 0 else "" for unit, cell in zip(units, cell_of_unit, strict=True)])
    order = _cut(np.arange(len(units)), Region(unit_boxes, float(np.median(heights)), rules, unit_traits, bars))
    rows, blocks, previous = [], [], None
    for unit in order:
        members = units[unit]
        inside = _cut(members, Region(boxes, float(np.median(heights[members])), rules, traits, bars))
        for row in inside:
            same_cell = cell_of_unit[unit] >= 0 and len(members) > 1 and row != inside[0]
            free = cell_of_unit[unit] < 0 and previous is not None and cell_of_row(previous, cells) < 0
            joined = previous is not None and (same_cell or (free and continues(boxes[previous], boxes[row], rules)))
            blocks.append(blocks[-1] + (not joined) if blocks else 0)
            rows.append(row)
            previous = row
    return np.array(rows), np.array(blocks)


def level_boxes(quads):
    """Quads `(n, 4, 2)` → their boxes `(n, 4)`, left, top, right, bottom, on the page turned so that its texts are level."""
    return _boxes(quads, upright_turn(quads))


def upright_turn(quads):
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


def _cut(indices, region):
    """Indices in reading order, by cutting their boxes into bands of columns and rows, recursively."""
    if len(indices) <= 1:
        return list(indices)
    rows = _split(indices, region, axis=1)
    if len(rows) == 1:
        columns = _join_between_spans(_split(indices, region, axis=0), region.boxes, region.rules)
        if len(columns) == 1:
            return _sweep(indices, region.boxes)
        return [index for column in columns for index in _cut(column, region)]
    order = []
    for band, columns in _bands(rows, region):
        parts = columns or _split(band, region, axis=1)
        if len(parts) == 1 and len(parts[0]) == len(indices):
            return order + _sweep(indices, region.boxes)
        for part in parts:
            order += _cut(part, region)
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


def _split(indices, region, axis, overlap=0.3):
    """Groups of indices whose intervals along the axis (0: x, 1: y) do not touch, in order.

    Neighbouring lines of a slanted or tightly set page overlap by a little: intervals are shortened by `overlap` of their height, or of a
    line's where that is less, where they are heights.
    """
    start, end = region.boxes[indices, axis].copy(), region.boxes[indices, axis + 2].copy()
    if axis == 1:
        shrink = overlap / 2 * np.minimum(end - start, region.line_height)
        start, end = start + shrink, end - shrink
    order = np.argsort(start, kind="stable")
    reach = np.maximum.accumulate(end[order])
    breaks = np.flatnonzero(start[order][1:] >= reach[:-1]) + 1
    return [np.sort(indices[part]) for part in np.split(order, breaks)]


def _bands(rows, region):
    """Join consecutive rows as long as one gutter runs through all of them and columns stand on both its sides → [(band, its columns)],
    None for a band that is read by rows."""
    everything = np.concatenate(rows)
    extent = region.boxes[everything, 0].min(), region.boxes[everything, 2].max()
    least = region.rules.gutter * region.line_height
    bands, first = [], 0
    while first < len(rows):
        last = first + 1
        gaps = _gaps(rows[first], region.boxes, extent, least)
        while gaps and last < len(rows):
            gaps = _intersect(gaps, _gaps(rows[last], region.boxes, extent, least), least)
            last += bool(gaps)
        # The gutter may run on through rows that are no part of the columns, such as a page number: the longest band that holds.
        longest, columns = last, None
        while last > first + 1 and columns is None:
            columns = _columns(np.concatenate(rows[first:last]), region, longest - last <= region.rules.rows_below)
            last -= columns is None
        bands += [(row, None) for row in rows[first:last]] if columns == [] else [(np.concatenate(rows[first:last]), columns)]
        first = last
    return bands


def _columns(band, region, short_too):
    """The columns of a band that are read one after the other; none where these are rows of a table; None where it may be too long a band.

    short_too: whether columns of short lines are looked for as well.
    """
    columns = _split(band, region, axis=0)
    if len(columns) < 2:
        return None
    if region.traits is not None and any(2 * region.traits.goes_on[column].sum() > len(column) for column in columns[1:]):
        return []  # rows of a text, an arrow and another one
    rows_of = [_split(column, region, axis=1) for column in columns]
    rows = [len(parts) for parts in rows_of]
    widths = [region.boxes[column, 4] for column in columns]
    if region.traits is None:
        return columns if are_running_text(widths, rows, region) else None
    if are_running_text(widths, rows, region):
        fills = min(rows) >= region.rules.like_rows or fill_their_width(widths, region)
        return columns if fills else group_like_columns(columns, rows, region) or []
    # A table that stands in a column does not count: its rows have several texts.
    widths = [np.array([region.boxes[row[0], 4] for row in parts if len(row) == 1] or [0.0]) for parts in rows_of]
    rows = [len(column) if 2 * len(column) >= len(parts) else 0 for column, parts in zip(widths, rows_of, strict=True)]
    if min(rows) >= region.rules.like_rows and are_running_text(widths, rows, region) and fill_their_width(widths, region):
        return columns
    return group_like_columns(columns, [len(parts) for parts in rows_of], region) if short_too else None


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
