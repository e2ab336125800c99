"""Telephone numbers that are not whole: with hidden digits, and with one digit lost, added or misread behind their label.

Whole ones are identifiers (reading/identifiers.py).
"""

import re

from ocr_crnn.reading.values.value import Value

_AREA = r"\(?(?:01[016789]|02|0[3-6]\d|070|050\d|080)\)?"
_HIDDEN = re.compile(rf"(?<![\d-]){_AREA}\s?[-.)]?\s?[*●•○]{{3,4}}\s?[-.]?\s?\d{{4}}(?![\d*-])")
_MARK = r"(?:TEL|FAX|HP|[TF☎☏])?[.:]?\s?"
_PIECE = r"[^\s().-]"
_TORN = re.compile(
    rf"{_MARK}(?P<number>\(?(?P<area>{_PIECE}{{2,3}})[-.)]\s?(?P<exchange>{_PIECE}{{2,5}})[-.](?P<last>{_PIECE}{{3,5}}))", re.IGNORECASE
)


def find_hidden_phones(text):
    """Values of the numbers whose middle is hidden, 010-****-7324: their value is None."""
    for found in _HIDDEN.finditer(text):
        yield Value("phone", *found.span(), None, notes=("masked",))


def torn_phone(text):
    """The Value, None and not valid, of a text behind the label of telephones that is one but for one sign; None where it is not."""
    found = _TORN.fullmatch(text.strip())
    if not found:
        return None
    area, exchange, last = found["area"], found["exchange"], found["last"]
    others = sum(not sign.isdecimal() for sign in area + exchange + last)
    torn = (len(exchange) not in (3, 4)) + (len(last) != 4) + (area[0] != "0")
    if others + torn != 1:
        return None
    start = len(text) - len(text.lstrip()) + found.start("number")
    return Value("phone", start, start + len(found["number"]), None, False, notes=("near",))
