"""Characters of a line whose text alone is known, as an attention decoder tells it: words are cut at the gaps of the ink that fit best."""

import unicodedata

import numpy as np

from ocr_crnn.reading.runs import runs_without_space, tighten

NARROW, THIN = 0.55, 0.3  # advance of a letter or digit, and of a point or space, in widths of a syllable
THIN_CHARACTERS = frozenset(" .,:;'`!|()[]iljIt·")
SPREAD = 0.25  # by how many heights of the line a character may well be wider or narrower than its advance
GAP_WORTH = 8.0  # a gap as wide as the line is high makes up for a word that is so many times its spread off, squared


def box_by_ink(text, ink):
    """A text and the ink of its line, bool `(height, width)` → boxes float64 `(characters, 4)` of (left, top, right, bottom) in pixels.

    Words are placed by `place_words`, and their characters divide them by how wide fonts make them. Boxes of spaces are left at 0.
    """
    boxes = np.zeros((len(text), 4))
    runs = runs_without_space(text)
    placed = place_words([text[start:stop] for start, stop in runs], ink) if runs else []
    for (start, stop), (left, top, right, bottom) in zip(runs, placed, strict=True):
        edges = left + (right - left) * _shares(text[start:stop], 0)
        columns = edges[:-1], np.full(stop - start, top), edges[1:], np.full(stop - start, bottom)
        boxes[start:stop] = np.stack(columns, axis=1)
    return boxes


def advance(text):
    """How wide a text is, in widths of a syllable, as fonts go."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WF" else THIN if c in THIN_CHARACTERS else NARROW for c in text)


def place_words(words, ink):
    """Words and the ink of their line, bool `(height, width)` → a box (left, top, right, bottom) for each, in pixels."""
    height, width = ink.shape
    starts, stops = _inked_runs(ink)
    if len(starts) == 0:  # no contrast: divided as the characters are wide
        edges = width * _shares(words, THIN)
        return [(left, 0, right, height) for left, right in zip(edges, edges[1:], strict=False)]
    cuts = _choose_gaps(words, starts, stops, height)
    lefts, rights = [0, *cuts], [*cuts, width]
    return [tighten(ink, left, right) or (left, 0, right, height) for left, right in zip(lefts, rights, strict=True)]


def _shares(parts, between):
    """Where parts of a text with something `between` wide after each part from each other, 0..1, `(parts + 1,)`."""
    lengths = np.array([advance(part) + between for part in parts], np.float64)
    return np.concatenate([[0], np.cumsum(lengths) / lengths.sum()])


def _inked_runs(ink):
    """First and last + 1 column of each run of columns with ink."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ink.any(axis=0).astype(np.int8), [0]])))
    return edges[::2], edges[1::2]


def _choose_gaps(words, starts, stops, height):
    """The middles of the gaps between runs of ink that part the words, `words - 1` of them, by dynamic programming.

    The cost of a word is ((width − expected) ÷ spread)², what a gap takes off is its width. Where gaps are fewer than needed, the even
    division of the ink by the characters' widths stands in.
    """
    edges = starts[0] + (stops[-1] - starts[0]) * _shares(words, THIN)
    if len(starts) < len(words):
        return edges[1:-1].tolist()
    lengths = np.array([advance(word) for word in words])
    scale = (stops[-1] - starts[0]) / (lengths.sum() + THIN * (len(words) - 1))
    gaps = starts[1:] - stops[:-1]  # gap i lies between run i and run i + 1
    cost, choices = np.full(len(starts), np.inf), []
    for word, (length, text) in enumerate(zip(lengths, words, strict=True)):
        # A word from run i to run j.
        off = (stops[None, :] - starts[:, None] - scale * length) / (SPREAD * height * np.sqrt(len(text)))
        there = np.arange(len(starts))[None, :] >= np.arange(len(starts))[:, None]
        before = np.concatenate([[0.0], np.full(len(starts) - 1, np.inf)]) if word == 0 else cost
        total = np.where(there, before[:, None] + off**2, np.inf)  # (from run, to run)
        choices.append(total.argmin(axis=0))
        ended = total.min(axis=0)
        cost = np.full(len(starts), np.inf)
        cost[1:] = ended[:-1] - GAP_WORTH * np.minimum(gaps / height, 1)
    run, cuts = len(starts) - 1, []
    for choice in reversed(choices[1:]):
        first = choice[run]
        cuts.append((stops[first - 1] + starts[first]) / 2)
        run = first - 1
    return cuts[::-1]
