"""Ruled cells: which rows of a page stand in the same box of a table or form."""

from typing import NamedTuple

import cv2
import numpy as np

from ocr_crnn.geometry import min_area_quad, polygon_areas
from ocr_crnn.ops.lines import to_grey
from ocr_crnn.ops.pieces import box_of, find_pieces
from ocr_crnn.reading.settings import CELLS


class CellMap(NamedTuple):
    """numbers: int32 `(⌊height / pixels⌋, ⌊width / pixels⌋)`, the cell at each place, −1 on rules and outside any cell. boxes: int32
    `(cells, 4)`, left, top, width and height of each cell in the map. pixels: of the page along a side of a place: 1, 2, 4, …
    bars: int32 `(k, 4)`, likewise of the upright rules, in page pixels."""

    numbers: np.ndarray
    boxes: np.ndarray
    pixels: int
    bars: np.ndarray


class Strokes(NamedTuple):
    """Rules as masks, uint8 0 or 1 `(⌊height / pixels⌋, ⌊width / pixels⌋)`: level ones, upright ones, and of the latter those as long as
    rules are without another at their ends. pixels: of the page along a side of a place."""

    level: np.ndarray
    upright: np.ndarray
    long_upright: np.ndarray
    pixels: int


def find_cells(image, settings=CELLS):
    """Page image, uint8 `(height, width[, 3])` → CellMap.

    Long level and upright strokes, darker than their surroundings, are rules; the areas they enclose are cells. Whatever is connected
    with the border of the page is no cell, and neither is an area that holds most of the page (a frame).
    """
    return cells_between(find_strokes(image, settings), settings)


def find_strokes(image, settings=CELLS, thin=False):
    """Page image, uint8 `(height, width[, 3])` → Strokes.

    What is dark is told at the resolution of the page. Strokes are looked for in a smaller mask: while its longer side has more than
    `settings.longest_px` pixels, and the shorter more than 31, it is halved; an odd last row or column is dropped. Along a stroke both
    of two neighbours have to be dark, across it one is enough: hairlines stay.

    thin: what is darker than both sides of it is dark too: pale rules beside bold text, which makes their surroundings dark.
    """
    gray = to_grey(image)
    dark = cv2.threshold(cv2.subtract(cv2.blur(gray, (31, 31)), gray), settings.darkness, 1, cv2.THRESH_BINARY)[1]
    level, upright, pixels = dark, cv2.transpose(dark), 1
    if thin:
        level, upright = level | _thin(gray, settings), upright | _thin(cv2.transpose(gray), settings)
    while max(level.shape) > settings.longest_px and min(level.shape) > 31:
        level, upright, pixels = _halve(level), _halve(upright), 2 * pixels
    length = _rule_length(level.shape, settings)
    across = _level_rules(level, length)
    down = cv2.transpose(_level_rules(upright, length))
    # Upright bars in low rows are as short as strokes of text; those count that go from a level rule to another.
    return Strokes(across, down | _bars_between(cv2.transpose(_level_rules(upright, length // 2)), across), down, pixels)


def cells_between(strokes, settings=CELLS):
    """The areas that Strokes enclose → CellMap."""
    across, sides, down, pixels = strokes
    height, width = across.shape
    length = _rule_length(across.shape, settings)
    bars = _find_in_box(down)[2][1:, :4] * pixels
    numbers = np.full((height, width), -1, np.int32)
    if not (across.any() and sides.any()):
        return CellMap(numbers, np.zeros((0, 4), np.int32), pixels, bars)
    rules = across | sides
    rules = cv2.dilate(rules, np.ones((5, 5), np.uint8))  # closes the gaps where rules meet
    # What is not between rules is one area, connected with the border, as is what is left of it a place around them.
    rows, columns = _grow(box_of(rules), rules.shape)
    count, areas, stats = find_pieces(1 - rules[rows, columns], connectivity=4)
    border = np.unique(np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]]))
    area = stats[:, cv2.CC_STAT_AREA]
    open_area = (area > 0.5 * height * width) | (area < length * length // 4)
    open_area[border] = True
    open_area[0] = True
    numbers[rows, columns] = _look_up(np.where(open_area, -1, np.arange(count, dtype=np.int32)), areas)
    return CellMap(numbers, stats[:, :4] + np.int32([columns.start, rows.start, 0, 0]), pixels, bars)


def _rule_length(shape, settings):
    return max(int(settings.rule_length * max(shape)), 8)


def _thin(gray, settings):
    """Places, uint8 0 or 1, that are darker by `settings.darkness` than what is a few pixels above and below them."""
    away = max(max(gray.shape) // 400, 3)
    padded = cv2.copyMakeBorder(gray, away, away, 0, 0, cv2.BORDER_REPLICATE)
    sides = cv2.min(padded[: -2 * away], padded[2 * away :])
    return cv2.threshold(cv2.subtract(sides, gray), settings.darkness, 1, cv2.THRESH_BINARY)[1]


def _halve(mask):
    """A mask of level strokes, uint8 0 or 1 `(height, width)`, at half the size: a place has two neighbours set in one of its rows."""
    height, width = (side // 2 * 2 for side in mask.shape)
    both = mask[:height, : width - 1] & mask[:height, 1:width]  # of all neighbours: twice as much, but in a quarter of the time
    return (both[0::2] | both[1::2])[:, ::2].copy()


def _level_rules(dark, length):
    """Level strokes at least `length` long in a mask, uint8; gaps of half of that are closed."""
    # Grown by a pixel on both sides first: a thin rule at a slope is a staircase, and straight no longer than a step.
    thick = cv2.dilate(dark, np.ones((3, 1), np.uint8))
    rules = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    if not rules.any():
        return rules
    return cv2.morphologyEx(rules, cv2.MORPH_CLOSE, np.ones((1, length // 2), np.uint8))


def _bars_between(bars, across, reach_px=5):
    """Those upright strokes that begin and end at a level rule."""
    if not (across.any() and bars.any()):
        return np.zeros_like(bars)
    (rows, columns), labels, stats = _find_in_box(bars)
    kept = np.zeros(len(stats), np.uint8)
    for label, (x, y, width, height) in enumerate(stats[1:, :4].tolist(), 1):
        sides = slice(x, x + width)
        begins = across[max(y - reach_px, 0) : y + reach_px, sides].any()
        kept[label] = begins and across[max(y + height - reach_px, 0) : y + height + reach_px, sides].any()
    between = np.zeros_like(bars)
    between[rows, columns] = _look_up(kept, labels)
    return between


def _find_in_box(mask):
    """Pieces of a mask that is empty for the most part → (rows, columns) of the box around them, their labels there, and `stats` as
    `find_pieces` gives them, in places of the mask."""
    rows, columns = box_of(mask) or (slice(0, 0), slice(0, 0))
    if rows.stop == 0:
        return (rows, columns), np.zeros((0, 0), np.uint16), np.zeros((1, 5), np.int32)
    _, labels, stats = find_pieces(mask[rows, columns])
    return (rows, columns), labels, stats + np.int32([columns.start, rows.start, 0, 0, 0])


def _grow(box, shape):
    """A box of slices with a place more on all sides, where the mask has one."""
    return tuple(slice(max(part.start - 1, 0), min(part.stop + 1, side)) for part, side in zip(box, shape, strict=True))


def _look_up(values, places, rows=128):
    """`values[places]` of a map `(height, width)`, some rows at a time: NumPy makes integers of 8 bytes of all that it is given at once."""
    found = np.empty(places.shape, values.dtype)
    for top in range(0, len(places), rows):
        found[top : top + rows] = values[places[top : top + rows]]
    return found


def quads_of_cells(cells, numbers, settings=CELLS):
    """The smallest rectangles around the cells of a CellMap → {number: quad `(4, 2)`} in page pixels.

    −1 is no cell. What fills too little of its rectangle, such as the rest of a frame around a table, is left out; a row is filled from
    its first place to its last.
    """
    found = {}
    for number in {int(number) for number in numbers} - {-1}:
        left, top, width, height = cells.boxes[number].tolist()
        part = cells.numbers[top : top + height, left : left + width] == number
        begins, ends = part.argmax(axis=1), width - 1 - part[:, ::-1].argmax(axis=1)  # of every row: the outermost places
        rows = np.arange(top, top + height)
        quad = min_area_quad(np.concatenate([np.stack([left + begins, rows], axis=1), np.stack([left + ends, rows], axis=1)]))
        filled = (ends - begins).sum() * (height - 1) / height
        if filled >= settings.rectangular * polygon_areas(quad):
            found[number] = (quad + np.float32(0.5)) * cells.pixels - np.float32(0.5)  # through the middles of the outermost places
    return found


def cells_of_quads(cells, quads):
    """The cell of each quad `(n, 4, 2)`: the one that most of nine points inside it lie in → int32 `(n,)`, −1 for none."""
    quads = (np.asarray(quads, np.float64).reshape(-1, 1, 4, 2) + 0.5) / cells.pixels - 0.5
    height, width = cells.numbers.shape
    across, down = np.tile([0.1, 0.5, 0.9], 3)[:, None], np.repeat([0.25, 0.5, 0.75], 3)[:, None]  # (9, 1)
    top = quads[:, :, 0] + across * (quads[:, :, 1] - quads[:, :, 0])  # (n, 9, 2)
    bottom = quads[:, :, 3] + across * (quads[:, :, 2] - quads[:, :, 3])
    points = top + down * (bottom - top)
    x, y = np.moveaxis(np.clip(np.round(points).astype(int), 0, [width - 1, height - 1]), -1, 0)
    numbers = cells.numbers[y, x]  # (n, 9)
    votes = (numbers[:, :, None] == numbers[:, None, :]).sum(axis=2)
    return np.where((votes >= 5) & (numbers >= 0), numbers, -1).max(axis=1, initial=-1).astype(np.int32)
