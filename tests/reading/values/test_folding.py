"""Folding keeps places and touches nothing but numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.reading.values.folding import fold_digits, fold_forms, is_written, nearest, print_alike, with_gaps


@given(st.text(max_size=40))
def test_a_folded_text_is_as_long_as_the_text(text):
    assert len(fold_digits(fold_forms(text))) == len(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("2O24.01.31", "2024.01.31"),
        ("l,000,O00원", "1,000,000원"),
        ("1O월", "10월"),
        ("1S5,000", "155,000"),
        ("010-12l4-5O78", "010-1214-5078"),
    ],
)
def test_letters_in_numbers(text, folded):
    assert fold_digits(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("2025넌 2월 24일", "2025년 2월 24일"),
        ("2025년2윌24일", "2025년2월24일"),
        ("2025년 2월 24임", "2025년 2월 24일"),
        ("1,000윈", "1,000원"),
        ("2025넌 2윌 24일", "2025넌 2윌 24일"),
    ],
)
def test_units_that_are_misread(text, folded):
    assert fold_digits(text) == folded


@pytest.mark.parametrize("text", ["A4", "3D", "100l", "B12", "H2O", "5S", "Ol", "I/O", "1OO", "ISO9001", "SOS", "Q1"])
def test_words_and_codes_stay(text):
    assert fold_digits(text) == text


def test_syllables_that_print_alike():
    assert print_alike("명", "멍") and print_alike("액", "엑") and print_alike("울", "을") and not print_alike("계", "가")
    assert not print_alike("가", "가") and not print_alike("가", "A") and not print_alike("강", "넘")


def test_forms():
    assert fold_forms("２０２５—０１（월）∼￦’圓") == "2025-01(월)~₩'원"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("S60,000원", "560,000원"),
        ("3,11S,643 / 1,925,86Q", "3,115,643 / 1,925,860"),
        ("18:3B:29, 1시 4B분, 0시 S0분", "18:38:29, 1시 48분, 0시 50분"),
        ("2018. 3. 1I. – 2024.12,21", "2018. 3. 11. – 2024.12.21"),
        ("1960년 ○8월 26밀", "1960년 08월 26일"),
        ("평화로 78S, 101동, 한길 l2, 3층", "평화로 785, 101동, 한길 12, 3층"),
        ("1,443,780,00○원, 2034.10.○8.", "1,443,780,000원, 2034.10.08."),
        ("313,839현을, 일금 삼만오천 원청, 삼만 윈정", "313,839원을, 일금 삼만오천 원정, 삼만 원정"),
    ],
)
def test_a_form_that_is_sure_settles_its_letters(text, folded):
    assert fold_digits(text) == folded


@pytest.mark.parametrize(
    "text",
    [
        "제2조 원청 및 하도급",
        "○월 ○일",
        "12,10.25",
        "12B-345",
        "B12년",
        "1,000현정이",
        "2024,12,21",
        "10시 SB분",
        "1,○○○,000원",
        "010-○○○○-1234",
        "종로 BS, 3동",
    ],  # fmt: skip
)
def test_what_may_be_something_else_stays(text):
    assert fold_digits(text) == text


def test_syllables_that_korean_writes():
    assert [is_written(syllable) for syllable in "계곘감굫a"] == [True, False, True, False, True]


def test_the_nearest_word_is_the_only_one_a_letter_away():
    gaps = with_gaps(["국민은행", "예금주", "예금수"])
    assert [nearest(word, gaps) for word in ("국민온행", "국민은행", "국밈온행", "예금두", "예금주", "")] == [
        "국민은행",
        "국민은행",
        None,
        None,
        None,
        None,
    ]
