import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.reading.identifiers import KINDS, find_identifiers
from ocr_crnn.reading.mask_policy import hidden_places, hide, mask_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("900101-1234567", "900101-*******"),
        ("주민등록번호 9001011234567", "주민등록번호 900101*******"),
        ("9OO1O1 – l234567", "9OO1O1 – *******"),
        ("900101-1******", "900101-*******"),
        ("900101-5234567", "900101-*******"),
        ("909101-1234567", "******-*******"),
        ("주민등록번호 90101-1234567", "주민등록번호 *****-*******"),
        ("주민번호 981203-%22982", "주민번호 ******-******"),
        ("여권번호 M123A4567", "여권번호 M********"),
        ("11-12-123456-12", "11-12-******-**"),
        ("서울 12-123456-12", "서울 12-******-**"),
        ("4111-1111-1111-1111", "4111-11**-****-1111"),
        ("4111-1111-1111-1112", "****-****-****-****"),
        ("4111-1111-****-1111", "4111-11**-****-1111"),
        ("신한은행 110-123-456789", "신한은행 ***-***-**6789"),
        ("신한은행 110-123-45678", "신한은행 ***-***-*****"),
        ("토스뱅크 1100-1234-5678", "토스뱅크 ****-****-5678"),
        ("계좌번호 396-(00120-20-374", "계좌번호 ***-******-**-***"),
        ("5854-8659-08X6-9983", "5854-86**-****-9983"),
        ("02-1234-5678", "02-****-5678"),
        ("031-123-4567", "031-***-4567"),
        ("+82-10-1234-5678", "+82-10-****-5678"),
        ("+82-2-123-4567", "+82-2-***-4567"),
        ("01012345678", "010****5678"),
        ("220-81-62517", "220-81-*****"),
        ("법인등록번호 130111-0006246", "법인등록번호 130111-*******"),
        ("hong.gil@example.co.kr", "ho**.***@example.co.kr"),
        ("2026-11-26 1,234,567원", "2026-11-26 1,234,567원"),
        ("", ""),
    ],
)
def test_what_is_shown_of_a_number(text, shown):
    assert mask_text(text) == shown


def test_all_of_it():
    assert mask_text("900101-1234567 / hong@a.kr / 여권번호 M123A4567", whole=True) == "******-******* / ****@*.** / 여권번호 *********"
    assert mask_text("900101-1234567", ["card"]) == "900101-1234567"
    assert hide("abc", [0, 2], "X") == "XbX"


@given(st.text(st.sampled_from("0123456789Ol-– ·.주민등록번호계좌카드*@aK\n"), max_size=50))
@settings(max_examples=150, deadline=None)
def test_texts_keep_their_length_and_what_is_hidden_lies_in_its_number(text):
    masked = mask_text(text)
    assert len(masked) == len(text)
    for one in find_identifiers(text):
        assert set(hidden_places(text, one)) <= set(range(one.start, one.end))
    for kind in KINDS:
        assert len(mask_text(text, [kind])) == len(text)
