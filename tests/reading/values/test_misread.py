# ruff: noqa: E501 — tables of examples read better in long lines.
"""Values of which one sign was misread, lost or added."""

import re

import pytest

from ocr_crnn.reading.values.finding import find_values
from ocr_crnn.reading.values.misread import find_misread, one_sign_off


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("date", "20나4.09.17."), ("date", "1973 3. 20"), ("date", "2Q024년 7월 24일"), ("date", "1966, 9. 6"), ("date", "2004. 10. 14.(목9"), ("date", "197Q년11월24일"), ("date", "239. 8. 28."),
        ("phone", "044-*2**-9227"), ("phone", "064-179-919"), ("phone", "06나-114-2644"), ("phone", "+83-52-121-2816"), ("time", "19:28가09"), ("time", "07:다9"),
        ("business", "615-5-50662"), ("rrn", "7207S8-6●●●●●●"), ("card", "2372-6221-9435-56나0"), ("email", "lee-9@venhyo,co.kr"), ("email", "lee-9@ven나hyo.co.kr"), ("email", "lee_9가venhyo.co.kr"),
    ],
)  # fmt: skip
def test_the_form_says_what_it_is_and_not_which(kind, text):
    (found,) = find_misread(f"가: {text} 끝")
    assert (found.kind, f"가: {text} 끝"[found.start : found.end], found.value, found.valid, found.notes) == (
        kind,
        text,
        None,
        False,
        ("near",),
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "23/26", "28x28", "2014-12301", "190101-12", "1.5.7 3", "1,234 5,678 9", "react@canary", "www.xi나danfin.kr", "오늘은 3월 5일", "12-34-56", "제2024-123호", "010-1234",
        "2024년 13월 45일이", "20241126",
    ],
)  # fmt: skip
def test_other_numbers_are_nothing_misread(text):
    assert not list(find_misread(text))


def test_a_value_that_is_whole_beside_one_sign_stays_what_it_is():
    (date,) = find_values("가2005/11/01 이후")
    assert date.value == "2005-11-01"


def test_one_sign_left_out_replaced_or_put_in():
    form = re.compile("[a\1]b[c\2]")
    assert [one_sign_off(text, form) for text in ("abxc", "xbc", "ab", "9bc", "abc", "xyz", "")] == [
        True,
        True,
        True,
        False,
        True,
        False,
        False,
    ]
