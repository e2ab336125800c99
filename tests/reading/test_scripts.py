"""Scripts of words by their characters."""

import numpy as np
import pytest

from ocr_crnn.page import Page
from ocr_crnn.reading.scripts import count_scripts, find_scripts

EXPECTED = {
    "계약서": "hangul", "ㄱ.": "hangul", "㈜한빛": "hangul", "3월": "hangul", "(주)LG": "latin", "가A": "hangul", "KOREA의": "latin",
    "Ｋ": "latin", "ΑΒ": "other", "Ω": "other", "第3條": "hanja", "樂": "hanja", "一": "hanja",
    "甲은": "hangul", "カナ": "kana", "ﾊ": "kana", "漢カ": "hanja",
    "㈠": "hanja", "〇": "hanja", "㈎": "hangul", "㉿": "hangul", "、": "symbol", "\u3000": "symbol", "ー": "kana", "\ue000": "symbol",
    "1,234": "digit", "③": "digit", "½": "digit", "-": "symbol", "%": "symbol", " ": "symbol",
}  # fmt: skip


@pytest.mark.parametrize("text", EXPECTED)
def test_one_word(text):
    page = find_scripts(Page(None, (9, 9), np.zeros((1, 4, 2)), [text]), None)
    assert list(page.scripts) == [EXPECTED[text]]


def test_pages():
    page = Page(None, (9, 9), np.zeros((3, 4, 2)), ["第3條의", None, "가"], attributes=[{"font": "a"}, {}, {}])
    page = find_scripts(page, None)
    assert list(page.scripts) == ["hanja", None, "hangul"]
    assert list(page.attributes) == [{"font": "a", "scripts": {"hangul": 1, "hanja": 2}}, {}, {}]
    assert len(find_scripts(Page(None, (9, 9), np.zeros((0, 4, 2)), []), None)) == 0
    assert count_scripts("") == {} and count_scripts("각A樂ｱ") == {"hangul": 1, "latin": 1, "hanja": 1, "kana": 1}
