"""Digits drawn as blocks of 12 × 30 px, which stand on row 40 of a crop; a dot is 4 px large."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_crnn.reading.lost_points import restore_points
from ocr_crnn.reading.settings import POINTS

FONT = Path(__file__).parents[2] / "fonts" / "NanumBarunGothic.ttf"
BASE, TOP, WIDE = 40, 10, 12
LEFTS = (10, 28, 46)  # of three digits
BOXES = np.array([(left, TOP, left + WIDE, BASE) for left in LEFTS], np.float64)
SCORES = np.float32([0.9, 0.8, 0.7])


def draw(*dots, paper=255, ink=0):
    """Three digits and dots of (left, top, width, height[, level])."""
    crop = np.full((50, 70), paper, np.uint8)
    for left in LEFTS:
        crop[TOP:BASE, left : left + WIDE] = ink
    for left, top, wide, high, *level in dots:
        crop[top : top + high, left : left + wide] = level or ink
    return crop


def restored(crop, text="325"):
    return restore_points(text, SCORES[: len(text)], BOXES[: len(text)], crop)[0]


def test_a_dot_between_two_digits_is_a_point():
    text, scores, boxes = restore_points("325", SCORES, BOXES, draw((23, 36, 4, 4)))
    assert text == "3.25"
    np.testing.assert_allclose(scores, [0.9, POINTS.score, 0.8, 0.7])
    np.testing.assert_allclose(boxes, [BOXES[0], (23, 36, 27, 40), BOXES[1], BOXES[2]])
    assert restored(draw((23, 36, 4, 4), (41, 36, 4, 4))) == "3.2.5"
    assert restored(255 - draw((23, 36, 4, 4))) == "3.25"  # light on dark
    assert restored(np.repeat(draw((41, 36, 4, 4))[..., None], 3, axis=2)) == "32.5"


def test_what_touches_is_no_dot_of_its_own():
    assert restored(draw((22, 36, 6, 4))) == "325"  # from digit to digit


def test_a_piece_of_a_digit_is_none():
    """The second digit is a bow with a ball below its left end, as a 3 is where print has broken."""
    broken = draw((28, 10, 8, 30, 255), (28, 10, 12, 4), (30, 36, 4, 4))
    assert restored(broken) == "325"


def test_among_dirt_nothing_is_a_point():
    dirt = [(3, 5, 1, 1), (66, 12, 1, 1), (66, 30, 1, 2)]
    assert restored(draw((23, 36, 4, 4), *dirt[:2])) == "3.25"
    assert restored(draw((23, 36, 4, 4), *dirt)) == "325"


@pytest.mark.parametrize(
    "dots",
    [
        [],
        [(23, 36, 4, 4), (23, 20, 4, 4)],  # a colon
        [(23, 20, 4, 4)],  # at half the height
        [(23, 42, 4, 4)],  # below the line
        [(23, 30, 4, 10)],  # a comma, or a stroke
        [(23, 38, 4, 1)],  # a hair
        [(24, 38, 2, 2)],  # dirt
        [(23, 36, 4, 4), (24, 25, 1, 2)],  # a dot among dirt
        [(14, 36, 4, 4, 255)],  # within a digit
    ],
)
def test_other_ink_is_none(dots):
    assert restored(draw(*dots)) == "325"


@pytest.mark.parametrize("text", ["3가5", "3.5", "가나다", "", "3 5", "３２５", "٣٢٥"])
def test_a_point_is_between_two_digits(text):
    result = restore_points(text, SCORES[: len(text)], BOXES[: len(text)], draw((23, 36, 4, 4)))
    assert result[0] == text and len(result[1]) == len(result[2]) == len(text)


def test_crops_that_tell_nothing():
    assert restored(np.full((50, 70), 255, np.uint8)) == "325"
    assert restored(np.zeros((0, 0), np.uint8)) == "325"
    assert restored(draw((23, 36, 4, 4))[:1]) == "325"
    small = draw((22, 36, 6, 4), (22, 36, 1, 4, 255), (27, 36, 1, 4, 255))[::3, ::3]  # digits 10 px high
    assert restore_points("325", SCORES, BOXES / 3, small)[0] == "325"


@pytest.mark.parametrize("text", ["3.25%", "0.5", "12.7"])
def test_print_set_close(text):
    """Letters of a gothic face 6 % of an em closer than they should be, each boxed from its own ink; the point is not read."""
    em, x = 32, 20.0
    image = Image.new("L", (240, 70), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(FONT, em)
    boxes = []
    for character in text:
        pen.text((x, 14), character, fill=0, font=font)
        left, _, right, _ = pen.textbbox((x, 14), character, font=font)
        boxes.append((left, 21, right, 45))
        x += font.getlength(character) - 0.06 * em
    place = text.index(".")
    read = text.replace(".", "")
    found = restore_points(read, np.ones(len(read), np.float32), np.float64(boxes[:place] + boxes[place + 1 :]), np.asarray(image))
    assert found[0] == text
