"""Where the characters of a read line stand: words are cut at the recognised spaces, boxed by their ink, and divided at the spikes."""

import numpy as np

from ocr_crnn.reading.crops import text_ink
from ocr_crnn.reading.ink_words import box_by_ink
from ocr_crnn.reading.runs import runs_without_space, tighten


def box_characters(text, spans_px, crop):
    """The characters of a line, boxed in its image.

    text: with its spaces. spans_px: from where to where each character was seen along the line, float `(characters, 2)`; None, or NaN,
    where the decoder does not tell. crop: the image that was read. → boxes float64 `(characters, 4)` of (left, top, right, bottom) in
    pixels of that image.

    The time spans of CTC are spikes: a character reaches to the middle between its spike and the next. Words part in the widest gap
    of the ink between the spikes of their neighbouring characters; within these bounds a box is drawn in to the ink, where there is any.
    A space fills what is between two words.
    """
    height, width = crop.shape[:2]
    boxes = np.zeros((len(text), 4))
    runs = runs_without_space(text)
    if not runs:
        return boxes
    ink = text_ink(crop)
    if spans_px is None or np.isnan(spans_px).any():
        return fill_spaces(box_by_ink(text, ink), runs)
    edges = character_edges(spans_px, width)
    gaps = [_gap(ink, spans_px[stop - 1], spans_px[start]) for (_, stop), (start, _) in zip(runs, runs[1:], strict=False)]
    for (start, stop), left, right in zip(runs, [edges[0], *gaps], [*gaps, edges[-1]], strict=True):
        box = tighten(ink, left, right)
        if box is None:
            left = max(left, edges[start])
            box = (left, 0, max(min(right, edges[stop]), left), height)
        cuts = np.clip(np.concatenate([[box[0]], edges[start + 1 : stop], [box[2]]]), box[0], box[2])
        boxes[start:stop] = np.stack([cuts[:-1], np.full(stop - start, box[1]), cuts[1:], np.full(stop - start, box[3])], axis=1)
    return fill_spaces(boxes, runs)


def fill_spaces(boxes, runs):
    """Boxes of characters, those of the spaces between the runs made from their neighbours'; spaces at the ends have no width."""
    boxes[: runs[0][0]] = boxes[runs[0][0], [0, 1, 0, 3]]
    boxes[runs[-1][1] :] = boxes[runs[-1][1] - 1, [2, 1, 2, 3]]
    for (_, stop), (start, _) in zip(runs, runs[1:], strict=False):
        before, after = boxes[stop - 1], boxes[start]
        edges = np.linspace(before[2], max(after[0], before[2]), start - stop + 1)
        boxes[stop:start, 0], boxes[stop:start, 2] = edges[:-1], edges[1:]
        boxes[stop:start, 1], boxes[stop:start, 3] = min(before[1], after[1]), max(before[3], after[3])
    return boxes


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
