"""Pairs of stages, as in test_pairs.py: ruled cells, reading order and the text of pages."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from pairs import GREY, GREY_IMAGE, QUADS, in_graph

from ocr_crnn.geometry import boxes_to_quads, order_quads
from ocr_crnn.ops.ruled_cells import Cells, find_cells_of_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading import crops as reading_crops
from ocr_crnn.reading.cells import cells_of_quads, find_cells, quads_of_cells
from ocr_crnn.reading.order import find_order, lay_page
from ocr_crnn.reading.settings import CELLS, ORDER
from ocr_crnn.serving import graph_spotter
from ocr_crnn.serving.graph_order import order_texts

# Ruled cells

find_in_graph = in_graph(
    lambda image, quads, longest_px: find_cells_of_quads(image, quads, *CELLS._replace(longest_px=longest_px)),
    GREY_IMAGE, QUADS, tf.TensorSpec((), tf.int32),
)  # fmt: skip


def expect_same_cells(image, quads, longest_px=CELLS.longest_px):
    cells = find_cells(image, CELLS._replace(longest_px=longest_px))
    expected = cells_of_quads(cells, quads)
    expected_quads = quads_of_cells(cells, expected)
    found, rectangles, rectangular = (column.numpy() for column in find_in_graph(image, np.float32(quads), longest_px))
    np.testing.assert_array_equal(found >= 0, expected >= 0)
    np.testing.assert_array_equal(found[:, None] == found, expected[:, None] == expected)  # numbers may differ, not who shares one
    np.testing.assert_array_equal(rectangular, [number in expected_quads for number in expected])
    for number, rectangle in zip(expected, rectangles, strict=True):
        if number in expected_quads:
            np.testing.assert_allclose(order_quads(rectangle)[0], expected_quads[number], atol=0.02)
    return expected


def ruled_table(rows=5, columns=4, size=(600, 800), noise=0):
    image = np.full(size, 250, np.uint8)
    for y in np.linspace(50, 550, rows + 1).astype(int):
        image[y : y + 2, 60:702] = 20
    for x in np.linspace(60, 700, columns + 1).astype(int):
        image[50:552, x : x + 2] = 20
    if noise:
        image = np.clip(image + np.random.default_rng(0).normal(0, noise, size), 0, 255).astype(np.uint8)
    corners = [(60 + 640 / columns * c, 50 + 500 / rows * r) for r in range(rows) for c in range(columns)]
    boxes = [(x + 10, y + 10 + 25 * i, 80, 18) for x, y in corners for i in (0, 1)]
    return image, boxes_to_quads([*boxes, (5, 5, 100, 20), (720, 300, 60, 20), (300, 560, 100, 20), (40, 100, 700, 20)])


@pytest.mark.parametrize("longest_px", [2400, 799, 300])  # one, two and four pixels a place
@pytest.mark.parametrize("noise", [0, 6])
def test_cells_of_a_table(noise, longest_px):
    cells = expect_same_cells(*ruled_table(noise=noise), longest_px)
    assert len(set(cells[cells >= 0])) == 20 and (cells[-4:-1] == -1).all()


def test_cells_of_drawn_boxes_and_of_a_page():
    import cv2

    rng = np.random.default_rng(5)
    for _ in range(12):
        image = np.full((int(rng.integers(100, 500)), int(rng.integers(100, 500))), 240, np.uint8)
        for _ in range(12):
            corners = rng.integers(-20, 480, 4).tolist()
            cv2.rectangle(image, corners[:2], corners[2:], int(rng.integers(0, 230)), int(rng.integers(1, 5)))
        boxes = np.concatenate([rng.integers(0, 480, (60, 2)), rng.integers(2, 80, (60, 2))], axis=1)
        expect_same_cells(image, boxes_to_quads(boxes), int(rng.choice([100, 200, 2400])))
    boxes = np.concatenate([rng.integers(0, [600, 780], (200, 2)), rng.integers(2, 80, (200, 2))], axis=1)
    cells = expect_same_cells(GREY, boxes_to_quads(boxes))
    assert len(set(cells)) > 5


def test_pages_without_cells():
    rows = boxes_to_quads([(2, 2, 30, 10), (10, 20, 300, 10), (-50, -50, 20, 20)])
    for size in ((300, 200), (40, 40), (3, 50), (1, 1)):
        assert (expect_same_cells(np.full(size, 255, np.uint8), rows) == -1).all()
    expect_same_cells(np.random.default_rng(2).integers(0, 256, (200, 300), np.uint8), rows)


# Reading order

order_in_graph = in_graph(
    lambda quads, *cells: order_texts(quads, Cells(*cells), ORDER),
    QUADS, tf.TensorSpec((None,), tf.int32), QUADS, tf.TensorSpec((None,), tf.bool),
)  # fmt: skip


def expect_same_order(quads, cells=None, cell_quads=None):
    cell_quads = cell_quads or {}
    expected_rows, expected_blocks = find_order(np.float32(quads), cells, cell_quads)
    numbers = np.full(len(quads), -1) if cells is None else np.array(cells)
    has_quad = np.array([number in cell_quads for number in numbers], bool)
    rectangles = [cell_quads[number] if has else np.zeros((4, 2)) for number, has in zip(numbers, has_quad, strict=True)]
    rows, blocks = order_in_graph(np.float32(quads), numbers, np.float32(rectangles).reshape(-1, 4, 2), has_quad)
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
def test_order_of_layouts(name, turn_deg):
    rows = np.array(LAYOUTS[name], np.float32).reshape(-1, 4)
    layout = boxes_to_quads(rows[np.random.default_rng(3).permutation(len(rows))])
    angle = np.radians(turn_deg)
    expect_same_order(layout @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]))


def test_order_of_cells():
    six = boxes_to_quads([(0, 0, 90, 20), (0, 30, 90, 20), (100, 0, 90, 20), (100, 30, 90, 20), (0, 80, 90, 20), (0, 105, 90, 20)])
    expect_same_order(six, cells=[4, 4, 7, 7, -1, -1])
    expect_same_order(six, cells=[9, 4, 9, 4, 9, -1])
    # Two halves of a table side by side; a label as tall as each half is read with the rows of its half.
    texts, rules = [], []
    for left in (0, 400):
        texts.append((left + 5, 90, 80, 20))
        rules.append((left, 0, 100, 200))
        for row, cell in [(row, cell) for row in range(4) for cell in (0, 1)]:
            texts.append((left + 110 + 120 * cell, 15 + 50 * row, 90, 20))
            rules.append((left + 100 + 120 * cell, 50 * row, 120, 50))
    rules = dict(enumerate(boxes_to_quads(rules)))
    expect_same_order(boxes_to_quads(texts), list(rules), rules)
    expect_same_order(boxes_to_quads(texts), list(rules), {number: rules[number] for number in list(rules)[::2]})
    expect_same_order(boxes_to_quads(texts), list(rules))


def test_order_of_drawn_pages():
    """Boxes anywhere, on a grid, in columns with ragged ends; with cells, without, and turned texts among them."""
    rng = np.random.default_rng(0)
    for number in range(60):
        count = int(rng.integers(1, 60))
        grid = [1, 20, 60][number % 3]
        boxes = rng.integers([0, 0, 10, 10], [900, 900, 500, 40], (count, 4))
        boxes[:, :2] -= boxes[:, :2] % grid
        layout = boxes_to_quads(boxes)
        if number % 5 == 0:
            layout = np.roll(layout, 1, axis=1)
        cells = rng.integers(-1, 6, count) if number % 2 else None
        rules = {cell: boxes_to_quads([[*rng.integers(0, 900, 2), *rng.integers(50, 500, 2)]])[0] for cell in (0, 2, 3)}
        expect_same_order(layout, cells, rules if number % 4 == 1 else None)
    for _ in range(30):
        rows, left = [], 50
        for _ in range(int(rng.integers(1, 4))):
            width, top = int(rng.integers(60, 500)), int(rng.integers(0, 200))
            rows += [(left, top + 40 * i, int(width * rng.choice([1, 1, 1, 0.4])), 24) for i in range(int(rng.integers(1, 14)))]
            left += width + int(rng.integers(-5, 60))
        rows += [(50, 900, int(rng.integers(50, 900)), 40)]
        expect_same_order(boxes_to_quads(rows)[rng.permutation(len(rows))])


order_lines_in_graph = in_graph(
    graph_spotter.order_lines, GREY_IMAGE, QUADS, tf.TensorSpec((None,), tf.string), tf.TensorSpec((None,), tf.bool)
)


def spread(quad, count, down):
    """So many characters along a quad, or down it."""
    edges = np.linspace(0, 1, count + 1)
    zeros, ones = np.zeros(count), np.ones(count)
    boxes = [zeros, edges[:-1], ones, edges[1:]] if down else [edges[:-1], zeros, edges[1:], ones]
    return Characters(reading_crops.boxes_in_quad(quad, np.stack(boxes, axis=1)))


@pytest.mark.parametrize("share", [0, 0.4, 0.6, 1])
def test_order_and_text_of_pages(share):
    """Geometry alone, on a page of segments and its image, against the graph's lines, blocks and text; some written downwards."""
    rng = np.random.default_rng(int(10 * share))
    for _ in range(4):
        boxes = np.concatenate([rng.uniform(0, [600, 780], (25, 2)), rng.uniform(8, [200, 30], (25, 2))], axis=1)
        down = rng.random(25) < share
        boxes[down, 2:] = boxes[down, :1:-1]
        rows = boxes_to_quads(boxes)
        texts = ["".join(rng.choice(list("가나다라 마바"), int(rng.integers(2, 12)))).strip(" ") or "하" for _ in rows]
        characters = [spread(quad, len(text), d) for quad, text, d in zip(rows, texts, down, strict=True)]
        page = Page(None, GREY.shape, rows, texts, characters=characters, attributes=range(25), unit="segment")
        order, by_geometry = find_order(*lay_page(page, find_cells(GREY))[:3])
        expected = replace(page.take(order), lines=np.arange(25), blocks=by_geometry)
        found, blocks = order_lines_in_graph(GREY, rows, texts, [d and len(text) > 1 for d, text in zip(down, texts, strict=True)])
        np.testing.assert_array_equal(found, list(expected.attributes))
        np.testing.assert_array_equal(blocks, expected.blocks)
        joined = graph_spotter.join_page(tf.gather(texts, found), blocks).numpy().decode()
        assert joined == "\n\n".join("\n".join(" ".join(" ".join(expected.texts[r]).split()) for r in b) for b in expected.block_lines())
