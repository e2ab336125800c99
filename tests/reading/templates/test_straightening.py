"""Scans laid straight: skewed ones, and those that lie on a side."""

import numpy as np
import pytest
from filled_form import move as move_page
from filled_form import page_of

from ocr_crnn.page import Page
from ocr_crnn.reading.orientation import turn_page
from ocr_crnn.reading.reading import turn_image
from ocr_crnn.reading.templates.straightening import move, straighten, straighten_page
from ocr_crnn.synthesis.page.blank_forms import leave_request


def angles(page):
    sides = page.quads[:, 1] - page.quads[:, 0]
    return np.arctan2(sides[:, 1], sides[:, 0])


@pytest.mark.parametrize("turns", range(4))
def test_a_scan_is_straightened_whichever_way_it_lies(turns):
    page, image = page_of(leave_request())
    angle = np.radians(3)
    skew = np.array([[np.cos(angle), -np.sin(angle), 30], [np.sin(angle), np.cos(angle), -20], [0, 0, 1]])
    skewed, pixels = move_page(page, image, skew)
    given = turn_page(skewed, -turns)
    scan = straighten(given, turn_image(pixels, -turns))
    assert np.abs(np.median(angles(scan.page))) < 0.002 and scan.page.size == page.size and scan.image.shape == image.shape
    np.testing.assert_allclose(move(scan.matrix, given.quads), scan.page.quads, atol=1.1)
    same = straighten(skewed, pixels).image
    assert np.abs(scan.image.astype(int) - same).mean() < 0.2 * np.abs(np.roll(same, 9, axis=0).astype(int) - same).mean()


def test_a_page_without_texts_stays_as_it_is():
    empty = Page(None, (30, 40), np.zeros((0, 4, 2), np.float32), [])
    page, turns, matrix = straighten_page(empty)
    assert turns == 0 and page.size == (30, 40) and np.array_equal(matrix, np.eye(3))
    assert straighten(empty, np.full((30, 40, 3), 255, np.uint8)).image.shape == (30, 40, 3)
