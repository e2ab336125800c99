"""Upright line images out of a page, and back: what stands where in a crop, in page pixels."""

import cv2
import numpy as np

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.ops.lines import crop_quad as crop_quad  # the one crop, beside what is made of it here
from ocr_crnn.ops.lines import ink_by_surroundings, is_unevenly_lit
from ocr_crnn.ops.lines import ink_mask as ink_mask  # the one mask
from ocr_crnn.ops.pieces import find_pieces, wipe_runs
from ocr_crnn.reading.settings import SPOTTER


def expand_quads(quads, margin=SPOTTER.margin):
    """Quads `(n, 4, 2)` made larger by `margin` of their shorter side on every side, along and across the text."""
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    return _expand(quads, margin * quad_sizes(quads).min(axis=1))


def expand_lines(quads, margin=SPOTTER.margin, narrow=SPOTTER.narrow):
    """Quads `(n, 4, 2)` of lines made larger by `margin` of their height on every side, a narrow character's too: its line is as high.

    What is taller than `narrow` widths is no character, and grows by a part of its width.
    """
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    width, height = quad_sizes(quads).T
    return _expand(quads, margin * np.where(height <= narrow * width, height, np.minimum(width, height)))


def _expand(quads, step):
    width, height = quad_sizes(quads).T
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2 / np.maximum(width, 1e-6)[:, None]
    down = (quads[:, 3] - quads[:, 0] + quads[:, 2] - quads[:, 1]) / 2 / np.maximum(height, 1e-6)[:, None]
    along, down = along * step[:, None], down * step[:, None]
    steps = np.stack([-along - down, along - down, along + down, -along + down], axis=1)  # (n, 4, 2)
    return quads + steps


def boxes_in_quad(quad, boxes):
    """Boxes `(n, 4)` of (left, top, right, bottom), as parts 0..1 of a quad's width and height → quads `(n, 4, 2)` on the page."""
    left, top, right, bottom = np.asarray(boxes, np.float32).reshape(-1, 4).T
    x = np.stack([left, right, right, left], axis=1)[..., None]  # (n, 4, 1)
    y = np.stack([top, top, bottom, bottom], axis=1)[..., None]
    a, b, c, d = np.asarray(quad, np.float32)
    return (1 - y) * ((1 - x) * a + x * b) + y * ((1 - x) * d + x * c)


def text_ink(crop):
    """`ink_mask` without what is no text of this line: rules along it, rules across it, specks, and the edges of its neighbours.

    Where light falls unevenly the darker half of the paper would be ink: there ink is what differs from what is around it.
    """
    ink = ink_mask(crop)
    height, width = ink.shape
    grey = crop if crop.ndim == 2 else cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    if ink.any() and is_unevenly_lit(grey):
        ink, _ = ink_by_surroundings(grey)
    across = cv2.reduce(ink.view(np.uint8), 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0] > 0.95 * height
    if across.any():
        ink[:, across] = False  # from edge to edge, where letters leave a margin
    along = max(4 * height, 8)
    if along < width:
        wipe_runs(ink, along)
    inked = np.flatnonzero(ink.any(axis=1))
    if len(inked) == 0:
        return ink
    first, last = inked[0], inked[-1] + 1  # paper above and below need not be looked at
    _, labels, stats = find_pieces(ink[first:last])
    top = first + stats[:, cv2.CC_STAT_TOP]
    bottom = top + stats[:, cv2.CC_STAT_HEIGHT]
    neighbours = (top == 0) & (bottom <= 0.16 * height) | (bottom == height) & (top >= 0.84 * height)
    dropped = neighbours | (stats[:, cv2.CC_STAT_AREA] < max(0.05 * height, 1.0) ** 2)
    dropped[0] = False  # the paper
    if dropped.any():
        ink[first:last] &= ~dropped.take(labels)
    return ink
