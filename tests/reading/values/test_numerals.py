"""Numbers in figures and words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.reading.values.numerals import parse_figures, parse_numeral, plain
from ocr_crnn.synthesis.text.fields import in_units, in_words

NUMBERS = {
    "삼백만": 3_000_000,
    "만": 10_000,
    "천이백": 1_200,
    "일천이백": 1_200,
    "사천팔백사십만": 48_400_000,
    "壹貳參": 123,
    "二〇二五": 2025,
    "五千萬": 50_000_000,
    "3억 2천만": 320_000_000,
    "1억 2,003만": 120_030_000,
    "5백": 500,
    "영": 0,
    "십억": 1_000_000_000,
    "만삼": 10_003,
}


@pytest.mark.parametrize(("text", "value"), NUMBERS.items())
def test_numbers(text, value):
    assert parse_numeral(text) == (value, ())


@pytest.mark.parametrize("text", ["만삼만", "백백", "십천", "사오만", "억만", "백100", "만20000", ""])
def test_what_is_no_number(text):
    assert parse_numeral(text) is None


@given(st.integers(0, 10**16 - 1))
def test_words_of_a_number_say_that_number(value):
    assert parse_numeral(in_words(value))[0] == value
    assert parse_numeral(in_words(value, one_first=False))[0] == value


@given(st.integers(1, 10**12 - 1))
def test_a_number_in_units_is_that_number(value):
    assert parse_numeral(in_units(value)) == (value, ())


@given(st.text("0123456789,. 만억조천백십일이삼", max_size=12))
def test_any_text_is_a_number_or_none(text):
    parsed = parse_numeral(text)
    assert parsed is None or parsed[0] is None and "grouping" in parsed[1] or parsed[0] >= 0


def test_figures():
    assert parse_figures("1,234.5") == (Decimal("1234.5"), ())
    assert parse_figures("1.234") == (Decimal("1.234"), ())
    assert parse_figures("1.234", whole=True) == (1234, ("separators",))
    assert parse_figures("12,34") == (None, ("grouping",))
    assert parse_figures("1, 234, 567") == (1234567, ("spaces",))
    assert parse_figures("x") is None
    assert (plain(None), plain(Decimal("2.50")), plain(Decimal("2"))) == (None, 2.5, 2)
