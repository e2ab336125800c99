import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ocr_crnn.reading.folded_text import LOOK_ALIKES, fold
from ocr_crnn.reading.identifiers import KINDS, find_identifiers


def found(text, kinds=KINDS, context=""):
    """(kind, text) of what is found."""
    return [(one.kind, text[one.start : one.end]) for one in find_identifiers(text, kinds, context)]


@pytest.mark.parametrize(
    ("text", "kind", "written", "rule"),
    [
        ("900101-1234567", "rrn", "900101-1234567", "form"),
        ("주민등록번호9OO1O1 – l234567입니다", "rrn", "9OO1O1 – l234567", "label"),
        ("|900101-1234567|", "rrn", "900101-1234567", "form"),
        ("l900101-1234567", "rrn", "900101-1234567", "form"),
        ("900101-\n1234567", "rrn", "900101-\n1234567", "form"),
        ("9 0 0 1 0 1 - 1 2 3 4 5 6 7", "rrn", "9 0 0 1 0 1 - 1 2 3 4 5 6 7", "form"),
        ("９００１０１－１２３４５６７", "rrn", "９００１０１－１２３４５６７", "form"),
        ("900101ㅡ1234567", "rrn", "900101ㅡ1234567", "form"),
        ("9001011234568", "rrn", "9001011234568", "check"),
        ("주민번호: 9001011234567", "rrn", "9001011234567", "label"),
        ("901332-1234567", None, "", ""),
        ("909101-1234567", "rrn", "909101-1234567", "near"),
        ("주민등록번호 901332-1234567", "rrn", "901332-1234567", "label"),
        ("주민등록번호 90101-1234567", "rrn", "90101-1234567", "near"),
        ("주민등록번호 9X-0?1-12345678", "rrn", "9X-0?1-12345678", "loose"),
        ("860825 4126047", "rrn", "860825 4126047", "near"),
        ("주문번호 860825 4126047", None, "", ""),
        ("900101- - 1234567", "rrn", "900101- - 1234567", "form"),
        ("900101 * 1234567", "rrn", "900101 * 1234567", "form"),
        ("9001A01-1234567", "rrn", "9001A01-1234567", "near"),
        ("싱년월원 1900101- 1234567", "rrn", "1900101- 1234567", "near"),
        ("900101-12345678801234567893", "rrn", "900101-12345678801234567893", "near"),
        ("41111111 1111 1112", "card", "41111111 1111 1112", "near"),
        ("4111-1111-1111다1112", "card", "4111-1111-1111다1112", "near"),
        ("부산12 -12346-3", "licence", "부산12 -12346-3", "near"),
        ("문서번호 No. 58 11-12-123456-12", "licence", "11-12-123456-12", "form"),
        ("문서번호 11-12-123456-12", None, "", ""),
        ("권번호 M12345678", "passport", "M12345678", "label"),
        ("번호 376-868-916759", "account", "376-868-916759", "near"),
        ("8801234567893 국민은행 110-123-456789", "account", "110-123-456789", "label"),
        ("907-0505-1024--77 계좌", None, "", ""),
        ("900101-1******", "rrn", "900101-1******", "masked"),
        ("900101-5234567", "foreigner", "900101-5234567", "form"),
        ("130111-0006246", "rrn", "130111-0006246", "form"),
        ("법인등록번호 130111-0006246", "corporate", "130111-0006246", "label"),
        ("법인등록번호 110111-1234567", "rrn", "110111-1234567", "form"),
        ("사업자등록번호 220-81-62517", "business", "220-81-62517", "label"),
        ("220-81-62517", "business", "220-81-62517", "form"),
        ("4111-1111-1111-1111", "card", "4111-1111-1111-1111", "form"),
        ("4111 1111 1111 1111", "card", "4111 1111 1111 1111", "form"),
        ("4111-1111-1111-1112", "card", "4111-1111-1111-1112", "near"),
        ("4111-11**-****-1111", "card", "4111-11**-****-1111", "masked"),
        ("3782-822463-10005", "card", "3782-822463-10005", "form"),
        ("면허번호 11-12-123456-12", "licence", "11-12-123456-12", "label"),
        ("11-12-123456-12", "licence", "11-12-123456-12", "form"),
        ("서울 12-123456-12", "licence", "서울 12-123456-12", "form"),
        ("11-12-123456-1\n2", "licence", "11-12-123456-1\n2", "form"),
        ("계좌번호 123456-12-\n123456", "account", "123456-12-\n123456", "label"),
        ("태구 12-123456-12", "licence", "12-123456-12", "near"),
        ("4111 111 1111 1111", "card", "4111 111 1111 1111", "near"),
        ("여권번호 M123A4567", "passport", "M123A4567", "label"),
        ("Pa8sport No, M12345678", "passport", "M12345678", "label"),
        ("여권번호 M12345678", "passport", "M12345678", "label"),
        ("M123A45674KOR9001011M30010111234567<<<<<<<08", "passport", "M123A45674KOR9001011M30010111234567<<<<<<<08", "form"),
        ("주민등록번호 뒷자리 1234567", "rrn", "1234567", "loose"),
        ("생년월일 900101-123456-", "rrn", "900101-123456", "near"),
        ("588,928,000 4507212- 7593134", "foreigner", "4507212- 7593134", "near"),
        ("9913012-1234567", None, "", ""),
        ("문서번호 900101-123456", None, "", ""),
        ("999901-123456", None, "", ""),
        ("(뒤): 1234567", "rrn", "1234567", "loose"),
        ("국민 110-123-456789 홍길동", "account", "110-123-456789", "label"),
        ("신한은행 110-123-456789", "account", "110-123-456789", "label"),
        ("계좌번호 717-33164904542", "account", "717-33164904542", "label"),
        ("110-123-456789 (예금주 홍길동)", "account", "110-123-456789", "label"),
        ("문서번호 34오4022 4111-1111-1111-1112", "card", "4111-1111-1111-1112", "near"),
        ("카드번호 411-11%-11111-1112", "card", "411-11%-11111-1112", "loose"),
        ("계좌번호 412-361(08-56-407", "account", "412-361(08-56-407", "loose"),
        ("사업자번호 220-81-62517 광주은행", "business", "220-81-62517", "label"),
        ("여권번호49585981", "passport", "49585981", "loose"),
        ("Passport No. O936]5953", "passport", "O936]5953", "near"),
        ("여권 번호 R474X1.591", "passport", "R474X1.591", "loose"),
        ("서울4-872753-33", "licence", "서울4-872753-33", "near"),
        ("02-1234-5678", "phone", "02-1234-5678", "form"),
        ("01012345678", "phone", "01012345678", "form"),
        ("+82-10-1234-5678", "phone", "+82-10-1234-5678", "form"),
        ("(031)123-4567", "phone", "(031)123-4567", "form"),
        ("hong.gil@example.co.kr로", "email", "hong.gil@example.co.kr", "form"),
        ("hong@한국.kr", "email", "hong@한국.kr", "form"),
        ("가온투자증권 123-45-678901", "account", "123-45-678901", "label"),
        ("보험증권 123-45-678901", None, "", ""),
        ("우리 모두 12-34-567890", None, "", ""),
        ("주문번호 900101/1234567", None, "", ""),
        ("123456/1234567", None, "", ""),
        ("1588-1234~5", None, "", ""),
        ("대표전화 1588-1234", None, "", ""),
        ("010\n1234\n5678", "phone", "010\n1234\n5678", "form"),
        ("면허번호 11\n12\n123456\n12", "licence", "11\n12\n123456\n12", "label"),
        ("11\n12\n123456\n12", None, "", ""),
        ("여권번호 M1234\n5678", "passport", "M1234\n5678", "label"),
        ("여권번호 M123456\n78", "passport", "M123456\n78", "label"),
        ("계좌번호 123456\n-\n78\n-\n901234", "account", "123456\n-\n78\n-\n901234", "label"),
        ("123456-12345XX", None, "", ""),
    ],
)  # fmt: skip
def test_forms(text, kind, written, rule):
    assert [(one.kind, text[one.start : one.end], one.rule) for one in find_identifiers(text)] == ([(kind, written, rule)] if kind else [])


@pytest.mark.parametrize(
    "text", ["900101-1234567,850505-2345678", "4111-1111-1111-1111,5500-0000-0000-0004", "4111111111111111,5500000000000004"]
)
def test_a_comma_without_a_space_parts_two_numbers(text):
    assert [written for _, written in found(text)] == text.split(",")


def test_the_halves_of_a_number_have_labels_of_their_own():
    assert found("주민번호(앞) 900101 (뒤) 1234567") == [("rrn", "900101"), ("rrn", "1234567")]
    assert found("1234567", context="뒷자리\n") == [("rrn", "1234567")] and found("그 뒤 2024") == []


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "2026-11-26", "2026. 11. 26. 15:30", "1,234,567원", "주문번호 9001011234568", "8801234567893", "1234567890123",
        "쿠폰번호 4111-1111-1111-1112", "M123A4567", "110-123-456789", "1588-1234", "2024가합123456", "ISO 9001-2015", "20260101-1234567",
        "문서번호 12-123456-12", "12-123456-12", "주민등록번호 2026. 11. 26.(목)", "여권번호 19,498,400원",
        "카드번호 20260101-1234567-12345678", "면허번호 8801234567893",
        "12-900101-1234567", "900101-12345678", "1,900101-1234567", "주문번호 01012345678", "바코드 8801234567893",
    ],
)  # fmt: skip
def test_look_alikes_are_no_identifiers(text):
    assert find_identifiers(text) == []


def test_a_number_asked_for_or_not_keeps_others_from_its_place():
    text = "법인등록번호 130111-0006246, 계좌 국민 123456-12-123456, 010-1234-5678"
    assert found(text, ["rrn"]) == []
    assert found(text) == [("corporate", "130111-0006246"), ("account", "123456-12-123456"), ("phone", "010-1234-5678")]
    with pytest.raises(ValueError, match="Received: face"):
        find_identifiers("", ["face"])


def test_the_header_of_a_cell_counts():
    assert found("9001011234567", context="주민등록번호") == [("rrn", "9001011234567")]
    assert found("M123A4567", context="여권번호") == [("passport", "M123A4567")]
    assert found("130111-0006246", ["rrn"], "법인등록번호") == []


@pytest.mark.parametrize("text", ["a", "1", "1-", "1 ", "*", "@", "a.", "900101-1234567", "주민등록번호 9001011234567\n", "1,000 "])
def test_long_texts_take_their_time_and_no_more(text):
    start = time.process_time()
    find_identifiers(text * (4_000 // len(text)))
    assert time.process_time() - start < 5


def test_validity_and_value():
    one = find_identifiers("주민등록번호 9OO101-1234568")[0]
    assert (one.valid, one.value, one.label) == (True, "9001011234568", "주민등록번호")
    assert find_identifiers("서울 12-123456-12")[0].valid is None


texts = st.text(st.sampled_from("0123456789OolIBSB-–.·, \n가나주민등록번호계좌카드이*@한()+"), max_size=60)


@given(texts, texts)
@settings(max_examples=200, deadline=None)
@example("\n" * 3, "")
def test_places_are_of_the_text_and_apart(text, context):
    folded = fold(text)
    assert len(folded.plain) == len(folded.loose) == len(text)
    end = 0
    for one in find_identifiers(text, context=context):
        assert end <= one.start < one.end <= len(text) and one.kind in KINDS
        end = one.end


digits = st.text(st.sampled_from("0123456789"), min_size=13, max_size=13)
back = {digit: [letter for letter, to in LOOK_ALIKES.items() if to == digit] for digit in "0123456789"}


@given(digits, st.lists(st.integers(0, 12), max_size=4, unique=True), st.sampled_from(["-", " - ", "–", "·", "-\n", ""]), st.randoms())
@settings(max_examples=200, deadline=None)
def test_thirteen_digits_behind_their_label_are_found_whole_whatever_they_are_read_as(digits, places, dash, random):
    read = [random.choice(back[d]) if i in places and back[d] else d for i, d in enumerate(digits)]
    number = "".join(read[:6]) + dash + "".join(read[6:])
    text = f"주민등록번호: {number} 끝"
    (one,) = find_identifiers(text, ["rrn", "foreigner"])
    assert (text[one.start : one.end], one.value) == (number, digits)


@pytest.mark.parametrize(("text", "written", "rule"), [
    ("카드 번호 5625 0448 0294 3729 1957년 7월", "5625 0448 0294 3729 1957", "near"),  # the last four groups are right by chance
    ("카드번호 0001 4539 1488 0343 6467", "0001 4539 1488 0343 6467", "near"),  # the first group is of something else
    ("카드번호: 4539 1488 0343 6467 1957년", "4539 1488 0343 6467", "label"),
    ("카드번호: 4539 1488 0343 6467 19571년", "4539 1488 0343 6467", "label"),
])  # fmt: skip
def test_of_five_groups_behind_the_label_of_a_card_none_of_the_card_is_left(text, written, rule):
    (one,) = find_identifiers(text, ["card"])
    assert (text[one.start : one.end], one.rule) == (written, rule)
