import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.reading.damaged_numbers import find_damaged
from ocr_crnn.reading.folded_text import fold
from ocr_crnn.reading.identifiers import find_identifiers


@pytest.mark.parametrize(
    ("text", "kind", "written"),
    [
        # another number touches it
        ("2025110535670900101 -1234567", "rrn", "900101 -1234567"),
        ("218-81-15080900101-4234567", "rrn", "900101-4234567"),
        # a dash too many, a sign for a digit
        ("9-00101 - 1234567", "rrn", "9-00101 - 1234567"),
        ("900101-123-4567", "rrn", "900101-123-4567"),
        ("900101-12(4567", "rrn", "900101-12(4567"),
        ("850505-523456]", "foreigner", "850505-523456]"),
        ("7-90110-44996%", None, ""),
        ("36126-1323204", "rrn", "36126-1323204"),
        ("90,0101 - 1234567", "rrn", "90,0101 - 1234567"),
        # cards: touched, spaces lost, a sign for a digit, a letter too many
        ("4111111111111112", "card", "4111111111111112"),
        ("4111 1111 11項1 1112", "card", "4111 1111 11項1 1112"),
        ("4111-11A11-1111 -1112", "card", "4111-11A11-1111 -1112"),
        ("카드번호 1111 1111 1&11 1112", "card", "1111 1111 1&11 1112"),
        ("1111 1111 1&11 1112", None, ""),
        ("6064111-1111-1111-1112", "card", "4111-1111-1111-1112"),
        ("카드번호:3297 6068\\ 2952> 1571", "card", "3297 6068\\ 2952> 1571"),
        # licences: the last digit lost, a dot too many, a region misread or touched
        ("11-12-123456-1", "licence", "11-12-123456-1"),
        ("11-12-1.23456-12", "licence", "11-12-1.23456-12"),
        ("서을12123456--12", "licence", "12123456--12"),
        ("저울12-123456-12051-234-5678", "licence", "12-123456-12"),
        ("면여증 빈호:11 12 123456 12", "licence", "11 12 123456 12"),
        ("중북96 066710 76", "licence", "96 066710 76"),
        ("가온, 17 81-260957-53", "licence", "17 81-260957-53"),
        # accounts behind a name or a label that was misread
        ("신합·110-1234-5678-90", "account", "110-1234-5678-90"),
        ("임금계제 110 123456 78 901", "account", "110 123456 78 901"),
        ("새마을금고 : 123456-12-1234568808770825531", "account", "123456-12-123456"),
        ("계좌번호 110-1234-5678-908803714933181", "account", "110-1234-5678-90"),
        # a number of a company, and a dash read between it and that of a person
        ("200711-8752604-900101-1234567", "rrn", "900101-1234567"),
        # numbers between which the space was lost, or read as a dash
        ("주민등록번호 900101-1234567051-9302-1416", "rrn", "900101-1234567"),
        ("8804874717994-900101-1234567", "rrn", "900101-1234567"),
        ("바코드 880638128618523-95-909940-31", "licence", "23-95-909940-31"),
        # the day with its whole year, or with dots
        ("19900101-1234567", "rrn", "19900101-1234567"),
        ("1990.01.01 - 1234567", "rrn", "1990.01.01 - 1234567"),
        ("90.01.01-1234567", "rrn", "90.01.01-1234567"),
        ("90.01.32-1234567", None, ""),
        # signs strewn among the digits of a resident number
        ('주민등 록번호,9 "0 01.0-1.1,23.4 5:67', "rrn", '9 "0 01.0-1.1,23.4 5:67'),
    ],
)  # fmt: skip
def test_what_is_left_of_a_form(text, kind, written):
    found = [(one.kind, text[one.start : one.end], one.rule in ("near", "loose")) for one in find_identifiers(text)]
    assert [one for one in found if one[0] != "phone"] == ([(kind, written, True)] if kind else [])


def test_two_resident_numbers_that_touch():
    assert [one.value for one in find_identifiers("900101-1234567850202-2345678")] == ["9001011234567", "8502022345678"]


@pytest.mark.parametrize(
    "text",
    [
        "", "20260115101112-1234567", "20260101-1234567", "주문번호 4111111111111112", "1234567890123456", "쿠폰번호 4111-11A1-1111-1112",
        "110-1234-5678-90", "문서번호 11-12-123456-1", "2023 2024 2025 2026", "3456 4567 56 5678", "대구 0531234567", "02-1234-5678",
        "주민등록번호 2026. 11. 26.(목)", "계좌번호 900101-123-4567", "1,900101-123-4567", "문서번호 36126-1323204",
    ],
)  # fmt: skip
def test_look_alikes_stay(text):
    assert list(find_damaged(fold(text))) == []


@given(st.text(st.sampled_from("0123456789-. ,%()서울을번호가:\n"), max_size=60))
@settings(max_examples=150, deadline=None)
def test_places_lie_in_the_text_and_are_doubtful(text):
    for one in find_damaged(fold(text)):
        assert 0 <= one.start < one.end <= len(text) and one.rule in ("near", "loose")
