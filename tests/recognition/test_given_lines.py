"""Lines as people give them. The text is drawn: what is asserted is its place, dark on light, with a little paper around."""

import cv2
import numpy as np
import pytest

from ocr_crnn.recognition.given_lines import MARGIN, prepare_line

HEIGHT = 40  # of the text


def draw(left=0, top=0, right=0, bottom=0, ink=0, paper=255, period=False):
    """Syllables of two strokes each, so much paper around them; the text is 200 wide, and 40 high."""
    text = np.zeros((HEIGHT, 200), bool)
    for x in range(0, 200, 50):
        text[:30, x : x + 4] = text[26:30, x : x + 30] = text[:, x + 34 : x + 38] = text[-3:, x + 10 : x + 38] = True
    if period:
        text[-5:, 192:197] = True
    text = np.pad(text, ((top, bottom), (left, right)))[..., None]
    return np.where(text, np.uint8(ink), np.uint8(paper)) * np.ones(3, np.uint8)


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (40, 150), (255, 0), (255, 120)])
@pytest.mark.parametrize("margin", [15, 40, 150])
def test_paper_is_cut_off_and_light_ink_made_dark(ink, paper, margin):
    line = prepare_line(draw(margin, margin, margin, margin, ink, paper))
    kept = round(MARGIN * HEIGHT)
    assert line.image.shape == (HEIGHT + 2 * kept, 188 + 2 * kept, 3) and (line.left, line.top) == (margin - kept,) * 2
    assert line.image[kept, kept].mean() < line.image[0, 0].mean()


def test_a_line_that_is_cut_well_stays_as_it_is():
    image = draw(8, 6, 0, 9)
    line = prepare_line(image)
    np.testing.assert_array_equal(line.image, image)
    assert (line.left, line.top) == (0, 0)


def test_a_period_at_the_end_is_kept():
    line = prepare_line(draw(80, 80, 80, 80, period=True))
    assert line.image.shape[1] == 197 + 2 * round(MARGIN * HEIGHT)


def test_a_sheet_of_another_colour_is_the_paper():
    """A white line on an orange button, cut out with white around it."""
    button = draw(20, 20, 20, 20, 255, 140)
    image = np.pad(button, ((30, 30), (50, 50), (0, 0)), constant_values=255)
    line = prepare_line(image)
    np.testing.assert_array_equal(line.image, prepare_line(button).image)
    assert (line.left, line.top) == (prepare_line(button).left + 50, prepare_line(button).top + 30)


def test_dirt_does_not_hold_the_paper():
    image = draw(100, 100, 100, 100)
    image[3, 3] = image[-4, -9] = 0
    assert prepare_line(image).image.shape == prepare_line(draw(100, 100, 100, 100)).image.shape


@pytest.mark.parametrize("image", [np.full((30, 90, 3), 255, np.uint8), np.zeros((30, 90), np.uint8), np.full((1, 1, 3), 9, np.uint8)])
def test_nothing_to_read_stays_as_it_is(image):
    np.testing.assert_array_equal(prepare_line(image).image, image)


def test_a_dash_keeps_its_height():
    image = np.full((50, 60), 255, np.uint8)
    cv2.rectangle(image, (20, 24), (40, 26), 0, -1)
    np.testing.assert_array_equal(prepare_line(image).image, image)


def test_a_rule_through_the_letters_takes_none_of_them_away():
    """It ties them to one piece, which is no frame."""
    image = draw(10, 10, 10, 10)
    image[28:30] = 0
    line = prepare_line(image)
    assert line.left <= 10 and line.left + line.image.shape[1] >= 198 and line.image.shape[0] >= HEIGHT


@pytest.mark.parametrize("light", [False, True])
def test_in_uneven_light_no_letter_is_taken_for_paper(light):
    """Brightest in the middle, as under a lamp: half as bright at the edges, where paper is darker than ink is in the middle."""
    ink = draw(10, 10, 10, 10)[..., 0] == 0
    falling = np.linspace(-1, 1, len(ink))[:, None] ** 2
    grey = (220 - 150 * falling) * np.where(ink, 0.6, 1.0)
    image = np.uint8(255 - grey if light else grey)
    line = prepare_line(image)
    assert line.image.shape == image.shape
    assert line.image[ink].mean() < line.image[~ink].mean()


def test_a_shadow_over_the_end_is_no_ink():
    ink = np.pad(draw(10, 10, 300, 10)[..., 0] == 0, 0)
    ink[:, 250:450] |= ink[:, 20:220]
    image = np.uint8(np.where(ink, 60, 210) * np.where(np.arange(ink.shape[1]) > 300, 0.5, 1.0))
    line = prepare_line(image)
    assert line.left <= 10 and line.left + line.image.shape[1] >= 430
