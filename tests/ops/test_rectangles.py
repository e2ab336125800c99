"""Smallest rectangles of labelled pixels, against OpenCV and by hand; test_pairs.py holds them to the compiled extension."""

import cv2
import numpy as np
import tensorflow as tf

from ocr_crnn.geometry import polygon_areas
from ocr_crnn.ops.rectangles import min_area_rectangles


def spans_of(mask):
    """The row spans of one instance, as `min_area_rectangles` takes them: rows, begins, ends and owners."""
    rows = np.flatnonzero(mask.any(axis=1))
    begins = mask[rows].argmax(axis=1)
    ends = mask.shape[1] - mask[rows, ::-1].argmax(axis=1)
    return [tf.constant(values, tf.int32) for values in (rows, begins, ends, np.zeros(len(rows)))]


def test_a_block_has_its_own_size_and_begins_at_its_top_left():
    mask = np.zeros((8, 9), bool)
    mask[2:5, 1:7] = True
    np.testing.assert_allclose(min_area_rectangles(*spans_of(mask), 1), [[(1, 2), (7, 2), (7, 5), (1, 5)]], atol=1e-4)


def test_a_pixel_alone():
    mask = np.zeros((3, 3), bool)
    mask[1, 2] = True
    np.testing.assert_allclose(min_area_rectangles(*spans_of(mask), 1), [[(2, 1), (3, 1), (3, 2), (2, 2)]], atol=1e-4)


def test_areas_of_turned_bars_equal_those_of_opencv():
    for angle in (0, 7, 30, 45, 60, 90, 133):
        mask = np.zeros((60, 60), np.uint8)
        cv2.fillPoly(mask, [np.int32(cv2.boxPoints(((30, 30), (40, 9), angle)))], 1)
        (quad,) = min_area_rectangles(*spans_of(mask > 0), 1).numpy()
        width, height = cv2.minAreaRect(np.argwhere(mask)[:, ::-1].astype(np.float32))[1]
        assert abs(polygon_areas(quad[None])[0] - (width + 1) * (height + 1)) < 0.01 * (width + 1) * (height + 1)
