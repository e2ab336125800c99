"""Decimal points that were not read: where digits are set close, a point touches them in what the network sees, and 0.5 % is 05 %.

The page has more pixels than the network, so the ink of two digits is asked for a dot that stands between them on their baseline.
"""

import re

import cv2
import numpy as np

from ocr_crnn.ops.lines import ink_mask, to_grey
from ocr_crnn.ops.pieces import find_pieces
from ocr_crnn.reading.settings import POINTS

_PAIRS = re.compile(r"[0-9](?=[0-9])")


def restore_points(text, scores, boxes, crop, rules=POINTS):
    """A text, the scores `(n,)` and boxes `(n, 4)` of its characters in its crop, uint8 `(height, width[, 3])` → the same three with a
    point, of `rules.score`, where the ink between two digits is a dot and nothing else. boxes: (left, top, right, bottom) in pixels.
    """
    pairs = [match.start() for match in _PAIRS.finditer(text)]
    if not pairs or crop.size == 0:
        return text, scores, boxes
    ink = ink_mask(to_grey(crop))
    if _is_dirty(ink, boxes, rules):
        return text, scores, boxes
    dots = {first + 1: _find_dot(ink, *boxes[first : first + 2], rules) for first in pairs}
    found = {place: dot for place, dot in dots.items() if dot is not None}
    if not found:
        return text, scores, boxes
    places = sorted(found)
    characters = list(text)
    for place in reversed(places):
        characters.insert(place, ".")
    boxes = np.insert(np.asarray(boxes, np.float64), places, [found[place] for place in places], axis=0)
    return "".join(characters), np.insert(np.asarray(scores, np.float32), places, rules.score), boxes


def _is_dirty(ink, boxes, rules):
    """Whether more pieces of ink are smaller than a point than print has: then a dot may be dirt, or a dot of a dot-matrix printer."""
    height = np.median(boxes[:, 3] - boxes[:, 1])
    areas = find_pieces(ink)[2][1:, cv2.CC_STAT_AREA]
    return (areas < (rules.least * height) ** 2).sum() > rules.dirt or len(areas) > 3 * len(boxes)


def _find_dot(ink, one, other, rules):
    """The box (left, top, right, bottom) of the dot between two digits with these boxes; None where there is none, or more than that."""
    top, bottom = min(one[1], other[1]), max(one[3], other[3])
    em = bottom - top
    left, right = max(int(one[0] - rules.around * em), 0), int(np.ceil(other[2] + rules.around * em))
    upper, lower = max(int(top - rules.around * em), 0), int(np.ceil(bottom + rules.around * em))
    part = ink[upper:lower, left:right]
    if part.size == 0:
        return None
    pieces = find_pieces(part)[2][1:]
    x, y, wide, high, area = pieces.T
    tall = high > rules.tall * em
    if not tall.any():
        return None
    base, height = np.median((y + high)[tall]), np.median(high[tall])
    if height < rules.least_px:
        return None
    starts, stops = x[tall], (x + wide)[tall]
    # What touches the rim is a piece of a neighbour.
    inside = ~tall & (x > 0) & (y > 0) & (x + wide < part.shape[1]) & (y + high < part.shape[0])
    if inside.sum() != 1:
        return None
    x, y, wide, high, area = (float(side) for side in pieces[inside][0])
    short, long = sorted((wide, high))
    is_dot = long <= rules.most * height and short >= rules.flat * long and area >= (rules.least * height) ** 2
    between = (one[0] + one[2]) / 2 < left + x + wide / 2 < (other[0] + other[2]) / 2
    # A piece within the width of a digit is a part of it, as the ball at the end of a 3 that print has broken.
    within = np.minimum(stops, x + wide) - np.maximum(starts, x) > rules.within * wide
    if not is_dot or not between or within.any() or abs(y + high - base) > rules.off_base * height:
        return None
    return left + x, upper + y, left + x + wide, upper + y + high
