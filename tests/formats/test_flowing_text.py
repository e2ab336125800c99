import pytest

from ocr_crnn.formats.flowing_text import join_lines


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["계약을 체결", "한다."], "계약을 체결한다."),
        (["본 계약은", "서명한 날부터"], "본 계약은 서명한 날부터"),
        (["당사자", "를 말한다"], "당사자를 말한다"),
        (["계약 당사자", "이 계약을"], "계약 당사자 이 계약을"),  # 이 is a word too
        (["발주자는 대금을 지", "급하여야 한다"], "발주자는 대금을 지급하여야 한다"),
        (["이 계약의 해", "석에 관하여"], "이 계약의 해석에 관하여"),
        (["뷁", "뷁"], "뷁 뷁"),  # the model knows neither
        (["제3조(목적", ") 가"], "제3조(목적) 가"),
        (["state-", "of the art"], "state-of the art"),
        (["합계 -", "abc"], "합계 - abc"),
        (["3", "은행"], "3 은행"),
        (["", " 가 ", ""], "가"),
        ([], ""),
    ],
)
def test_lines_are_joined_as_korean_is_written(lines, text):
    assert join_lines(lines) == text
