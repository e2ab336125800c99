"""What somebody writes into a blank form: a text for every place, and the value that the text stands for."""

from typing import NamedTuple

from ocr_crnn.synthesis.text import fields, vocabulary

FILLED, TICKED, STAMPED = 0.85, 0.4, 0.6  # shares of the places


class Filling(NamedTuple):
    """text: as it is written, True for a tick or a stamp, None where the place stays empty.
    value: what it means: a date as "2026-03-05", an amount or number as a number, numbers of persons, companies and telephones as their
    digits, other texts without spaces, ㈜ as (주), True or False for a tick or a stamp."""

    text: str | bool | None
    value: object


def draw_fillings(rng, blank):
    """{name of a place: Filling} for a blanks.Blank; some places stay empty."""
    return {place.name: _draw(rng, place) for place in blank.places}


def _draw(rng, place):
    if place.type in ("check", "stamp"):
        marked = bool(rng.random() < (TICKED if place.type == "check" else STAMPED))
        return Filling(marked or None, marked)
    if rng.random() > FILLED:
        return Filling(None, None)
    return _DRAWN[place.type](rng)


def _plain(text):
    return Filling(text, "".join(text.split()))


def _person(rng):
    name = fields.person(rng)
    while "○" in name:
        name = fields.person(rng)
    return _plain(name)


def _organisation(rng):
    text = fields.company(rng)
    return Filling(text, "".join(text.split()).replace("㈜", "(주)"))


def _date(rng):
    year, month, day = fields.number(rng, 1960, 2035), fields.number(rng, 1, 12), fields.number(rng, 1, 28)
    forms = (f"{year}년 {month}월 {day}일", f"{year}. {month}. {day}.", f"{year}.{month:02}.{day:02}", f"{year}-{month:02}-{day:02}")
    return Filling(fields.choose(rng, forms), f"{year}-{month:02}-{day:02}")


def _amount(rng):
    value = fields.number(rng, 1, 999) * 10 ** fields.number(rng, 2, 5)
    return Filling(fields.choose(rng, (f"{value:,}", f"{value:,}", f"{value:,}원", f"₩{value:,}")), value)


def _number(rng):
    value = fields.number(rng, 1, 9999)
    if rng.random() < 0.3:
        value = round(value / 100, 2)
    return Filling(f"{value:,}", value)


def _digits(text):
    return Filling(text, "".join(filter(str.isdigit, text)))


def _phone(rng):
    """As fields.phone: exchanges begin with 0 or 1, which no telephone has."""
    area = fields.choose(rng, ("02", "031", "051", "010", "010", "010"))
    exchange = fields.choose(rng, "01") + fields.digits(rng, 3 if area == "010" else 2)
    last = fields.digits(rng, 4)
    return _digits(fields.choose(rng, (f"{area}-{exchange}-{last}", f"{area}-{exchange}-{last}", f"{area}.{exchange}.{last}")))


def _account(rng):
    groups = fields.choose(rng, ((3, 2, 4), (4, 2, 3), (3, 3, 3)))
    text = "-".join(fields.digits(rng, count) for count in groups)
    return Filling(f"{fields.choose(rng, vocabulary.BANKS)} {text}", text.replace("-", ""))


def _text(rng):
    return _plain(fields.choose(rng, fields.choose(rng, (vocabulary.GOODS, vocabulary.DEPARTMENTS, vocabulary.POSITIONS))))


_DRAWN = {
    "text": _text,
    "person": _person,
    "organisation": _organisation,
    "address": lambda rng: _plain(fields.address(rng)),
    "date": _date,
    "amount": _amount,
    "number": _number,
    "phone": _phone,
    "brn": lambda rng: _digits(fields.business_number(rng)),
    "account": _account,
}
