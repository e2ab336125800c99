"""Ruled tables: cells that touch are one table; where their edges lie says in which rows and columns each stands."""

from typing import NamedTuple

import cv2
import numpy as np

from ocr_crnn.ops.pieces import find_pieces
from ocr_crnn.reading.cells import cells_between, quads_of_cells
from ocr_crnn.reading.settings import CELLS, TABLES


class RuledTable(NamedTuple):
    """quad: `(4, 2)`, page pixels. cells: int `(k,)`, numbers of a CellMap, in reading order. places: int `(k, 4)`, row, column, rows and
    columns that each cell spans. edges: float `(columns + 1,)`, where columns begin and end, map pixels of the page that `turn` `(2, 2)`
    has levelled."""

    quad: np.ndarray
    cells: np.ndarray
    places: np.ndarray
    edges: np.ndarray
    turn: np.ndarray


def find_ruled_tables(strokes, cell_rules=CELLS, rules=TABLES):
    """Strokes of a page → (CellMap, list of RuledTable). Tables whose sides are open are closed first, see `close_sides`.

    A cell that is alone, or cells of which no two stand beside each other, are a frame around text, and no table.
    """
    cells = cells_between(close_sides(strokes, rules), cell_rules)
    known = _whole_cells(cells, cell_rules, rules)
    if len(known) == 0:
        return cells, []
    tables = []
    for group in (part for whole in _touching(cells, known, rules) for part in _nested(cells.boxes, whole)):
        turn = _turn_of(cells, group, cell_rules)
        boxes = _turned_boxes(cells.boxes[group], turn)
        for part in _stacked(_grid(boxes, rules)[0]):
            places, edges = _grid(boxes[part], rules)
            if len(edges) > 2:
                order = np.lexsort((places[:, 1], places[:, 0]))
                corners = np.concatenate([boxes[part, :2].min(axis=0), boxes[part, 2:].max(axis=0)])
                tables.append(RuledTable(_to_page(corners, turn, cells.pixels), group[part][order], places[order], edges, turn))
    return cells, tables


def _stacked(places):
    """Arrays of cells of tables that stand on each other: rows that no cell crosses, with other columns below than above.

    A cell over all columns goes with what is below it: it is a heading.
    """
    order = np.argsort(places[:, 0], kind="stable")
    last = int((places[:, 1] + places[:, 3]).max())
    parts, whole, known, reach = [[]], [], set(), 0
    for row in np.split(order, np.flatnonzero(np.diff(places[order, 0])) + 1):
        edges = set(np.concatenate([places[row, 1], places[row, 1] + places[row, 3]]).tolist()) - {0, last}
        crossed = places[row[0], 0] < reach
        reach = max(reach, int((places[row, 0] + places[row, 2]).max()))
        if not edges and not crossed:
            whole.append(row)
            continue
        if known and not crossed and 2 * len(edges & known) < min(len(edges), len(known)):
            parts.append([])
            known = set()
        parts[-1] += [*whole, row]
        whole, known = [], known | edges
    parts[-1] += whole
    return [np.concatenate(part) for part in parts]


def close_sides(strokes, rules=TABLES):
    """Strokes → Strokes with upright rules between the ends of level ones that lie below each other: the sides of a table that has none.

    Upright rules have to stand between the two, and they are no further apart than `rules.open_side` of the page: what is between two
    tables is none.
    """
    _, numbers, stats = find_pieces(strokes.level)
    boxes = stats[1:, :4].astype(np.int64)
    upright = np.ascontiguousarray(strokes.upright)
    farthest = rules.open_side * max(upright.shape)
    middles = boxes[:, 1] + boxes[:, 3] // 2
    for ends in (boxes[:, 0], boxes[:, 0] + boxes[:, 2] - 1):
        # A rule that lies askew ends above or below its middle.
        heights = boxes[:, 1].copy()
        for number, (end, top, high) in enumerate(zip(ends, boxes[:, 1], boxes[:, 3], strict=True)):
            heights[number] += int(np.flatnonzero(numbers[top : top + high, end] == number + 1).mean())
        order = np.argsort(ends, kind="stable")
        for side in np.split(order, np.flatnonzero(np.diff(ends[order]) > rules.edge_px) + 1):
            side = side[np.argsort(middles[side], kind="stable")]
            for above, below in zip(side, side[1:], strict=False):
                between = upright[(middles[above] + middles[below]) // 2, boxes[above, 0] : boxes[above, 0] + boxes[above, 2]]
                if middles[below] - middles[above] <= farthest and between.any():
                    cv2.line(upright, (int(ends[above]), int(heights[above])), (int(ends[below]), int(heights[below])), 1)
    return strokes._replace(upright=upright)


def _whole_cells(cells, settings, rules):
    """The numbers of the cells that are rectangles, and no slits of a double rule."""
    count = len(cells.boxes)
    areas = np.bincount(cells.numbers[cells.numbers >= 0], minlength=count)
    width, height = cells.boxes[:, 2].astype(np.float64), cells.boxes[:, 3].astype(np.float64)
    # Of a rectangle that lies askew, at least so much of its box is inside.
    inside = (width - rules.skew * height).clip(1) * (height - rules.skew * width).clip(1)
    wide = np.minimum(width, height) >= rules.least_px
    return np.flatnonzero((areas > 0) & wide & (areas >= settings.rectangular * inside))


def _touching(cells, known, rules):
    """Arrays of cells parted by nothing wider than a rule."""
    kept = np.zeros(len(cells.boxes) + 1, np.uint8)  # the last is for −1
    kept[known] = 1
    mask = cv2.dilate(kept[cells.numbers], np.ones((rules.rule_px, rules.rule_px), np.uint8))
    labels = cv2.connectedComponents(mask, connectivity=4)[1]
    left, top, width, height = cells.boxes[known].T
    label = labels[top + height // 2, left + width // 2]
    order = np.argsort(label, kind="stable")
    groups = np.split(known[order], np.flatnonzero(np.diff(label[order])) + 1)
    return [group for group in groups if len(group) > 1]


def _nested(boxes, group, most=64):
    """The cells of a group, and those that lie within another of them: a table in a cell is one of its own. Looked for in the largest."""
    left, top, width, height = boxes[group].T
    inner = np.full(len(group), -1)
    for number in np.argsort(-width * height, kind="stable")[:most]:
        inside = (left > left[number]) & (top > top[number]) & (width * height < width[number] * height[number])
        inside &= (left + width < left[number] + width[number]) & (top + height < top[number] + height[number])
        inner[inside] = number  # of several, the smallest
    return [group[inner == number] for number in np.unique(inner)]


def _turn_of(cells, group, settings, most=48):
    """The slope of a table, as a rotation `(2, 2)`: the median of its widest cells."""
    widest = group[np.argsort(-cells.boxes[group, 2], kind="stable")[:most]]
    quads = np.array(list(quads_of_cells(cells, widest, settings).values())).reshape(-1, 4, 2).astype(np.float64)
    along = quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]
    angle = float(np.median(np.arctan2(along[:, 1], along[:, 0]))) if len(quads) else 0.0
    angle = angle if abs(angle) < np.pi / 8 else 0.0
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _turned_boxes(boxes, turn):
    """Boxes around level rectangles that lie askew, left, top, width, height → the rectangles themselves, level, left, top, right, bottom.

    A rectangle w × h turned by a has a box of w cos a + h sin a by h cos a + w sin a.
    """
    left, top, width, height = boxes.T.astype(np.float64)
    cos, sin = turn[0, 0], abs(turn[0, 1])
    long, high = (width * cos - height * sin) / (cos * cos - sin * sin), (height * cos - width * sin) / (cos * cos - sin * sin)
    long, high = np.maximum(long, 1), np.maximum(high, 1)
    x, y = turn @ np.stack([left + width / 2, top + height / 2])
    return np.stack([x - long / 2, y - high / 2, x + long / 2, y + high / 2], axis=1)


def _grid(boxes, rules):
    """Boxes of cells → (places int `(k, 4)`, where columns begin and end, float `(columns + 1,)`)."""
    places = np.zeros((len(boxes), 4), np.int64)
    for axis in (1, 0):
        # A rule lies between the end of one cell and the beginning of the next: both count as its middle.
        starts, ends = boxes[:, axis] - rules.rule_px / 4, boxes[:, axis + 2] + rules.rule_px / 4
        values = np.concatenate([starts, ends])
        order = np.argsort(values, kind="stable")
        steps = np.diff(values[order]) > rules.edge_px
        number = np.empty(len(values), np.int64)
        number[order] = np.concatenate([[0], np.cumsum(steps)])
        first, last = number[: len(boxes)], number[len(boxes) :]
        places[:, 1 - axis], places[:, 3 - axis] = first, np.maximum(last - first, 1)
    return places, np.bincount(number, values) / np.bincount(number)


def _to_page(box, turn, pixels):
    """A level box, left, top, right, bottom, in pixels of the map → the quad in those of the page."""
    x0, y0, x1, y1 = box
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return ((corners @ turn + 0.5) * pixels - 0.5).astype(np.float32)
