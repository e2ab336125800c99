# ruff: noqa: E501 — tables of examples read better in long lines.
"""Names of people: which texts are names, and where running text and labelled values hold them."""

import pytest

from ocr_crnn.reading.people import find_people, is_name, name_at


@pytest.mark.parametrize("text", ["홍길동", "김철수", "남궁민수", "이준"])
def test_names(text):
    assert is_name(text, strict=False)


@pytest.mark.parametrize("text", ["이하", "주식회사", "정보", "신청인", "뷁길동", "홍", "홍길동은서", "Kim", "", "12", "주소"])
def test_what_is_no_name(text):
    assert not is_name(text, strict=False)


def test_running_text_has_to_give_more():
    assert is_name("홍길동") and not is_name("이준") and not is_name("조직원") and not is_name("한글샘")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("대표이사 홍길동 (인)", ["홍길동"]), ("홍 길 동 (인)", ["홍 길 동"]), ("김철수 귀하", ["김철수"]), ("위원장 이상훈은 말했다", ["이상훈"]),
        ("사무국장 박영희(010", ["박영희"]), ("채무자 함초롬(이하 “을”이라 한다)", ["함초롬"]), ("과장 김철수  팀장 박민수", ["김철수", "박민수"]),
        ("팀장 조직원", []), ("대표이사 황보시명", ["황보시명"]), ("(예금주 박 록 수)", ["박 록 수"]), ("의사 허준은 살인범을", []), ("윤실장님", []), ("명문대인 김일성", []), ("홍길동 인", ["홍길동"]), ("담당 부장 이사", []), ("고객님", []), ("채권자는 이하 같다", []), ("사업주 이하 같다", []),
    ],
)  # fmt: skip
def test_people_of_running_text(text, names):
    assert [text[start:end] for start, end, _ in find_people(text)] == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("홍길동", "홍길동"), ("  홍  길  동  (인)", "홍  길  동"), ("홍길동 부장", "홍길동"), ("나누리(인)", "나누리"), ("한글샘", "한글샘"), ("홍○○", "홍○○"), ("김 철수", "김 철수"),
        ("홍길동 010-1234", "홍길동"), ("국내 사업", None), ("정보통신", None), ("홍길동은 집에 갔다", None), ("", None), ("(인)", None),
    ],
)  # fmt: skip
def test_the_person_whom_a_value_begins_with(text, name):
    found = name_at(text)
    assert (found and text[found[0] : found[1]]) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [("신협 690-91-1432 (예금추 김서연)", "김서연"), ("(예금 용용미)", "용용미"), ("대표이서 박원호 ", "박원호"), ("굫감 김서연", "김서연"), ("상호 가온 성명 김서연 나인)", "김서연")],
)  # fmt: skip
def test_a_title_or_a_seal_may_have_a_letter_misread(text, name):
    assert [found[2] for found in find_people(text)] == [name]


@pytest.mark.parametrize(("text", "name"), [("옴옥슬은", "옥슬은"), ("왇율아 (인)", "왇율아"), ("돌다리길", None)])
def test_a_name_that_a_label_asks_for_may_have_a_syllable_misread_or_read_twice(text, name):
    found = name_at(text)
    assert (found and found[2]) == name
