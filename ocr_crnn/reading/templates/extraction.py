"""The fields of a match: what was read in each, what it says, and whether one that says nothing is empty, missing or unreadable."""

import numpy as np

from ocr_crnn.geometry import polygon_areas
from ocr_crnn.reading.templates.letters import fold
from ocr_crnn.reading.templates.marks import chroma, is_stamped, is_ticked, spot_of_ink
from ocr_crnn.reading.templates.placing import place_fields
from ocr_crnn.reading.templates.schema import MARKS
from ocr_crnn.reading.templates.typed import read_value

STATES = ("filled", "empty", "missing", "unreadable")
INK = 0.01  # of spot_of_ink, more than on the empty form, from which a field is not empty
INSIDE = 0.8  # of a field's area that has to be on the page
DOUBT = 0.5  # of a score where the value does not fit its type


def read_fields(page, image, match, letters, cells):
    """The rows of a Match, dicts in the order of the template: see stage.py. letters: of the page. cells: CellMap of the image."""
    quads, held = place_fields(match, cells)
    belongs = _characters_in(page, quads, match, letters)
    colours = chroma(image) if image.ndim == 3 else 0.0
    rows = []
    for number, field in enumerate(match.sheet.fields):
        quad, trust = quads[number], 1.0 if held[number] else match.score
        if _part_on(quad, page.size) < INSIDE:
            row = _row("missing", reason="It lies beyond the edge of the picture.", quad=quad)
        elif field.type == "check":
            ticked, clear, quad = is_ticked(image, quad)
            row = _row("filled" if ticked else "empty", value=ticked, score=0.5 + 0.5 * clear, quad=quad)
        elif field.type == "stamp":
            row = _stamp(image, quad, colours, field.ink)
        else:
            row = _read(page, image, field, quad, trust, belongs[number])
        if field.required and row["state"] in ("empty", "missing"):
            row |= {"valid": False, "reason": f"{row['reason']} It is required.".strip()}
        rows.append({"field": field.name, "type": field.type} | row)
    _check_groups(match.sheet.fields, rows)
    return rows


def _stamp(image, quad, colours, blank_ink):
    stamped, clear, by_colour = is_stamped(image, quad, colours, blank_ink)
    if stamped is None:
        return _row("unreadable", None, False, 0.0, quad, "There is some ink, and no colour to tell a stamp by.")
    score, reason = 0.5 + 0.5 * clear, ""
    if not by_colour:
        score, reason = 0.7 * score, "The picture has no colour: ink is taken for a stamp."
    return _row("filled" if stamped else "empty", stamped, score=score, quad=quad, reason=reason)


def _read(page, image, field, quad, trust, characters):
    """The row of a field with text. characters: (row of the page, its character) of those inside."""
    text, words = _text_of(page, characters)
    if not fold(text) or fold(text) == field.printed:
        more = spot_of_ink(image, quad) - field.ink
        if more > INK:
            return _row("unreadable", reason="There is ink, and no text was read.", score=0.0, quad=quad, text=text)
        return _row("empty", quad=quad, score=trust * (1 - max(more, 0) / INK))
    typed = read_value(text, field.type, field.choices)
    scores = [_score(page, row, place) for row, place in characters]
    score = float(np.mean(scores)) * trust * (1 if typed.valid else DOUBT)
    return _row("filled", typed.value, typed.valid, score, quad, typed.reason, text, words)


def _row(state, value=None, valid=True, score=1.0, quad=None, reason="", text="", words=()):
    corners = np.round(np.asarray(quad, np.float64), 1).tolist()
    return {
        "state": state, "text": text, "value": value, "valid": bool(valid), "score": round(float(np.clip(score, 0, 1)), 4), "quad": corners,
        "words": list(words), "reason": reason,
    }  # fmt: skip


def _characters_in(page, quads, match, letters):
    """Of each field the characters whose middles lie inside, labels left out: lists of (row, place) in reading order. Of two fields that
    hold one the smaller has it."""
    found = [[] for _ in quads]
    places, middles = _middles(page)
    if not len(places) or not len(quads):
        return found
    labels = set(zip(letters.rows[match.labels].tolist(), letters.places[match.labels].tolist(), strict=True))
    corners, along = quads.astype(np.float64), np.roll(quads, -1, axis=1).astype(np.float64) - quads
    offset = middles[:, None, None] - corners  # (characters, fields, 4, 2)
    inside = (along[..., 0] * offset[..., 1] - along[..., 1] * offset[..., 0] >= 0).all(axis=-1)
    inside &= np.array([field.type not in MARKS for field in match.sheet.fields])
    areas = polygon_areas(quads)
    for index in np.flatnonzero(inside.any(axis=1)):
        if places[index] not in labels:
            found[min(np.flatnonzero(inside[index]), key=lambda number: areas[number])].append(places[index])
    return found


def _middles(page):
    """(row, place) of every character of a page, a list, and their middles, float64 `(n, 2)`."""
    places, middles = [], [np.zeros((0, 2))]
    for row, text in enumerate(page.texts):
        if not text:
            continue
        known = None if page.characters is None else page.characters[row]
        places += [(row, place) for place in range(len(text))]
        if known is not None and len(known) == len(text):
            middles.append(known.quads.mean(axis=1))
        else:
            left, right = page.quads[row][[0, 3]].mean(axis=0), page.quads[row][[1, 2]].mean(axis=0)
            middles.append(left + (np.arange(len(text))[:, None] + 0.5) / len(text) * (right - left))
    return places, np.concatenate(middles).astype(np.float64)


def _text_of(page, characters):
    """The text of characters in reading order, a space between words; and the words."""
    parts, last = [], None
    for row, place in characters:
        parts.append((" " if last not in (None, row) else "") + page.texts[row][place])
        last = row
    return "".join(parts), list(dict.fromkeys(row for row, _ in characters))


def _score(page, row, place):
    known = None if page.characters is None else page.characters[row]
    if known is not None and known.scores is not None and place < len(known.scores):
        return float(known.scores[place])
    return 1.0 if page.scores is None else float(page.scores[row])


def _part_on(quad, size):
    """The share of a quad's upright box that lies on the page."""
    low, high = quad.min(axis=0), quad.max(axis=0)
    seen = np.clip(np.minimum(high, (size[1], size[0])) - np.maximum(low, 0), 0, None)
    return float(seen.prod() / max((high - low).prod(), 1e-6))


def _check_groups(fields, rows):
    """Of boxes of one group more than one ticked: all are given, and none is valid."""
    for group in {field.group for field in fields} - {""}:
        ticked = [row for field, row in zip(fields, rows, strict=True) if field.group == group and row["value"] is True]
        if len(ticked) > 1:
            for row in ticked:
                row |= {"valid": False, "reason": f"{len(ticked)} boxes of {group} are ticked."}
