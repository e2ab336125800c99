"""Telephone numbers that are not whole."""

import pytest

from ocr_crnn.reading.values.phones import find_hidden_phones


@pytest.mark.parametrize("text", ["010-****-7324", "032) ●●●●-0128", "(02) ***-1234"])
def test_a_number_whose_middle_is_hidden_has_no_value(text):
    (found,) = find_hidden_phones(f"연락처 {text} 비고")
    assert (f"연락처 {text} 비고"[found.start : found.end], found.value, found.notes) == (text, None, ("masked",))


def test_other_hidden_numbers_are_no_phones():
    assert not list(find_hidden_phones("900101-1****** 1234-****-****-1234 010-****-73245"))
