"""Ruled cells: which rows of a page stand in the same box of a table or form."""

import cv2
import numpy as np

from ocr_crnn.geometry import min_area_quad, polygon_areas
from ocr_crnn.reading.settings import CELLS


def find_cells(image, settings=CELLS):
    """Page image, uint8 `(height, width[, 3])` → int32 map `(height, width)` of cells, −1 on rules and outside any cell.

    Long horizontal and vertical strokes, darker than their surroundings, are rules; the areas they enclose are cells.
    Whatever is connected with the border of the page is no cell, and neither is an area that holds most of the page (a frame).
    """
    gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height, width = gray.shape
    dark = (cv2.blur(gray, (31, 31)).astype(np.int16) - gray > settings.darkness).astype(np.uint8)
    length = max(int(settings.rule_length * max(height, width)), 8)
    across = _level_rules(dark, length)
    rules = across | _level_rules(dark.T, length).T | _bars_between(_level_rules(dark.T, length // 2).T, across)
    rules = cv2.dilate(rules, np.ones((5, 5), np.uint8))  # closes the gaps where rules meet
    count, cells, stats, _ = cv2.connectedComponentsWithStats(1 - rules, connectivity=4)
    border = np.unique(np.concatenate([cells[0], cells[-1], cells[:, 0], cells[:, -1]]))
    area = stats[:, cv2.CC_STAT_AREA]
    open_area = np.zeros(count, bool)
    open_area[border] = True
    open_area[0] = True
    open_area |= area > 0.5 * height * width
    open_area |= area < length * length // 4
    return np.where(open_area, -1, np.arange(count, dtype=np.int32))[cells]


def _level_rules(dark, length):
    """Level strokes at least `length` long in a mask, uint8; gaps of half of that are closed."""
    # Grown by a pixel on both sides first: a thin rule at a slope is a staircase, and straight no longer than a step.
    thick = cv2.dilate(np.ascontiguousarray(dark), np.ones((3, 1), np.uint8))
    rules = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    return cv2.morphologyEx(rules, cv2.MORPH_CLOSE, np.ones((1, length // 2), np.uint8))


def _bars_between(bars, across, reach_px=5):
    """Those upright strokes that begin and end at a level rule: in low rows they are as short as the strokes of text."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(bars), connectivity=8)
    kept = np.zeros(count, bool)
    for label in range(1, count):
        x, y, width, height = stats[label, :4]
        sides = slice(x, x + width)
        begins = across[max(y - reach_px, 0) : y + reach_px, sides].any()
        kept[label] = begins and across[max(y + height - reach_px, 0) : y + height + reach_px, sides].any()
    return kept[labels].astype(np.uint8)


def quads_of_cells(cells, numbers, settings=CELLS):
    """The smallest rectangles around the cells of a map → {number: quad `(4, 2)`} in page pixels.

    −1 is no cell. What fills too little of its rectangle, such as the rest of a frame around a table, is left out.
    """
    found = {}
    for number in {int(number) for number in numbers} - {-1}:
        contours, _ = cv2.findContours((cells == number).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        outline = max(contours, key=cv2.contourArea)
        quad = min_area_quad(outline[:, 0])
        if cv2.contourArea(outline) >= settings.rectangular * polygon_areas(quad):
            found[number] = quad
    return found


def cells_of_quads(cells, quads):
    """The cell of each quad `(n, 4, 2)`: the one that most of nine points inside it lie in → int32 `(n,)`, −1 for none."""
    quads = np.asarray(quads, np.float64).reshape(-1, 4, 2)
    height, width = cells.shape
    found = np.full(len(quads), -1, np.int32)
    across = np.array([0.1, 0.5, 0.9])
    for index, quad in enumerate(quads):
        top = quad[0] + across[:, None] * (quad[1] - quad[0])
        bottom = quad[3] + across[:, None] * (quad[2] - quad[3])
        points = (top[None] + np.array([0.25, 0.5, 0.75])[:, None, None] * (bottom - top)[None]).reshape(-1, 2)
        x, y = np.clip(np.round(points).astype(int), 0, [width - 1, height - 1]).T
        values, counts = np.unique(cells[y, x], return_counts=True)
        values, counts = values[values >= 0], counts[values >= 0]
        if len(values) and counts.max() >= 5:
            found[index] = values[counts.argmax()]
    return found
