"""Texts a detector is not sure of: what looks like the sure ones stays."""

import numpy as np
import pytest

from ocr_crnn.detection.doubtful import keep_clear, measure_contrasts
from ocr_crnn.geometry import boxes_to_quads

BOXES = boxes_to_quads([[10, 10, 100, 20], [10, 50, 40, 20], [60, 50, 40, 20], [110, 50, 40, 8]])


def draw(levels, paper=255):
    """A page on whose boxes stripes are printed, of a grey level each."""
    image = np.full((100, 200, 3), paper, np.uint8)
    for (left, top), (right, bottom), level in zip(BOXES[:, 0].astype(int), BOXES[:, 2].astype(int), levels, strict=True):
        image[top:bottom, left:right:3] = level
    return image


def test_the_contrast_is_that_of_ink_and_paper_of_either_kind():
    np.testing.assert_array_equal(measure_contrasts(draw([0, 100, 255, 55]), BOXES), [765, 465, 0, 600])
    np.testing.assert_array_equal(measure_contrasts(draw([255, 100, 0, 55], paper=0), BOXES), [765, 300, 0, 165])
    assert measure_contrasts(draw([0] * 4), np.float32(BOXES + 500)).tolist() == [0] * 4  # beyond the page: its last pixel
    assert measure_contrasts(draw([0] * 4), np.zeros((0, 4, 2), np.float32)).shape == (0,)


def test_a_pale_text_and_a_low_one_are_dropped():
    """The second is as dark as the first, the third shines through: 75 of 255; the fourth is lower than half of the first."""
    sure = np.array([True, False, False, False])
    assert keep_clear(draw([0, 0, 180, 0]), BOXES, sure).tolist() == [True, True, False, False]
    assert keep_clear(draw([0, 115, 114, 0]), BOXES, sure).tolist() == [True, False, True, False]  # 140.25 of 255 are asked


@pytest.mark.parametrize("sure", [[True] * 4, [False] * 4])
def test_nothing_to_compare_with_changes_nothing(sure):
    assert keep_clear(draw([0, 0, 200, 0]), BOXES, np.array(sure)).tolist() == sure


def test_no_texts():
    assert keep_clear(draw([0] * 4), np.zeros((0, 4, 2), np.float32), np.zeros(0, bool)).tolist() == []
