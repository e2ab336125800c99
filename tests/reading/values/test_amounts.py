"""Amounts: figures, words, both, and what is no amount."""

import pytest

from ocr_crnn.reading.values.amounts import find_amounts, parse_amount, torn_amount
from ocr_crnn.reading.values.finding import find_values

FORMS = {
    "일금 사천팔백만 원정": 48_000_000,
    "일금삼백만원정": 3_000_000,
    "금 삼백만원": 3_000_000,
    "金 壹百貳拾萬圓整": 1_200_000,
    "48,400,000원": 48_400_000,
    "48,400,000 원": 48_400_000,
    "₩48,400,000": 48_400_000,
    "￦ 1,000-": 1_000,
    "\\1,000": 1_000,
    "3억 2천만 원": 320_000_000,
    "1억 2,003만원": 120_030_000,
    "12만 5천원": 125_000,
    "1,234천원": 1_234_000,
    "1.5억 원": 150_000_000,
    "△1,200원": -1_200,
    "-1,200원": -1_200,
    "₩-1,200": -1_200,
    "오만원": 50_000,
    "0원": 0,
    "1,200,000 KRW": 1_200_000,
}


@pytest.mark.parametrize(("text", "value"), FORMS.items())
def test_an_amount_is_found_whole_in_a_sentence(text, value):
    sentence = f"총 {text} 지급"
    (found,) = find_values(sentence)
    assert (found.kind, found.value, found.valid, found.unit) == ("money", value, True, "KRW")
    assert sentence[found.start : found.end] == text


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("US$1,200.50", 1200.5, "USD"), ("1,200달러", 1200, "USD"), ("€30", 30, "EUR"), ("USD 1,234.56", 1234.56, "USD")],
)
def test_other_currencies(text, value, unit):
    (found,) = find_values(text)
    assert (found.value, found.unit, found.end) == (value, unit, len(text))


@pytest.mark.parametrize(
    "text",
    [
        "병원",
        "구조원 다섯",
        "만원 버스",
        "이사원",
        "서울 일원",
        "예금 1000",
        "회원 3명",
        "1,000원칙",
        "5원소",
        "48,400,000",
        "지원금",
        "제3조원칙",
        "구성원",
    ],
)
def test_what_is_no_amount(text):
    assert not [value for value in find_values(text) if value.kind == "money"]


def test_both_forms_together_are_one_amount():
    text = "계약금액 일금 사천팔백사십만 원정 (₩48,400,000)"
    (found,) = find_amounts(text)
    assert (found.value, found.notes, text[found.start : found.end]) == (48_400_000, ("both_forms",), text[5:])
    text = "48,400,000원(일금 사천팔백사십만 원정)"
    (found,) = find_amounts(text)
    assert (found.value, found.notes, found.end) == (48_400_000, ("both_forms",), len(text))


def test_forms_that_differ_have_no_value():
    (found,) = find_amounts("일금 삼백만원정(₩3,100,000)")
    assert (found.value, found.valid, found.notes, found.others) == (None, False, ("conflict",), (3_000_000, 3_100_000))


def test_two_amounts_of_figures_are_two():
    assert [value.value for value in find_amounts("1,000원(2,000원)")] == [1000, 2000]


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("1.000원", 1000, "separators"),
        ("48.400,000원", 48_400_000, "separators"),
        ("48, 400, 000원", 48_400_000, "spaces"),
        ("1,2O0원", 1200, "look_alike"),
        ("l,000원", 1000, "look_alike"),
    ],
)
def test_what_a_reader_gets_wrong_is_mended_and_noted(text, value, note):
    (found,) = find_values(text)
    assert (found.value, found.notes) == (value, (note,))


def test_a_broken_grouping_has_no_value():
    (found,) = find_values("12,34원")
    assert (found.kind, found.value, found.valid, found.notes) == ("money", None, False, ("grouping",))


@pytest.mark.parametrize(
    ("text", "value"),
    [("48,400,000", 48_400_000), ("(1,234)", -1234), ("△3,000", -3000), ("1.000", 1000), (" 500 원", 500), ("(금 500원)", 500)],
)
def test_a_field_of_amounts_needs_no_unit(text, value):
    assert parse_amount(text).value == value


@pytest.mark.parametrize("text", ["", "홍길동", "500개", "약 3,000원", "1,000원 2,000원"])
def test_a_field_that_holds_no_amount(text):
    assert parse_amount(text) is None


@pytest.mark.parametrize("text", ["1,95,860", "10,22,000", "1,3다4,020", "5.,050", "₩27,691,3I19", "1,0000원"])
def test_groups_of_figures_with_one_sign_wrong_are_an_amount_without_value(text):
    found = torn_amount(text)
    assert (found.value, found.valid, found.start) == (None, False, 0)


def test_a_torn_amount_in_a_sentence_is_money_that_nobody_knows():
    text = "금액 45가,286,540원(부가세 별도)과 1,392,43Q0,000원을"
    assert [(v.kind, text[v.start : v.end], v.value, v.valid) for v in find_values(text)] == [
        ("money", "45가,286,540원", None, False), ("money", "1,392,43Q0,000원", None, False),
    ]  # fmt: skip
    assert find_values("품목,수량,단가원 서울,2023,10원") == []


@pytest.mark.parametrize("text", ["", "1.5", "가,나다라", "12,3", "2024.1.3", "한빛,다온", "1,3다4,02S"])
def test_what_is_no_torn_amount(text):
    assert torn_amount(text) is None
