"""What the ink of a text is made of: spans, pieces that stand one above the other, and what they look like.

Spans and boxes are left, top, right, bottom in the frames of their texts, in ems (text_ink.py); a cell is the part of a text around one of
its boxes. Lengths in ems and areas in square ems, unless another unit is named, were chosen on pages of
`benchmarks/detection.py --seed 20002`.
"""

import numpy as np

from ocr_crnn.detection.groups import least_of, spread_of
from ocr_crnn.detection.turned_boxes import sizes_of

TOUCHING, SHARED = 0.03, 0.35  # and part of its width: pieces of one span have more of the line in common than these
CLAIMED = 0.5  # of the narrower of a span and its box
MARK, RIM_MARK, RIM, LONG = 0.06, 0.12, 0.25, 0.5  # areas of marks, the second near the edges of the line, and their longer side
ALIKE, SLIM, UPRIGHT = 0.06, 0.8, 0.3  # figures: how far heights and tops differ; width to height; least height, of halves too
NARROW, JOINT = 0.65, 1.02  # widths of a figure or half of a syllable at most, and of two halves
LOWER, LEFT_LOWER = 0.85, 0.2  # the left half's height to the right one's; what a gap counts more if it is the higher one
FAR = 1e4  # from cell to cell, all on one line


def stack(pieces, cells):
    """Pieces of a cell one above the other are one span → spans `(k, 4)` and their cells, in order."""
    order = np.lexsort((pieces[:, 0], cells))
    pieces, cells = pieces[order], cells[order]
    begin, end = pieces[:, 0] + FAR * cells, pieces[:, 2] + FAR * cells
    reached = np.maximum.accumulate(np.append(-np.inf, end))[:-1]
    starts = begin > reached - np.maximum(TOUCHING, SHARED * (end - begin))
    return around(pieces, np.cumsum(starts) - 1, starts.sum()), cells[starts]


def is_claimed(spans, boxes):
    """Whether a span lies in its box, as seen along the text."""
    shared = np.minimum(spans[:, 2], boxes[:, 2]) - np.maximum(spans[:, 0], boxes[:, 0])
    return shared >= CLAIMED * np.minimum(spans[:, 2] - spans[:, 0], boxes[:, 2] - boxes[:, 0])


def is_mark(spans, line):
    """Whether a span is as small as full stops, commas, quotation marks and dashes are; ㅇ is hardly larger, but lies in the middle."""
    wide, high = sizes_of(spans).T
    middle = (spans[:, 1] + spans[:, 3]) / 2
    at_rim = (middle > line[:, 1] - RIM) | (middle < line[:, 0] + RIM)
    return (wide * high < np.where(at_rim, RIM_MARK, MARK)) & (np.maximum(wide, high) < LONG)


def is_beside(cells, small, large, count):
    """Which small spans stand before or behind all large ones of their cell; none where there are only small ones."""
    place = np.arange(len(cells))
    first, last = least_of(place[large], cells[large], count), -least_of(-place[large], cells[large], count)
    return small & np.isfinite(first[cells]) & ((place < first[cells]) | (place > last[cells]))


def are_figures(spans, cells, large, count):
    """Which boxes hold several large spans that look like figures: upright, slim, as high as each other and level."""
    spans, cells = spans[large], cells[large]
    wide, high = sizes_of(spans).T
    slim = -least_of(-wide / high, cells, count) <= SLIM
    alike = (spread_of(high, cells, count) <= ALIKE) & (spread_of(spans[:, 1], cells, count) <= ALIKE)
    return (np.bincount(cells, minlength=count) > 1) & slim & alike & (least_of(high, cells, count) > UPRIGHT)


def join_halves(found, broken):
    """Neighbours that are halves of one syllable become one: in a text of syllables, together no wider than one of them.

    found: dict of rows along their texts: text, boxes, score, whether a network has seen it, whether it may be a half, and whether it is
    as narrow as a figure. broken: bool, of each text. If both were seen, the left one has to be the lower, as ㅇ beside ㅣ is and figures
    are not; if one was not, it suffices that they do not look like two figures. Of three in a row the nearest two are joined.
    """
    boxes, text, seen, half, narrow = (found[name] for name in ("boxes", "text", "seen", "half", "narrow"))
    (one_wide, one_high), (wide, high) = sizes_of(boxes[:-1]).T, sizes_of(boxes[1:]).T
    alike = (np.abs(one_high - high) <= ALIKE) & (np.abs(boxes[1:, 1] - boxes[:-1, 1]) <= ALIKE) & narrow[:-1] & narrow[1:]
    halves = (np.maximum(one_wide, wide) < NARROW) & (one_high < LOWER * high) & (one_high > UPRIGHT)
    fits = (text[:-1] == text[1:]) & half[:-1] & half[1:] & (boxes[1:, 2] - boxes[:-1, 0] <= JOINT)
    fits &= np.where(seen[:-1] & seen[1:], halves, ~alike | broken[text[1:]])
    gap = np.where(fits, boxes[1:, 0] - boxes[:-1, 2] + LEFT_LOWER * (one_high > high), np.inf)
    gap = np.concatenate([[np.inf], gap, [np.inf]])
    joined = fits & (gap[1:-1] < gap[:-2]) & (gap[1:-1] <= gap[2:])
    starts = np.append(True, ~joined)[: len(text)]
    group = np.cumsum(starts) - 1
    seen, score = (-least_of(-values.astype(float), group, starts.sum()) for values in (seen, found["score"]))
    return take(found, starts) | {"boxes": around(boxes, group, len(seen)), "seen": seen > 0, "score": score}


def around(boxes, group, count):
    """The boxes around those of the same group `(count, 4)`."""
    sides = [least_of(values, group, count) for values in (boxes * (1, 1, -1, -1)).T]
    return np.column_stack(sides) * (1, 1, -1, -1)


def take(found, rows):
    """Some rows of each column."""
    return {name: values[rows] for name, values in found.items()}
