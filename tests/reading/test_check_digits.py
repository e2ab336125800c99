from datetime import date

import pytest

from ocr_crnn.reading.check_digits import (
    birth_of,
    check_business,
    check_corporate,
    check_ean13,
    check_foreigner,
    check_luhn,
    check_mrz,
    check_rrn,
)

# Numbers of companies are published by them; those of persons are worked out on paper: 900101-123456 weighs
# 9·2 + 0·3 + 0·4 + 1·5 + 0·6 + 1·7 + 1·8 + 2·9 + 3·2 + 4·3 + 5·4 + 6·5 = 124, 124 mod 11 = 3, 11 − 3 = 8; of 900101-523456
# 124 + 4·8 = 156, 156 mod 11 = 2, 13 − 2 = 11, mod 10 = 1.
RIGHT = [
    (check_rrn, "9001011234568"),
    (check_foreigner, "9001015234561"),
    (check_business, "2208162517"),
    (check_business, "1208147521"),
    (check_business, "1248100998"),
    (check_corporate, "1301110006246"),
    (check_luhn, "4111111111111111"),
    (check_luhn, "378282246310005"),
    (check_ean13, "4006381333931"),
]


@pytest.mark.parametrize(("check", "digits"), RIGHT)
def test_a_right_number_and_each_one_with_another_last_digit(check, digits):
    assert check(digits)
    assert not any(check(digits[:-1] + last) for last in "0123456789" if last != digits[-1])


@pytest.mark.parametrize("check", sorted({check for check, _ in RIGHT}, key=lambda check: check.__name__))
@pytest.mark.parametrize("digits", ["", "1", "12345678901234567890", "９001011234568", "90010-1234568", "900101123456²"])
def test_what_is_no_string_of_so_many_digits_is_not_right(check, digits):
    assert not check(digits)


@pytest.mark.parametrize(
    ("digits", "born"),
    [
        ("9001011", date(1990, 1, 1)), ("9001013", date(2090, 1, 1)), ("0002294", date(2000, 2, 29)), ("0002291", None), ("9913011", None),
        ("9904311", None), ("8801019", date(1888, 1, 1)), ("8801015", date(1988, 1, 1)), ("200229", None), ("", None), ("90010１1", None),
    ],
)  # fmt: skip
def test_birth(digits, born):
    assert birth_of(digits) == born


def test_a_day_that_does_not_exist_is_no_resident_number_whatever_its_check_digit():
    assert not any(check_rrn(f"990230123456{last}") for last in range(10))
    assert not check_rrn("9001015234561") and not check_foreigner("9001011234568")


def test_machine_readable_fields():
    # The specimen of ICAO 9303: document number, birth, expiry.
    assert check_mrz("L898902C3", "6") and check_mrz("740812", "2") and check_mrz("120415", "9")
    assert not check_mrz("L898902C3", "5") and not check_mrz("", "0") and not check_mrz("a-b", "1") and not check_mrz("740812", "")
