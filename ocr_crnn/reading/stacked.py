"""Vertical writing: upright characters one below the other, laid side by side so that a reader of lines can read them."""

from typing import NamedTuple

import numpy as np

from ocr_crnn.reading.characters import fill_spaces
from ocr_crnn.reading.crops import ink_mask
from ocr_crnn.reading.runs import runs_without_space
from ocr_crnn.reading.settings import SPOTTER


class Stack(NamedTuple):
    """image: uint8 `(width of the column, length[, 3])`, the characters side by side. places: float `(cells, 2)`, from where to where
    each stands along the image. rows: float `(cells, 2)`, its first and last row in the column, as parts of the height."""

    image: np.ndarray
    places: np.ndarray
    rows: np.ndarray


def unstack(crop, settings=SPOTTER):
    """The upright image of a column, uint8 `(height, width[, 3])` → Stack, or None where there are not two characters."""
    height, width = crop.shape[:2]
    ink = ink_mask(crop)
    columns = np.flatnonzero(ink.any(axis=0))  # the crop has a margin, by whose width short characters would be joined
    cells = _cells(ink.any(axis=1), settings.merged * (columns[-1] + 1 - columns[0] if len(columns) else width))
    if len(cells) < 2:
        return None
    paper = np.median(crop.reshape(-1, *crop.shape[2:]), axis=0).astype(np.uint8)
    pieces, places, x = [], [], 0
    for index, (top, bottom) in enumerate(cells):
        gap = settings.side * width if index == 0 or top - cells[index - 1][1] < settings.space * width else 2 * settings.space * width
        blank = np.broadcast_to(paper, (width, max(int(gap), 1), *crop.shape[2:]))
        piece = np.empty((width, width, *crop.shape[2:]), np.uint8)
        piece[:] = paper
        ink = crop[top : min(bottom, top + width)]
        start = (width - len(ink)) // 2
        piece[start : start + len(ink)] = ink
        places.append((x + blank.shape[1], x + blank.shape[1] + width))
        pieces += [blank, piece]
        x = places[-1][1]
    pieces.append(np.broadcast_to(paper, (width, max(int(settings.side * width), 1), *crop.shape[2:])))
    return Stack(np.concatenate(pieces, axis=1), np.array(places, np.float64), np.array(cells, np.float64) / height)


def box_stacked(text, spans_px, stack):
    """The text read in a Stack's image and where each character was seen along it, `(characters, 2)` → boxes float64 `(characters, 4)` of
    (left, top, right, bottom) as parts 0..1 of the column: a part of it from top to bottom for each; a space fills what is between.

    The boxes are upright, as the characters are: a word is taller than wide.
    """
    boxes = np.zeros((len(text), 4))
    runs = runs_without_space(text)
    if not runs:
        return boxes
    centres = stack.places.mean(axis=1)
    if spans_px is None or np.isnan(spans_px).any():  # the decoder does not tell: characters share the cells in their order
        inked = np.array([character != " " for character in text])
        cells = np.minimum((np.cumsum(inked) - inked) * len(centres) // inked.sum(), len(centres) - 1)
        return _boxes_of_cells(cells, stack, runs)
    cells = np.abs(np.asarray(spans_px, np.float64).mean(axis=1)[:, None] - centres).argmin(axis=1)
    return _boxes_of_cells(cells, stack, runs)


def _boxes_of_cells(cells, stack, runs):
    tops, bottoms = stack.rows[cells].T
    return fill_spaces(np.stack([tops, 0 * tops, bottoms, 0 * tops + 1], axis=1), runs)[:, [1, 0, 3, 2]]


def _cells(inked, longest):
    """bool `(rows,)` → [first, last + 1] of each character: runs of inked rows, neighbours joined while they fit into `longest`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], inked.astype(np.int8), [0]])))
    cells = []
    for top, bottom in edges.reshape(-1, 2):
        if cells and bottom - cells[-1][0] <= longest:
            cells[-1][1] = bottom
        else:
            cells.append([top, bottom])
    return cells
