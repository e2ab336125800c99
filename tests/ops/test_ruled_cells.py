"""Ruled cells in graph, against reading/cells.py and OpenCV."""

import cv2
import numpy as np
import pytest
import tensorflow as tf

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.ops.components import layout_of
from ocr_crnn.ops.ruled_cells import close_gaps, find_cells_of_quads, long_runs, paint_runs, runs_of
from ocr_crnn.reading.cells import cells_of_quads, find_cells, quads_of_cells
from ocr_crnn.reading.settings import CELLS


@tf.function(
    autograph=False, input_signature=[tf.TensorSpec((None, None), tf.uint8), tf.TensorSpec((None, 4, 2)), tf.TensorSpec((), tf.int32)]
)
def find(image, quads, longest_px=CELLS.longest_px):
    return find_cells_of_quads(image, quads, *CELLS[:-1], longest_px)


def expect_same_cells(image, quads, longest_px=CELLS.longest_px):
    cells = find_cells(image, CELLS._replace(longest_px=longest_px))
    expected = cells_of_quads(cells, quads)
    found, rectangles, rectangular = (column.numpy() for column in find(image, np.float32(quads), longest_px))
    expected_rectangles = quads_of_cells(cells, expected)
    # What a cell with an arm or a bay fills is estimated by its rows.
    assert np.mean(rectangular == [number in expected_rectangles for number in expected]) >= 0.9
    for number, rectangle, has in zip(expected, rectangles, rectangular, strict=True):
        if has and number in expected_rectangles:
            ends = np.sort(expected_rectangles[number], axis=0), np.sort(rectangle, axis=0)
            np.testing.assert_allclose(*ends, atol=1.1 * cells.pixels)
    np.testing.assert_array_equal(found >= 0, expected >= 0)
    np.testing.assert_array_equal(found[:, None] == found, expected[:, None] == expected)  # numbers may differ, not who shares one
    return expected


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


def table(rows=5, columns=4, size=(600, 800), noise=0):
    rng = np.random.default_rng(0)
    image = np.full(size, 250, np.uint8)
    for y in np.linspace(50, 550, rows + 1).astype(int):
        image[y : y + 2, 60:702] = 20
    for x in np.linspace(60, 700, columns + 1).astype(int):
        image[50:552, x : x + 2] = 20
    if noise:
        image = np.clip(image + rng.normal(0, noise, size), 0, 255).astype(np.uint8)
    corners = [(60 + 640 / columns * c, 50 + 500 / rows * r) for r in range(rows) for c in range(columns)]
    boxes = [(x + 10, y + 10 + 25 * i, 80, 18) for x, y in corners for i in (0, 1)]
    return image, boxes_to_quads([*boxes, (5, 5, 100, 20), (720, 300, 60, 20), (300, 560, 100, 20), (40, 100, 700, 20)])


@pytest.mark.parametrize("longest_px", [2400, 799, 300])  # one, two and four pixels a place
@pytest.mark.parametrize("noise", [0, 6])
def test_table(noise, longest_px):
    cells = expect_same_cells(*table(noise=noise), longest_px)
    assert len(set(cells[cells >= 0])) == 20 and (cells[-4:-1] == -1).all()


def test_pages_without_cells():
    quads = boxes_to_quads([(2, 2, 30, 10), (10, 20, 300, 10), (-50, -50, 20, 20)])
    for size in ((300, 200), (40, 40), (3, 50), (1, 1)):
        assert (find(np.full(size, 255, np.uint8), quads).numbers.numpy() == -1).all()
    noise = np.random.default_rng(2).integers(0, 256, (200, 300), np.uint8)
    expect_same_cells(noise, quads)


def test_drawn_boxes():
    rng = np.random.default_rng(5)
    for _ in range(8):
        image = np.full((int(rng.integers(100, 500)), int(rng.integers(100, 500))), 240, np.uint8)
        for _ in range(12):
            corners = rng.integers(-20, 480, 4).tolist()
            cv2.rectangle(image, corners[:2], corners[2:], int(rng.integers(0, 230)), int(rng.integers(1, 5)))
        boxes = np.concatenate([rng.integers(0, 480, (60, 2)), rng.integers(2, 80, (60, 2))], axis=1)
        expect_same_cells(image, boxes_to_quads(boxes), int(rng.choice([100, 200, 2400])))
