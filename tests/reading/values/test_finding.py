"""All values of a text, and of a field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.reading.values.finding import KINDS, find_values, parse_value
from ocr_crnn.reading.values.value import NOTES


@given(st.text("0123456789.,-/년월일시분원만억금₩()~ '가나OolI\n서울특별시", max_size=40))
def test_values_lie_in_the_text_in_order_and_apart(text):
    found = find_values(text)
    assert all(0 <= value.start < value.end <= len(text) for value in found)
    assert all(before.end <= after.start for before, after in zip(found, found[1:], strict=False))
    assert all(text[value.start] != " " and set(value.notes) <= set(NOTES) for value in found)
    for kind in KINDS:
        parse_value(text, kind)


def test_a_line_of_a_contract():
    text = "계약금 3,000,000원은 2025년 3월 3일 오후 2시까지 서울특별시 중구 세종대로 110에서 지급하며 이자는 5%로 한다"
    assert [(value.kind, value.value) for value in find_values(text)] == [
        ("money", 3_000_000), ("date", "2025-03-03"), ("time", "14:00"), ("address", "서울특별시 중구 세종대로 110"), ("quantity", 5),
    ]  # fmt: skip


def test_a_field_is_of_its_kind_or_none():
    assert parse_value("20261126", "date").value == "2026-11-26"
    assert parse_value("일금 삼백만원", "money").value == 3_000_000
    assert parse_value("-1,234.5", "number").value == -1234.5
    assert parse_value("삼백", "number").value == 300
    assert parse_value("홍길동 2025-01-02", "date") is None and parse_value("", "date") is None and parse_value("홍길동", "number") is None
    with pytest.raises(ValueError, match="Name one of"):
        parse_value("1", "colour")
