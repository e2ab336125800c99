"""Characters in boxes of their own are one text where the boxes are a comb, and none where they are a table."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.granularity import enclosing_quad
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.cells import find_cells
from ocr_crnn.reading.combs import as_number, find_combs, join_combs
from ocr_crnn.reading.order import order_page

SIDE = 40


def draw_page(rows, gap=0, pitch=80, width=SIDE):
    """Rows of boxes with a character each, a space for an empty one → (image, Page with a segment for each character)."""
    image = Image.new("L", (900, 700), 255)
    draw = ImageDraw.Draw(image)
    boxes, texts = [], []
    for number, row in enumerate(rows):
        for place, text in enumerate(row):
            x, y = 50 + place * (width + gap), 60 + number * pitch
            draw.rectangle((x, y, x + width, y + SIDE), outline=0, width=2)
            if text != " ":
                boxes.append([x + width / 2 - 8, y + 8, 16, 24])
                texts.append(text)
    return np.asarray(image), page_of(boxes, texts)


def page_of(boxes, texts):
    """A Page of segments whose characters share their box from left to right."""
    quads = boxes_to_quads(np.float32(boxes).reshape(-1, 4))
    characters = []
    for (x, y, width, height), text in zip(boxes, texts, strict=True):
        step = width / len(text)
        parts = boxes_to_quads(np.float32([[x + step * place, y, step, height] for place in range(len(text))]))
        characters.append(Characters(parts, np.linspace(1, 0.8, len(text), dtype=np.float32)))
    return Page(None, (700, 900), quads, texts, scores=np.linspace(1, 0.5, len(texts)), characters=characters, unit="segment")


@pytest.mark.parametrize("gap", [0, 8, 20])
def test_a_comb_is_one_text(gap):
    image, page = draw_page(["홍길동", "20240507"], gap)
    joined = join_combs(page, find_cells(image))
    assert list(joined.texts) == ["홍길동", "20240507"]
    assert [len(row) for row in joined.characters] == [3, 8] and list(joined.scores) == [1, 1]
    np.testing.assert_allclose(joined.quads[0], enclosing_quad(page.quads[:3]))
    ordered = order_page(page, image)
    assert list(ordered.texts) == ["홍길동", "20240507"] and list(ordered.lines) == [0, 1]


@pytest.mark.parametrize("text", ["홍 길 |동", "홍 길동", "홍 | 길 ㅣ동"])
def test_a_text_that_reaches_over_the_sides_of_boxes_loses_them_and_its_spaces(text):
    image, _ = draw_page(["홍길동"])
    letters = "".join(letter for letter in text if letter in "홍길동")
    middles = dict(zip(letters, (70, 110, 150), strict=True))
    boxes, last = [], 50
    for letter in text:
        x = middles.get(letter, last + 20)  # a space, or the side of a box between two
        boxes.append([x - 8, 68, 16, 24])
        last = x
    quads = boxes_to_quads(np.float32(boxes))
    whole = page_of([[62, 68, 96, 24]], [text])
    page = Page(None, whole.size, whole.quads, [text], scores=[0.9], characters=[Characters(quads, np.ones(len(text)))], unit="segment")
    joined = join_combs(page, find_cells(image))
    assert list(joined.texts) == ["홍길동"] and len(joined.characters[0]) == 3


@pytest.mark.parametrize(
    ("rows", "pitch", "width", "expected"),
    [
        (["123", "456"], SIDE, SIDE, list("123456")),  # rows that touch are a table
        (["123", "   "], SIDE, SIDE, list("123")),  # an empty row makes a table too
        (["12", "345"], 80, SIDE, ["1", "2", "345"]),  # two boxes may be anything
        (["12 345"], 80, SIDE, ["1", "2", "345"]),  # an empty box ends a word
        (["123"], 80, 3 * SIDE, list("123")),  # wide cells are columns
        ([], 80, SIDE, []),
    ],
)
def test_what_is_a_comb(rows, pitch, width, expected):
    image, page = draw_page(rows, pitch=pitch, width=width)
    assert list(join_combs(page, find_cells(image)).texts) == expected


def test_what_stands_outside_or_shares_a_cell_keeps_a_text_as_it_is():
    image, _ = draw_page(["123"])
    for texts, boxes in (
        (["이름 1", "2", "3"], [[10, 68, 66, 24], [102, 68, 16, 24], [142, 68, 16, 24]]),  # the text goes on outside the comb
        (["1", "23", "4"], [[62, 68, 16, 24], [96, 68, 24, 24], [142, 68, 16, 24]]),
    ):
        page = page_of(boxes, texts)
        assert list(join_combs(page, find_cells(image)).texts) == texts
    bare = Page(None, page.size, page.quads, page.texts)
    assert join_combs(bare, find_cells(image)) is bare


def test_characters_of_a_comb_go_from_left_to_right():
    boxes, letters = [[0, 0, 10, 10], [12, 0, 10, 10], [24, 0, 10, 10]], np.array(["가", "나", "다", "라"], object)
    assert find_combs(letters, np.array([[5, 5], [17, 5], [26, 5], [30, 5]]), boxes) == []
    (characters,) = find_combs(letters, np.array([[30, 5], [5, 5], [17, 5], [90, 5]]), boxes)
    assert list(characters) == [1, 2, 0]
    assert find_combs(letters[:0], np.zeros((0, 2)), np.zeros((0, 4))) == []


NUMBERS = {r"\2345678901": "12345678901", "2o24": "2024", "l0I52134": "10152134"}


@pytest.mark.parametrize(("text", "expected"), [*NUMBERS.items(), *((text, text) for text in ("M12345", "1l", "OIl1", "홍길동"))])
def test_among_digits_a_look_alike_is_a_digit(text, expected):
    assert as_number(text) == expected
