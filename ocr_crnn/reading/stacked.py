"""Vertical writing: upright characters one below the other, laid side by side so that a reader of lines can read them."""

from typing import NamedTuple

import numpy as np

from ocr_crnn.page import Characters
from ocr_crnn.reading.crops import boxes_in_quad, ink_mask
from ocr_crnn.reading.words import Word, runs_without_space

MERGED = 1.15  # pieces of ink whose joint height is at most so many widths of the ink are one character
SPACE = 0.6  # a gap of so many widths is a space
SIDE = 0.15  # paper on the sides of a character, in widths


class Stack(NamedTuple):
    """image: uint8 `(width of the column, length[, 3])`, the characters side by side. places: float `(cells, 2)`, from where to where
    each stands along the image. rows: float `(cells, 2)`, its first and last row in the column, as parts of the height."""

    image: np.ndarray
    places: np.ndarray
    rows: np.ndarray


def unstack(crop):
    """The upright image of a column, uint8 `(height, width[, 3])` → Stack, or None where there are not two characters."""
    height, width = crop.shape[:2]
    ink = ink_mask(crop)
    columns = np.flatnonzero(ink.any(axis=0))  # the crop has a margin, by whose width short characters would be joined
    cells = _cells(ink.any(axis=1), MERGED * (columns[-1] + 1 - columns[0] if len(columns) else width))
    if len(cells) < 2:
        return None
    paper = np.median(crop.reshape(-1, *crop.shape[2:]), axis=0).astype(np.uint8)
    pieces, places, x = [], [], 0
    for index, (top, bottom) in enumerate(cells):
        gap = SIDE * width if index == 0 or top - cells[index - 1][1] < SPACE * width else 2 * SPACE * width
        blank = np.broadcast_to(paper, (width, max(int(gap), 1), *crop.shape[2:]))
        piece = np.empty((width, width, *crop.shape[2:]), np.uint8)
        piece[:] = paper
        ink = crop[top : min(bottom, top + width)]
        start = (width - len(ink)) // 2
        piece[start : start + len(ink)] = ink
        places.append((x + blank.shape[1], x + blank.shape[1] + width))
        pieces += [blank, piece]
        x = places[-1][1]
    pieces.append(np.broadcast_to(paper, (width, max(int(SIDE * width), 1), *crop.shape[2:])))
    return Stack(np.concatenate(pieces, axis=1), np.array(places, np.float64), np.array(cells, np.float64) / height)


def split_stacked_words(read, stack, quad):
    """A ReadLine of a Stack's image and the column's quad on the page → list of Word, each a part of the column from top to bottom.

    The quads are upright, as the characters are: a word is taller than wide.
    """
    centres = stack.places.mean(axis=1)
    cells = np.abs(np.asarray(read.spans_px, np.float64).mean(axis=1)[:, None] - centres).argmin(axis=1) if len(read.text) else []
    words = []
    for start, stop in runs_without_space(read.text):
        tops, bottoms = stack.rows[cells[start:stop]].T
        boxes = np.stack([np.zeros(stop - start), tops, np.ones(stop - start), bottoms], axis=1)
        quads = boxes_in_quad(quad, np.concatenate([boxes, [[0, tops.min(), 1, bottoms.max()]]]))
        scores = read.character_scores[start:stop]
        words.append(Word(read.text[start:stop], quads[-1], float(np.mean(scores)), Characters(quads[:-1], scores)))
    return words


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
