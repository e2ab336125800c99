"""What is read downwards and what across, by orders of whole layouts: rows of texts, each at its x, one row 40 px below the other."""

import numpy as np
import pytest

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.reading.columns import Traits
from ocr_crnn.reading.order import find_order

EM = 24


def order_of(rows, xs, bars=None):
    """Rows of texts, "" for none → their order, given shuffled."""
    boxes = [(x, 40 * y, EM * len(text), EM) for y, row in enumerate(rows) for x, text in zip(xs, row, strict=True) if text]
    texts = [text for row in rows for text in row if text]
    mixed = np.random.default_rng(1).permutation(len(texts))
    bars = None if bars is None else boxes_to_quads(bars)
    found, _ = find_order(boxes_to_quads([boxes[i] for i in mixed]), texts=[texts[i] for i in mixed], bars=bars)
    return [texts[mixed[row]] for row in found]


def down(rows):
    return [text for column in zip(*rows, strict=True) for text in column if text]


def across(rows):
    return [text for row in rows for text in row if text]


def test_traits():
    traits = Traits.of(["1. 가격 A3", "③ 미루려고", "나) 둘", "ㄴ. 셋", "주 소: 서울", "— Zeile", "2024"])
    assert traits.items.tolist() == [1, 3000 + ord("③"), 1001, 2001, -1, -1, -1]
    assert traits.scripts[0].tolist() == [2, 1, 2, 1] and traits.scripts[-1].tolist() == [0, 0, 4, 0]
    assert traits.labels[4] == "주소" and traits.keys[5] == "zeile" and traits.keys[0] == "가격 a3"


QUESTIONS = [["1. 알맞은 것은?", "2. 틀린 것은?"], *([f"{mark} 답 가운데 하나", f"{mark} 다른 답"] for mark in "①②③④")]


def test_choices_go_down():
    assert order_of(QUESTIONS, (40, 500)) == down(QUESTIONS)


def test_items_that_go_on_across_are_read_across():
    rows = [[f"{3 * row + place + 1}. 물건" for place in range(3)] for row in range(9)]
    assert order_of(rows, (40, 340, 640)) == across(rows)


NOTES = ["시장길로", "상점의 장점", "물가의 원인", "지역의 축제", "오늘의 날씨", "흐르는 강물", "불던 바람이", "부른 노래는", "푸른 나무"]


@pytest.mark.parametrize("count, ruled, expected", [(9, False, down), (5, False, across), (5, True, down), (3, True, across)])
def test_like_columns_need_many_rows_or_a_rule_between_them(count, ruled, expected):
    rows = [[NOTES[row], NOTES[-1 - row]] for row in range(count)]
    bars = [(400, 0, 3, 40 * count)] if ruled else None
    assert order_of(rows, (40, 500), bars) == expected(rows)
    assert order_of(rows, (40, 500), [(800, 0, 3, 900)]) == order_of(rows, (40, 500))  # a rule beside them tells nothing


def test_an_alphabet_goes_down():
    words = ["가게", "가격", "나무", "다리", "라디오", "마당", "바다", "사람", "아침"]
    rows = [[words[row], words[row + 3], words[row + 6]] for row in range(3)]
    assert order_of(rows, (40, 240, 440)) == down(rows)
    pages = [[row[0], "12", row[1], "35", row[2], "117"] for row in rows]
    xs = (40, 160, 300, 420, 560, 680)
    assert order_of(pages, xs) == [text for first in (0, 2, 4) for row in pages for text in row[first : first + 2]]


def test_parties_that_sign_side_by_side():
    rows = [["갑", "을"], ["주소: 서울시 중구", "주소: 부산시 남구"], ["상호: 한빛", "상호: 가온누리"], ["대표: 김하늘", "대표: 이바다"]]
    assert order_of(rows, (40, 500)) == down(rows)
    apart = [["주 소", "서울시 중구", "주 소", "부산시 남구"], ["상 호", "한빛", "상 호", "가온누리"]]
    assert order_of(apart, (40, 200, 600, 760)) == [apart[0][0], apart[0][1], *apart[1][:2], *apart[0][2:], *apart[1][2:]]


@pytest.mark.parametrize("rows, xs", [
    ([["성명", "홍길동"], ["주소", "서울특별시 종로구 길 7"], ["연락처", "02-123-4567"], ["비고", "없음"]] * 3, (40, 300)),
    ([["품목", "수량", "금액"], *([name, "10개", "35,000"] for name in ("사과 상자", "배 상자", "감 상자"))] * 3, (40, 400, 700)),
    ([["검사 항목 하나", "적합"], ["검사 항목 둘", "적합"], ["검사 항목 셋", "부적합"]] * 3, (40, 500)),
    ([[str(1000 + row), str(2000 - row), str(30 * row)] for row in range(12)], (40, 300, 600)),
    ([["apt-get install package", "-> apt install package"], ["apt-get update", "-> apt update"], ["apt-get upgrade", "-> apt upgrade"]],
     (40, 700)),
])  # fmt: skip
def test_tables_without_rules_stay_rows(rows, xs):
    assert order_of(rows, xs) == across(rows)


def test_a_table_in_a_column_does_not_break_it():
    prose = "긴 글이 한 줄을 다 채우고 있습니다"
    rows = [[prose, "", "", prose]] * 9 + [["번호", "점수", "등급", prose]] * 4 + [[prose, "", "", prose]] * 5
    rows = [[f"{text}{number}" if text else "" for text in row] for number, row in enumerate(rows)]
    left = [text for row in rows for text in row[:3] if text]
    assert order_of(rows, (40, 200, 360, 700)) == left + [row[3] for row in rows]


def test_what_begins_with_an_arrow_goes_on_with_its_row():
    rows = [[f"get {word} package", f"-> {word} package"] for word in ("remove", "search", "show", "list", "autoremove")]
    assert order_of(rows, (40, 700)) == across(rows)
    plain = [[left, right.removeprefix("-> ")] for left, right in rows]
    assert Traits.of([right for _, right in rows]).goes_on.all() and not Traits.of([right for _, right in plain]).goes_on.any()
