"""The runs that ruled cells are made of, against OpenCV; tests/test_pairs_of_order.py holds cells to reading/cells.py."""

import cv2
import numpy as np
import pytest
import tensorflow as tf

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.ops.components import layout_of
from ocr_crnn.ops.ruled_cells import close_gaps, find_cells_of_quads, long_runs, paint_runs, runs_of
from ocr_crnn.reading.settings import CELLS


@pytest.mark.parametrize("length", [1, 2, 5, 8, 9])
def test_runs_as_opencv_opens_and_closes_them(length):
    rng = np.random.default_rng(length)
    for width in (1, 4, 9, 40, 41):
        mask = rng.random((30, width)) < 0.75
        layout = layout_of(mask[None])
        flat = layout.flatten(tf.constant(mask[None]), padding=False)
        for function, operation in ((long_runs, cv2.MORPH_OPEN), (close_gaps, cv2.MORPH_CLOSE)):
            expected = cv2.morphologyEx(mask.astype(np.uint8), operation, np.ones((1, length), np.uint8))
            found = paint_runs(*function(*runs_of(flat), layout, length), layout, tf.shape(flat))
            np.testing.assert_array_equal(found, expected > 0)


def test_two_cells_and_what_is_outside():
    image = np.full((300, 400), 255, np.uint8)
    for x in (40, 200, 360):
        image[60:242, x : x + 2] = 0
    for y in (60, 240):
        image[y : y + 2, 40:362] = 0
    quads = boxes_to_quads([(60, 100, 80, 20), (60, 180, 80, 20), (220, 100, 80, 20), (60, 20, 80, 20)])
    first, second, third, outside = find_cells_of_quads(image, quads, *CELLS).numbers.numpy()
    assert first == second >= 0 and third >= 0 and third != first and outside == -1
