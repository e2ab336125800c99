"""What the text of a field says, given its type: a value in its normal form, or why there is none."""

import re
from typing import NamedTuple

from ocr_crnn.decoding.grammar import accepts
from ocr_crnn.reading.check_digits import birth_of, check_business, check_corporate, check_luhn, check_rrn
from ocr_crnn.reading.identifiers import fold as fold_digits
from ocr_crnn.reading.templates.letters import find_labels, fold, letters_of_text
from ocr_crnn.reading.values.finding import parse_value

EDGES = " |[]《》『』【】「」_,:;'\"`·"  # what rules and specks at the edge of a cell are read as
LONGEST_NAME, LONGEST_HANGUL_NAME, HANGUL = 30, 6, re.compile("[가-힣]+")
YEARS = 1850, 2150


class Typed(NamedTuple):
    """value: normal form, None where there is none. valid: whether it fits its type. reason: why not, or what was noticed."""

    value: object
    valid: bool
    reason: str = ""


def read_value(text, type_, choices=()):
    """The Typed of a field's text that is not empty. type_: of schema.TYPES, marks excepted. choices: the only texts it may have."""
    text = " ".join(text.split()).strip(EDGES)
    if choices:
        chosen = _choose(text, choices)
        return chosen._replace(value=read_value(chosen.value, type_).value) if chosen.valid else chosen
    return READERS.get(type_, _plain)(text)


def _plain(text):
    return Typed(text or None, bool(text), "" if text else "Only specks were read.")


def _person(text):
    name = re.sub(r"^[^\w(]+|[^\w)]+$", "", text.strip().removesuffix("(인)"))
    joined = "".join(name.split())
    if HANGUL.fullmatch(joined) and len(joined) <= LONGEST_HANGUL_NAME:
        name = joined  # 홍 길 동
    odd = re.search(r"\d", name)
    return Typed(name or None, bool(name) and not odd and len(name) <= LONGEST_NAME, "A name has no digits." if odd else "")


def _organisation(text):
    """The company form in one way of writing: ㈜ prints so small that its brackets are read twice or not at all."""
    return _plain(re.sub(r"^\(?(㈜\)?|주\))|\(?㈜\)?$|\(주\)?$", "(주)", text))


def _parsed(kind, what, repairs):
    """A reader of values of a kind. repairs: texts to try one after the other where the text as read is none."""

    def read(text):
        for number, repaired in enumerate((text, *repairs(text))):
            found = parse_value(repaired, kind) if repaired else None
            if found is not None and found.value is not None:
                notes = (*found.notes, "repaired") if number else found.notes
                return Typed(found.value, found.valid, ", ".join(notes))
        return Typed(None, False, f"This is no {what}.")

    return read


def _figures(text):
    """A number without what cannot be of it: marks before ₩ or the first digit, spaces beside commas, letters that print like digits."""
    bare = re.sub(r"^.{0,2}(?=₩)|^[^\w(△▲₩-]{1,2}(?=\d)", "", text)
    bare = re.sub(r"(?<=\d)\s+(?=,)|(?<=,)\s+(?=\d)", "", bare)
    yield bare
    letters = re.search(r"[A-Za-z]", bare)
    if letters and sum(map(str.isdigit, bare)) >= 0.6 * sum(map(str.isalnum, bare)):
        yield fold_digits(bare).loose


def _day(text):
    """A date whose marks were read as others: 1974. 7 14. and 2000넌 4월 17일."""
    found = re.fullmatch(r"\D{0,2}(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})(?:[^\dA-Za-z]\D{0,2})?", text)  # 1d was 14, perhaps
    if found:
        yield "{}-{:>02}-{:>02}".format(*found.groups())


def _date(text):
    typed = _parsed("date", "date", _day)(text)
    odd = typed.value is not None and typed.value[:4].isdigit() and not YEARS[0] <= int(typed.value[:4]) <= YEARS[1]
    return typed._replace(valid=False, reason=f"The year is before {YEARS[0]} or after {YEARS[1]}.") if odd else typed


def _digits(least, most, check, what):
    """A reader of numbers of so many digits, among which letters that print alike were read."""

    def read(text):
        digits, clean = digits_of(text)
        if not least <= len(digits) <= most or not clean:
            return Typed(None, False, f"A {what} has {least if least == most else f'{least} to {most}'} digits; {len(digits)} were read.")
        valid = check(digits)
        return Typed(digits, valid, "" if valid else f"The check of a {what} fails.")

    return read


def digits_of(text):
    """The digits of a number that is all of a text, letters that print like digits among them, and whether it holds nothing else."""
    folded = fold_digits(text)
    real = sum(character.isdigit() for character in folded.plain)
    loose = (
        folded.loose
        if real >= 0.6 * sum(not character.isspace() and character not in "-.()" for character in folded.loose)
        else folded.plain
    )
    digits = re.sub(r"[^0-9]", "", loose)
    return digits, not re.sub(r"[0-9\s\-.,·()☎☏+]", "", loose)


def _account(text):
    """A bank and a number, in this order or the other."""
    plain = fold_digits(text).plain
    runs = sorted(re.findall(r"\d[\d\s-]*\d", plain), key=len)
    digits = re.sub(r"\D", "", runs[-1]) if runs else ""
    good = 9 <= len(digits) <= 17
    return Typed(digits or None, good, "" if good else f"An account has 9 to 17 digits; {len(digits)} were read.")


def _phone(text):
    text = re.sub(r"^\s*(☎|☏|TEL|전화)[.:\s]*", "", text, flags=re.IGNORECASE)
    digits, clean = digits_of(text)
    if not 8 <= len(digits) <= 12 or not clean:
        return Typed(None, False, f"A telephone number has 8 to 12 digits; {len(digits)} were read.")
    folded = re.sub(r"\s", "", fold_digits(text).loose)
    known = r"0\d{8,11}|1\d{7}|82\d{8,10}"
    good = accepts("phone", folded) or bool(re.fullmatch(known, digits))
    return Typed(digits, good, "" if good else "Such a telephone number is not given.")


def _choose(text, choices):
    """The choice that the text is, a misread letter in four apart."""
    keys = [fold(choice) for choice in choices]
    whole = letters_of_text(fold(text))
    fits = [
        (min((found.misread for found in places if found.stop - found.start >= len(whole.text) - 1), default=None), choice)
        for places, choice in zip(find_labels(keys, whole), choices, strict=True)
    ]
    fits = sorted((misread, choice) for misread, choice in fits if misread is not None)
    if not fits or (len(fits) > 1 and fits[0][0] == fits[1][0]):
        return Typed(None, False, f"The choices are {', '.join(choices)}.")
    return Typed(fits[0][1], True, "misread" if fits[0][0] else "")


READERS = {
    "person": _person,
    "organisation": _organisation,
    "date": _date,
    "amount": _parsed("money", "amount", _figures),
    "number": _parsed("number", "number", _figures),
    "phone": _phone,
    "brn": _digits(10, 10, check_business, "business registration number"),
    "corp": _digits(13, 13, check_corporate, "corporate registration number"),
    "rrn": _digits(13, 13, lambda digits: check_rrn(digits) or birth_of(digits[:7]) is not None, "resident registration number"),
    "card": _digits(13, 19, check_luhn, "card number"),
    "account": _account,
}
