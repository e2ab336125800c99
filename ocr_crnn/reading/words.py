"""Words out of a read line: cut at the recognised spaces, boxed by their ink."""

from typing import NamedTuple

import numpy as np

from ocr_crnn.page import Characters
from ocr_crnn.reading.crops import boxes_in_quad, text_ink


class Word(NamedTuple):
    """A run of characters without spaces. quad: float32 `(4, 2)` page pixels. score: mean of its characters'."""

    text: str
    quad: np.ndarray
    score: float
    characters: Characters


def split_words(read, crop, quad):
    """A ReadLine, the image it was read from and that image's quad on the page → list of Word in the order of the text.

    The time spans of CTC are spikes: a character reaches to the middle between its spike and the next. Words part in the widest gap
    of the ink between the spikes of their neighbouring characters; within these bounds a box is drawn in to the ink, where there is any.
    """
    text, (height, width) = read.text, crop.shape[:2]
    if not text.strip():
        return []
    edges = character_edges(read.spans_px, width)
    ink = text_ink(crop)
    runs = runs_without_space(text)
    gaps = [_gap(ink, read.spans_px[stop - 1], read.spans_px[start]) for (_, stop), (start, _) in zip(runs, runs[1:], strict=False)]
    words = []
    for (start, stop), left, right in zip(runs, [edges[0], *gaps], [*gaps, edges[-1]], strict=True):
        box = tighten(ink, left, right)
        if box is None:
            box = (max(left, edges[start]), 0, min(right, edges[stop]), height)
        cuts = np.clip(np.concatenate([[box[0]], edges[start + 1 : stop], [box[2]]]), box[0], box[2])
        boxes = np.stack([cuts[:-1], np.full(stop - start, box[1]), cuts[1:], np.full(stop - start, box[3])], axis=1)
        scale = np.array([width, height] * 2, np.float64)
        word_quad = boxes_in_quad(quad, np.array([box]) / scale)[0]
        scores = read.character_scores[start:stop]
        words.append(Word(text[start:stop], word_quad, float(np.mean(scores)), Characters(boxes_in_quad(quad, boxes / scale), scores)))
    return words


def _gap(ink, before_px, after_px):
    """The column between two characters' spans where words part: the middle of the widest run without ink, or midway without one."""
    left, right = np.mean(before_px), np.mean(after_px)
    first, last = int(max(left, 0)), int(np.ceil(right))
    free = np.concatenate([[0], (~ink[:, first:last].any(axis=0)).astype(np.int8), [0]])
    runs = np.flatnonzero(np.diff(free)).reshape(-1, 2)
    if len(runs) == 0:
        return (left + right) / 2
    start, stop = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return first + (start + stop) / 2


def character_edges(spans_px, width):
    """Spans `(characters, 2)` → edges `(characters + 1,)`: midway between the middles of neighbours, two steps beyond the ends.

    A spike may stand at the far side of its character, and a wide one among narrow ones is two steps wide; ink settles the rest.
    """
    middles = np.maximum.accumulate(np.asarray(spans_px, np.float64).mean(axis=1))
    step = np.median(np.diff(middles)) if len(middles) > 1 else width
    inner = (middles[1:] + middles[:-1]) / 2
    return np.clip(np.concatenate([[middles[0] - 2 * step], inner, [middles[-1] + 2 * step]]), 0, width)


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
