"""Connected pieces of a mask, found in the quickest way that OpenCV has for its size, and rules in it."""

import cv2
import numpy as np

MOST = 65534  # pieces that labels of 16 bits can tell apart, beside the ground


def find_pieces(mask, connectivity=8):
    """The connected pieces of a mask, bool or uint8 `(height, width)` → `(count, labels, stats)`, the ground as the first of `count`.

    labels: int32 or uint16 `(height, width)`. stats: int32 `(count, 5)`, left, top, width, height in pixels and the area.
    Labels of 16 bits take a third of the time where neighbours at the corners count; there are enough of them for a piece in every
    square of 2 × 2 of an image that is not too large.
    """
    mask = np.ascontiguousarray(mask).view(np.uint8)
    height, width = mask.shape
    if connectivity == 8 and (height + 1) // 2 * ((width + 1) // 2) <= MOST:
        found = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_16U, cv2.CCL_SPAGHETTI)
    else:
        found = cv2.connectedComponentsWithStats(mask, connectivity=connectivity)
    return found[:3]


def box_of(mask):
    """The smallest box around what is set in a mask `(height, width)` → slices of rows and columns; None where nothing is."""
    mask = np.ascontiguousarray(mask).view(bool)
    rows = np.flatnonzero(mask.any(axis=1))
    if len(rows) == 0:
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def wipe_runs(ink, length):
    """Take runs of at least `length` out of the rows of a mask, bool `(height, width)`; at an edge half of that, for they may go on.

    The mask is wider than that."""
    half, width = length // 2, ink.shape[1]
    # Every run of half the length holds four neighbours of these columns; hardly a row of letters has them.
    columns = ink[:, :: max(half // 4, 1)]
    rows = np.flatnonzero((columns[:, :-3] & columns[:, 1:-2] & columns[:, 2:-1] & columns[:, 3:]).any(axis=1))
    if len(rows) == 0:
        return
    flat = np.pad(ink[rows], ((0, 0), (1, 1))).reshape(-1).view(np.int8)  # paper before and after each row
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    starts, stops = edges[::2], edges[1::2]
    first, last = starts % (width + 2), stops % (width + 2)
    long = stops - starts + half * (first == 0) + (length - half - 1) * (last == width) >= length
    for row, start, stop in zip(rows[starts[long] // (width + 2)], first[long], last[long], strict=True):
        ink[row, start:stop] = False
