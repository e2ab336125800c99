"""Value: what a stretch of text says, in its normal form."""

import re
from typing import NamedTuple


class Value(NamedTuple):
    """A stretch of a text and what it says.

    kind: "date", "time", "money", "quantity", "number", "address", "location" or the name of an identifier.
    start, end: code points of the text, end exclusive.
    value: the normal form, a string or a number; None where the text does not settle it.
    valid: False for what has the form but cannot be: 2월 30일, two amounts that differ, a grouping that is broken.
    unit: "KRW", "㎡", "개" … of money and quantities, else None.
    notes: what was tolerated or noticed, in words of `NOTES`.
    others: the values among which the text does not decide.
    """

    kind: str
    start: int
    end: int
    value: object
    valid: bool = True
    unit: str | None = None
    notes: tuple = ()
    others: tuple = ()


NOTES = {
    "look_alike": "a letter was taken as the digit that prints alike",
    "separators": "`.` was taken as the comma of a grouping",
    "spaces": "spaces inside a number were dropped",
    "grouping": "the groups of a number are not of three digits",
    "both_forms": "an amount in words and in figures, and they agree",
    "conflict": "an amount in words and in figures, and they differ",
    "two_digit_year": "the century was supplied",
    "year_inherited": "the year is that of the date before",
    "half_unsaid": "an hour up to twelve, of which half of the day is not said",
    "weekday_differs": "the weekday is not that of the date",
    "dangi": "a year of the era of Dangun, 2333 years ahead",
    "lunar": "a day of the lunar calendar, not converted",
    "unlabelled_region": "no province of the table",
    "unknown_region": "the city is not one of the province",
    "label": "an identifier whose label stands before it",
    "form": "an identifier that nothing else has the form of",
    "check": "an identifier whose check digit is right",
    "near": "digits that are an identifier if one of them was misread",
    "loose": "digits that have no form of an identifier, after the label of one",
    "masked": "an identifier whose end is hidden",
}

# A Hangul word that goes on after 원, 시 or 개 is another word, unless what follows is a particle or what an amount is said with.
_PARTICLES = "[을를이가은는의에와과도]|으로|부터|까지|씩|정도|이[상하내]|미만|초과|당|짜리|가량|[간인](?![가-힣])|입니다|이다|이며|이고|및"
AFTER = rf"(?![가-힣])|(?=(?:{_PARTICLES})(?![가-힣]{{3}}))"


def without_overlaps(values):
    """The longest of those that overlap, in the order of the text; of equally long ones the first given."""
    kept = []
    for value in sorted(values, key=lambda value: value.start - value.end):
        if all(value.end <= other.start or other.end <= value.start for other in kept):
            kept.append(value)
    return sorted(kept, key=lambda value: value.start)


def is_whole(value, text):
    """Whether the value is all that the text says, apart from spaces and the marks around it."""
    return not re.search(r"[^\s:：()\[\].,]", text[: value.start] + text[value.end :])
