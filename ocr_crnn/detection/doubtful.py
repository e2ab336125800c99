"""Texts that a detector is not sure of: those as dark and as high as the page's others are kept.

A page number between dashes, a digit in a box, leader dots with a number score less than print in lines does, and so does what shines
through from the back of a sheet. That is paler: its contrast is a third of the print's. Pieces of dashed rules are lower than print.
"""

import numpy as np

from ocr_crnn.geometry import quad_sizes

# Of the median of what is sure. Bleed-through had 0.26 to 0.33 of its contrast, doubtful texts that were read right 0.6 and more, pieces
# of dashes 0.1 to 0.35 of its height (the development pages and small hard inputs of benchmarks/cases.py).
CONTRAST, HIGH = np.float32(0.55), np.float32(0.5)
ROWS, COLUMNS = 8, 64  # points of a text that are looked at
DARK, LIGHT = 10, 501  # of these 512, sorted: 2 and 98 per cent


def keep_clear(image, quads, sure):
    """bool `(n,)`: which texts to keep, those that are `sure`, bool `(n,)`, and those like them.

    image: uint8 `(height, width, 3)`. quads: float32 `(n, 4, 2)` on it. Without a sure one nothing else is kept.
    """
    if sure.all() or not sure.any():
        return sure
    contrasts, heights = measure_contrasts(image, quads), quad_sizes(quads).min(axis=1)
    like = (contrasts >= CONTRAST * _middle(contrasts[sure])) & (heights >= HIGH * _middle(heights[sure]))
    return sure | like


def measure_contrasts(image, quads):
    """How far paper and ink of each text are apart, float32 `(n,)`, in sums of the three channels, 0..765."""
    a, b, d = (quads[:, corner, None, None] for corner in (0, 1, 3))  # (n, 1, 1, 2)
    x = ((np.arange(COLUMNS, dtype=np.float32) + np.float32(0.5)) / COLUMNS)[:, None]
    y = ((np.arange(ROWS, dtype=np.float32) + np.float32(0.5)) / ROWS)[:, None, None]
    points = np.floor(a + (b - a) * x + (d - a) * y).astype(np.int32)  # (n, rows, columns, 2)
    x, y = (np.clip(points[..., axis], 0, image.shape[1 - axis] - 1) for axis in (0, 1))
    levels = np.sort(image[y, x].sum(axis=-1, dtype=np.int32).reshape(len(quads), ROWS * COLUMNS), axis=1)
    return (levels[:, LIGHT] - levels[:, DARK]).astype(np.float32)


def _middle(values):
    return np.sort(values)[(len(values) - 1) // 2]
