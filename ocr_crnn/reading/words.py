"""Words out of segments or lines: cut at the spaces of their texts; those that are none dropped, labels that are spread put together."""

import re
from dataclasses import replace

import numpy as np

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.granularity import enclosing_quad, enclosing_quads
from ocr_crnn.ops.lines import crop_quad
from ocr_crnn.page import Characters
from ocr_crnn.reading.crops import text_ink
from ocr_crnn.reading.order import written_downwards
from ocr_crnn.reading.runs import runs_without_space
from ocr_crnn.reading.settings import WORDS


def drop_even_spaces(page, image=None, rules=WORDS):
    """Stage: a Page of segments without the doubtful spaces between syllables that stand no further apart than their neighbours do.

    The title 용 역 계 약 서 is set wide, and one of its four gaps is read as a space: what parts words is wider than the other gaps.
    Letters that stand one below the other are apart anyway: there no space is sure, and gaps are held against all others.
    """
    if page.characters is None:
        return page
    texts, characters = page.texts.copy(), page.characters.copy()
    downwards = written_downwards(page)
    for row in range(len(page)):
        find = _even_spaces_downwards if downwards[row] else _even_spaces
        even = find(page.texts[row], page.characters[row], rules)
        if len(even):
            texts[row] = "".join(np.delete([*page.texts[row]], even))
            known = page.characters[row]
            characters[row] = Characters(np.delete(known.quads, even, axis=0), np.delete(known.scores, even))
    return replace(page, texts=texts, characters=characters)


def _even_spaces(text, characters, rules):
    """Where in a text spaces are that `drop_even_spaces` drops."""
    if not text or characters is None or characters.scores is None or len(characters) != len(text):
        return []
    middles = characters.quads.astype(np.float64).mean(axis=1)
    syllables = np.array(["가" <= character <= "힣" for character in text])
    near = syllables[1:] & syllables[:-1]
    pitches = np.linalg.norm(np.diff(middles, axis=0), axis=1)[near]
    if len(pitches) < rules.even_pitches or pitches.max() > rules.even * pitches.min():
        return []
    spaces = [i for i in range(1, len(text) - 1) if text[i] == " " and syllables[i - 1] and syllables[i + 1]]
    doubtful = [i for i in spaces if characters.scores[i] < rules.sure_space]
    return [i for i in doubtful if np.linalg.norm(middles[i + 1] - middles[i - 1]) <= rules.even * np.median(pitches)]


def _even_spaces_downwards(text, characters, rules):
    """Likewise of a text written downwards, whatever the spaces' scores."""
    if len(characters) != len(text):
        return []
    letters = np.array([i for i, character in enumerate(text) if character != " "])
    if len(letters) <= rules.even_pitches:
        return []
    middles = characters.quads[letters].astype(np.float64).mean(axis=1)
    pitches = np.linalg.norm(np.diff(middles, axis=0), axis=1)
    even = pitches <= rules.even * np.median(pitches)
    return [i for before, after, is_even in zip(letters, letters[1:], even, strict=False) if is_even for i in range(before + 1, after)]


def complete_page_numbers(page, image=None, rules=WORDS):
    """Stage: a Page of segments in which the number of a page between dashes, such as -1 -, has the spaces that it was set with.

    They are narrow, and the first dash looks like a sign of minus. Who sets one of them sets both; where none was read, the ink tells: both
    gaps are wider than `rules.spaced_dash` of the digits' height. A space gets the score of the other one, or of the digit beside it.
    """
    if page.characters is None:
        return page
    texts, characters = page.texts.copy(), page.characters.copy()
    for row, text in enumerate(page.texts):
        known, number = page.characters[row], _PAGE_NUMBER.fullmatch(text or "")
        if not number or known is None or len(known) != len(text) or number["before"] and number["after"]:
            continue
        if not (number["before"] or number["after"]) and not (image is not None and _is_spaced(image, page.quads[row], rules)):
            continue
        # From behind, so that the places before stay.
        for place in [len(text) - 1] * (not number["after"]) + [1] * (not number["before"]):
            characters[row] = _with_space(characters[row], place, text.find(" "))
            texts[row] = f"{texts[row][:place]} {texts[row][place:]}"
    return replace(page, texts=texts, characters=characters)


def space_choices(page, image=None, rules=WORDS):
    """Stage: a Page of segments in which each circled number, as of the choices of an exam, has a space after it where most have one.

    Before a thin letter such as ㄴ it is easily overlooked. A page with fewer than `rules.choices` of them, or less than two thirds, stays.
    A space gets the score of the number before it; the image is not looked at.
    """
    if page.characters is None:
        return page
    found = [list(_CHOICE.finditer(text or "")) for text in page.texts]
    spaced = [bool(match["space"]) for matches in found for match in matches]
    if sum(spaced) < max(rules.choices, 2 / 3 * len(spaced)) or all(spaced):
        return page
    texts, characters = page.texts.copy(), page.characters.copy()
    for row, matches in enumerate(found):
        known = characters[row]
        if known is None or len(known) != len(texts[row] or ""):
            continue
        for match in reversed([match for match in matches if not match["space"]]):  # from behind, so that the places before stay
            place = match.end()
            characters[row] = _with_space(characters[row], place, place - 1)
            texts[row] = f"{texts[row][:place]} {texts[row][place:]}"
    return replace(page, texts=texts, characters=characters)


_CHOICE = re.compile(r"[①-⑳](?P<space> ?)(?=\w)(?![①-⑳])")
_PAGE_NUMBER = re.compile(r"([-–—])(?P<before> ?)\d{1,4}(?P<after> ?)\1")


def _is_spaced(image, quad, rules):
    """Whether the dashes at the ends of a text stand apart from what is between them."""
    margin = 0.3 * (quad[[3, 2]] - quad[[0, 1]])  # without it a 1 would reach from edge to edge, as rules do
    ink = text_ink(crop_quad(image, np.concatenate([quad[:2] - margin, quad[2:] + margin[::-1]])))
    edges = np.flatnonzero(np.diff(ink.any(axis=0).astype(np.int8), prepend=0, append=0)).reshape(-1, 2)  # of runs of columns
    if len(edges) < 3:
        return False
    height = np.ptp(np.flatnonzero(ink[:, edges[1, 0] : edges[-2, 1]].any(axis=1))) + 1
    return bool(min(edges[1, 0] - edges[0, 1], edges[-1, 0] - edges[-2, 1]) >= rules.spaced_dash * height)


def _with_space(known, place, like):
    """Characters with a space at a place; like: whose score it gets, −1 for that of the digit beside it."""
    before, after = known.quads[place - 1 : place + 1]
    space = np.stack([before[1], after[0], after[3], before[2]])
    beside = place if place == 1 else place - 1
    scores = None if known.scores is None else np.insert(known.scores, place, known.scores[like if like >= 0 else beside])
    return Characters(np.insert(known.quads, place, space, axis=0), scores)


def split_words(page, image=None):
    """Stage: a Page whose rows know their characters → one row per word, in the order of the rows; the image is not looked at.

    A word has the quad around its characters. Its score is the least of theirs and of the spaces beside it, for a space read with doubt may
    cut a word in two; all else is its row's. Rows of unreadable text stay.
    """
    words = [word for row in range(len(page)) for word in _words(row, page)]
    rows, texts, quads, scores, characters = zip(*words, strict=True) if words else ((),) * 5
    quads = enclosing_quads(np.concatenate([np.zeros((0, 4, 2)), *quads]), np.cumsum([0, *map(len, quads[:-1])]))
    taken = page.take(np.array(rows, np.int64))
    quads = np.where([[[text is None]] for text in texts], taken.quads, quads) if texts else quads
    scores = None if page.scores is None else scores
    return replace(taken, quads=quads, texts=texts, scores=scores, characters=characters, unit="word")


def _words(row, page):
    """(row, text, quads of the characters, score, characters) of each word of a row; the quad of the row where its text is None."""
    text, score = page.texts[row], None if page.scores is None else page.scores[row]
    if text is None:
        return [(row, None, page.quads[row : row + 1], score, None)]
    characters = None if page.characters is None else page.characters[row]
    if characters is None or len(characters) != len(text):
        found = "none" if characters is None else str(len(characters))
        raise ValueError(f"A text is cut into words by its characters. Received: {text!r} with {found}. Read it with a Spotter.")
    found = []
    for start, stop in runs_without_space(text):
        quads = characters.quads[start:stop]
        scores = None if characters.scores is None else characters.scores[start:stop]
        least = score if scores is None else float(np.min(characters.scores[max(start - 1, 0) : stop + 1]))
        found.append((row, text[start:stop], quads, least, Characters(quads, scores)))
    return found


def drop_doubtful_ends(page, image=None, rules=WORDS):
    """Stage: a Page of words without those at the ends of its lines that were read with less than `rules.least_at_ends`, counted as left
    out: what shines through, strokes of stamps and rules that a text's box has caught."""
    if page.scores is None or page.characters is None:
        return page
    # By the mean: a word's own score is that of its least sure character, and would drop too many right ones.
    known = [row is not None and row.scores is not None for row in page.characters]
    means = np.array([page.characters[row].scores.mean() if known[row] else page.scores[row] for row in range(len(page))])
    kept = np.ones(len(page), bool)
    for line in page.line_rows():
        for rows in (line, line[::-1]):
            sure = means[rows] >= rules.least_at_ends
            kept[rows[: np.argmax(sure) if sure.any() else len(rows)]] = False
    return replace(page.take(kept), left_out=page.left_out + int((~kept).sum()))


def join_spread_labels(page, image=None, rules=WORDS):
    """Stage: a Page of words in which syllables that are spread over the room of a label, such as 성    명, are one word.

    They stand one syllable each, after gaps wider than a typist's space, at the beginning of a line or after such a gap. What counts or
    divides is no label: 년 월 일 of a date to be filled in, the days of a week, the parties.
    """
    first, last = np.ones(len(page), bool), {}
    for line in page.line_rows():
        spread = [_is_syllable(text) for text in page.texts[line]]
        for i in range(1, len(line)):
            spread[i] = spread[i] and bool(_gap_em(page.quads[line[i - 1 : i + 1]]) >= rules.spread)
        stop = 0
        for start in range(len(line)):
            if start < stop or not spread[start]:
                continue
            stop = next((i for i in range(start, len(line)) if not spread[i]), len(line))
            label = line[start:stop]
            if 2 <= len(label) <= rules.longest_spread and not any({*page.texts[label]} <= {*others} for others in _NO_LABELS):
                last[label[0]] = label
                first[label[1:]] = False
    first = np.flatnonzero(first)
    if not last:
        return page
    joined = page.take(first)
    columns = {name: getattr(joined, name) for name in ("quads", "texts", "scores", "characters")}
    columns = {name: column.copy() for name, column in columns.items() if column is not None}
    for place, row in enumerate(first):
        if row in last:
            for name, value in _join(page.take(last[row])).items():
                if name in columns:
                    columns[name][place] = value
    return replace(joined, **columns)


_NO_LABELS = ("년월일시분초", "월화수목금토일", "갑을병정무", "상중하", "대중소", "남여녀", "가나다라마바사", "동서남북", "유무", "인")


def _is_syllable(text):
    return text is not None and len(text) == 1 and "가" <= text <= "힣"


def _gap_em(quads):
    """The gap between two texts `(2, 4, 2)` of a line, in heights of the lower one; in widths of the wider one where print is wider
    than high, as of a receipt that sets totals at double width: its typed space is as wide as a spread label's gap elsewhere."""
    before, after = quads.astype(np.float64)
    widths, heights = quad_sizes(quads).T
    em = max(heights.min(), widths.max(), 1e-6)
    return np.linalg.norm((after[0] + after[3] - before[1] - before[2]) / 2) / em


def _join(words):
    characters = None
    if words.characters is not None and all(word is not None for word in words.characters):
        scores = [word.scores for word in words.characters]
        scores = None if any(part is None for part in scores) else np.concatenate(scores)
        characters = Characters(np.concatenate([word.quads for word in words.characters]), scores)
    score = None if words.scores is None else words.scores.min()
    return {"quads": enclosing_quad(words.quads), "texts": "".join(words.texts), "scores": score, "characters": characters}
