# ruff: noqa: E501 — tables of forms read better in long lines.
"""Figures without words around them, as they stand in cells and behind labels: decimals, amounts, ranges, dates, identifiers.

A sentence tells what a missing letter was; of a figure nothing does, so each sign of it has to be learnt by its looks.
"""

from ocr_crnn.synthesis.text import fields
from ocr_crnn.synthesis.text import vocabulary as words
from ocr_crnn.synthesis.text.fields import choose, digits, number
from ocr_crnn.synthesis.text.marks import unmark

_UNITS = ("%", "%", "%", "%p", "원", "도", "배", "점", "명", "건", "개", "회", "년", "월", "일", "호", "세", "층", "억원", "만원", "천원", "㎜", "mm", "cm", "㎝", "㎡", "㎥", "m", "km", "㎞", "kg", "㎏", "g", "ℓ", "L", "kW", "㎾", "V", "kV", "㎸", "A", "Hz", "㎐", "℃", "°", "MB", "GB")  # fmt: skip
_OF_SOMEBODY = {(6, 7), (3, 2, 5), (4, 4, 4, 4)}  # which `fields` draw so that they cannot exist


def draw_figures(rng):
    """A figure, or a few of one kind side by side, 1 to about 60 characters."""
    draw = choose(rng, _KINDS)
    count = 1 if rng.random() < 0.75 else number(rng, 2, 5)
    return choose(rng, (" ", " ", "  ", ", ", " / ")).join(unmark(draw(rng)).strip() or "0" for _ in range(count))


def draw_decimal(rng):
    """12.25%, -0.5, 1,234.50원, 3.1.2"""
    whole, places = number(rng, 0, 10 ** number(rng, 1, 4) - 1), number(rng, 1, 3)
    figure = f"{whole:{',' if rng.random() < 0.3 else ''}}.{digits(rng, places)}"
    return choose(rng, ("", "", "", "", "-", "+", "±", "△", "▲", "▼", "약 ", "연 ")) + figure + _unit(rng)


def draw_whole(rng):
    """Digits in a row, with and without commas and units: 7, 00123, 1,250,000원, (3,400)."""
    plain = choose(rng, (digits(rng, number(rng, 1, 14)), str(number(rng, 0, 999)), f"{fields.amount(rng):,}", f"{number(rng, 1, 999) * 10 ** number(rng, 0, 6):,}"))  # fmt: skip
    return choose(rng, (plain, plain, plain, f"-{plain}", f"({plain})", f"₩{plain}", f"{plain}-", f"{plain}{_unit(rng)}"))


def draw_range(rng):
    """3.5~4.2%, 10 - 20, 1:25, 7/30, 100×200"""
    first, second = (choose(rng, (str(number(rng, 0, 99)), f"{rng.uniform(0, 100):.{number(rng, 1, 2)}f}")) for _ in range(2))
    return f"{first}{choose(rng, ('~', '~', ' ~ ', '-', ' - ', ':', '/', '×', ' × ', 'x', '∼'))}{second}{_unit(rng)}"


def draw_grouped(rng):
    """Groups of digits joined as identifiers are: 123-45-67890, 010.0123.4567, 2024-0012-3"""
    while (lengths := tuple(number(rng, 1, 7) for _ in range(number(rng, 2, 5)))) in _OF_SOMEBODY:
        pass
    join = choose(rng, ("-", "-", "-", "-", " ", ".", " - ", "/"))
    return join.join(digits(rng, length) for length in lengths)


def _unit(rng):
    return choose(rng, ("", choose(rng, _UNITS), choose(rng, _UNITS), choose(rng, words.COUNTERS)))


_FIELDS = (fields.date, fields.date, fields.time, fields.period, fields.phone, fields.amount_text, fields.percent, fields.quantity, fields.business_number, fields.resident_number, fields.corporate_number, fields.account, fields.card_number, fields.code)  # fmt: skip
_KINDS = (*[draw_decimal] * 4, *[draw_whole] * 3, draw_range, *[draw_grouped] * 2, *[lambda rng: choose(rng, _FIELDS)(rng)] * 5)
