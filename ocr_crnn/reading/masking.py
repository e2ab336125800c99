"""Personal data hidden on a page: in its texts, in its records, and in its pixels. The last of all stages.

    page = mask_page(page, kinds=("rrn", "card"))     texts and records without the numbers, and what was hidden in records["masks"]
    pixels = cover(pixels, page)                      the page's image with one opaque colour over them

It has no name in stages.STAGES_BY_NAME: whoever hides the texts has to hide the pixels too, as `ocr-crnn read --mask` does.

A record of "masks" is {"kind", "rule", "label", "decision", "characters", "words", "quads"}: what was found and why (identifiers.py), the
word that announced it, "masked" or "uncertain", how many characters are hidden, in which words, and where; and "over" where a number goes
over the break of two pages: "before" or "after", where the rest of it stands. The number itself is in none.

Numbers are looked for in every Cell (page_cells.py), and over segments that one may be broken between (broken_numbers.py). What fails to
be read does so on the safe side: a cell whose label announces a number of a person and that holds digits which form none is hidden whole
("cell"), a number that was found once is hidden wherever its digits stand again ("same"), a filled field of a registered form for such
numbers is hidden whole where its words form none ("field"), and a doubtful one is hidden from its first digit to its last; all these are
"uncertain".
"""

import re
from dataclasses import replace
from operator import itemgetter

import cv2
import numpy as np

from ocr_crnn.granularity import enclosing_quad
from ocr_crnn.images import is_spread, spread_grey
from ocr_crnn.page import Characters
from ocr_crnn.reading.identifier_labels import label_before
from ocr_crnn.reading.identifiers import DOUBTFUL, KINDS, LENGTHS, find_identifiers, fold, is_other
from ocr_crnn.reading.mask_policy import MARK, hidden_places, hide, mask_text
from ocr_crnn.reading.page_cells import Cell, cells_of_page, cells_over_break

DEFAULT = ("rrn", "foreigner", "passport", "licence", "card", "account")  # what the safety standard of the privacy law names
COLOUR = 0  # of what covers a number, grey
ACROSS, ALONG = 0.2, 0.1  # heights by which a cover is larger than the ink on either side
# Widths of a character by which it is longer where no character stands that is shown: a reader's last character is often cut short.
END = 0.75
LEAST_WHOLE = 9  # digits of a number that is looked for on the rest of its page
LEAST_PART = 5  # digits in a row that are hidden in records and notes of words
_TWINS = ({"rrn", "foreigner"},)  # told apart by one digit, which may be misread
_FAILING_CLOSED = ("rrn", "foreigner", "passport", "licence", "card")
_LEAST_DIGITS = 4  # in a cell that is hidden whole
_LENGTHS = {"rrn": 13, "foreigner": 13, "card": 16, "licence": 12, "passport": 8}  # digits of a number that is whole
_UNCERTAIN = (*DOUBTFUL, "cell", "same", "field")
_FIELDS = {
    "rrn": "주민등록번호",
    "account": "계좌번호",
    "card": "카드번호",
    "phone": "전화번호",
}  # types of fields, and what announces each


def parse_kinds(text):
    """ "default,phone" → the kinds of KINDS that are named, in their order. Raises ValueError for a name that is none."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    wanted = {kind for name in names for kind in (DEFAULT if name == "default" else KINDS if name == "all" else (name,))}
    unknown = sorted(wanted - set(KINDS))
    if unknown or not wanted:
        known = ", ".join(KINDS)
        raise ValueError(f"What can be hidden is default, all, or a list of {known}. Received: {text[:100]!r}. Name some of them.")
    return tuple(kind for kind in KINDS if kind in wanted)


def mask_page(page, image=None, kinds=DEFAULT, whole=False, before=None, after=None):
    """Stage: a Page whose texts, attributes and records hold none of the numbers of these kinds. The image is not looked at.

    kinds: of KINDS; "rrn" or "foreigner" stand for both. whole: hide all of a number, not the part that mask_policy.py names.
    before, after: the Pages beside it in its document, as they were read: a number may begin on one and end on the next.
    Texts keep their length. Raises ValueError for what is no kind.
    """
    wanted = {*kinds}.union(*(twins for twins in _TWINS if twins & {*kinds}))
    found = _find(page, wanted, whole, _over_breaks(page, before, after, wanted, whole))
    texts = list(page.texts)
    for mask in found:
        for row, index in mask.places:
            texts[row] = hide(texts[row], [index])
    fields = list(_fields(page, wanted))
    hidden = sorted({(mask.value, mask.shown) for mask in found} | {(_value(field["text"]), 0) for field in fields if field["text"]})
    cleaned = {name: clean(records, hidden, wanted) for name, records in page.records.items() if name != "masks"}
    masks = [_record(mask, page) for mask in found]
    masks += [_field_record(field) for field in fields if not any({*field["words"]} & {*mask["words"]} for mask in masks)]
    records = cleaned | {"masks": page.records.get("masks", []) + masks}
    attributes = None if page.attributes is None else [clean(row, hidden, wanted) for row in page.attributes]
    return replace(page, texts=texts, records=records, attributes=attributes)


def cover(image, page, colour=COLOUR):
    """The image of a Page that `mask_page` has made, uint8 `(height, width[, 3])`, with what it has hidden filled with one colour."""
    masks = page.records.get("masks", [])
    if not masks:
        return image
    grey = is_spread(image)
    covered = np.array(image[:, :, 0] if grey else image)
    for mask in masks:
        for quad in mask["quads"]:
            cv2.fillConvexPoly(covered, np.round(np.array(quad)).astype(np.int32), (colour,) * 3)
    return spread_grey(covered) if grey else covered


# --- what is hidden ------------------------------------------------------------------------------------------------------------


class _Mask:
    """A number on a page. value: its digits and letters. ground: (row, character) of all of it. places: of what is hidden of it.
    shown: how many digits of it stand before the first that is hidden. missing: how many were not read at its end.
    over: "before" or "after" where the rest of it stands on that page."""

    def __init__(self, kind, rule, label, value, ground, places, shown=0, missing=0):
        self.kind, self.rule, self.label, self.value, self.ground, self.places = kind, rule, label, value, ground, places
        self.shown, self.missing, self.over = shown, missing, None


def _over_breaks(page, before, after, kinds, whole):
    """The _Masks of a page whose numbers begin on the page before it, or go on on the page after: what of them stands on this one."""
    cells = [("before", cell) for cell in (cells_over_break(before, page) if before else ())]
    cells += [("after", cell) for cell in (cells_over_break(page, after) if after else ())]
    for over, cell in cells:
        end = cell.text.index("\n")
        here = range(end) if over == "after" else range(end, len(cell.places))
        own = cell._replace(places=[place if i in here else None for i, place in enumerate(cell.places)])
        for mask in _of_cell(own, kinds, whole):
            mask.over = over
            yield mask


def _find(page, kinds, whole, more):
    """The _Masks of a page, and `more`; of those that overlap all are hidden, and the one with the best reason is reported."""
    cells = cells_of_page(page) + [_field_cell(page, field) for field in _fields(page, kinds)]
    masks = [*more, *(mask for cell in cells for mask in _of_cell(cell, kinds, whole))]
    masks.sort(key=lambda mask: (mask.rule in _UNCERTAIN, -len(mask.ground)))
    taken, kept = {}, []
    for mask in masks:
        owner = next((taken[place] for place in mask.ground if place in taken), None)
        if owner is None:
            kept.append(mask)
            owner = mask
        elif owner.kind == mask.kind and owner.rule not in _UNCERTAIN:
            continue  # the same number, seen in a cell and in a line
        else:
            owner.places = sorted({*owner.places, *mask.places})
        taken |= dict.fromkeys(mask.ground, owner)
    numbers = _by_first_digits(kept)
    kept += [mask for cell in cells for mask in _again(cell, numbers, taken)]
    return [mask for mask in kept if mask.places]


def _of_cell(cell, kinds, whole):
    if cell.broken and not _may_be_broken(cell):
        return
    identifiers = find_identifiers(cell.text, KINDS, cell.context or "")
    if cell.context is None:  # what has no label in its line may have one above; a day and a dash say enough
        doubtful = ("check", "near", "loose")
        identifiers = [one for one in identifiers if one.label or one.rule not in doubtful or _says_itself(cell.text, one)]
    if cell.broken:
        identifiers = [one for one in identifiers if _is_broken(cell.text[one.start : one.end], one)]
    for one in identifiers:
        if one.kind in kinds:
            # A card put together of segments may have a neighbour's digits at an end: then which are its first six is not known.
            hidden = hidden_places(cell.text, one, whole or (cell.broken and one.kind == "card" and not one.valid))
            shown = len(_value(cell.text[one.start : hidden[0]])) if hidden else 0
            ground = _places(cell, range(one.start, one.end))
            at_end = one.rule in DOUBTFUL and not cell.text[one.end :].split("\n")[0].strip(" .,-")
            missing = max(_LENGTHS.get(one.kind, 0) - len(one.value), 0) if at_end else 0
            yield _Mask(one.kind, one.rule, one.label, one.value, ground, _places(cell, hidden), shown, missing)
    label = label_before("", 0, cell.context or "")
    announced = label is not None and label.distance <= 2 and label.kind in kinds and label.kind in _FAILING_CLOSED
    if not identifiers and not cell.broken and announced and _is_number(cell.text, label.kind):
        places = _places(cell, [i for i, character in enumerate(cell.text) if not character.isspace()])
        yield _Mask(label.kind, "cell", label.text, _value(cell.text), places, places)


def _may_be_broken(cell):
    """Whether something in a Cell of figures side by side says that they are more: most tables have thousands that do not."""
    return "-" in fold(cell.text).loose or any(character.isalpha() for character in cell.text + cell.context)


def _says_itself(text, identifier):
    """Whether a number is doubtful, but has a day that exists, or dashes, though it goes over wide gaps."""
    dashed = "-" in fold(text[identifier.start : identifier.end]).loose
    return identifier.rule == "near" and (identifier.kind in ("rrn", "foreigner") or dashed)


def _is_broken(written, identifier):
    """Whether a number goes over a break, and has more than the number of its digits to say that it is one."""
    return "\n" in written and (identifier.label is not None or "-" in fold(written).loose) and identifier.rule in ("label", "form")


def _by_first_digits(masks):
    """{first LEAST_WHOLE digits: [(place among the masks, _Mask), …]} of whole numbers, the first _Mask of each."""
    numbers, known = {}, set()
    for place, mask in enumerate(masks):
        if len(mask.value) >= LEAST_WHOLE and mask.value.isdecimal() and mask.value not in known:
            known.add(mask.value)
            numbers.setdefault(mask.value[:LEAST_WHOLE], []).append((place, mask))
    return numbers


def _again(cell, numbers, taken):
    """Where the digits of a number that was found stand once more, whatever is said of them there. numbers: of _by_first_digits."""
    loose = fold(cell.text).loose if numbers else ""
    places = [i for i, character in enumerate(loose) if character in "0123456789"]
    digits = "".join(loose[i] for i in places)
    begun = {digits[i : i + LEAST_WHOLE] for i in range(len(digits) - LEAST_WHOLE + 1)}
    for _, mask in sorted((one for first in begun for one in numbers.get(first, ())), key=itemgetter(0)):
        start = digits.find(mask.value)
        if start >= 0:
            ground = _places(cell, places[start : start + len(mask.value)])
            if not any(place in taken for place in ground):
                taken |= dict.fromkeys(ground, mask)
                yield _Mask(mask.kind, "same", None, mask.value, ground, ground)


def _places(cell, indices):
    return [cell.places[i] for i in indices if cell.places[i] is not None]


def _value(text):
    return "".join(character for character in fold(text).loose if character.isalnum())


def _is_number(text, kind):
    """Whether a cell holds digits rather than words, no more than a number of this kind has, and no date or amount."""
    loose = fold(text).loose
    digits, shown = sum(c in "0123456789" for c in loose), sum(not c.isspace() for c in loose)
    hangul = sum("가" <= c <= "힣" for c in loose)
    return _LEAST_DIGITS <= digits <= LENGTHS[kind][1] and digits >= 0.4 * shown and hangul <= 2 and not is_other(text)


# --- fields of registered forms ------------------------------------------------------------------------------------------------


def _fields(page, kinds):
    """The filled fields whose type is one of these kinds."""
    for field in page.records.get("fields", []):
        if field.get("type") in _FIELDS and field["type"] in kinds and field.get("state") in ("filled", "unreadable"):
            yield field


def _field_cell(page, field):
    """The words of a field as a Cell that its type announces."""
    rows = [row for row in field["words"] if page.texts[row]]
    text = " ".join(page.texts[row] for row in rows)
    places = [place for row in rows for place in (*((row, i) for i in range(len(page.texts[row]))), None)][: len(text)]
    return Cell(text, places, _FIELDS[field["type"]])


def _field_record(field):
    """The record of a field in whose words no number was found: its whole place."""
    return {
        "kind": field["type"], "rule": "field", "label": _FIELDS[field["type"]], "decision": "uncertain", "characters": len(field["text"]),
        "words": [], "quads": [field["quad"]] if field.get("quad") else [],
    }  # fmt: skip


# --- records of it -------------------------------------------------------------------------------------------------------------


def _record(mask, page):
    rows = sorted({row for row, _ in mask.places})
    quads = [quad for row in rows for quad in _cover_quads(page, row, sorted(index for own, index in mask.places if own == row))]
    if mask.missing:
        quads.append(_beyond(_characters(page, mask.places[-1][0]), mask.missing))
    return {
        "kind": mask.kind, "rule": mask.rule, "label": mask.label, "decision": "uncertain" if mask.rule in _UNCERTAIN else "masked",
        "characters": len(mask.places), "words": rows, "quads": [np.round(quad, 1).tolist() for quad in quads],
        **({"over": mask.over} if mask.over else {}),
    }  # fmt: skip


def _cover_quads(page, row, indices):
    """One quad for each run of characters of a row that are hidden, a bit larger than they are."""
    quads, text = _characters(page, row), page.texts[row]
    runs = np.split(np.array(indices), np.flatnonzero(np.diff(indices) > 1) + 1)
    return [_grow(enclosing_quad(quads[run]), len(run), text[: run[0]][-1:], text[run[-1] + 1 :][:1]) for run in runs]


def _beyond(quads, count):
    """Where so many characters stand that were not read: behind those of a word, as wide as they are, and somewhat more."""
    word = enclosing_quad(quads).astype(np.float64)
    along = (word[1] - word[0]) / len(quads) * (count + 2)
    return _grow(np.stack([word[1], word[1] + along, word[2] + along, word[2]]), count + 2, "-", "")


def _characters(page, row):
    """A quad for each code point of a row: as it knows them, or its own cut evenly."""
    known = None if page.characters is None else page.characters[row]
    count = len(page.texts[row])
    if isinstance(known, Characters) and len(known) == count:
        return known.quads
    a, b, c, d = page.quads[row].astype(np.float64)
    at = np.linspace(0, 1, count + 1)[:, None]
    top, low = a + at * (b - a), d + at * (c - d)
    return np.stack([top[:-1], top[1:], low[1:], low[:-1]], axis=1)


def _grow(quad, count, before, after):
    """A quad `(4, 2)` around so many characters, made larger. before, after: the characters beside it in its word, "" for its ends."""
    quad = np.asarray(quad, np.float64)
    down, along = quad[3] - quad[0], quad[1] - quad[0]
    height, width = np.linalg.norm(down), np.linalg.norm(along)
    along = along / max(width, 1e-6)
    left, right = (ALONG * height if beside.isalnum() else max(ALONG * height, END * width / count) for beside in (before, after))
    left, right, y = left * along, right * along, ACROSS * down
    return quad + np.stack([-left - y, right - y, right + y, -left + y])


# --- everything else that carries text -----------------------------------------------------------------------------------------


def clean(value, hidden, kinds):
    """A JSON-ready value without numbers of these kinds, and without LEAST_PART digits in a row of those in `hidden`, parted or not.

    hidden: (digits and letters of a number, how many of them may be shown at its beginning).
    Texts keep their length; a number that holds such digits becomes None.
    """
    if isinstance(value, dict):
        kept = ("quad", "quads", "words")
        return {clean(key, hidden, kinds): one if key in kept else clean(one, hidden, kinds) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [clean(one, hidden, kinds) for one in value]
    if isinstance(value, str):
        return _hide_parts(mask_text(value, kinds), hidden)
    if isinstance(value, int | float) and not isinstance(value, bool) and _hide_parts(str(value), hidden) != str(value):
        return None
    return value


def _hide_parts(text, hidden):
    loose = fold(text).loose.upper()
    places = [i for i, character in enumerate(loose) if character.isascii() and character.isalnum()]
    shown = "".join(loose[i] for i in places)
    for value, first in hidden:
        starts = range(max(first - LEAST_PART + 1, 0), len(value) - LEAST_PART + 1)
        for part in {value[i : i + LEAST_PART] for i in starts} or {value}:
            for match in re.finditer(f"(?={re.escape(part)})", shown):
                text = hide(text, places[match.start() : match.start() + len(part)], MARK)
    return text
