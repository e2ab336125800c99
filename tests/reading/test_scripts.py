"""Scripts of words by their characters."""

from dataclasses import replace

import numpy as np
import pytest

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.reading.line_scripts import LineScripts
from ocr_crnn.reading.scripts import count_scripts, find_scripts, settle

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


def test_the_image_is_believed_where_it_shows_kana():
    kana, sure_hangul = LineScripts("kana", 0.9, []), LineScripts("hangul", 0.99, [])
    assert settle("hangul", kana) == "kana" and settle("hangul", kana._replace(share=0.5)) == "hangul"
    assert settle("hanja", sure_hangul) == "hanja" and settle("digit", LineScripts("unknown", 0.0, [])) == "digit"


def test_without_an_image_or_with_paper_alone_the_text_decides():
    page = Page(None, (40, 300), boxes_to_quads([[0, 0, 60, 40], [100, 0, 60, 40]]), ["가나", "AB"])
    blank = np.full((40, 300, 3), 255, np.uint8)
    for image in (None, blank):
        assert list(find_scripts(page, image).scripts) == ["hangul", "latin"]


def test_each_word_is_looked_at_where_it_stands(monkeypatch):
    seen = []

    def look(crop, network):
        seen.append(crop.shape)
        return LineScripts("kana", 1.0, [])

    monkeypatch.setattr("ocr_crnn.reading.scripts.find_line_scripts", look)
    page = Page(None, (80, 300), boxes_to_quads([[10, 20, 60, 20], [100, 20, 60, 20], [200, 20, 60, 20]]), ["가나", None, "3"])
    blank = np.zeros((80, 300, 3), np.uint8)
    assert list(find_scripts(page, blank, network="one").scripts) == ["kana", None, "kana"]
    assert seen == [(30, 70), (30, 70)]  # with the margin of a reader's crops
    sure = replace(page, scores=[0.99, 0.99, 0.5])
    assert list(find_scripts(sure, blank, network="one").scripts) == ["hangul", None, "kana"] and len(seen) == 3


def test_without_the_network_the_text_decides_alone(monkeypatch):
    monkeypatch.setattr("ocr_crnn.reading.scripts.shipped_network", lambda: None)
    page = Page(None, (40, 300), boxes_to_quads([[0, 0, 60, 40]]), ["甲은"])
    assert list(find_scripts(page, np.zeros((40, 300, 3), np.uint8)).scripts) == ["hangul"]
