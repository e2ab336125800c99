# ruff: noqa: E501 — tables of examples read better in long lines.
"""Names of organisations, and what only looks like one."""

import pytest

from ocr_crnn.reading.organisations import find_organisations, name_in_field


def longest(text):
    spans = sorted({(start, end) for start, end, _, _ in find_organisations(text)})
    return [text[start:end] for start, end in spans if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in spans)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('주식회사 가온누리(이하 "발주자"라 한다)와 한빛문서기술(주)는', ["주식회사 가온누리", "한빛문서기술(주)"]), ("발주자 상호 주식회사 가온누리", ["주식회사 가온누리"]),
        ("(주)다온과 계약", ["(주)다온"]), ("다온건설 주식회사 대표이사 홍길동", ["다온건설 주식회사"]), ("㈜세림 및 가온(주)에서", ["㈜세림", "가온(주)"]),
        ("주식회사 미래와 을은", ["주식회사 미래"]), ("주식회사 전과", ["주식회사 전과"]), ("서울중앙지방법원으로 한다", ["서울중앙지방법원"]), ("국민은행 123", ["국민은행"]),
        ("우리은행에", ["우리은행"]), ("사업주 대륙바이오텍(이하 “갑”이라 한다)", ["대륙바이오텍"]), ("한빛 고등학교", ["한빛 고등학교"]), ("부산광역시교육청", ["부산광역시교육청"]), ("재단법인 한울문화유산연구원 이사장", ["재단법인 한울문화유산연구원"]),
    ],
)  # fmt: skip
def test_organisations(text, names):
    assert longest(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "관할법원에서",
        "국책은행의",
        "계약상대자(이하 “계약”이라 한다)",
        "평가위원회",
        "이 은행의",
        "거래은행",
        "주식회사의 주주",
        "위 주식회사는",
        "국회의원",
        "재적의원",
        "해당 병원",
        "받은 은행",
        "대학교",
        "주식회사",
        "(주)",
        "이행보증보험증권",
    ],
)
def test_what_is_no_organisation(text):
    assert not list(find_organisations(text))


def test_a_form_with_one_syllable_misread_is_one_still():
    assert find_organisations("주식회서 진흥호텔의 대표는")[0] == (0, 9, "주식회사 진흥호텔", "form")


def test_the_value_of_a_label():
    for text, name in [
        ("  금강복지재단 주식회사 (인사팀)", "금강복지재단 주식회사"),
        ("가온누리약국", "가온누리약국"),
        ("다온(주) 대표 홍길동", "다온(주)"),
    ]:
        assert text[slice(*name_in_field(text))] == name
    for text in ("", "-", "각 초등학교장", "12,000", "가" * 31):
        assert name_in_field(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("수신 다온마트(추) 귀중", "다온마트(추)"), ("첨단호텔(주0 귀중", "첨단호텔(주0"), ("코리아화학주)", "코리아화학주)"), ("누리농산 식회사", "누리농산 식회사"), ("주싲식회사 가온", "주싲식회사 가온"),
        ("부산온행 878158-04-018", "부산온행"), ("광명캐핊탈", "광명캐핊탈"),
    ],
)  # fmt: skip
def test_a_form_or_an_end_with_one_sign_misread_is_one_still(text, name):
    assert name in [text[start:end] for start, end, _, _ in find_organisations(text)]


@pytest.mark.parametrize("text", ["5월 3일(수) 개회", "가온연수원 앞", "지주회사의 주식", "(수) 담당"])
def test_what_is_near_a_form_and_none(text):
    assert not find_organisations(text)
