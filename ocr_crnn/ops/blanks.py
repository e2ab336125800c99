"""Columns of a line image without ink, where its words part."""

import math
from bisect import bisect_right

import numpy as np


def widest_blanks(ink, before, after):
    """The widest run of columns without ink between two places of a line, for many such pairs.

    ink: bool `(height, width)`. before, after: lists of floats in pixels, each pair in this order; what lies beyond the image is no run.
    → list of (begin, end), a run of the columns `begin:end`; the first of several as wide, and the empty run midway where there is none.
    """
    width = ink.shape[1]
    paper = np.concatenate([[0], ~ink.any(axis=0), [0]]).astype(np.int8)
    begins, ends = np.flatnonzero(np.diff(paper)).reshape(-1, 2).T.tolist()
    found = []
    for left, right in zip(before, after, strict=True):
        first, last = int(max(left, 0)), min(math.ceil(right), width)
        widest = ((left + right) / 2,) * 2
        place = bisect_right(ends, first)
        for begin, end in zip(begins[place:], ends[place:], strict=True):
            if begin >= last:
                break
            begin, end = max(begin, first), min(end, last)
            if end - begin > widest[1] - widest[0]:
                widest = begin, end
        found.append(widest)
    return found
