"""Words out of lines of which only text and quad are known, as a server tells them: cut at the gaps of the ink that fit the text best."""

import unicodedata
from dataclasses import replace

import numpy as np

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.reading.crops import boxes_in_quad, crop_quad, expand_quads, text_ink
from ocr_crnn.reading.runs import tighten

NARROW, THIN = 0.55, 0.3  # advance of a letter or digit, and of a point or space, in widths of a syllable
THIN_CHARACTERS = frozenset(" .,:;'`!|()[]iljIt·")
SPREAD = 0.25  # by how many heights of the line a character may well be wider or narrower than its advance
GAP_WORTH = 8.0  # a gap as wide as the line is high makes up for a word that is so many times its spread off, squared


def split_lines(page, image):
    """A Page of one row per line and its image, uint8 `(height, width, 3)` → the Page of their words.

    Words have the scores of their lines. They part in gaps of the ink, chosen so that the gaps are wide and the words as long as their
    characters make them; a column of upright characters is divided by their number.
    """
    words = [(row, text, quad) for row in range(len(page)) for text, quad in _words(page.texts[row], page.quads[row], image)]
    quads = np.array([quad for _, _, quad in words], np.float32).reshape(-1, 4, 2)
    return replace(page.take([row for row, _, _ in words]), quads=quads, texts=[text for _, text, _ in words])


def advance(text):
    """How wide a text is, in widths of a syllable, as fonts go."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WF" else THIN if c in THIN_CHARACTERS else NARROW for c in text)


def place_words(words, ink):
    """Words and the ink of their line, bool `(height, width)` → a box (left, top, right, bottom) for each, in pixels."""
    height, width = ink.shape
    starts, stops = _inked_runs(ink)
    if len(starts) == 0:  # no contrast: divided as the characters are wide
        edges = width * _shares(words)
        return [(left, 0, right, height) for left, right in zip(edges, edges[1:], strict=False)]
    cuts = _choose_gaps(words, starts, stops, height)
    lefts, rights = [0, *cuts], [*cuts, width]
    return [tighten(ink, left, right) or (left, 0, right, height) for left, right in zip(lefts, rights, strict=True)]


def _words(text, quad, image):
    """[(word, quad)] of a line."""
    words = (text or "").split()
    width, height = quad_sizes(quad[None])[0]
    if len(words) < 2:
        return [(word, quad) for word in words]
    if height > width:  # characters one below the other
        edges = _shares(words, len)
        boxes = [(0, top, 1, bottom) for top, bottom in zip(edges, edges[1:], strict=False)]
        return list(zip(words, boxes_in_quad(quad, boxes), strict=True))
    outer = expand_quads(quad)[0]
    ink = text_ink(crop_quad(image, outer))
    boxes = np.array(place_words(words, ink), np.float64) / [*ink.shape[::-1], *ink.shape[::-1]]
    return list(zip(words, boxes_in_quad(outer, boxes), strict=True))


def _shares(words, measure=advance):
    """Where words and the spaces between them part, 0..1, `(words + 1,)`."""
    lengths = np.array([measure(word) + measure(" ") for word in words], np.float64)
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
    edges = starts[0] + (stops[-1] - starts[0]) * _shares(words)
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
