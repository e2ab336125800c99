"""Runs of characters and of ink: what the two ways of placing characters share."""

import numpy as np


def tighten(ink, left, right):
    """The box (left, top, right, bottom) of the ink between two columns, or None without ink."""
    first, last = int(np.floor(left)), max(int(np.ceil(right)), int(np.floor(left)) + 1)
    part = ink[:, first:last]
    columns, rows = np.flatnonzero(part.any(axis=0)), np.flatnonzero(part.any(axis=1))
    if len(columns) == 0:
        return None
    return first + columns[0], rows[0], first + columns[-1] + 1, rows[-1] + 1


def runs_without_space(text):
    """(start, stop) of each run of characters that are no spaces."""
    starts = [i for i, c in enumerate(text) if c != " " and (i == 0 or text[i - 1] == " ")]
    stops = [i + 1 for i, c in enumerate(text) if c != " " and (i + 1 == len(text) or text[i + 1] == " ")]
    return list(zip(starts, stops, strict=True))
