"""Boxes in the frames of their texts: left, top, right, bottom on the page turned by a skew, and the quads that they are on the page."""

import numpy as np


def along_axes(points, skew):
    """Points `(n, k, 2)` of the page → their places to the right and down `(n, k)` on the page turned by the skew `(n,)`."""
    cos, sin = np.cos(skew)[:, None], np.sin(skew)[:, None]
    return points[..., 0] * cos + points[..., 1] * sin, points[..., 1] * cos - points[..., 0] * sin


def corners_of(boxes, skew):
    """Boxes `(n, 4)` of the turned page → quads `(n, 4, 2)` on the page."""
    u, v = boxes[:, [0, 2, 2, 0]], boxes[:, [1, 1, 3, 3]]
    return np.stack(along_axes(np.stack([u, v], axis=-1), -skew), axis=-1)


def turn_corners(quads, quarter):
    """The corner that comes first is the upper left one of what is read after so many quarter turns clockwise."""
    return np.take_along_axis(quads, ((np.arange(4) + quarter[:, None]) % 4)[..., None], axis=1)


def sizes_of(boxes):
    """`(n, 2)`: width and height."""
    return boxes[:, 2:] - boxes[:, :2]


def enclose(quads, skew, group):
    """The boxes around quads `(n, 4, 2)` of the same group on the page turned by the groups' skew `(groups,)` → `(groups, 4)`."""
    left, top, right, bottom = np.full((4, len(skew)), np.inf)
    u, v = along_axes(quads, skew[group])
    for side, values in ((left, u.min(axis=1)), (top, v.min(axis=1)), (right, -u.max(axis=1)), (bottom, -v.max(axis=1))):
        np.minimum.at(side, group, values)
    return np.column_stack([left, top, -right, -bottom])
