"""The parts of a page that a label may speak of: cells and paragraphs, and the pieces of lines that are set wide apart."""

from typing import NamedTuple

import numpy as np

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.reading.cells import find_cells
from ocr_crnn.reading.entity_labels import labels_of_blocks

_WIDE_EM = 1.5  # a gap between two words of a line that parts it, in heights of the words


class Part(NamedTuple):
    """start, end: code points of `page.text`. label: the text of the label that speaks of it, or ""."""

    start: int
    end: int
    label: str


def rows_of_characters(page):
    """int array `(characters of page.text,)`: the row of each, −1 between them."""
    rows = []
    for block, after in page.parted_blocks():
        for line in block:
            for row in line:
                rows += [row] * len(page.texts[row]) + [-1]
        rows += [-1] * (len(after) - 1)
    return np.array(rows[:-1], np.int64)


def parts_of_blocks(page, image=None):
    """The Parts of each block of a page, a list of lists in the order of `page.block_lines()`.

    A block is one part, unless a line of it is set wide apart: then each piece of its lines is one. image: whose ruled cells are the
    places of the parts that stand in them alone; without it the places are those of the words.
    """
    text, parts, boxes, counts, place = page.text, [], [], [], 0
    for block, after in page.parted_blocks():
        pieces = [piece for line in block for piece in _pieces(page, line)]
        if len(pieces) == len(block):
            pieces = [np.concatenate(block)]
        for rows in pieces:
            length = sum(len(page.texts[row]) + 1 for row in rows) - 1
            corners = page.quads[rows].reshape(-1, 2)
            parts.append((place, place + length))
            boxes.append([*corners.min(axis=0), *corners.max(axis=0)])
            place += length + 1
        counts.append(len(pieces))
        place += len(after) - 1
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    if image is not None and len(boxes):
        boxes = _grown_to_cells(boxes, find_cells(image))
    labels = labels_of_blocks(boxes, [text[start:end] for start, end in parts])
    whole = [Part(start, end, label) for (start, end), label in zip(parts, labels, strict=True)]
    stops = np.cumsum(counts).tolist()
    return [whole[stop - count : stop] for stop, count in zip(stops, counts, strict=True)]


def _pieces(page, line):
    """The rows of a line, parted where two words stand wide apart."""
    if len(line) < 2:
        return [line]
    quads = page.quads[line].astype(np.float64)
    heights = quad_sizes(quads)[:, 1]
    gaps = np.linalg.norm((quads[1:, 0] + quads[1:, 3] - quads[:-1, 1] - quads[:-1, 2]) / 2, axis=1)
    wide = gaps > _WIDE_EM * np.maximum(np.minimum(heights[1:], heights[:-1]), 1e-6)
    return np.split(line, np.flatnonzero(wide) + 1)


def _grown_to_cells(boxes, cells):
    """Boxes `(parts, 4)`, left, top, right and bottom, each grown to the ruled cell that it stands in alone."""
    height, width = cells.numbers.shape
    x, y = ((boxes[:, :2] + boxes[:, 2:]) / 2 / cells.pixels).astype(int).T
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    numbers = np.where(inside, cells.numbers[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)], -1)
    counts = np.bincount(numbers[numbers >= 0], minlength=1)
    grown = boxes.copy()
    for part, number in enumerate(numbers):
        if number >= 0 and counts[number] == 1:
            left, top, across, down = cells.boxes[number] * cells.pixels
            grown[part] = left, top, left + across, top + down
    return grown
