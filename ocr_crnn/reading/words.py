"""Words out of segments or lines: cut at the spaces of their texts."""

from dataclasses import replace

import numpy as np

from ocr_crnn.granularity import enclosing_quad
from ocr_crnn.page import Characters
from ocr_crnn.reading.runs import runs_without_space


def split_words(page, image=None):
    """Stage: a Page whose rows know their characters → one row per word, in the order of the rows; the image is not looked at.

    A word has the quad around its characters. Its score is the least of theirs and of the spaces beside it, for a space read with doubt may
    cut a word in two; all else is its row's. Rows of unreadable text stay.
    """
    words = [word for row in range(len(page)) for word in _words(row, page)]
    rows, texts, quads, scores, characters = zip(*words, strict=True) if words else ((),) * 5
    quads = np.array(quads, np.float32).reshape(-1, 4, 2)
    taken = page.take(np.array(rows, np.int64))
    scores = None if page.scores is None else scores
    return replace(taken, quads=quads, texts=texts, scores=scores, characters=characters, unit="word")


def _words(row, page):
    """(row, text, quad, score, characters) of each word of a row."""
    text, score = page.texts[row], None if page.scores is None else page.scores[row]
    if text is None:
        return [(row, None, page.quads[row], score, None)]
    characters = None if page.characters is None else page.characters[row]
    if characters is None or len(characters) != len(text):
        found = "none" if characters is None else str(len(characters))
        raise ValueError(f"A text is cut into words by its characters. Received: {text!r} with {found}. Read it with a Spotter.")
    found = []
    for start, stop in runs_without_space(text):
        quads = characters.quads[start:stop]
        scores = None if characters.scores is None else characters.scores[start:stop]
        least = score if scores is None else float(np.min(characters.scores[max(start - 1, 0) : stop + 1]))
        found.append((row, text[start:stop], enclosing_quad(quads), least, Characters(quads, scores)))
    return found
