"""What the text of a field says, given its type: a value in its normal form, or why there is none."""

import re
from typing import NamedTuple

from ocr_crnn.decoding.grammar import accepts
from ocr_crnn.reading.check_digits import birth_of, check_business, check_corporate, check_luhn, check_rrn
from ocr_crnn.reading.identifiers import fold as fold_digits
from ocr_crnn.reading.templates.letters import find_labels, fold, letters_of_text
from ocr_crnn.reading.values.finding import parse_value

EDGES = " |[]《》『』【】「」_,:;'\"`·"  # what rules and specks at the edge of a cell are read as
LONGEST_NAME = 30


class Typed(NamedTuple):
    """value: normal form, None where there is none. valid: whether it fits its type. reason: why not, or what was noticed."""

    value: object
    valid: bool
    reason: str = ""


def read_value(text, type_, choices=()):
    """The Typed of a field's text that is not empty. type_: of schema.TYPES, marks excepted. choices: the only texts it may have."""
    text = " ".join(text.split()).strip(EDGES)
    if choices:
        return _choose(text, choices)
    return READERS.get(type_, _plain)(text)


def _plain(text):
    return Typed(text or None, bool(text), "" if text else "Only specks were read.")


def _person(text):
    name = text.removesuffix("(인)").strip()
    if name and all(len(part) == 1 for part in name.split()):
        name = "".join(name.split())  # 홍 길 동
    odd = re.search(r"\d", name)
    return Typed(name or None, bool(name) and not odd and len(name) <= LONGEST_NAME, "A name has no digits." if odd else "")


def _parsed(kind, what):
    def read(text):
        found = parse_value(text, kind)
        if found is None or found.value is None:
            return Typed(None, False, f"This is no {what}.")
        return Typed(found.value, found.valid, ", ".join(found.notes))

    return read


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
    return digits, not re.sub(r"[0-9\s\-.()☎☏+]", "", loose)


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
    good = accepts("phone", folded) or digits.startswith(("0", "1", "82"))
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
    "date": _parsed("date", "date"),
    "amount": _parsed("money", "amount"),
    "number": _parsed("number", "number"),
    "phone": _phone,
    "brn": _digits(10, 10, check_business, "business registration number"),
    "corp": _digits(13, 13, check_corporate, "corporate registration number"),
    "rrn": _digits(13, 13, lambda digits: check_rrn(digits) or birth_of(digits[:7]) is not None, "resident registration number"),
    "card": _digits(13, 19, check_luhn, "card number"),
    "account": _account,
}
