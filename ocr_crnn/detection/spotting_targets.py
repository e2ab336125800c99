"""What a spotter learns to read of a page: runs of characters, each with its region. NumPy only, in the processes that draw pages."""

import zlib

import numpy as np

from ocr_crnn.detection.pan import pan_targets
from ocr_crnn.layers.regions import ROWS, region_widths

LEFT_OUT = ("unreadable", "unknown", "outside", "no_room")  # why a text is not learnt, the columns of `left_out`
CLEAR = 0.08  # of the height, how far a run's region reaches at random beyond or behind its characters, at most
FRAMES_PER_LABEL = 2  # a region of so many frames has room for one id; denser text is left out


def spotting_targets(page, codec, regions=8, columns=160, shrink_rate=0.7, steps=None):
    """Page in image pixels, with characters → dict of NumPy arrays of fixed shapes:

    maps: int32 `(⌈height / 4⌉, ⌈width / 4⌉, 3)`, of `pan_targets`.
    quads: float32 `(regions, 4, 2)`. own: int32 `(regions,)`, the id of each region's text in maps. widths: int32 `(regions,)`, its
        columns; 0 where there are fewer texts than regions.
    labels: int32 `(regions, columns / 4)`, the codec's, padded with −1.
    left_out: int32 `(4,)`, how many texts were left out, see LEFT_OUT.

    steps: of a network that writes so many characters of any region, the end among them; None for one that has frames.

    A text is a line's segment, often longer than a region: of each one run of whole words is drawn that lies within the page and in
    `columns`; of a word longer than that a run of its characters. Which texts and which runs is drawn by chance, seeded by the page.
    """
    rng = np.random.default_rng(zlib.crc32(np.ascontiguousarray(page.quads)))
    quads, own, widths = np.zeros((regions, 4, 2), np.float32), np.zeros(regions, np.int32), np.zeros(regions, np.int32)
    labels = np.full((regions, columns // (2 * FRAMES_PER_LABEL)), -1, np.int32)
    left_out, filled = np.zeros(len(LEFT_OUT), np.int32), 0
    for row in rng.permutation(len(page)):
        if filled == regions:
            break
        run, reason = _draw_run(rng, page, row, codec, columns)
        if reason is not None:
            left_out[LEFT_OUT.index(reason)] += 1
            continue
        text, quads[filled], widths[filled] = run
        (label,) = codec.encode([text])
        if len(label) > labels.shape[1] or not codec.fits(text, widths[filled] // 2 if steps is None else steps):
            left_out[LEFT_OUT.index("no_room")] += 1
            widths[filled] = 0
            continue
        labels[filled, : len(label)] = label
        own[filled] = row + 1
        filled += 1
    maps = pan_targets(page, shrink_rate)
    return {"maps": maps, "quads": quads, "own": own, "widths": widths, "labels": labels, "left_out": left_out}


def _draw_run(rng, page, row, codec, columns):
    """`((text, quad, columns), None)` of a run of a text, or `(None, why not)`."""
    text, characters = page.texts[row], None if page.characters is None else page.characters[row]
    if not text or characters is None or len(characters) != len(text):
        return None, "unreadable"
    quad = page.quads[row].astype(np.float64)
    across, down = quad[1] - quad[0], quad[3] - quad[0]
    length, height = np.linalg.norm(across), np.linalg.norm(down)
    if min(length, height) < 4:
        return None, "no_room"
    places = (characters.quads.astype(np.float64) - quad[0]) @ (across / length)  # (characters, 4), along the text
    begins, ends = places.min(axis=1), places.max(axis=1)
    inside = _inside(quad, across, down, begins, ends, length, page.size)
    longest = (columns - 2) * height / ROWS - 2 * CLEAR * height
    runs = list(_runs_of_words(text, begins, ends, inside, longest)) or list(_runs_of_characters(text, begins, ends, inside, longest))
    if not runs:
        return None, "outside"
    first, last = runs[rng.integers(len(runs))]
    part = text[first : last + 1]
    if not codec.alphabet.covers(part):
        return None, "unknown"
    clear = rng.uniform(-CLEAR / 2, CLEAR, 4) * height
    begin, end = begins[first] - clear[0], ends[last] + clear[1]
    top, bottom = -clear[2] / height, 1 + clear[3] / height
    begin, end, unit = begin / length, end / length, np.stack([across, down])
    shape = np.array([[begin, top], [end, top], [end, bottom], [begin, bottom]])
    cut = (quad[0] + shape @ unit).astype(np.float32)
    return (part, cut, min(int(region_widths(cut)[0]), columns)), None


def _inside(quad, across, down, begins, ends, length, size):
    """Of each character: whether the text's quad from its begin to its end lies within the page; bool `(characters,)`."""
    along = np.stack([begins, ends], axis=1)[..., None] / length * across  # (characters, 2, 2)
    corners = np.concatenate([quad[0] + along, quad[3] + along], axis=1)  # (characters, 4, 2)
    return ((corners >= -1) & (corners <= np.array([size[1], size[0]]) + 1)).all(axis=(1, 2))


def _runs_of_words(text, begins, ends, inside, longest):
    """`(first, last)` of runs of whole words, of each first word the longest that lies inside and is not too long."""
    starts = [i for i, character in enumerate(text) if character != " " and (i == 0 or text[i - 1] == " ")]
    stops = [i for i, character in enumerate(text) if character != " " and (i + 1 == len(text) or text[i + 1] == " ")]
    for place, first in enumerate(starts):
        fitting = [last for last in stops[place:] if ends[last] - begins[first] <= longest and inside[first : last + 1].all()]
        if fitting:
            yield first, fitting[-1]


def _runs_of_characters(text, begins, ends, inside, longest):
    for first, character in enumerate(text):
        fitting = [
            last for last in range(first, len(text))
            if text[last] != " " and ends[last] - begins[first] <= longest and inside[first : last + 1].all()
        ]  # fmt: skip
        if character != " " and fitting:
            yield first, fitting[-1]
