"""Numbers with units."""

import pytest

from ocr_crnn.reading.values.finding import find_values

FORMS = {
    "84.95㎡": (84.95, "㎡"), "30%": (30, "%"), "1,200kg": (1200, "kg"),
    "5개월": (5, "개월"), "3년": (3, "년"), "2부": (2, "부"), "5 명": (5, "명"),
    "3시간": (3, "시간"), "-5℃": (-5, "℃"),
    "12매": (12, "매"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), FORMS.items())
def test_quantities(text, said):
    (found,) = find_values(f"약 {text}.")
    assert (found.kind, found.value, found.unit, found.start, found.end) == ("quantity", *said, 2, 2 + len(text))


@pytest.mark.parametrize(
    "text", ["제3장", "제 2 회", "별표 3호", "24일", "5개인정보", "3대원칙", "A4 1", "3.1.2 개요", "2025년", "1,2,3명"]
)
def test_what_is_no_quantity(text):
    assert not [value for value in find_values(text) if value.kind == "quantity"]


def test_days_are_a_length_of_time_only_where_it_is_said():
    assert [(value.value, value.unit) for value in find_values("받은 날부터 14일 이내에, 매월 25일에")] == [(14, "일")]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [("12시간 41분", 761, "분"), ("1시간 30분을", 90, "분"), ("2시간 0분 5초", 7205, "초"), ("1년 6개월", 18, "개월")],
)
def test_a_length_of_time_is_one_quantity_in_its_smaller_unit(text, value, unit):
    (found,) = find_values(f"총 {text}")
    assert (found.kind, found.value, found.unit) == ("quantity", value, unit)
