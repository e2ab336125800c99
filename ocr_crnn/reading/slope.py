"""The slope of a page, from how its texts stand beside each other: boxes of short texts are level on a page that lies askew."""

import numpy as np

STEEPEST_DEG, STEP_DEG = 7.0, 0.1
SHARPER = 1.02  # a slope has to make the rows so much sharper than none
BIN, MOST_BINS = 0.2, 20_000  # of the height of a text; bins of a page


def turn_of_rows(quads):
    """Quads of texts `(n, 4, 2)` → the rotation `(2, 2)` after which their rows are level.

    The slope, to a tenth of a degree and 7° at most, whose profile is sharpest (Postl, 1986): texts are counted by the height of their
    middles, in bins of a fifth of their height, and the squares of the counts are summed.
    """
    quads = np.asarray(quads, np.float64).reshape(-1, 4, 2)
    if len(quads) < 3:
        return np.eye(2)
    middles = quads.mean(axis=1)
    bin_px = BIN * float(np.median(np.ptp(quads[..., 1], axis=1)))
    bin_px = max(bin_px, float(np.ptp(middles)) / MOST_BINS, 1e-3)
    angles = np.radians(np.arange(-STEEPEST_DEG, STEEPEST_DEG + STEP_DEG / 2, STEP_DEG))
    angles = angles[np.argsort(np.abs(angles), kind="stable")]
    sharpness = np.array([_sharpness(middles[:, 1] * np.cos(angle) - middles[:, 0] * np.sin(angle), bin_px) for angle in angles])
    angle = angles[sharpness.argmax()] if sharpness.max() > SHARPER * sharpness[0] else 0.0
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _sharpness(heights, bin_px):
    """Σ counts² of heights in bins; one between the middles of two bins counts for both by its distance."""
    place = (heights - heights.min()) / bin_px
    first = place.astype(np.int64)
    share = place - first
    size = int(first.max()) + 2
    return float(np.square(np.bincount(first, 1 - share, size) + np.bincount(first + 1, share, size)).sum())
