"""Check rules of the numbers of persons and companies in Korean documents, on strings of plain digits.

The weights are those of the authorities' own rules as published; they were confirmed on numbers that listed companies publish
(220-81-62517, 120-81-47521, 124-81-00998, 130111-0006246). Every function answers False for a string of another length or with
anything but 0-9 in it.
"""

from datetime import date

_DIGITS = frozenset("0123456789")
_RESIDENT = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_BUSINESS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
_CENTURIES = {"9": 1800, "0": 1800, "1": 1900, "2": 1900, "5": 1900, "6": 1900, "3": 2000, "4": 2000, "7": 2000, "8": 2000}
_MRZ = (7, 3, 1)


def birth_of(digits):
    """The date of birth in a resident or foreigner number, from its first seven digits; None where there is no such day.

    The seventh digit is the century and the sex: 9, 0 1800s, 1, 2 1900s, 3, 4 2000s; of foreigners 5, 6 1900s, 7, 8 2000s.
    """
    if len(digits) < 7 or not _DIGITS.issuperset(digits[:7]):
        return None
    try:
        return date(_CENTURIES[digits[6]] + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return None


def check_rrn(digits):
    """Whether 13 digits are a resident number whose day exists and whose check digit is right: X = (11 − Σ w·d mod 11) mod 10.

    False does not mean that it is none: numbers given or changed since October 2020 end in random digits.
    """
    return _is_resident(digits, "901234", 11)


def check_foreigner(digits):
    """The same for the registration number of a foreigner: X = (13 − Σ w·d mod 11) mod 10."""
    return _is_resident(digits, "5678", 13)


def _is_resident(digits, sexes, base):
    if not _plain(digits, 13) or digits[6] not in sexes or birth_of(digits) is None:
        return False
    return (base - _weighed(digits, _RESIDENT) % 11) % 10 == int(digits[12])


def check_business(digits):
    """Whether 10 digits are a business registration number: the tens of the ninth product count as well."""
    if not _plain(digits, 10):
        return False
    return -(_weighed(digits, _BUSINESS) + int(digits[8]) * 5 // 10) % 10 == int(digits[9])


def check_corporate(digits):
    """Whether 13 digits are a corporate registration number: weights 1, 2, 1, 2, …"""
    return _plain(digits, 13) and -_weighed(digits, (1, 2) * 6) % 10 == int(digits[12])


def check_luhn(digits):
    """Whether 13 to 19 digits pass the check of payment cards (ISO/IEC 7812-1, annex B)."""
    if not 13 <= len(digits) <= 19 or not _plain(digits, len(digits)):
        return False
    return sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(reversed(digits))) % 10 == 0


def check_ean13(digits):
    """Whether 13 digits are those under a bar code (EAN-13): weights 1, 3, 1, 3, …"""
    return _plain(digits, 13) and -_weighed(digits, (1, 3) * 6) % 10 == int(digits[12])


def check_mrz(field, digit):
    """Whether a field of a machine-readable zone has that check digit (ICAO 9303-3): weights 7, 3, 1; A-Z are 10-35, < is 0."""
    if not digit or digit not in _DIGITS:
        return False
    values = [0 if c == "<" else int(c, 36) if c.isascii() and c.isalnum() else -1 for c in field]
    return min(values, default=-1) >= 0 and sum(v * _MRZ[i % 3] for i, v in enumerate(values)) % 10 == int(digit)


def _plain(digits, length):
    return len(digits) == length and _DIGITS.issuperset(digits)


def _weighed(digits, weights):
    return sum(int(d) * w for d, w in zip(digits, weights, strict=False))
