"""Dashes alone in cells, which mean nil in accounts: a detector takes them for pieces of rules, but a cell with nothing else tells them."""

from dataclasses import replace

import numpy as np

from ocr_crnn.geometry import boxes_to_quads, quad_sizes
from ocr_crnn.ops.pieces import find_pieces
from ocr_crnn.page import Characters
from ocr_crnn.reading.crops import ink_mask
from ocr_crnn.reading.settings import NIL

DASH = "-"
MISREAD = frozenset("-–—━─一ㅡ=_")  # as what a dash is read where a box around it shows little else


def find_nil(page, image, cell_map, rules=NIL):
    """A Page of segments, upright, its image, grey uint8 `(height, width)`, and its CellMap → the Page with a text for each cell whose only
    ink is a dash. Its quad is as high as the print of the page, its score `rules.score`, for its shape has told it; what a network has
    read there with less gives way.
    """
    told = (page.lines, page.blocks, page.scripts, page.entities, page.attributes)
    if len(page) == 0 or page.characters is None or any(column is not None for column in told):
        return page  # of a new row nothing of that is known
    em = float(np.median(quad_sizes(page.quads).min(axis=1)))
    boxes = cell_map.boxes * cell_map.pixels
    middles = page.quads.mean(axis=1)
    doubtful = np.array([{*text} <= MISREAD for text in page.texts], bool)
    if page.scores is not None:
        doubtful &= page.scores < rules.score
    empty = np.flatnonzero(_without_text(boxes, middles[~doubtful]) & _like_cells(boxes, em, rules))
    found = {cell: dash for cell in empty if (dash := _find_dash(image, boxes[cell], em, rules)) is not None}
    if not found:
        return page
    replaced = np.zeros(len(page), bool)
    for left, top, width, height in boxes[[*found]]:
        replaced |= ((middles >= (left, top)) & (middles < (left + width, top + height))).all(axis=1)
    page = page.take(~replaced)
    quads, count = boxes_to_quads(np.float32([*found.values()])), len(found)
    scores = np.full((count, 1), rules.score, np.float32)
    columns = {"quads": np.concatenate([page.quads, quads]), "texts": [*page.texts, *[DASH] * count]}
    columns["characters"] = [*page.characters, *map(Characters, quads[:, None], scores)]
    if page.scores is not None:
        columns["scores"] = [*page.scores, *scores[:, 0]]
    return replace(page, **columns)


def _without_text(boxes, points):
    """bool `(cells,)`: boxes of left, top, width and height with none of the points `(n, 2)` inside."""
    order = np.argsort(points[:, 0])
    x, y = points[order].T
    first, last = np.searchsorted(x, boxes[:, 0]), np.searchsorted(x, boxes[:, 0] + boxes[:, 2])
    inside = zip(boxes, first, last, strict=True)
    return np.array([not ((y[a:b] >= top) & (y[a:b] < top + height)).any() for (_, top, _, height), a, b in inside], bool)


def _like_cells(boxes, em, rules):
    """bool `(cells,)`: cells of one line of print, with room for more than a dash."""
    width, height = boxes[:, 2], boxes[:, 3]
    return (height >= rules.least_cell * em) & (height <= rules.most_height * em) & (width >= rules.least_cell * em)


def _find_dash(image, box, em, rules):
    """Left, top, width and height of the text that the dash in a cell is, as high as an em; None where it has other ink, or none."""
    left, top, width, height = (int(side) for side in box)
    ink = ink_mask(image[top : top + height, left : left + width]).view(np.uint8)
    stats = find_pieces(ink)[2][1:]
    x, y, wide, high, area = stats.T
    apart = (x > 0) & (y > 0) & (x + wide < ink.shape[1]) & (y + high < ink.shape[0])  # what touches the border is a piece of a rule
    seen = apart & (area >= (rules.speck * em) ** 2)
    if seen.sum() != 1:
        return None
    x, y, wide, high, area = (float(side) for side in stats[np.argmax(seen)])
    middle = (y + high / 2) / ink.shape[0]
    is_flat = rules.flat * high <= wide and area >= rules.filled * wide * high and high <= rules.thick * em
    if not is_flat or not rules.narrow * em <= wide <= rules.wide * em or abs(middle - 0.5) > rules.off_middle:
        return None
    return left + x, top + y + high / 2 - em / 2, wide, em
