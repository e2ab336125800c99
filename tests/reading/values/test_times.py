# ruff: noqa: E501 — tables of examples read better in long lines.
"""Times of day."""

import pytest

from ocr_crnn.reading.values.finding import find_values
from ocr_crnn.reading.values.times import find_times

FORMS = {
    "오후 3시 30분": "15:30", "오전 12시": "00:00", "15:30": "15:30", "15:30:20": "15:30:20",
    "PM 3:05": "15:05", "3:05 pm": "15:05", "9시": "09:00",
    "9시 반": "09:30", "정오": "12:00", "밤 11시": "23:00", "밤 1시": "01:00", "저녁 7시": "19:00", "낮 12시": "12:00", "새벽 3시": "03:00", "낮 2시": "14:00", "24:00": "24:00", "오후 1시 5분 9초": "13:05:09",
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), FORMS.items())
def test_times(text, value):
    (found,) = find_values(f"회의 {text}에")
    assert (found.kind, found.value, found.valid, found.start, found.end) == ("time", value, True, 3, 3 + len(text))


@pytest.mark.parametrize("text", ["25:30", "1:2", "3시간", "12:345", "3시설", "24:30", "서울시 5"])
def test_what_is_no_time(text):
    assert not list(find_times(text))


def test_an_impossible_time_that_says_it_is_one_is_kept():
    (found,) = find_times("오후 13:70")
    assert not found.valid


@pytest.mark.parametrize("text", ["1237:02", "23:2543", "PM :30", "PM 7:8"])
def test_a_time_that_lost_a_sign_has_no_value(text):
    (found,) = find_values(f"가 {text} 나")
    assert (found.kind, found.value, found.valid) == ("time", None, False)
    assert f"가 {text} 나"[found.start : found.end] == text


@pytest.mark.parametrize("text", ["1:30 이상", "축척은 1:50", "경쟁률 3:15", "1237:92", "12:3475"])
def test_ratios_are_no_times(text):
    assert not list(find_times(text))
