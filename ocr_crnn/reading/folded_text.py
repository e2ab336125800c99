"""Text in which numbers are looked for: signs that print alike are made alike, and what touches a number says whether it stands alone."""

import re
import unicodedata
from typing import NamedTuple

LOOK_ALIKES = {
    **dict.fromkeys("OoDQ○〇ㅇ°", "0"), **dict.fromkeys("lI|ㅣ이!¡", "1"), **dict.fromkeys("Zz", "2"), **dict.fromkeys("Ss§", "5"),
    "B": "8", "b": "6", "g": "9", "q": "9", "T": "7",
}  # fmt: skip
DASHES = frozenset("-–—―−‐‑‒─━ㅡ一~∼～_＿－=")
DIGITS = frozenset("0123456789")
_BRACKET = re.compile(r"(?<=\d\d)[\[\]](?=\d\d)")  # a 1 between digits
# The dash of a number that is set downwards stands upright. With six digits before it and seven behind it is no 1, nor is it alone in its
# line between groups of digits, but for six and six: a resident number's 1 may stand there.
_UPRIGHT = "[|ㅣlI!¡]"
_UPRIGHT_DASH = re.compile(rf"(?<!\d)((?:\d[ \n]?){{6}}){_UPRIGHT}(?=(?:[ \n]?\d){{7}}(?!\d))")
_LONE_UPRIGHT_DASH = re.compile(rf"(\d\d\n)(?!(?<=\d{{6}}\n).\n\d{{6}}(?!\d)){_UPRIGHT}(?=\n\d\d)")
RANGES = frozenset("~∼～")  # 02-123-4567~9: the last digits of other numbers follow
GAP = r"[ \n]?"
DASH = r"[ \n]{0,2}[-.·:]{1,2}(?: [-.·:])?[ \n]{0,2}"
_LEAST_SHARE = 0.6  # of the digits of a number that were read as digits


class Identifier(NamedTuple):
    """kind: one of KINDS. start, end: code points of the text. value: digits and letters without what parts them, folded; never to be
    recorded of what is masked. valid: whether its check digit, and its day if it has one, are right; None where no check is known.
    rule: why it was taken for one. label: the word that says so, or None."""

    kind: str
    start: int
    end: int
    value: str
    valid: bool | None
    rule: str
    label: str | None


class Folded(NamedTuple):
    """text: as given. plain: full-width forms, dashes and spaces made alike. loose: look-alikes made digits as well. All of one length."""

    text: str
    plain: str
    loose: str
    context: str


def fold(text, context=""):
    """A text with dashes, spaces and look-alikes made alike; every string of it has the length of the text."""
    plain = _LONE_UPRIGHT_DASH.sub(r"\1-", _UPRIGHT_DASH.sub(r"\1-", "".join(map(_plain, text))))
    loose = "".join(LOOK_ALIKES.get(character, character) for character in plain)
    return Folded(text, plain, _BRACKET.sub("1", loose), context)


def _plain(character):
    if character in DASHES:
        return "-"
    if character == "\n":
        return character
    if character.isspace():
        return " "
    same = unicodedata.normalize("NFKC", character)
    return same if len(same) == 1 and same.isascii() else character


def matches(folded, pattern, joined=False):
    """(start, end, match) of a pattern in the folded text, as far as its digits stand alone and most of them were read as digits.

    joined: whether letters may touch it.
    """
    for match in pattern.finditer(folded.loose):
        start, end = match.span(1) if pattern.pattern.startswith("(?=") else match.span()
        span = range(start, end)
        digits = [i for i in span if folded.loose[i] in DIGITS]
        read = sum(folded.plain[i] in DIGITS for i in digits)
        if digits and read >= _LEAST_SHARE * len(digits) and stands_alone(folded, start, end, joined):
            yield start, end, match


def stands_alone(folded, start, end, joined=False):
    before, written, after = folded.plain[max(start - 6, 0) : start], folded.plain[start:end], folded.plain[end : end + 5]
    if before[-1:] in DIGITS - {""} or after[:1] in DIGITS - {""}:
        return False
    if re.search(r"\d ?- ?$|(?:^|[^\d-])\d{1,3},$", before):
        return False
    if re.match(r" ?- ?\d", after) and not (folded.text[end] in RANGES and re.match(r"-\d{1,4}(?!\d)", folded.plain[end : end + 6])):
        return False
    if "-" not in written and (re.search(r"\d\.$", before) or re.match(r"\.\d|,\d{3}(?!\d)", after)):
        return False  # an amount; a comma behind four digits parts two numbers
    return joined or not (_is_latin(before[-2:]) or _is_latin(after[:2]))


def _is_latin(two):
    """Letters of a word or a code, but not one letter alone: a rule of a table is read as l or I."""
    return len(two) == 2 and two.isascii() and two.isalpha()


def digits_of(folded, start, end):
    return "".join(character for character in folded.loose[start:end] if character in DIGITS)
