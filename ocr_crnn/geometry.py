"""Quads and polygons in page pixels: float32 `(…, 4, 2)` of (x, y), clockwise from the text's own top-left."""

import numpy as np


def boxes_to_quads(boxes):
    """Axis-aligned boxes `(n, 4)` of (x, y, width, height) → quads `(n, 4, 2)`."""
    x, y, width, height = np.asarray(boxes, np.float32).reshape(-1, 4).T
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)  # (n, 4, 2)


def quad_sizes(quads):
    """`(n, 4, 2)` → `(n, 2)` of (width, height): the mean length of the sides along and across the text."""
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    sides = np.linalg.norm(np.roll(quads, -1, axis=1) - quads, axis=-1)  # (n, 4): top, right, bottom, left
    return np.stack([(sides[:, 0] + sides[:, 2]) / 2, (sides[:, 1] + sides[:, 3]) / 2], axis=-1)


def polygon_areas(polygons):
    """Shoelace area of polygons `(n, points, 2)` → `(n,)`, positive whatever the direction."""
    polygons = np.asarray(polygons, np.float64)
    x, y = polygons[..., 0], polygons[..., 1]
    return np.abs((x * np.roll(y, -1, axis=-1) - y * np.roll(x, -1, axis=-1)).sum(axis=-1)) / 2
