"""Maps of text as Gaussians over character quads: the targets of CRAFT (Baek et al., 2019, arXiv 1904.01941), in closed form.

The published code warps one picture of a Gaussian into every quad, rounds the quads to whole pixels and clamps them at the border of the
page. Here the value is computed at the centre of each cell, so that nothing is rounded, and a text at the rim keeps its shape.
"""

import numpy as np

from ocr_crnn.geometry import convex_quads

ENLARGED = 1.5  # of the quad about its centre; the Gaussian ends there
SIGMA = 0.4  # of the enlarged quad's half sides, so 0.6 of the quad's own; its sides have the value exp(−½ / 0.6²) = 0.249
CELLS_AT_ONCE = 1 << 20
SQUARE = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64)


def draw_gaussians(quads, size):
    """Quads `(n, 4, 2)` in cells → float32 `(height, width)` of `size`: at each cell's centre, (0.5, 0.5) for the first, the largest of

        R(s, t) = exp(−½ (s² + t²) / 0.4²) where s² + t² ≤ 1, else 0

    (s, t) in −1..1: the place in the quad, enlarged by half about its mean, by the perspective that makes a square of it. Maximum, not sum:
    characters that touch stay apart by a valley down to 0.249. Quads without area, or with a coordinate that is not finite, draw nothing.
    """
    height, width = size
    drawn = np.zeros(height * width, np.float32)
    quads = convex_quads(quads)
    centres = quads.mean(axis=1, keepdims=True)
    offsets = ENLARGED * (quads - centres)  # (n, 4, 2)
    to_square, fits = _to_square(offsets)
    low = np.ceil(np.clip((centres[:, 0] + offsets.min(axis=1)) - 0.5, 0, (width, height))).astype(np.int64)
    high = np.floor(np.clip(centres[:, 0] + offsets.max(axis=1) + 0.5, 0, (width, height))).astype(np.int64)
    sides = np.where(fits[:, None], np.maximum(high - low, 0), 0)  # (n, 2), cells whose centres may lie inside
    ends = np.cumsum(sides.prod(axis=1))
    start = 0
    while start < len(quads):
        stop = max(np.searchsorted(ends, (ends[start - 1] if start else 0) + CELLS_AT_ONCE, "right"), start + 1)
        part = slice(start, stop)
        _draw(drawn, width, centres[part, 0], to_square[part], low[part], sides[part])
        start = stop
    return drawn.reshape(height, width)


def _draw(drawn, width, centres, to_square, low, sides):
    """The cells of some quads, end to end, into the flat map."""
    counts = sides.prod(axis=1)
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    across = np.repeat(sides[:, 0], counts)
    row, column = place // np.maximum(across, 1), place % np.maximum(across, 1)
    first = (low + 0.5 - centres).astype(np.float32)
    x = np.repeat(first[:, 0], counts) + column.astype(np.float32)
    y = np.repeat(first[:, 1], counts) + row.astype(np.float32)
    a = np.repeat(to_square.reshape(-1, 9).astype(np.float32), counts, axis=0).T  # (9, cells)
    depth = a[6] * x + a[7] * y + a[8]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        distance = ((a[0] * x + a[1] * y + a[2]) ** 2 + (a[3] * x + a[4] * y + a[5]) ** 2) / depth**2
    inside = (depth > 0) & (distance <= 1)
    cells = (np.repeat(low[:, 1], counts) + row) * width + np.repeat(low[:, 0], counts) + column
    np.maximum.at(drawn, cells[inside], np.exp(distance[inside] * np.float32(-0.5 / SIGMA**2)))


def _to_square(quads):
    """The perspectives that make the square −1..1 of quads `(n, 4, 2)` around the origin → `(n, 3, 3)`, and where there is one, `(n,)`."""
    (x, y), (u, v) = np.moveaxis(quads, -1, 0), SQUARE.T
    one, zero = np.ones_like(x), np.zeros_like(x)
    # Of u · (g x + h y + 1) = a x + b y + c, and v likewise, at the four corners.
    to_u = np.stack([x, y, one, zero, zero, zero, -u * x, -u * y], axis=-1)
    to_v = np.stack([zero, zero, zero, x, y, one, -v * x, -v * y], axis=-1)
    equations = np.concatenate([to_u, to_v], axis=1)  # (n, 8, 8)
    fits = _area(quads) > 1e-6
    equations[~fits] = np.eye(8)
    known = np.broadcast_to(np.concatenate([u, v]), (len(quads), 8))
    return np.concatenate([np.linalg.solve(equations, known[..., None])[..., 0], one[:, :1]], axis=1).reshape(-1, 3, 3), fits


def _area(quads):
    """The smallest triangle of three corners that follow one another, twice its area: 0 where there is no perspective."""
    before, after = quads - np.roll(quads, 1, axis=1), np.roll(quads, -1, axis=1) - quads
    return (before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]).min(axis=1)


def link_quads(before, after):
    """The quads between characters that follow one another, both `(n, 4, 2)` → `(n, 4, 2)`.

    From centre to centre: corners are the means of a centre and two corners of the character's upper and lower side, or of its left and
    right one where the next character stands below. (The published training takes the upper and lower sides for either.)
    """
    centres = before.mean(axis=1), after.mean(axis=1)
    along = (before[:, 1] - before[:, 0] + before[:, 2] - before[:, 3]) / 2
    down = (before[:, 3] - before[:, 0] + before[:, 2] - before[:, 1]) / 2
    step = centres[1] - centres[0]
    is_below = np.abs(_dot(step, down)) * _length(along) > np.abs(_dot(step, along)) * _length(down)

    def between(*sides):
        """The corners of the quad: those of a character before or after, and which two of its corners make the side."""
        parts = {"before": (before, centres[0]), "after": (after, centres[1])}
        corners = [(parts[one][0][:, a] + parts[one][0][:, b] + parts[one][1]) / 3 for one, a, b in sides]
        return np.stack(corners, axis=1)

    beside = between(("before", 0, 1), ("after", 0, 1), ("after", 2, 3), ("before", 2, 3))
    below = between(("before", 0, 3), ("before", 1, 2), ("after", 1, 2), ("after", 0, 3))
    return np.where(is_below[:, None, None], below, beside)


def _dot(a, b):
    return (a * b).sum(axis=-1)


def _length(a):
    return np.linalg.norm(a, axis=-1)
