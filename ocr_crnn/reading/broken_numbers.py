"""Segments of lines between which a number may be broken: at the end of a line, over two cells, over boxes for a few digits each.

What stands in one place of the order, or beside or below it, may go on with a number that ends there. Whether it does, the form of the
number has to say.
"""

import re

import numpy as np

from ocr_crnn.reading.heights import Heights
from ocr_crnn.reading.identifiers import fold

FARTHEST_BELOW = 3.0  # heights between a segment and the one below it that may go on with it
MOST_PARTS = 7  # segments of one number: a card of four, with their dashes between
LEAST, MOST = 8, 19  # digits of a number with all its parts
_ENDS = re.compile(r"(?<![\d,.])\d[\d .:·-]*$")
_GOES_ON = re.compile(r"[ .:·-]*(?:\d[\d .:·-]*(?![\d,])|$)")
_BEGINS = re.compile(r"^[.:·-]*\d[\d .:·-]*(?![\d,])")
_NOTHING_ELSE = re.compile(r"[\d .:·-]*")


def broken_chains(texts, boxes):
    """Tuples of two to MOST_PARTS numbers of segments that may be one number, each once.

    texts: of n segments in reading order. boxes: float `(n, 4)`, left, top, right, bottom of each.
    """
    folded = [fold(text).loose.strip() for text in texts]
    goes_on = [_GOES_ON.match(text) is not None for text in folded]
    is_part = [_NOTHING_ELSE.fullmatch(text) is not None for text in folded]
    heights, chains = Heights(np.reshape(boxes, (-1, 4))), {}
    for first, text in enumerate(folded):
        end = _ENDS.search(text)
        if end is None or _digits(end[0]) >= 16:
            continue
        for following in (_next_in_order, _next_beside, _next_below):
            chain, digits = [first], _digits(end[0])
            while len(chain) < MOST_PARTS and digits < MOST:
                number = following(chain[-1], boxes, heights)
                if number is None or number in chain or not goes_on[number]:
                    break
                chain.append(number)
                digits += _digits(_GOES_ON.match(folded[number])[0])
                if not is_part[number]:
                    break
            if len(chain) > 1 and digits >= LEAST:
                chains[tuple(chain)] = None
    return list(chains)


def may_go_on(first, second):
    """Whether a number that ends one text may go on in another, at the head of the next page: with digits of both, as many as one has."""
    end, rest = (pattern.search(fold(text).loose.strip()) for pattern, text in ((_ENDS, first), (_BEGINS, second)))
    return end is not None and rest is not None and LEAST <= _digits(end[0]) + _digits(rest[0]) <= MOST


def _digits(text):
    return sum(character.isdecimal() for character in text)


def _next_in_order(number, boxes, heights):
    return number + 1 if number + 1 < len(boxes) else None


def _next_beside(number, boxes, heights):
    """The nearest segment right of one, of the same height on the page."""
    _, top, right, bottom = boxes[number]
    others = heights.between(top, bottom)
    lefts, tops, _, bottoms = boxes[others].T
    beside = np.minimum(bottom, bottoms) - np.maximum(top, tops) >= 0.5 * np.minimum(bottom - top, bottoms - tops)
    return _nearest(others, lefts - right, beside & (lefts >= right - 0.5 * (bottom - top)) & (others != number))


def _next_below(number, boxes, heights):
    """The nearest segment below one and partly under it."""
    left, top, right, bottom = boxes[number]
    highest, lowest = bottom - 0.5 * (bottom - top), bottom + FARTHEST_BELOW * (bottom - top)
    others = heights.between(highest, lowest)
    lefts, tops, rights, _ = boxes[others].T
    below = (tops >= highest) & (tops <= lowest) & (lefts < right) & (rights > left) & (others != number)
    return _nearest(others, tops - bottom, below)


def _nearest(others, distances, wanted):
    return int(others[wanted][np.argmin(distances[wanted])]) if wanted.any() else None
