"""Which way a page lies: quarter turns of pages and quads, and the turn that a page's texts ask for."""

from dataclasses import replace

import numpy as np

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.page import Characters
from ocr_crnn.reading.settings import SPOTTER


def turn_quads(quads, size, turns):
    """Quads `(…, 4, 2)` on a page of `size` (height, width) → on that page turned by `turns` quarters as `np.rot90` turns it.

    Counter-clockwise for positive turns. The corners keep their order: the first is the text's own top-left before and after.
    """
    quads = np.asarray(quads, np.float32)
    height, width = size
    for _ in range(turns % 4):
        quads = np.stack([quads[..., 1], width - quads[..., 0]], axis=-1)
        height, width = width, height
    return quads


def turn_page(page, turns):
    """A Page as it is after turning its image by `turns` quarters, counter-clockwise."""
    if turns % 4 == 0:
        return page
    characters = page.characters
    if characters is not None:
        turned = [None if row is None else Characters(turn_quads(row.quads, page.size, turns), row.scores) for row in characters]
        characters = turned
    size = page.size if turns % 2 == 0 else page.size[::-1]
    records = _turn_records(page.records, page.size, turns)
    return replace(page, size=size, quads=turn_quads(page.quads, page.size, turns), characters=characters, records=records)


def _turn_records(value, size, turns):
    """A JSON-ready value with every "quad" and "quads" in it turned."""
    if isinstance(value, list):
        return [_turn_records(one, size, turns) for one in value]
    if not isinstance(value, dict):
        return value
    turned = {}
    for key, one in value.items():
        if key in ("quad", "quads") and one:
            quads = turn_quads(np.array(one, np.float32).reshape(-1, 4, 2), size, turns).round(1).tolist()
            turned[key] = quads[0] if key == "quad" else quads
        else:
            turned[key] = _turn_records(one, size, turns)
    return turned


def first_parts(quads, em=SPOTTER.probed_em):
    """Quads `(n, 4, 2)` → of each, from its first corner, a part at most `em` times as long as thick."""
    sizes = np.maximum(quad_sizes(quads), 1e-6)  # (n, 2)
    along, down = np.minimum(em * sizes.min(axis=1, keepdims=True) / sizes, 1).T[..., None]
    a, b, c, d = np.moveaxis(quads, 1, 0)
    b, c = a + (b - a) * along, d + (c - d) * along
    c, d = b + (c - b) * down, a + (d - a) * down
    return np.stack([a, b, c, d], axis=1)


def longest_rows(quads, count=SPOTTER.probed):
    """The rows of the longest of some quads `(n, 4, 2)`, `count` of them at most, the longest first."""
    return np.argsort(-quad_sizes(quads).max(axis=1), kind="stable")[:count]


def probe_quads(quads, settings=SPOTTER):
    """Quads `(n, 4, 2)` whose first sides are the upper ones → parts of the longest, as they lie after 0..3 quarter turns of the page:
    `(4, texts, 4, 2)` on the page as it is, each from what is then its top-left."""
    parts = first_parts(quads[longest_rows(quads, settings.probed)], settings.probed_em)
    return np.stack([np.roll(parts, -turns, axis=1) for turns in range(4)])


def said_turns(quads):
    """The quarter turns, 0..3, that a page asks for whose texts begin at their own first corners: what most of their length says."""
    along = quads[:, 1] - quads[:, 0]
    quarters = np.round(np.arctan2(along[:, 1], along[:, 0]) / (np.pi / 2)).astype(int) % 4
    return int(np.bincount(quarters, quad_sizes(quads).max(axis=1), minlength=4).argmax()) if len(quads) else 0


def choose_turns(scores, clearer=SPOTTER.clearer):
    """The quarter turns, 0..3, that a page asks for whose texts score `scores` `(4,)` on average after as many turns."""
    best = int(np.argmax(scores))
    return best if scores[best] > scores[0] + clearer else 0
