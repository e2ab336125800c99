"""Characters in boxes of their own are one word where the boxes are a comb, and none where they are a table."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.combs import find_combs, join_combs

SIDE = 40


def draw_page(rows, gap=0, pitch=80, width=SIDE):
    """Rows of boxes with a character each, a space for an empty one → (image, Page of words, one a line)."""
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
    quads, count = boxes_to_quads(np.float32(boxes).reshape(-1, 4)), len(texts)
    characters = [Characters(quad[None], np.float32([0.9])) for quad in quads]
    page = Page(None, (700, 900), quads, texts, scores=np.linspace(1, 0.5, count), lines=np.arange(count), blocks=np.arange(count),
                characters=characters)  # fmt: skip
    return np.asarray(image), page


@pytest.mark.parametrize("gap", [0, 8, 20])
def test_a_comb_is_one_word_and_lines_are_numbered_anew(gap):
    image, page = draw_page(["홍길동", "20240507"], gap)
    joined = join_combs(page, image)
    assert list(joined.texts) == ["홍길동", "20240507"]
    assert list(joined.lines) == list(joined.blocks) == [0, 1]
    assert [len(row) for row in joined.characters] == [3, 8]
    np.testing.assert_allclose(joined.quads[0, [0, 2]], [page.quads[0, 0], page.quads[2, 2]])
    assert joined.scores[1] == page.scores[-1]  # the least of its characters'


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
    assert list(join_combs(page, image).texts) == expected


def test_longer_texts_and_cells_of_two_words_are_no_part_of_a_comb():
    image, page = draw_page(["12345"])
    texts = page.texts.copy()
    texts[2] = "33"
    assert list(join_combs(Page(None, page.size, page.quads, texts), image).texts) == ["1", "2", "33", "4", "5"]
    boxes = [[0, 0, 10, 10], [12, 0, 10, 10], [24, 0, 10, 10]]
    assert find_combs(np.array([0, 1, 2, 2]), np.ones(4, bool), boxes) == []
    (rows,) = find_combs(np.array([2, 0, 1, -1]), np.ones(4, bool), boxes)
    assert list(rows) == [1, 2, 0]
