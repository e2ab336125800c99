"""Which way a page lies: quarter turns of pages and quads, and the turn that a page's texts ask for."""

from dataclasses import replace

import numpy as np

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.page import Characters

LONG = 2.5  # texts this much longer than thick tell the direction of a page; a single character tells nothing


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
    return replace(page, size=size, quads=turn_quads(page.quads, page.size, turns), characters=characters)


def lies_on_its_side(quads):
    """True if the long ones among quads `(n, 4, 2)`, whose first sides are the upper ones, run down the page for the most part."""
    width, height = quad_sizes(quads).T
    down = height[height > LONG * width].sum()
    return bool(down > width[width > LONG * height].sum())
