"""A watch over JSON that is parsed piece by piece: how deep it nests, how long its texts and its numbers are.

ijson takes memory by the square of the depth, and its parser in C crashes the process at a whole number of more than 4,300 digits.
"""

import re

import numpy as np

from ocr_crnn.untrusted.json_text import MOST_DEPTH

MOST_TEXT_BYTES = 1 << 20  # of one text: a record of a data set has some hundred
WHOLE_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
MOST_DIGITS = 300  # of one number
LONG_NUMBER = re.compile(rb"\d{%d}" % (MOST_DIGITS + 1))
NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
STEP = np.zeros(256, np.int64)
STEP[list(b"[{")], STEP[list(b"]}")] = 1, -1


class NestingWatch:
    """Called with one piece of a JSON text after the other. Raises ValueError before a parser would drown in what comes."""

    def __init__(self, most_depth=MOST_DEPTH):
        self.most_depth, self._depth, self._rest, self._digits = most_depth, 0, b"", b""

    def __call__(self, piece):
        outside = WHOLE_TEXT.sub(b"", self._rest + piece)
        quote = outside.find(b'"')  # a text that goes on in the next piece
        outside, self._rest = (outside, b"") if quote < 0 else (outside[:quote], outside[quote:])
        if len(self._rest) > MOST_TEXT_BYTES:
            raise ValueError(f"a text of more than {MOST_TEXT_BYTES:,} bytes")
        if LONG_NUMBER.search(self._digits + outside):
            raise ValueError(f"a number of more than {MOST_DIGITS} digits")
        self._digits = (self._digits + outside)[-MOST_DIGITS:]
        depths = self._depth + np.cumsum(STEP[np.frombuffer(outside.translate(None, NO_BRACKETS), np.uint8)])
        if depths.max(initial=0) > self.most_depth:
            raise ValueError(f"records nested deeper than {self.most_depth}")
        self._depth = int(depths[-1]) if len(depths) else self._depth
