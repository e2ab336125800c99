"""Which characters of a number are hidden, and texts with them hidden: as many code points as before, so that places stay valid.

    resident, foreigner  all but the six of the birthday    900101-*******
    passport             all but its letter                 M********
    licence              all but region and year            11-12-******-**
    card                 all but the first six, last four   4111-11**-****-1111
    account              all but the last four              ***-***-**6789
    phone                the exchange                       010-****-5678
    business, corporate  the last five, the last seven      220-81-*****
    email                all but two letters of the name    ho******@example.co.kr

A doubtful number (identifiers.DOUBTFUL) is hidden whole, for it is not known which of its digits are which; so is an account with dashes
that no bank sets so, for a digit of it may be lost.
"""

import re

from ocr_crnn.reading.damaged_numbers import BANK_SHAPES
from ocr_crnn.reading.identifiers import DOUBTFUL, HIDDEN, KINDS, find_identifiers, fold

MARK = "*"
MARK_OF_NAMES = "X"  # in names of files, where systems do not take every character


def hidden_places(text, identifier, whole=False):
    """The code points of `text` that are to be hidden of an Identifier found in it, in their order: what parts its digits stays.

    whole: whatever the kind, all of them.
    """
    loose = fold(text).loose
    ends_hidden = identifier.rule == "masked"  # marks count as the digits that they stand for
    span = range(identifier.start, identifier.end)
    if identifier.kind == "email":
        name = [i for i in span if i < text.index("@", identifier.start)]
        return [i for i in (span if whole else name[2:]) if text[i].isalnum()]
    if identifier.kind == "passport" or identifier.rule in DOUBTFUL or whole:
        places = [i for i in span if text[i].isalnum() or loose[i].isdecimal() or text[i] == "<"]
        if identifier.rule in DOUBTFUL:  # any other sign may be a misread digit, but for what parts them
            places = [i for i in span if not text[i].isspace() and loose[i] not in "-.·:,*"]
        return places[1:] if identifier.kind == "passport" and identifier.rule == "label" and not whole else places
    digits = [i for i in span if loose[i] in "0123456789" or (ends_hidden and text[i] in HIDDEN)]
    # A lone X between digits is one that was misread.
    marks = [i for i in digits if text[i] in HIDDEN and not (text[i] in "Xx×" and text[i - 1 : i + 2 : 2].isdecimal())]
    return [i for i in digits[_kept(identifier.kind, loose[span.start : span.stop], len(digits))] if i not in marks]


def _kept(kind, written, count):
    """The slice of the digits that is hidden."""
    if kind == "phone":
        plain = written.lstrip("(+ ")
        area = 4 - plain.startswith(("82-2", "82 2", "822")) if plain.startswith("82") else 2 if plain.startswith(("02", "1")) else 3
        return slice(area if count > 8 else 0, count - 4)
    if kind == "account" and "-" in written and tuple(map(len, re.findall(r"\d+", written))) not in (*BANK_SHAPES, (4, 4, 4)):
        return slice(None)
    slices = {
        "rrn": slice(6, None), "foreigner": slice(6, None), "licence": slice(-8, None), "card": slice(6, -4), "account": slice(0, -4),
        "business": slice(-5, None), "corporate": slice(-7, None),
    }  # fmt: skip
    return slices[kind]


def hide(text, places, mark=MARK):
    """A text with a mark in each of these places."""
    characters = list(text)
    for place in places:
        characters[place] = mark
    return "".join(characters)


def mask_text(text, kinds=KINDS, mark=MARK, whole=False):
    """A text with its Identifiers of these kinds hidden; what does not say what it is, such as an account without its bank, stays."""
    places = [place for identifier in find_identifiers(text, kinds) for place in hidden_places(text, identifier, whole)]
    return hide(text, places, mark)
