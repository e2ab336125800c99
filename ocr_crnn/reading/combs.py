"""Combs: a character to a box, as application forms have it for names, numbers and dates. Together they are one text."""

from dataclasses import replace

import numpy as np

from ocr_crnn.granularity import enclosing_quad
from ocr_crnn.page import Characters
from ocr_crnn.reading.settings import COMBS

BARS = frozenset("|ㅣlI1!")  # what the side of a box is read as where a text reaches over it

LOOK_ALIKES = str.maketrans(r"\|lIOo○〇", "11110000")  # what a digit alone in its box is read as


def join_combs(page, cell_map, rules=COMBS):
    """A Page of segments, upright, and its CellMap → the Page in which the characters of a comb are one text without spaces.

    Each character stands alone in a cell, whatever text it was found in; the cells are alike and side by side, in one row alone: cells of
    the same width that touch them from above or below make it a table, whose digits are values of their own. Among digits a letter that
    looks like one is one (`as_number`): alone in its box nothing else tells `1` from `\\`.
    """
    if len(page) == 0 or page.characters is None or any(known is None for known in page.characters):
        return page
    owners = np.repeat(np.arange(len(page)), [len(known) for known in page.characters])  # the row of each character
    letters = np.array([*"".join(page.texts)], dtype=object)
    if len(letters) != len(owners):
        return page
    quads = np.concatenate([known.quads for known in page.characters])
    kept = np.ones(len(page), bool)
    columns = {name: getattr(page, name).copy() for name in ("quads", "texts", "scores", "characters") if getattr(page, name) is not None}
    for comb in find_combs(letters, quads.mean(axis=1), cell_map.boxes * cell_map.pixels, rules):
        rows = np.unique(owners[comb])
        others = np.setdiff1d(np.flatnonzero(np.isin(owners, rows)), comb)
        if {*letters[others]} <= {" ", *BARS}:
            characters = _take_characters(page.characters[rows], np.searchsorted(np.flatnonzero(np.isin(owners, rows)), comb))
            row, kept[rows[1:]] = rows[0], False
            columns["texts"][row] = as_number("".join(letters[comb]))
            columns["quads"][row] = enclosing_quad(characters.quads)
            columns["characters"][row] = characters
            if "scores" in columns and characters.scores is not None:
                columns["scores"][row] = characters.scores.mean()
    return replace(page, **columns).take(kept)


def as_number(text):
    """The text of a comb, as a number where nothing speaks against it: three digits and more, and at most half as many look-alikes."""
    number = text.translate(LOOK_ALIKES)
    digits = sum(character in "0123456789" for character in text)
    return number if number.isdecimal() and digits >= max(3, 2 * (len(text) - digits)) else text


def _take_characters(texts, places):
    """Of the Characters of several texts, one after the other, those at `places`."""
    scores = [known.scores for known in texts]
    scores = None if any(part is None for part in scores) else np.concatenate(scores)[places]
    return Characters(np.concatenate([known.quads for known in texts])[places], scores)


def find_combs(letters, middles, boxes, rules=COMBS):
    """The combs of a page: arrays of the characters of each, from left to right.

    letters, middles: characters `(n,)` and the points `(n, 2)` they stand at. boxes: `(cells, 4)` of left, top, width and height of all
    cells, those without text too, as the points.
    """
    boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
    square = np.flatnonzero(boxes[:, 2] <= rules.wide * boxes[:, 3])
    letter_of = {int(cell): letter for cell, letter in zip(square, _lone_letters(letters, middles, boxes[square]), strict=True)}
    likely = [cell for cell, letter in letter_of.items() if letter is not None and not _is_in_table(cell, boxes, rules)]
    after = {}
    for cell in likely:
        following = [other for other in likely if _follows(boxes[cell], boxes[other], rules)]
        nearest = min(following, key=lambda other: boxes[other, 0], default=None)
        if nearest is not None and nearest not in after.values():
            after[cell] = nearest
    found = []
    for cell in after.keys() - set(after.values()):
        chain = [cell]
        while chain[-1] in after:
            chain.append(after[chain[-1]])
        if len(chain) >= rules.least:
            found.append(np.array([letter_of[number] for number in chain]))
    return sorted(found, key=min)


def _lone_letters(letters, middles, boxes):
    """For each cell the one letter in it, what may be a side of the cell aside; None where there is none, or another one."""
    order = np.argsort(middles[:, 0])
    x, y = middles[order].T
    found = []
    for left, top, width, height in boxes:
        part = slice(*np.searchsorted(x, [left, left + width]))
        inside = [int(place) for place in order[part][(y[part] >= top) & (y[part] < top + height)] if letters[place] != " "]
        if len(inside) > 1:
            inside = [place for place in inside if letters[place] not in BARS]
        found.append(inside[0] if len(inside) == 1 else None)
    return found


def _follows(box, other, rules):
    """Whether a cell is like another one and the next to its right."""
    (x, y, width, height), (other_x, other_y, other_width, other_height) = box, other
    alike = abs(other_width - width) <= rules.unlike * width and abs(other_height - height) <= rules.unlike * height
    return alike and abs(other_y - y) <= rules.unlike * height and 0 <= other_x - (x + width) <= rules.gap * width


def _is_in_table(cell, boxes, rules):
    """Whether a cell of the same width touches this one from above or below."""
    x, y, width, height = boxes[cell]
    same = (abs(boxes[:, 0] - x) <= rules.unlike * width) & (abs(boxes[:, 2] - width) <= rules.unlike * width)
    apart = np.maximum(boxes[:, 1] - (y + height), y - (boxes[:, 1] + boxes[:, 3]))
    same[cell] = False
    return bool((same & (apart >= -rules.unlike * height) & (apart <= rules.touching * height)).any())
