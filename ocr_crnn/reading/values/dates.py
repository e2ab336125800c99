"""Dates: 2025년 2월 24일 · 2025. 2. 24.(월) · '25.2.24 · 2026-11-26 · 단기 4358년 · Feb. 24, 2025.

The normal form is that of ISO 8601: 2025-02-24, 2025-02, 2025, and --02-24 where the year is not said. What no calendar has stays,
with `valid=False`: the text does say it.
"""

import datetime
import re

from ocr_crnn.reading.values.numerals import HANJA_DIGITS, SIGNS, parse_numeral
from ocr_crnn.reading.values.value import Value

_N = r"\d{1,2}"
_WEEKDAYS = "월화수목금토일"
_WEEKDAY = rf"(?:\s?\(\s?(?P<weekday>[{_WEEKDAYS}])(?:요일)?\s?\)|\s(?P<weekday_long>[{_WEEKDAYS}])요일)?"
_ERA = r"(?:(?P<era>단기|서기)\s?)?(?P<lunar>음력?\s?\)?\s?|\(음\)\s?)?"
_YEAR = r"(?P<year>\d{4}|'?\s?\d{2})"
_HANJA = f"[{HANJA_DIGITS}十拾]"
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH_NAME = rf"(?P<month_name>(?:{'|'.join(_MONTHS)})[a-z]*)\.?"
_LABEL = re.compile(r"(?:일자|날짜|일시|생년월일|생일|(?<![가-힣])[가-힣]{1,6}일|date|기한)\s*[:：)]?\s*$", re.IGNORECASE)
_LABEL_REACH = 20

_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<!\d){_ERA}{_YEAR}\s?년\s?(?P<month>{_N})\s?월\s?(?P<day>{_N})\s?일(?!\s?[간])(?!차){_WEEKDAY}",
        rf"(?<!\d){_ERA}{_YEAR}\s?년\s?(?P<month>{_N})\s?월(?!\s?일)(?!\s?\d{{1,2}}\s?일)",
        rf"(?<![\d.]){_ERA}(?P<year>\d{{4}}|'\s?\d{{2}})\s?\.\s?(?P<month>{_N})\s?\.\s?(?P<day>{_N})(?!\d)(?:\.(?!\d))?{_WEEKDAY}",
        rf"(?<![\d./-])(?P<year>\d{{2}})\.(?P<month>\d{{2}})\.(?P<day>\d{{2}})(?![\d/-]|\.\d)(?:\.(?!\d))?{_WEEKDAY}",
        *(rf"(?<![\d{s}])(?P<year>\d{{4}}|'\d{{2}})\s?{s}\s?(?P<month>{_N})\s?{s}\s?(?P<day>{_N})(?![\d{s}]){_WEEKDAY}" for s in "-/"),
        rf"(?<!\d){_ERA}(?P<year>\d{{4}}|'\d{{2}})\s?\.\s?(?P<month>{_N})\s?월(?!\s?\d)",
        rf"(?<![\d.])(?P<month>{_N})\s?월\s?(?P<day>{_N})\s?일(?!\s?[간])(?!차){_WEEKDAY}",
        r"(?<!\d)(?:(?P<era>단기|서기)\s?)(?P<year>\d{4})\s?년?",
        r"(?<!\d)(?P<year>(?:19|20)\d{2})\s?(?:학년도|년도|년)(?!\s{0,8}월|대|[가-힣]?\s?\d{1,2}\s?월)",
        rf"(?<![a-z]){_MONTH_NAME}\s?(?P<day>{_N})(?:st|nd|rd|th)?,?\s(?P<year>\d{{4}})(?!\d)",
        rf"(?<!\d)(?P<day>{_N})(?:st|nd|rd|th)?\s{_MONTH_NAME},?\s(?P<year>\d{{4}})(?!\d)",
        rf"(?P<year>{_HANJA}{{4}})\s?년\s?(?P<month>{_HANJA}{{1,2}})\s?월\s?(?P<day>{_HANJA}{{1,3}})\s?일",
    )
)
_BARE = re.compile(r"(?<!\d)(?P<year>\d{4}|\d{2})(?P<month>\d{2})(?P<day>\d{2})(?!\d)")
_LOOSE = re.compile(rf"(?<!\d)(?P<year>\d{{2}})\s?([./-])\s?(?P<month>{_N})\s?\2\s?(?P<day>{_N})(?!\d)\.?")
_UNTIL = re.compile(rf"\s?[~-]\s?(?P<month>{_N})\s?\.\s?(?P<day>{_N})(?!\d)(?:\.(?!\d))?{_WEEKDAY}")


def find_dates(text, labelled=False, today=None):
    """Values of the dates of a text whose forms are folded, those that overlap among them.

    labelled: the text stands beside the label of a date, so that 20261126, 261126 and 26.1.6 are dates too; without it they are
    only where such a label ends right before them. today: decides the century of a year of two digits, the latest that lies no
    more than ten years ahead.
    """
    today = today or datetime.date.today()
    for pattern in _PATTERNS:
        for found in pattern.finditer(text):
            date = _date(found, today)
            yield date
            after = _UNTIL.match(text, found.end())
            if after and date.valid and len(str(date.value)) == 10:
                until = _date(after, today, year=int(date.value[:4]))
                yield until._replace(start=after.start("month"), notes=(*until.notes, "year_inherited"))
    for found in _BARE.finditer(text):
        if labelled or _LABEL.search(text, max(0, found.start() - _LABEL_REACH), found.start()):
            date = _date(found, today)
            if date.valid:  # any other number has that form too
                yield date
    for found in _LOOSE.finditer(text) if labelled else ():
        yield _date(found, today)


def _date(found, today, year=None):
    groups = found.groupdict()
    notes, valid = [], True
    if groups.get("year"):
        year, noted = _year(groups["year"], groups.get("era"), today)
        notes += noted
    month, day = _month(groups), _part(groups.get("day"))
    start = found.start()
    if groups.get("lunar"):
        return Value("date", start, found.end(), None, _fits(year, month, day, lunar=True), notes=(*notes, "lunar"))
    valid = _fits(year, month, day)
    written = "-" if year is None else f"{year:04}"
    written += "".join(f"-{part:02}" for part in (month, day) if part is not None)
    weekday = groups.get("weekday") or groups.get("weekday_long")
    if valid and weekday and year and day and _WEEKDAYS[datetime.date(year, month, day).weekday()] != weekday:
        notes.append("weekday_differs")
    return Value("date", start, found.end(), written, valid, notes=tuple(notes))


def _year(text, era, today):
    digits = re.sub(r"\D", "", text)
    if not digits:
        return parse_numeral(text)[0], []
    year = int(digits)
    if era == "단기":
        return year - 2333, ["dangi"]
    if len(digits) == 2:
        century = today.year // 100 * 100
        return year + century - (100 if year + century > today.year + 10 else 0), ["two_digit_year"]
    return year, []


def _month(groups):
    name = groups.get("month_name")
    return _MONTHS.index(name[:3].lower()) + 1 if name else _part(groups.get("month"))


def _part(text):
    if text is None:
        return None
    return int(text) if text.isdecimal() else parse_numeral(text)[0] if re.fullmatch(f"[{SIGNS}]+", text) and parse_numeral(text) else 0


def _fits(year, month, day, lunar=False):
    """Whether a calendar has it; a day without a year fits a leap year, a month of the lunar calendar has 30 days at most."""
    if year is not None and not 1 <= year <= 9999 or month is not None and not 1 <= month <= 12:
        return False
    if day is None:
        return True
    if lunar:
        return 1 <= day <= 30
    try:
        datetime.date(2000 if year is None else year, month, day)
    except ValueError:
        return False
    return True
