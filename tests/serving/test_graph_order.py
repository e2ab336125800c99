"""Reading order in graph, against reading/order.py."""

import numpy as np
import pytest
import tensorflow as tf

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.ops.ruled_cells import Cells
from ocr_crnn.reading.order import find_order
from ocr_crnn.reading.settings import ORDER
from ocr_crnn.serving.graph_order import order_texts, running_max, segment_medians, split, sweep


@tf.function(
    autograph=False,
    input_signature=[
        tf.TensorSpec((None, 4, 2)), tf.TensorSpec((None,), tf.int32), tf.TensorSpec((None, 4, 2)), tf.TensorSpec((None,), tf.bool)
    ],
)  # fmt: skip
def order(quads, numbers, cell_quads, rectangular):
    return order_texts(quads, Cells(numbers, cell_quads, rectangular), ORDER)


def expect_same_order(quads, cells=None, cell_quads=None):
    count = len(quads)
    expected_rows, expected_blocks = find_order(np.float32(quads), cells, cell_quads)
    numbers = np.full(count, -1) if cells is None else np.array(cells)
    has_quad = np.array([number in (cell_quads or {}) for number in numbers], bool)
    rectangles = [cell_quads[number] if has else np.zeros((4, 2)) for number, has in zip(numbers, has_quad, strict=True)]
    rows, blocks = order(np.float32(quads), numbers, np.float32(rectangles).reshape(-1, 4, 2), has_quad)
    np.testing.assert_array_equal(rows, expected_rows)
    np.testing.assert_array_equal(blocks, expected_blocks)


def column(x, width, count=6, top=100):
    return [(x, top + 40 * i, width if i < count - 1 else width // 3, 25) for i in range(count)]


LAYOUTS = {
    "empty": [],
    "single": [(0, 0, 5, 5)],
    "columns": [(400, 20, 500, 40), *column(100, 500), *column(660, 500), (640, 1900, 20, 25)],
    "columns of unequal length": [*column(100, 500, 9), *column(660, 500, 4)],
    "staggered columns": [*column(100, 500), *column(660, 500, top=117)],
    "three columns": [*column(100, 300), *column(460, 300, 5), *column(820, 300, 9)],
    "two articles": [*column(100, 500), *column(660, 500), (100, 400, 1060, 30), *column(100, 500, top=500), *column(660, 500, top=500)],
    "table": [(100 + 300 * c, 100 + 40 * r, 120, 25) for r in range(6) for c in range(3)],
    "touching lines": [(100, 20 * i, 300, 24) for i in range(8)],
    "crossing": [(0, 0, 100, 30), (50, 10, 100, 30), (120, 25, 100, 30), (10, 35, 90, 30), (0, 60, 300, 20)],
    "on one another": [(0, 0, 100, 30)] * 4,
    "without area": [(10, 10, 0, 0), (10, 10, 0, 0), (20, 10, 5, 0)],
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("turn_deg", [0.0, 2.0])
def test_layouts(name, turn_deg):
    rows = np.array(LAYOUTS[name], np.float32).reshape(-1, 4)
    quads = boxes_to_quads(rows[np.random.default_rng(3).permutation(len(rows))])
    angle = np.radians(turn_deg)
    expect_same_order(quads @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]))


def test_cells():
    quads = boxes_to_quads([(0, 0, 90, 20), (0, 30, 90, 20), (100, 0, 90, 20), (100, 30, 90, 20), (0, 80, 90, 20), (0, 105, 90, 20)])
    expect_same_order(quads, cells=[4, 4, 7, 7, -1, -1])
    expect_same_order(quads, cells=[9, 4, 9, 4, 9, -1])


def test_cells_by_their_rules():
    """Two halves of a table side by side; a label as tall as each half is read with the rows of its half."""
    texts, cells, rules = [], [], {}
    for left in (0, 400):
        texts.append((left + 5, 90, 80, 20))
        rules[len(cells)] = (left, 0, 100, 200)
        cells.append(len(cells))
        for row in range(4):
            for column in (0, 1):
                texts.append((left + 110 + 120 * column, 15 + 50 * row, 90, 20))
                rules[len(cells)] = (left + 100 + 120 * column, 50 * row, 120, 50)
                cells.append(len(cells))
    rules = dict(zip(rules, boxes_to_quads(list(rules.values())), strict=True))
    expect_same_order(boxes_to_quads(texts), cells, rules)
    expect_same_order(boxes_to_quads(texts), cells, {number: rules[number] for number in list(rules)[::2]})
    expect_same_order(boxes_to_quads(texts), cells)


def test_drawn_pages():
    """Boxes anywhere, on a grid, in columns with ragged ends; with cells, without, and turned texts among them."""
    rng = np.random.default_rng(0)
    for number in range(60):
        count = int(rng.integers(1, 60))
        grid = [1, 20, 60][number % 3]
        boxes = rng.integers([0, 0, 10, 10], [900, 900, 500, 40], (count, 4))
        boxes[:, :2] -= boxes[:, :2] % grid
        quads = boxes_to_quads(boxes)
        if number % 5 == 0:
            quads = np.roll(quads, 1, axis=1)
        cells = rng.integers(-1, 6, count) if number % 2 else None
        rules = {cell: boxes_to_quads([[*rng.integers(0, 900, 2), *rng.integers(50, 500, 2)]])[0] for cell in (0, 2, 3)}
        expect_same_order(quads, cells, rules if number % 4 == 1 else None)
    for _ in range(30):
        rows, left = [], 50
        for _ in range(int(rng.integers(1, 4))):
            width, top = int(rng.integers(60, 500)), int(rng.integers(0, 200))
            rows += [(left, top + 40 * i, int(width * rng.choice([1, 1, 1, 0.4])), 24) for i in range(int(rng.integers(1, 14)))]
            left += width + int(rng.integers(-5, 60))
        rows += [(50, 900, int(rng.integers(50, 900)), 40)]
        expect_same_order(boxes_to_quads(rows)[rng.permutation(len(rows))])


def test_parts():
    boxes = np.array([[0, 0, 10, 10, 10], [20, 0, 30, 10, 10], [5, 5, 22, 15, 17], [40, 30, 50, 40, 10]], np.float64)
    assert list(split(boxes, axis=0)) == [0, 0, 0, 1]
    assert list(split(boxes, axis=1)) == [0, 0, 0, 1]
    assert list(sweep(boxes)) == [0, 2, 1, 3]


def test_medians_and_running_maximum():
    values = np.array([5.0, 1, 9, 2, 4], np.float64)
    assert list(segment_medians(values, np.array([0, 0, 2, 0, 2]), 3)) == [2.0, 0.0, 6.5]
    assert running_max(tf.constant([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])).numpy().tolist() == [[3, 3, 4, 4, 5], [9, 9, 9, 9, 9]]
