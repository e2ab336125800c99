"""Telephone numbers that are not whole."""

import pytest

from ocr_crnn.reading.values.phones import find_hidden_phones, torn_phone


@pytest.mark.parametrize("text", ["010-****-7324", "032) ●●●●-0128", "(02) ***-1234"])
def test_a_number_whose_middle_is_hidden_has_no_value(text):
    (found,) = find_hidden_phones(f"연락처 {text} 비고")
    assert (f"연락처 {text} 비고"[found.start : found.end], found.value, found.notes) == (text, None, ("masked",))


def test_other_hidden_numbers_are_no_phones():
    assert not list(find_hidden_phones("900101-1****** 1234-****-****-1234 010-****-73245"))


@pytest.mark.parametrize(
    ("text", "number"),
    [("TEL. 054-0122-751", "054-0122-751"), ("06나-114-2644", "06나-114-2644"), ("(082)16155-687", None), ("010-0058-6352", None)],
)
def test_behind_a_label_one_sign_may_be_lost_or_misread(text, number):
    found = torn_phone(text)
    assert (found and text[found.start : found.end]) == number
    assert found is None or (found.value, found.valid, found.notes) == (None, False, ("near",))


def test_what_is_no_number_is_no_phone():
    assert torn_phone("") is None and torn_phone("담당자에게 문의") is None and torn_phone("2024-11-26") is None
