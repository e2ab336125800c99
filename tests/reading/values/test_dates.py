"""Dates: a table of forms, invalid days, and what is no date."""

import datetime

import pytest

from ocr_crnn.reading.values.dates import find_dates
from ocr_crnn.reading.values.finding import find_values, parse_value

TODAY = datetime.date(2025, 6, 1)
FORMS = {
    "2025년 2월 24일": "2025-02-24",
    "2025년2월24일": "2025-02-24",
    "2025. 2. 24.": "2025-02-24",
    "2025.02.24": "2025-02-24",
    "2025. 2. 24.(월)": "2025-02-24",
    "2025년 2월 24일 월요일": "2025-02-24",
    "'25.2.24": "2025-02-24",
    "‘25. 2. 24.": "2025-02-24",
    "25.02.24": "2025-02-24",
    "99.12.31": "1999-12-31",
    "2026-11-26": "2026-11-26",
    "2026/11/26": "2026-11-26",
    "2025년 2월": "2025-02",
    "2025년도": "2025",
    "12월 24일": "--12-24",
    "단기 4358년 2월 24일": "2025-02-24",
    "Feb. 24, 2025": "2025-02-24",
    "24 February 2025": "2025-02-24",
    "二〇二五年 二月 二十四日": "2025-02-24",
    "2O25년 l0월 1O일": "2025-10-10",
    "２０２５．２．２４．": "2025-02-24",
}


@pytest.mark.parametrize(("text", "value"), FORMS.items())
def test_a_date_is_found_whole_in_a_sentence(text, value):
    sentence = f"그는 {text} 계약하였다"
    (found,) = find_values(sentence)
    assert (found.kind, found.value, found.valid) == ("date", value, True)
    assert sentence[found.start : found.end] == text


@pytest.mark.parametrize(
    ("text", "value"), [("2025년 2월 30일", "2025-02-30"), ("2025. 13. 1.", "2025-13-01"), ("2023-02-29", "2023-02-29")]
)
def test_a_day_that_no_calendar_has_is_kept_and_said_to_be_none(text, value):
    (found,) = find_values(text)
    assert (found.kind, found.value, found.valid) == ("date", value, False)


@pytest.mark.parametrize(
    "text",
    [
        "2025년   월   일",
        "1970년대",
        "3년간",
        "제12조의3",
        "3.12.4",
        "1.2.3",
        "192.168.0.1",
        "20261126",
        "24일간",
        "010-2025-0224",
        "2025-0224-01",
    ],
)
def test_what_is_no_date(text):
    assert not [value for value in find_values(text) if value.kind == "date"]


def test_a_bare_number_is_a_date_only_beside_its_label_and_only_if_the_day_exists():
    assert [value.value for value in find_values("생년월일: 19900131")] == ["1990-01-31"]
    assert find_values("문서번호: 19900131") == [] == find_values("생년월일: 19900231")
    assert parse_value("900131", "date").value == "1990-01-31"


def test_what_was_supplied_or_is_odd_is_noted():
    assert parse_value("2025. 2. 24.(화)", "date").notes == ("weekday_differs",)
    assert parse_value("'25. 2. 24.", "date").notes == ("two_digit_year",)
    lunar = parse_value("음력 2025년 1월 30일", "date")
    assert (lunar.value, lunar.valid, lunar.notes) == (None, True, ("lunar",))
    assert parse_value("2O25.01.31", "date").notes == ("look_alike",)


def test_the_second_date_of_a_period_has_the_year_of_the_first():
    first, second = find_values("2025. 3. 1. ~ 4. 31.")
    assert (first.value, second.value, second.valid, second.notes) == ("2025-03-01", "2025-04-31", False, ("year_inherited",))


def test_the_century_follows_from_today():
    (found,) = [value for value in find_dates("'36.1.1", today=TODAY) if value.notes]
    assert found.value == "1936-01-01"
    (found,) = [value for value in find_dates("'35.1.1", today=TODAY) if value.notes]
    assert found.value == "2035-01-01"
