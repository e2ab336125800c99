"""Condensed print, as forms set what has to fit (장평 50–70 %): read stretched, for frames are too few for its letters as it is."""

import numpy as np

from ocr_crnn.reading.settings import SPOTTER

TIMES = 2  # as wide; whole, so that pixels are copied
HANGUL, DIGIT = 0.62, 0.40  # heights of a crop from one syllable, or digit, to the next where print is of ordinary width
LEAST_PAIRS = 2
KINDS = ((ord("가"), ord("힣"), HANGUL), (ord("0"), ord("9"), DIGIT))


def is_condensed(line, height, condensed=SPOTTER.condensed):
    """Whether the syllables and digits of a ReadLine stand closer than `condensed` times as usual, in a crop `height` pixels high.

    By the mean over neighbours of one kind; of fewer than LEAST_PAIRS nothing is told. serving/graph_spotter.py has the twin in graph.
    """
    if line.spans_px is None or len(line.text) <= LEAST_PAIRS:
        return False
    codes = np.array([ord(character) for character in line.text])
    middles = np.asarray(line.spans_px, np.float32).sum(axis=1) / 2
    usual = sum(width * ((codes >= first) & (codes <= last)) for first, last, width in KINDS)
    pairs = (usual[1:] == usual[:-1]) & (usual[1:] > 0)
    shares = ((middles[1:] - middles[:-1])[pairs] / usual[1:][pairs]).astype(np.float32)
    return len(shares) >= LEAST_PAIRS and bool(shares.sum() < condensed * height * len(shares))


def stretch(crop):
    """A crop TIMES as wide."""
    return np.repeat(crop, TIMES, axis=1)


def surer(line, stretched):
    """The ReadLine to keep of a crop and of the same stretched, its places in the crop as it was."""
    if stretched.score <= line.score:
        return line
    spans = None if stretched.spans_px is None else (np.asarray(stretched.spans_px, np.float32) / TIMES)
    return stretched._replace(spans_px=spans)
