"""A dash alone in a cell without a text is one; other ink, other shapes and cells with texts are none."""

import cv2
import numpy as np
import pytest

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.cells import find_cells
from ocr_crnn.reading.nil_cells import find_nil
from ocr_crnn.reading.order import order_page
from ocr_crnn.reading.settings import NIL

EM = 20


def draw_table(*bars, ground=255):
    """A table of two rows and three cells of 120 × 40 px with "값" known in the first of each, and bars in page pixels: image, Page."""
    image = np.full((300, 500), ground, np.uint8)
    for x in range(4):
        cv2.line(image, (60 + 120 * x, 60), (60 + 120 * x, 140), 0, 2)
    for y in range(3):
        cv2.line(image, (60, 60 + 40 * y), (420, 60 + 40 * y), 0, 2)
    for left, top, width, height in bars:
        image[top : top + height, left : left + width] = 0
    quads = boxes_to_quads(np.float32([[80, 70 + 40 * y, 40, EM] for y in range(2)]))
    characters = [Characters(quad[None], np.float32([0.9])) for quad in quads]
    return image, Page(None, image.shape, quads, ["값", "값"], scores=[0.9, 0.9], characters=characters, unit="segment")


def find(image, page):
    return find_nil(page, image, find_cells(image))


def test_a_dash_is_a_text_as_high_as_print_in_its_place_of_the_order():
    image, page = draw_table((230, 79, 8, 2), (350, 119, 10, 3))
    found = find(image, page)
    assert list(found.texts) == ["값", "값", "-", "-"] and list(found.scores[2:]) == pytest.approx([NIL.score] * 2)
    np.testing.assert_allclose(found.quads[2], [[230, 70], [238, 70], [238, 90], [230, 90]], atol=1.5)
    assert [len(row) for row in found.characters] == [1] * 4
    assert order_page(page, image).text.split() == ["값", "-", "값", "-"]
    assert find(image, found) is found  # they are as sure as what would take their place


@pytest.mark.parametrize(("text", "expected"), [("━", ["값", "값", "-"]), ("=", ["값", "값", "-"]), ("3", ["값", "값", "3"])])
def test_what_a_dash_was_misread_as_gives_way(text, expected):
    image, page = draw_table((230, 79, 8, 2))
    read = boxes_to_quads(np.float32([[229, 76, 10, 8]]))
    characters = [*page.characters, Characters(read, np.float32([0.5]))]
    page = Page(None, page.size, np.concatenate([page.quads, read]), [*page.texts, text], scores=[0.9, 0.9, 0.5], characters=characters)
    found = find(image, page)
    assert list(found.texts) == expected
    assert found.scores[2] == pytest.approx(NIL.score if expected[2] == "-" else 0.5)


@pytest.mark.parametrize(
    "bars",
    [
        [],
        [(230, 70, 8, 8)],  # a box
        [(230, 79, 40, 3)],  # a line to write on
        [(230, 79, 2, 1)],  # a speck
        [(230, 64, 8, 2)],  # at the upper rule
        [(220, 79, 8, 2), (240, 79, 8, 2)],  # two
        [(230, 79, 8, 2), (250, 70, 3, 16)],  # beside other ink
        [(100, 79, 8, 2)],  # beside a text
        [(230, 20, 8, 2)],  # in no cell
    ],
)
def test_what_is_no_dash(bars):
    image, page = draw_table(*bars)
    assert list(find(image, page).texts) == ["값", "값"]


def test_pages_without_print_or_contrast_stay_as_they_are():
    image, page = draw_table((230, 79, 8, 2))
    empty = page.take(np.zeros(0, int))
    assert find(image, empty) is empty
    blank = np.full_like(image, 200)
    assert find_nil(page, blank, find_cells(image)) is page
