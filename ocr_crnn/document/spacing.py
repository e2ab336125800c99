"""Spaces that are none: what a word processor puts between digits and Hangul, where a writer has typed nothing."""

import numpy as np

from ocr_crnn.document.words import widest_gap

ENOUGH = 10  # gaps of either kind that make a page's letter spacing and its spaces known


def drop_automatic_spaces(lines, inks):
    """The lines of a page without the spaces between a digit and Hangul that are no wider than the page sets its letters.

    Word processors part digits from Hangul by a quarter of a letter ("제 1 조" for "제1조"), which a reader of lines takes for a space
    where letters are set wide. Gaps of ink tell: one nearer to the median gap between two syllables of the page than to that of its
    spaces between syllables is none. Pages with fewer than ENOUGH of these are left as they are.

    lines: ReadLines. inks: for each bool `(height, width)` of its image, or None for a line to leave alone. Returns ReadLines.
    """
    gaps = [[] if ink is None else list(_gaps(line, ink)) for line, ink in zip(lines, inks, strict=True)]
    between_syllables = [[g.width for row in gaps for g in row if g.syllables and g.spaced == spaced] for spaced in (False, True)]
    if min(map(len, between_syllables)) < ENOUGH:
        return list(lines)
    limit = sum(float(np.median(widths)) for widths in between_syllables) / 2
    false = [[g.place for g in row if g.spaced and g.automatic and g.width < limit] for row in gaps]
    return [_without(line, places) for line, places in zip(lines, false, strict=True)]


class _Gap:
    """What parts two characters of a line: the place of the space or of the second character, the width of the widest run without
    ink in heights of the image, and what the characters are."""

    def __init__(self, line, ink, first, second):
        before, after = line.text[first], line.text[second]
        self.place = first + 1
        self.spaced = second - first == 2
        self.syllables = _is_syllable(before) and _is_syllable(after)
        self.automatic = (before.isdigit() and _is_syllable(after)) or (_is_syllable(before) and after.isdigit())
        start, stop = widest_gap(ink, line.spans_px[first], line.spans_px[second]) or (0, 0)
        self.width = (stop - start) / len(ink)


def _gaps(line, ink):
    characters = [i for i, character in enumerate(line.text) if character != " "]
    for first, second in zip(characters, characters[1:], strict=False):
        if second - first <= 2:
            yield _Gap(line, ink, first, second)


def _is_syllable(character):
    return "가" <= character <= "힣"


def _without(line, places):
    if not places:
        return line
    kept = np.setdiff1d(np.arange(len(line.text)), places)
    scores = line.character_scores[kept]
    return line._replace(
        text="".join(line.text[i] for i in kept), score=float(np.mean(scores)), character_scores=scores, spans_px=line.spans_px[kept]
    )
