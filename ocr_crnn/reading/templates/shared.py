"""What several filled scans of one form share: words that stand on each of them, letter by letter, at the same place. Those are printed;
what is filled in differs from scan to scan, unless the same was filled in on all.
"""

from collections import Counter

import numpy as np

from ocr_crnn.reading.templates.letters import find_labels, fold, letters_of, quad_of
from ocr_crnn.reading.templates.transform import place_labels

LEAST_LETTERS, MOST_WORDS = 2, 200  # of a word that two scans are laid on each other by; how many are used, the longest ones
LEAST_WORDS, LEAST_SHARE = 5, 0.25  # that lie alike on two scans of one form: of the words of the scan that has fewer
NEAR = 0.6  # heights of a letter within which it stands at the same place


def shared_rows(page, others):
    """The rows of a Page, int `(k,)`, whose words stand on all other Pages of the same form too.

    Raises ValueError for a page of another form, with its number among the others, counted from 2.
    """
    letters = letters_of(page)
    shared = letters.rows >= 0
    for number, other in enumerate(others, 2):
        shared &= _stand_on(letters, _lay(page, other, number), letters_of(other))
    lost = np.unique(letters.rows[~shared])
    return np.setdiff1d(np.unique(letters.rows[shared]), lost)


def _lay(page, other, number):
    """The Placement of a page on another one."""
    letters, there = letters_of(page), letters_of(other)
    words, words_there = _words(page), _words(other)
    rows = sorted(words.values(), key=lambda row: -len(page.texts[row]))[:MOST_WORDS]
    places = find_labels([fold(page.texts[row]) for row in rows], there)
    boxes = np.array([_box(letters, row) for row in rows]).reshape(-1, 4, 2)
    pairs = [(index, quad_of(there, found.start, found.stop)) for index, each in enumerate(places) for found in each]
    placement = None
    if pairs:
        quads = np.array([quad for _, quad in pairs], np.float64)
        anchors = np.array([index for index, _ in pairs])
        placement = place_labels(boxes.mean(axis=1), _heights(boxes), anchors, quads.mean(axis=1), _heights(quads))
    alike, fewer = 0 if placement is None else len(placement.anchors), min(len(words), len(words_there))
    if alike < max(LEAST_WORDS, LEAST_SHARE * fewer):
        raise ValueError(
            f"Scans that are registered together are of one form. Received: number {number}, on which {alike} of {fewer} words stand as on "
            "the first. Leave it out, or register it by itself."
        )
    return placement


def _stand_on(letters, placement, there):
    """Which letters stand on another page too, bool `(n,)`: the same one near where the placement has it."""
    middles, heights = placement.move(letters.quads.mean(axis=1)), _heights(placement.move(letters.quads))
    middles_there, texts, texts_there = there.quads.mean(axis=1), np.array(list(letters.text)), np.array(list(there.text))
    found = np.zeros(len(letters.text), bool)
    for letter in np.unique(texts[letters.rows >= 0]):
        here, beside = np.flatnonzero(texts == letter), np.flatnonzero(texts_there == letter)
        off = np.linalg.norm(middles[here, None] - middles_there[beside], axis=-1)  # (here, there)
        found[here] = (off < NEAR * heights[here, None]).any(axis=1)
    return found


def _words(page):
    """{folded word: its row} of those that stand once on a page and are long enough."""
    keys = [fold(text or "") for text in page.texts]
    times = Counter(keys)
    return {key: row for row, key in enumerate(keys) if len(key) >= LEAST_LETTERS and times[key] == 1}


def _box(letters, row):
    inside = np.flatnonzero(letters.rows == row)
    return quad_of(letters, inside[0], inside[-1] + 1)


def _heights(quads):
    return np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1)
