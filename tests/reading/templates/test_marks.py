"""Ink, ticks and stamps on drawn squares, pale and dark, off by some pixels, and beyond the page."""

import cv2
import numpy as np
import pytest

from ocr_crnn.reading.templates.marks import chroma, crop_box, dark, is_stamped, is_ticked, rectify, spot_of_ink, stamp_ink

BOX = np.float32([(40, 30), (60, 30), (60, 50), (40, 50)])


def sheet(ground=255):
    image = np.full((100, 120, 3), ground, np.uint8)
    cv2.rectangle(image, (40, 30), (60, 50), (0, 0, 0), 1)
    return image


@pytest.mark.parametrize("ground", [255, 170])
@pytest.mark.parametrize("off", [(0, 0), (5, -4), (-6, 5)])
def test_a_tick_is_told_from_an_empty_box(ground, off):
    image = sheet(ground)
    ticked, _, found = is_ticked(image, BOX + np.float32(off))
    assert not ticked
    np.testing.assert_allclose(found, BOX, atol=1.5)
    cv2.line(image, (43, 40), (48, 47), (20, 30, 120), 2)
    cv2.line(image, (48, 47), (62, 27), (20, 30, 120), 2)
    assert is_ticked(image, BOX + np.float32(off))[0]


def test_the_letter_beside_a_box_is_no_box():
    image = sheet()
    cv2.putText(image, "BH", (64, 49), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 0), 2)
    for off in ((0, 0), (7, 2), (-7, -3)):
        ticked, _, found = is_ticked(image, BOX + np.float32(off))
        assert not ticked
        np.testing.assert_allclose(found, BOX, atol=1.5)


def test_a_box_beyond_the_page_is_not_ticked():
    assert is_ticked(sheet(), BOX + np.float32([300, 0]))[:2] == (False, 0.0)
    assert crop_box(sheet(), BOX + np.float32([300, 0]))[0].size == 0


def test_ink_is_what_is_darker_than_its_ground():
    image = np.full((60, 200), 200, np.uint8)
    quad = np.float32([(10, 10), (190, 10), (190, 50), (10, 50)])
    assert spot_of_ink(image, quad) == 0
    image[20:40, 50:80] = 90
    assert 0.3 < spot_of_ink(image, quad) < 0.4  # 20 × 30 of 40 × 40
    image[:] = 200
    image[14:46:8, 20:180:16] = image[15:47:8, 20:180:16] = image[14:46:8, 21:181:16] = image[15:47:8, 21:181:16] = 40
    assert 0 < spot_of_ink(image, quad) < 0.01  # dirt
    assert dark(np.full((4, 4), 30, np.uint8)).sum() == 0  # all dark: that is the ground
    image[:] = 200
    image[30, 60] = 0
    assert spot_of_ink(image, quad) == 0  # a speck
    image[:] = np.linspace(90, 220, 200).astype(np.uint8)  # light that falls off
    cv2.line(image, (0, 22), (199, 27), 20, 2)  # a rule, a little sloped
    assert spot_of_ink(image, quad) == 0
    colour = np.full((60, 200, 3), 230, np.uint8)
    cv2.circle(colour, (100, 30), 12, (200, 70, 60), 3)
    assert spot_of_ink(colour, quad) < 0.005


def test_a_stamp_is_red_where_there_is_colour_and_ink_where_there_is_none():
    image = sheet()
    place = np.float32([(70, 50), (110, 50), (110, 90), (70, 90)])
    cv2.putText(image, "A", (82, 76), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1)
    image[:20, :40] = (40, 60, 160)  # something blue, so that the page has colour
    assert not is_stamped(image, place, chroma(image))[0]
    cv2.circle(image, (90, 70), 16, (200, 60, 50), 2)
    stamped, _, by_colour = is_stamped(image, place, chroma(image))
    assert stamped and by_colour
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    without = sheet()
    cv2.putText(without, "A", (82, 76), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1)
    printed = stamp_ink(without, place)
    assert is_stamped(grey, place, chroma(grey), printed)[::2] == (True, False)
    assert is_stamped(without, place, chroma(without), printed)[::2] == (False, False)
    cv2.circle(without, (90, 70), 10, (150, 150, 150), 1)
    assert is_stamped(without, place, chroma(without), printed)[0] is None  # some ink
    plain = np.full_like(grey, 250)
    assert not is_stamped(plain, place, chroma(plain))[0]


def test_a_tilted_quad_is_turned_upright():
    image = np.full((100, 100), 255, np.uint8)
    quad = np.float32([(50, 10), (90, 50), (70, 70), (30, 30)])
    cv2.fillConvexPoly(image, quad.astype(int), 0)
    turned = rectify(image, quad)
    assert abs(turned.shape[1] - 57) <= 1 and abs(turned.shape[0] - 28) <= 1 and turned[4:-4, 4:-4].max() < 60
