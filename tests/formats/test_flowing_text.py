import pytest

from ocr_crnn.formats.flowing_text import join_lines


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["계약을 체결", "한다."], "계약을 체결한다."),
        (["본 계약은", "서명한 날부터"], "본 계약은 서명한 날부터"),
        (["당사자", "를 말한다"], "당사자를 말한다"),
        (["당사자", "이 계약"], "당사자 이 계약"),  # 이 is a word too
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
