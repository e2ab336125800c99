"""Parts of pages and the labels that speak of them."""

import numpy as np

from ocr_crnn.page import Page
from ocr_crnn.reading.entity_cells import parts_of_blocks, rows_of_characters


def page_of(words):
    """words: (text, left, top, line, block), 10 px a character, 15 px high."""
    quads = [[[x, y], [x + 10 * len(text), y], [x + 10 * len(text), y + 15], [x, y + 15]] for text, x, y, *_ in words]
    return Page(None, (400, 400), quads, [word[0] for word in words], lines=[word[3] for word in words], blocks=[word[4] for word in words])


def test_a_line_set_wide_apart_is_parted_and_its_pieces_have_headings():
    page = page_of(
        [
            ("상품명", 0, 0, 0, 0),
            ("수량", 100, 0, 0, 0),
            ("금액", 200, 0, 0, 0),
            ("복사", 0, 20, 1, 0),
            ("용지", 30, 20, 1, 0),
            ("2", 100, 20, 1, 0),
            ("300", 200, 20, 1, 0),
        ]
    )
    (parts,) = parts_of_blocks(page)
    assert [(page.text[part.start : part.end], part.label) for part in parts] == [
        ("상품명", ""), ("수량", ""), ("금액", ""), ("복사 용지", ""), ("2", ""), ("300", "금액"),
    ]  # fmt: skip


def test_a_paragraph_is_one_part():
    page = page_of([("가", 0, 0, 0, 0), ("나", 15, 0, 0, 0), ("다", 0, 20, 1, 0)])
    assert [[(part.start, part.end) for part in parts] for parts in parts_of_blocks(page)] == [[(0, 5)]]


def test_the_ruled_cell_of_a_value_tells_its_heading():
    """The value stands at the left of its cell, the heading at the right, under no part of the heading."""
    page = page_of([("구분", 40, 40, 0, 0), ("금액", 190, 40, 1, 1), ("비율", 290, 40, 2, 2), ("300", 125, 90, 3, 3)])
    image = np.full((400, 400, 3), 255, np.uint8)
    for x in (20, 120, 240, 380):
        image[20:122, x : x + 2] = 0
    for y in (20, 70, 120):
        image[y : y + 2, 20:382] = 0
    assert [parts[0].label for parts in parts_of_blocks(page, image)][3] == "금액"
    assert [parts[0].label for parts in parts_of_blocks(page)][3] == ""


def test_characters_know_their_rows():
    assert rows_of_characters(page_of([("가나", 0, 0, 0, 0), ("다", 30, 0, 0, 0), ("라", 0, 90, 1, 1)])).tolist() == [
        0,
        0,
        -1,
        1,
        -1,
        -1,
        2,
    ]
    empty = Page(None, (9, 9), np.zeros((1, 4, 2)), [None])
    assert rows_of_characters(empty).tolist() == [] and parts_of_blocks(empty) == []
