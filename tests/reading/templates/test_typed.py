# ruff: noqa: E501 — tables read better in long lines.
"""What the text of a field says by its type, worked out by hand."""

import pytest

from ocr_crnn.reading.templates.schema import MARKS, TYPES
from ocr_crnn.reading.templates.typed import digits_of, read_value

VALUES = [
    ("date", "2026년 3월 5일", "2026-03-05", True), ("date", "2026. 3. 5.", "2026-03-05", True), ("date", "| 2026-03-05", "2026-03-05", True),
    ("date", "2026. 2. 30.", "2026-02-30", False), ("date", "내일", None, False),
    ("date", "1997-08-1d", None, False), ("date", "2000넌 4월 17일.", "2000-04-17", True),
    ("date", "1974. 7 14.", "1974-07-14", True), ("date", "2000넌 4월 17일", "2000-04-17", True), ("date", "4997년 7월 10일", "4997-07-10", False),
    ("amount", "48,400,000원", 48400000, True), ("amount", "₩1,200", 1200, True), ("amount", "일금 삼백만원정", 3000000, True),
    ("amount", "많이", None, False),
    ("amount", "₩69,800 ,000", 69800000, True), ("amount", "4₩84,100", 84100, True), ("amount", "*9,980,000", 9980000, True),
    ("amount", "g,000,000원", 9000000, True), ("amount", "54,800,00", None, False), ("amount", "-1,200", -1200, True),
    ("number", "1,024", 1024, True), ("number", "3.85", 3.85, True), ("number", "넷째", None, False),
    ("person", "홍 길 동", "홍길동", True), ("person", "추 주규", "추주규", True), ("person", "Kim Nuri", "Kim Nuri", True), ("person", "나누리 (인)", "나누리", True), ("person", "나누2", "나누2", False),
    ("phone", "010-0123-4567", "01001234567", True), ("phone", "O10-0123-4567", "01001234567", True), ("phone", "전화: 02-123-4567", "021234567", True),
    ("phone", "031,004,9583", "0310049583", True), ("phone", "051123·4567", "0511234567", True),
    ("phone", "10-0123-4567", "1001234567", False), ("phone", "1588-0000", "15880000", True),
    ("phone", "010-01", None, False), ("phone", "없음", None, False),
    ("brn", "220-81-62517", "2208162517", True), ("brn", "220-81-62518", "2208162518", False), ("brn", "220-81-6251", None, False),
    ("corp", "130111-0006246", "1301110006246", True), ("rrn", "901332-1234567", "9013321234567", False),
    ("card", "4111-1111-1111-1111", "4111111111111111", True),
    ("account", "국민은행 123-45-6789", "123456789", True), ("account", "국민은행", None, False),
    ("text", "총무과", "총무과", True), ("organisation", "(주) 가온  누리", "(주) 가온 누리", True), ("organisation", "(㈜가온", "(주)가온", True),
    ("organisation", "가온㈜)", "가온(주)", True), ("organisation", "주)가온", "(주)가온", True), ("organisation", "우주가온", "우주가온", True), ("address", "|", None, False),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "text", "value", "valid"), VALUES)
def test_a_value_is_in_its_normal_form(type_, text, value, valid):
    typed = read_value(text, type_)
    assert (typed.value, typed.valid) == (value, valid)
    assert typed.valid or typed.reason or type_ == "date"


def test_every_type_is_read_and_none_fails_on_specks():
    for type_ in set(TYPES) - set(MARKS):
        for text in ("", " | ", "·", "()", "\u200b"):
            assert read_value(text, type_).valid in (True, False)


def test_a_choice_is_taken_in_spite_of_one_misread_letter():
    choices = ("정규직", "계약직", "시간제")
    assert read_value("정규직", "text", choices) == ("정규직", True, "")
    assert read_value("정 규 작", "text", choices)[:2] == ("정규직", True)
    assert read_value("인턴", "text", choices) == (None, False, "The choices are 정규직, 계약직, 시간제.")
    assert not read_value("직", "text", choices).valid
    assert read_value("3,000,000", "amount", ("3,000,000", "5,000,000")) == (3000000, True, "")


def test_digits_are_folded_only_among_digits():
    assert digits_of("22O-8l-62517") == ("2208162517", True)
    assert digits_of("SOS-1")[1] is False
