"""Where a template lies on a page: from labels that were found, some of them at wrong places, to a map of its points.

Hypotheses from pairs of labels as in RANSAC (Fischler and Bolles, 1981), scored as in MSAC (Torr and Zisserman, 2000): every pair where
there are few, a fixed sample of them else, so that a page gives the same answer every time. Then an affine map, a homography where
there are enough labels for one, and what is left near each point: sheets curl.
"""

from typing import NamedTuple

import cv2
import numpy as np

STEEPEST = 0.35  # radians: a page lies upright when it comes here
SMALLEST, LARGEST = 0.1, 10.0  # scale
MOST_PAIRS = 3000
REACHES = (1.6, 1.3, 1.0, 0.8)  # heights of a label within which it counts, one fit after the other
FOR_AFFINE, FOR_HOMOGRAPHY = 4, 12  # labels
GAIN = 0.8  # of the median residual, below which the homography is taken
NEIGHBOURS, FARTHEST = 6, 1.0  # of the bend: labels, and heights of a label


class Placement(NamedTuple):
    """matrix: float64 `(3, 3)`, template to page pixels. anchors, places: int `(k,)`, which label of the template is at which of the pairs
    given. residuals_px: `(k, 2)`, page minus map. height_px: of the labels on the page. points: `(k, 2)` of the labels in the template."""

    matrix: np.ndarray
    anchors: np.ndarray
    places: np.ndarray
    residuals_px: np.ndarray
    height_px: float
    points: np.ndarray

    def move(self, points):
        """Points `(…, 2)` of the template on the page, the bend near them included."""
        flat = np.asarray(points, np.float64).reshape(-1, 2)
        return (apply(self.matrix, flat) + self._bend(flat)).reshape(np.shape(points)).astype(np.float32)

    def _bend(self, points):
        """The mean of the residuals of the nearest labels, by the inverse of their distance."""
        if len(self.points) < FOR_HOMOGRAPHY:
            return np.zeros_like(points)
        limit = FARTHEST * self.height_px
        distances = np.linalg.norm(points[:, None] - self.points, axis=-1)  # (n, k)
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :NEIGHBOURS]
        weights = 1 / (np.take_along_axis(distances, nearest, 1) + self.height_px)
        bend = (self.residuals_px[nearest] * weights[..., None]).sum(1) / weights.sum(1, keepdims=True)
        return np.clip(bend, -limit, limit)


def place_labels(points, heights, anchors, seen, seen_heights):
    """The Placement that most labels agree with, or None where no two do.

    points `(m, 2)`, heights `(m,)`: of the template's labels. anchors int `(c,)`, seen `(c, 2)`, seen_heights `(c,)`: a pair each of a
    label and a place on the page where it may be; a label may have several.
    """
    order = np.argsort(anchors, kind="stable")
    matrix = _best_similarity(points[anchors[order]], seen[order], heights[anchors[order]], seen_heights[order], anchors[order])
    if matrix is None:
        return None
    scale = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    height = float(np.median(heights) * scale)
    for reach in REACHES:
        kept = _nearest(matrix, points, anchors, seen, reach * height)
        if len(kept) < 2:
            return None
        matrix = _fit(points[anchors[kept]], seen[kept], matrix)
    kept = _nearest(matrix, points, anchors, seen, REACHES[-1] * height)
    if len(kept) < 2:
        return None
    residuals = seen[kept] - apply(matrix, points[anchors[kept]])
    return Placement(matrix, anchors[kept], kept, residuals, height, np.asarray(points[anchors[kept]], np.float64))


def apply(matrix, points):
    """Points `(n, 2)` through a `(3, 3)` matrix."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    depth = moved[:, 2:]
    return moved[:, :2] / np.where(np.abs(depth) < 1e-9, 1e-9, depth)


def _best_similarity(points, seen, heights, seen_heights, anchors):
    """The turn, scale and shift, `(3, 3)`, that most labels agree with; pairs in the order of their anchors."""
    first, second = _pairs(anchors)
    if not len(first):
        return None
    p, q = points @ [1, 1j], seen @ [1, 1j]
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = (q[second] - q[first]) / (p[second] - p[first])
        by_height = np.abs(turn) * heights[first] / np.maximum(seen_heights[first], 1e-6)
    good = np.isfinite(turn) & (np.abs(np.angle(turn)) < STEEPEST) & (np.abs(turn) > SMALLEST) & (np.abs(turn) < LARGEST)
    good &= (by_height > 0.5) & (by_height < 2.0)  # a label is about as high as the map makes it
    if not good.any():
        return None
    turn, first = turn[good], first[good]
    shift = q[first] - turn * p[first]
    reach = REACHES[0] * np.median(heights) * np.abs(turn)
    off = np.abs(turn[:, None] * p + shift[:, None] - q) / reach[:, None]  # (hypotheses, c)
    credit = np.clip(1 - off**2, 0, None)
    begins = np.flatnonzero(np.diff(anchors, prepend=-1))
    best = int(np.maximum.reduceat(credit, begins, axis=1).sum(axis=1).argmax())
    a, b = turn[best], shift[best]
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0, 0, 1.0]])


def _pairs(anchors):
    """Pairs of places of different labels, as two index arrays."""
    first, second = np.triu_indices(len(anchors), 1)
    differ = anchors[first] != anchors[second]
    first, second = first[differ], second[differ]
    if len(first) > MOST_PAIRS:
        chosen = np.random.default_rng(0).choice(len(first), MOST_PAIRS, replace=False)
        first, second = first[chosen], second[chosen]
    return first, second


def _nearest(matrix, points, anchors, seen, reach):
    """Of each label the pair that lies nearest to where the matrix has it, if it is within reach: indices of pairs."""
    off = np.linalg.norm(apply(matrix, points[anchors]) - seen, axis=1)
    order = np.lexsort((off, anchors))
    first = np.diff(anchors[order], prepend=-1) != 0
    return np.array([pair for pair in order[first] if off[pair] <= reach], int)


def _fit(points, seen, matrix):
    """The affine map of least squares, or the homography where it is clearly better; the given matrix where there are too few labels."""
    if len(points) < FOR_AFFINE or _is_thin(points):
        return matrix
    ones = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    affine = np.vstack([np.linalg.lstsq(ones, seen, rcond=None)[0].T, [0, 0, 1]])
    if len(points) < FOR_HOMOGRAPHY:
        return affine
    homography = cv2.findHomography(np.float64(points), np.float64(seen), 0)[0]
    if homography is None:
        return affine
    before, after = (np.median(np.linalg.norm(apply(each, points) - seen, axis=1)) for each in (affine, homography))
    return homography if after < GAIN * before else affine


def _is_thin(points):
    """Whether the points lie nearly on one line, which leaves an affine map free across it."""
    return np.linalg.svd(points - points.mean(axis=0), compute_uv=False)[1] < 0.05 * np.ptp(points, axis=0).max()
