"""Texts with wide gaps: label and value that a detector took for one text. Each side of a gap is read by itself.

Beside a wide gap a recogniser takes the narrow ones for none, and with them go the spaces of a whole line.
"""

from typing import NamedTuple

import numpy as np

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.reading.settings import SPOTTER
from ocr_crnn.recognition.long_lines import Piece, join_lines

PER_HEIGHT = 16  # columns in which a text is looked at, to its height, and rows
LEAST = 4.0  # heights: shorter texts are not looked at
MOST = 400.0  # heights that are looked at; what is longer has wider columns
PAD = 2  # columns of a gap that are read on either side of it: thin strokes may lie between the places that are looked at
INK = 6  # ink is farther from the paper than this part of the way to the other end of the levels


class Parts(NamedTuple):
    """n texts as m parts, those of a text one after the other. quads: float32 `(m, 4, 2)`. rows: int32 `(m,)`, the text of each.
    starts: float32 `(m,)`, how many pixels after the beginning of its text a part begins, along the text."""

    quads: np.ndarray
    rows: np.ndarray
    starts: np.ndarray


def part_texts(image, quads, gap=SPOTTER.gap):
    """A grey page, uint8 `(height, width)`, and quads of texts `(n, 4, 2)` → Parts, each from ink to ink, without gaps wider than `gap`
    heights, but PAD of them on either side.

    A text whose ink leaves no such gap is one part, its quad as it was. Ink is told from paper by the levels of the text itself, in favour
    of ink: where the paper is spotted or unevenly lit there is no gap. serving/graph_gaps.py is the twin in graph.
    """
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    lengths, heights = quad_sizes(quads).astype(np.float32).T
    wide = np.flatnonzero(lengths >= LEAST * heights)
    gaps, stops, starts = find_gaps(image, quads[wide], lengths[wide], heights[wide], gap)
    texts, every = np.arange(len(quads)), np.zeros(len(quads), np.float32)
    rows = np.sort(np.concatenate([texts, wide[gaps]]), kind="stable").astype(np.int32)
    begins = _by_text(texts, every, wide[gaps], starts)[:, None]
    ends = _by_text(wide[gaps], stops, texts, every + 1)[:, None]
    a, b, c, d = np.moveaxis(quads[rows], 1, 0)  # each (m, 2)
    corners = [(1 - x) * left + x * right for left, right, x in ((a, b, begins), (a, b, ends), (d, c, ends), (d, c, begins))]
    return Parts(np.stack(corners, axis=1), rows, begins[:, 0] * lengths[rows])


def _by_text(first_rows, first, second_rows, second):
    """Two lists of values, text by text, those of the first before those of the second."""
    order = np.argsort(np.concatenate([first_rows, second_rows]), kind="stable")
    return np.concatenate([first, second])[order]


def find_gaps(image, quads, lengths, heights, gap):
    """Of each gap wider than `gap` heights: the quad, int `(gaps,)`, and from where to where it goes, as parts of its length, float32
    `(gaps,)` each."""
    counts = np.ceil(PER_HEIGHT * np.minimum(lengths / np.maximum(heights, 1e-6), MOST)).astype(np.int32)
    if counts.sum() == 0 or image.size == 0:
        return np.zeros(0, int), np.zeros(0, np.float32), np.zeros(0, np.float32)
    owners = np.repeat(np.arange(len(quads)), counts)  # (columns,)
    firsts = (np.cumsum(counts) - counts).astype(np.int32)
    x = ((np.arange(len(owners)) - firsts[owners] + np.float32(0.5)) / counts[owners].astype(np.float32)).astype(np.float32)
    y = (np.arange(PER_HEIGHT, dtype=np.float32) + np.float32(0.5)) / PER_HEIGHT
    a, b, d = (quads[owners, corner][:, None] for corner in (0, 1, 3))  # each (columns, 1, 2)
    points = np.floor(a + (b - a) * x[:, None, None] + (d - a) * y[:, None]).astype(np.int32)  # (columns, rows, 2)
    points = np.clip(points, 0, np.array(image.shape[::-1], np.int32) - 1)
    levels = image[points[..., 1], points[..., 0]].astype(np.int32)
    lowest, highest = np.minimum.reduceat(levels.min(axis=1), firsts), np.maximum.reduceat(levels.max(axis=1), firsts)
    light = 2 * np.add.reduceat(levels.sum(axis=1), firsts) > PER_HEIGHT * counts * (lowest + highest)  # paper
    span, light = (highest - lowest)[owners, None], light[owners, None]
    away = np.where(light, highest[owners, None] - levels, levels - lowest[owners, None])
    inked = np.flatnonzero((INK * away > span).any(axis=1))
    between = np.diff(inked) - 1  # columns
    found = np.flatnonzero((between > gap * PER_HEIGHT) & (owners[inked[1:]] == owners[inked[:-1]]))
    rows = owners[inked[found]]
    edges = np.stack([inked[found] + 1 + PAD, inked[found + 1] - PAD]) - firsts[rows]
    return rows, *(edges.astype(np.float32) / counts[rows].astype(np.float32))


def join_parts(lines, parts):
    """ReadLines of Parts → the ReadLine of each text, with a space where two parts meet that both have something to read."""
    edges = np.concatenate([[0], np.flatnonzero(np.diff(parts.rows)) + 1, [len(lines)]])
    texts = []
    for first, last in zip(edges[:-1], edges[1:], strict=True) if len(lines) else ():
        pieces = [Piece(None, start, space=True) for start in parts.starts[first:last]]
        texts.append(join_lines(pieces, lines[first:last]))
    return texts
