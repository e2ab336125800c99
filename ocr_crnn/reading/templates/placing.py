"""Where each field of a match lies: by the map of the labels, and to the pixel where the page has a ruled cell of its size there."""

import numpy as np

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.reading.cells import cells_of_quads, quads_of_cells

ALIKE = 0.75  # of the sides of a field and of its cell, the shorter to the longer
NEAR = 0.6  # of the cell's height, between their middles
SHRUNK = 0.6  # of a field, that is asked for its cell: a map that is a little off has its edges in the cells beside it
RULE = 2.5  # places of the map by which a cell ends before the middle of its rules, which are drawn thick there


def place_fields(match, cells):
    """The quads of a Match's fields on the page, float32 `(n, 4, 2)`, and whether each is a ruled cell, bool `(n,)`. cells: CellMap."""
    fields = match.sheet.fields
    if not fields:
        return np.zeros((0, 4, 2), np.float32), np.zeros(0, bool)
    quads = match.placement.move(np.array([field.quad for field in fields]))
    middles = quads.mean(axis=1, keepdims=True)
    numbers = cells_of_quads(cells, middles + SHRUNK * (quads - middles))
    known = quads_of_cells(cells, numbers)
    held = np.zeros(len(fields), bool)
    for row, number in enumerate(numbers.tolist()):
        if number in known and _is_same(quads[row], known[number]):
            quads[row], held[row] = _grown(known[number], RULE * cells.pixels), True
    return quads, held


def _grown(quad, by):
    """A quad with every side moved out by so many pixels."""
    middle, sizes = quad.mean(axis=0), quad_sizes(quad[None])[0]
    along, down = (side / max(np.linalg.norm(side), 1e-6) for side in (quad[1] - quad[0], quad[3] - quad[0]))
    along, down = along * (sizes[0] / 2 + by), down * (sizes[1] / 2 + by)
    return np.float32([middle - along - down, middle + along - down, middle + along + down, middle - along + down])


def _is_same(quad, cell):
    """Whether a cell is as large as a field and lies where it should."""
    sizes = quad_sizes(np.stack([quad, cell]))
    ratio = sizes.min(axis=0) / np.maximum(sizes.max(axis=0), 1e-6)
    off = np.abs(quad.mean(axis=0) - cell.mean(axis=0))
    return bool((ratio > ALIKE).all() and (off < NEAR * sizes[1, 1]).all())
