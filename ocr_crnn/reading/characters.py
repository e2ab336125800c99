"""Where the characters of a read line stand: words are cut at the recognised spaces, boxed by their ink, and divided at the spikes."""

import numpy as np

from ocr_crnn.ops.blanks import widest_blanks
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
    starts, stops = np.array(runs).T
    middles = np.mean(spans_px, axis=1)
    blanks = widest_blanks(ink, middles[stops[:-1] - 1].tolist(), middles[starts[1:]].tolist())
    cuts = [(begin + end) / 2 for begin, end in blanks]
    placed = []
    for start, stop, left, right in zip(starts, stops, [edges[0], *cuts], [*cuts, edges[-1]], strict=True):
        box = tighten(ink, left, right)
        if box is None:
            left = max(left, edges[start])
            box = (left, 0, max(min(right, edges[stop]), left), height)
        placed.append(box)
    placed = np.array(placed, np.float64)
    lefts, _, rights, _ = per_character = np.repeat(placed, stops - starts, axis=0).T
    kept = np.flatnonzero([c != " " for c in text])  # of the runs, one after the other
    boxes[kept] = per_character.T
    boxes[kept, 0], boxes[kept, 2] = np.clip(edges[kept], lefts, rights), np.clip(edges[kept + 1], lefts, rights)
    boxes[starts, 0], boxes[stops - 1, 2] = placed[:, 0], placed[:, 2]
    return fill_spaces(boxes, runs)


def fill_spaces(boxes, runs):
    """Boxes of characters, those of the spaces between the runs made from their neighbours'; spaces at the ends have no width."""
    boxes[: runs[0][0]] = boxes[runs[0][0], [0, 1, 0, 3]]
    boxes[runs[-1][1] :] = boxes[runs[-1][1] - 1, [2, 1, 2, 3]]
    spaces = np.array([(stop, start) for (_, stop), (start, _) in zip(runs, runs[1:], strict=False)], int).reshape(-1, 2)
    before, after = boxes[spaces[:, 0] - 1], boxes[spaces[:, 1]]
    ends = np.maximum(after[:, 0], before[:, 2])
    between = np.stack([before[:, 2], np.minimum(before[:, 1], after[:, 1]), ends, np.maximum(before[:, 3], after[:, 3])], axis=1)
    counts = np.diff(spaces)[:, 0]
    boxes[spaces[counts == 1, 0]] = between[counts == 1]
    for (start, stop), (left, top, right, bottom) in zip(spaces[counts > 1], between[counts > 1], strict=True):
        edges = np.linspace(left, right, stop - start + 1)
        boxes[start:stop, 0], boxes[start:stop, 2] = edges[:-1], edges[1:]
        boxes[start:stop, 1], boxes[start:stop, 3] = top, bottom
    return boxes


def character_edges(spans_px, width):
    """Spans `(characters, 2)` → edges `(characters + 1,)`: midway between the middles of neighbours, two steps beyond the ends.

    A spike may stand at the far side of its character, and a wide one among narrow ones is two steps wide; ink settles the rest.
    """
    middles = np.maximum.accumulate(np.asarray(spans_px, np.float64).mean(axis=1))
    step = np.median(np.diff(middles)) if len(middles) > 1 else width
    inner = (middles[1:] + middles[:-1]) / 2
    return np.clip(np.concatenate([[middles[0] - 2 * step], inner, [middles[-1] + 2 * step]]), 0, width)
