"""The letters of a page in reading order, and labels found among them in spite of misread ones."""

import unicodedata
from typing import NamedTuple

import numpy as np

BREAK = "\n"  # between lines: no label goes over it
SYLLABLES, VOWELS, FINALS = 0xAC00, 21, 28
LIKE, UNLIKE, NEVER = 0.5, 1.0, 99.0
LOOK_ALIKES = ("0OQD", "1ILT", "5S", "8B", "2Z", "6G")
MISREAD = 0.25  # of a label's letters; two letters of three jamo alike count half
MOST_MISREAD = 3.0
MOST_PLACES = 4  # of one label on a page


class Letters(NamedTuple):
    """The n letters and digits of a page. text: `n` characters, folded; BREAK between lines. rows, places: int `(n,)`, which row of the
    page and which of its characters each is, −1 at a break. quads: float32 `(n, 4, 2)`. scores: float32 `(n,)`."""

    text: str
    rows: np.ndarray
    places: np.ndarray
    quads: np.ndarray
    scores: np.ndarray


class Found(NamedTuple):
    """A label on a page: letters start … stop − 1, `misread` of which are others. quad: around them."""

    start: int
    stop: int
    misread: float


def fold(text):
    """The key of a label: letters and digits in NFC, full width as half, in capitals. "제 목:" and "제목" have the same one."""
    return "".join(map(_fold, unicodedata.normalize("NFC", text)))


def letters_of(page):
    """The Letters of a Page; characters without quads of their own share that of their row."""
    kept = []
    for row, text in enumerate(page.texts):
        if row and (page.lines is None or page.lines[row] != page.lines[row - 1]):
            kept.append((BREAK, -1, -1, np.zeros((4, 2)), 1.0))
        if not text:
            continue
        known = None if page.characters is None else page.characters[row]
        quads = known.quads if known is not None and len(known) == len(text) else _share(page.quads[row], len(text))
        scores = known.scores if known is not None and known.scores is not None and len(known.scores) == len(text) else None
        whole = 1.0 if page.scores is None else float(page.scores[row])
        for place, character in enumerate(text):
            if folded := _fold(character):
                kept.append((folded, row, place, quads[place], whole if scores is None else float(scores[place])))
    text, rows, places, quads, scores = zip(*kept, strict=True) if kept else ((), (), (), (), ())
    quads = np.array(quads, np.float32).reshape(-1, 4, 2)
    return Letters("".join(text), np.array(rows, int), np.array(places, int), quads, np.array(scores, np.float32))


def take_letters(letters, indices):
    """The Letters of some indices, in their order."""
    text = "".join(letters.text[index] for index in indices)
    return Letters(text, letters.rows[indices], letters.places[indices], letters.quads[indices], letters.scores[indices])


def letters_of_text(text):
    """The Letters of a folded text that stands nowhere."""
    nowhere = np.zeros(len(text), int)
    return Letters(text, nowhere, np.arange(len(text)), np.zeros((len(text), 4, 2), np.float32), np.ones(len(text), np.float32))


def find_labels(keys, letters, misread=MISREAD):
    """Where each of some keys stands, at most MOST_PLACES of them, the least misread first: a list of lists of Found.

    misread: the share of a key's letters that may be others.

    Approximate search of P. H. Sellers, "The theory and computation of evolutionary distances: pattern recognition", 1980, all keys at
    once; a page letter too many is taken at most once beside each letter of the key.
    """
    if not keys or not letters.text:
        return [[] for _ in keys]
    costs, lengths = _costs(keys, letters.text)  # (keys, longest, n)
    count, longest, n = costs.shape
    spent = np.zeros((count, n + 1), np.float32)  # of the letters of the key so far, ending before each letter of the page
    starts = np.tile(np.arange(n + 1), (count, 1))
    barred = np.concatenate([[False], np.array(list(letters.text)) == BREAK])
    for letter in range(longest):
        along, missed = spent[:, :-1] + costs[:, letter], spent + UNLIKE
        new, begun = missed.copy(), starts.copy()
        better = along < new[:, 1:]
        new[:, 1:][better], begun[:, 1:][better] = along[better], starts[:, :-1][better]
        more = new[:, :-1] + np.where(barred[1:], NEVER, UNLIKE)
        better = more < new[:, 1:]
        new[:, 1:][better], begun[:, 1:][better] = more[better], begun[:, :-1][better]
        live = (letter < lengths)[:, None]
        spent, starts = np.where(live, new, spent), np.where(live, begun, starts)
    return [_places(spent[key], starts[key], _limit(lengths[key], misread)) for key in range(count)]


def quad_of(letters, start, stop):
    """The smallest box, upright on the page, around letters start … stop − 1, as a quad `(4, 2)`."""
    points = letters.quads[start:stop].reshape(-1, 2)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return np.float32([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


def _limit(length, misread):
    """How many letters may be misread, in halves."""
    return min(np.floor(2 * misread * length) / 2, MOST_MISREAD)


def _places(spent, starts, limit):
    """The best ends of one key that do not overlap."""
    found = []
    ends = np.flatnonzero(spent <= limit)
    for end in ends[np.lexsort((ends, spent[ends]))]:
        start = int(starts[end])
        if end > start and all(end <= other.start or start >= other.stop for other in found):
            found.append(Found(start, int(end), float(spent[end])))
            if len(found) == MOST_PLACES:
                break
    return found


def _costs(keys, text):
    """What it costs to read each letter of each key as each letter of the page: float32 `(keys, longest, n)`, and the keys' lengths."""
    known, there = (np.array(sorted(set(letters))) for letters in ("".join(keys), text))
    table = _table(known, there)
    columns = np.searchsorted(there, list(text))
    lengths = np.array([len(key) for key in keys])
    rows = np.zeros((len(keys), lengths.max()), int)
    for number, key in enumerate(keys):
        rows[number, : len(key)] = np.searchsorted(known, list(key))
    return table[rows][:, :, columns], lengths


def _table(known, there):
    """What it costs to read each of some letters as each of others, float32 `(known, there)`."""
    jamo, jamo_there = _jamo(known), _jamo(there)
    shared = (jamo[:, None] == jamo_there).sum(axis=-1)
    like = (shared >= 2) & (jamo[:, None, 0] >= 0) & (jamo_there[:, 0] >= 0)
    for alike in LOOK_ALIKES:
        like |= np.isin(known, list(alike))[:, None] & np.isin(there, list(alike))
    table = np.where(like, LIKE, UNLIKE).astype(np.float32)
    table[known[:, None] == there] = 0
    table[:, there == BREAK] = NEVER
    return table


def _jamo(letters):
    """Initial, vowel and final of each syllable, int `(n, 3)`; −1 for what is none."""
    codes = np.array([ord(letter) for letter in letters], int) - SYLLABLES
    parts = np.stack([codes // (VOWELS * FINALS), codes // FINALS % VOWELS, codes % FINALS], axis=-1)
    return np.where(((codes >= 0) & (codes < 11172))[:, None], parts, -1)


def _fold(character):
    """One folded letter, or nothing for what is neither letter nor digit."""
    if "！" <= character <= "～":
        character = chr(ord(character) - 0xFEE0)
    upper = character.upper()
    return (upper if len(upper) == 1 else character) if character.isalnum() else ""


def _share(quad, count):
    """A quad `(4, 2)` cut along the text into as many equal parts `(count, 4, 2)`."""
    at = np.linspace(0, 1, count + 1)[:, None]
    top, bottom = quad[0] + at * (quad[1] - quad[0]), quad[3] + at * (quad[2] - quad[3])
    return np.stack([top[:-1], top[1:], bottom[1:], bottom[:-1]], axis=1)
