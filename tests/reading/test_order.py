from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.order import find_order, order_page, written_downwards


def page_of(rows, turn_deg=0.0):
    """Rows of (text, x, y, width, height), shuffled, the whole page turned about its origin."""
    order = np.random.default_rng(0).permutation(len(rows))
    quads = boxes_to_quads([rows[i][1:] for i in order])
    angle = np.radians(turn_deg)
    quads = quads @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return Page(None, (2000, 1500), quads, [rows[i][0] for i in order])


def in_order(page, cells=None, cell_quads=None):
    rows, blocks = find_order(page.quads, cells, cell_quads)
    return replace(page.take(rows), lines=np.arange(len(rows)), blocks=blocks)


def texts(page, cells=None):
    return list(in_order(page, cells).texts)


def column(name, x, width, count=6, top=100):
    """Lines of running text, the last one short."""
    return [(f"{name}{i}", x, top + 40 * i, width if i < count - 1 else width // 3, 25) for i in range(count)]


@pytest.mark.parametrize("turn_deg", [0.0, 3.0, -3.0])
def test_columns_are_read_one_after_the_other(turn_deg):
    rows = [("제목", 400, 20, 500, 40), *column("왼", 100, 500), *column("오", 660, 500), ("1", 640, 1900, 20, 25)]
    assert texts(page_of(rows, turn_deg)) == [row[0] for row in rows]


def test_columns_of_unequal_length():
    rows = [*column("왼", 100, 500, 9), *column("오", 660, 500, 4)]
    assert texts(page_of(rows)) == [row[0] for row in rows]


def test_two_articles_of_two_columns_one_below_the_other():
    rows = [*column("가", 100, 500), *column("나", 660, 500), ("사이", 100, 400, 1060, 30)]
    rows += [*column("다", 100, 500, top=500), *column("라", 660, 500, top=500)]
    assert texts(page_of(rows)) == [row[0] for row in rows]


def test_a_table_without_rules_is_read_row_by_row():
    rows = [(f"{r}{c}", 100 + 300 * c, 100 + 40 * r, 120, 25) for r in range(6) for c in range(3)]
    assert texts(page_of(rows)) == [row[0] for row in rows]


def test_a_cell_of_several_lines_is_read_before_its_neighbour():
    rows = [("a1", 0, 0, 90, 20), ("a2", 0, 30, 90, 20), ("b1", 100, 0, 90, 20), ("b2", 100, 30, 90, 20)]
    quads = boxes_to_quads([row[1:] for row in rows])
    page = Page(None, (100, 200), quads, [row[0] for row in rows])
    assert texts(page) == ["a1", "b1", "a2", "b2"]  # geometry alone cannot know
    ordered = in_order(page, cells=[4, 4, 7, 7])
    assert list(ordered.texts) == ["a1", "a2", "b1", "b2"]
    assert list(ordered.blocks) == [0, 0, 1, 1] and list(ordered.lines) == [0, 1, 2, 3]


def test_a_gap_or_another_size_starts_a_paragraph():
    rows = [("제목", 100, 0, 300, 40), ("가", 100, 60, 300, 20), ("나", 100, 90, 300, 20), ("다", 100, 150, 300, 20)]
    assert list(in_order(page_of(rows)).blocks) == [0, 1, 1, 2]


def test_lines_that_touch_are_still_lines():
    rows = [("가", 100, 0, 300, 24), ("나", 100, 20, 300, 24), ("다", 100, 40, 300, 24)]
    assert texts(page_of(rows)) == ["가", "나", "다"]


def test_empty_and_single():
    paper = np.full((10, 10, 3), 255, np.uint8)
    empty = order_page(Page(None, (10, 10), [], []), paper)
    assert len(empty) == 0 and len(empty.lines) == 0 and len(empty.blocks) == 0
    assert [len(column) for column in find_order(np.zeros((0, 4, 2)))] == [0, 0]
    one = order_page(Page(None, (10, 10), boxes_to_quads([[0, 0, 5, 5]]), ["가"]), paper)
    assert list(one.lines) == [0] and list(one.blocks) == [0]


@given(st.lists(st.tuples(*[st.integers(0, 200)] * 2, *[st.integers(0, 60)] * 2), max_size=25), st.booleans())
def test_any_boxes_are_a_permutation(boxes, with_cells):
    page = Page(None, (300, 300), boxes_to_quads(np.array(boxes).reshape(-1, 4)), [str(i) for i in range(len(boxes))])
    cells = np.arange(len(boxes)) // 3 - 1 if with_cells else None
    ordered = in_order(page, cells)
    assert sorted(ordered.texts) == sorted(page.texts)
    assert list(ordered.lines) == list(range(len(boxes)))
    assert (np.diff(ordered.blocks) >= 0).all()


def test_a_label_of_several_rows_comes_before_them():
    """Two halves of a form side by side, each with a label over both of its rows; the texts of the labels stand in their middle."""
    rows = [("공급자", 5, 45, 20, 30), ("공급받는자", 205, 45, 20, 30)]
    cells = [(0, 0, 30, 120), (200, 0, 30, 120)]
    for half, x in (("왼", 30), ("오", 230)):
        for number in range(2):
            rows += [(f"{half}{number}이름", x + 5, 60 * number + 15, 40, 20), (f"{half}{number}값", x + 65, 60 * number + 15, 60, 20)]
            cells += [(x, 60 * number, 60, 60), (x + 60, 60 * number, 110, 60)]
    page = Page(None, (120, 400), boxes_to_quads([row[1:] for row in rows]), [row[0] for row in rows])
    quads = dict(enumerate(boxes_to_quads(cells)))
    ordered = in_order(page, np.arange(len(rows)), quads)
    half = lambda name: [f"{name}{number}{part}" for number in range(2) for part in ("이름", "값")]  # noqa: E731
    assert list(ordered.texts) == ["공급자", *half("왼"), "공급받는자", *half("오")]


def test_the_stage_looks_for_ruled_cells_in_the_image():
    image = np.full((600, 800, 3), 250, np.uint8)
    for x in (100, 400, 700):
        cv2.line(image, (x, 100), (x, 500), 0, 3)
    for y in (100, 500):
        cv2.line(image, (100, y), (700, y), 0, 3)
    rows = [("a1", 120, 150, 200, 30), ("a2", 120, 300, 200, 30), ("b1", 420, 150, 200, 30), ("b2", 420, 300, 200, 30)]
    page = Page(None, (600, 800), boxes_to_quads([row[1:] for row in rows]), [row[0] for row in rows], unit="segment")
    ordered = order_page(page, image)
    assert list(ordered.texts) == ["a1", "a2", "b1", "b2"] and list(ordered.blocks) == [0, 0, 1, 1]
    assert list(ordered.lines) == [0, 1, 2, 3] and ordered.unit == "segment"
    assert list(order_page(page, np.full_like(image, 250)).texts) == ["a1", "b1", "a2", "b2"]


def test_columns_follow_each_other_from_the_right_where_most_is_written_downwards():
    def row(x, y, text, down):
        steps = np.arange(len(text))
        boxes = [(x, y + 40 * i, 40, 40) if down else (x + 40 * i, y, 40, 40) for i in steps]
        whole = (x, y, 40, 40 * len(text)) if down else (x, y, 40 * len(text), 40)
        return text, whole, Characters(boxes_to_quads(boxes))

    def page(*rows):
        quads = boxes_to_quads([whole for _, whole, _ in rows])
        return Page(None, (600, 600), quads, [text for text, _, _ in rows], characters=[characters for *_, characters in rows])

    columns = [row(300, 100, "민주공화", True), row(400, 100, "대한민국은", True), row(200, 100, "국이다", True), row(20, 20, "가", False)]
    vertical = page(*columns)
    assert written_downwards(vertical).tolist() == [True, True, True, False]
    paper = np.full((600, 600, 3), 255, np.uint8)
    assert list(order_page(vertical, paper).texts) == ["대한민국은", "민주공화", "국이다", "가"]
    mixed = page(*columns[:3], row(20, 20, "가로로 쓴 글이 더 깁니다", False))
    assert list(order_page(mixed, paper).texts) == ["가로로 쓴 글이 더 깁니다", "국이다", "민주공화", "대한민국은"]
    assert written_downwards(replace(mixed, characters=None)).tolist() == [False] * 4
