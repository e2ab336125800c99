"""What is written twice, for the reader here (NumPy, Pillow, OpenCV, the compiled aggregation) and for the served graph (TensorFlow),
gives the same: equal whole numbers, decisions and orders; equal floats up to the rounding of their sums, which each test states."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from served import draw_page, small_reader

from benchmarks.aggregation_maps import draw_grid, draw_random_maps
from benchmarks.aggregation_maps import draw_page as draw_maps
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.detection import kernels
from ocr_crnn.detection.detector import scale_page
from ocr_crnn.geometry import boxes_to_quads, order_quads, quad_sizes
from ocr_crnn.ops import _native, crops, lines, quads, stacked
from ocr_crnn.ops.best_path import decode_best_path, decode_frames
from ocr_crnn.ops.pixel_aggregation import aggregate_pixels
from ocr_crnn.ops.ruled_cells import Cells, find_cells_of_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading import crops as reading_crops
from ocr_crnn.reading import orientation
from ocr_crnn.reading.cells import cells_of_quads, find_cells, quads_of_cells
from ocr_crnn.reading.confidence import PLAIN, calibrate
from ocr_crnn.reading.order import find_order, order_page
from ocr_crnn.reading.reading import turn_image
from ocr_crnn.reading.settings import CELLS, ORDER, SPOTTER
from ocr_crnn.reading.spotter import Segment
from ocr_crnn.reading.stacked import unstack
from ocr_crnn.serving import graph_lines, graph_spotter
from ocr_crnn.serving.graph_detector import GraphDetector
from ocr_crnn.serving.graph_order import order_texts

PX = 5e-4  # of quads on a page of two thousand pixels, where neighbouring float32 are 1.2e-4 apart
PAGE = draw_page(640, 800)
GREY = np.asarray(Image.fromarray(PAGE).convert("L"))
GREY_IMAGE, QUADS = tf.TensorSpec((None, None), tf.uint8), tf.TensorSpec((None, 4, 2), tf.float32)


def in_graph(function, *specs):
    return tf.function(function, autograph=False, input_signature=specs)


@pytest.fixture(scope="module")
def reader():
    return small_reader()


@pytest.fixture(scope="module")
def spotter(reader):
    return graph_spotter.GraphSpotter(reader)


def test_what_scores_mean():
    """Both ends are cut off; what lies between is float64 in both."""
    scores = np.float32([0, 1e-8, 0.1, 0.5, 0.93, 0.999, 1])
    for calibration in (PLAIN, (0.8, -0.3)):
        characters = graph_lines.Characters(None, None, tf.constant(scores), None)
        of = SimpleNamespace(settings=SPOTTER._replace(calibration=calibration))
        found = graph_spotter.GraphSpotter.calibrate(of, characters).scores
        np.testing.assert_allclose(found, calibrate(scores, calibration), rtol=1e-6)


# Grey levels and sizes


def test_grey():
    colours = np.random.default_rng(0).integers(0, 256, (400, 500, 3), np.uint8)
    for image in (colours, PAGE):
        np.testing.assert_array_equal(crops.to_grey_levels(image), np.asarray(Image.fromarray(image).convert("L")))


def random_image(rng, *size):
    """Noise, or a part of a page of print."""
    noise = rng.integers(0, 256, size, np.uint8)
    if rng.random() < 0.5:
        return noise
    top, left = (int(rng.integers(max(side - want, 0) + 1)) for side, want in zip(PAGE.shape[:2], size, strict=False))
    part = (PAGE if len(size) == 3 else GREY)[top : top + size[0], left : left + size[1]]
    noise[: part.shape[0], : part.shape[1]] = part
    return noise


SIZES = [(1, 1), (1, 900), (300, 2), (33, 64), (32, 100), (64, 128), (97, 41), (60, 1500), (54, 313)]


def test_lines_are_resized_to_the_level():
    rng = np.random.default_rng(1)
    resize = in_graph(crops.resize_line, GREY_IMAGE, tf.TensorSpec((), tf.int32), tf.TensorSpec((), tf.int32))
    for size in [*SIZES, *rng.integers(1, [120, 700], (150, 2))]:
        image = random_image(rng, *size)
        line = lines.resize_line(image, 32)
        np.testing.assert_array_equal(resize(image, *line.shape), line)


def test_pages_are_resized_to_the_level():
    rng = np.random.default_rng(2)
    resize = in_graph(crops.resize_levels, tf.TensorSpec((None, None, 3), tf.uint8), tf.TensorSpec((2,), tf.int32))
    for size in [(1, 1), (3, 400), (500, 2), *rng.integers(1, 300, (30, 2))]:
        image = random_image(rng, *size, 3)
        scaled = scale_page(image, rng.uniform(0.1, 1.5))
        np.testing.assert_array_equal(resize(image, scaled.shape[:2]), scaled)
    for scale in (0.45, 0.5, 0.7, 1.5):
        scaled = scale_page(PAGE, scale)
        np.testing.assert_array_equal(resize(PAGE, scaled.shape[:2]), scaled)


def test_widths_of_lines():
    sizes = np.random.default_rng(3).integers(1, 3000, (5000, 2))
    sizes[:1000, 1] *= 64  # quotients that end in a half
    expected = [lines.fit_line_width(height, width, 32) for width, height in sizes]
    np.testing.assert_array_equal(crops.line_widths(sizes, 32, 10**6), expected)


# Quads


def random_quads(count, seed, noise=1.0):
    """Rectangles in any direction from a speck to a line on a page of two thousand pixels, their corners a little off."""
    rng = np.random.default_rng(seed)
    angles = np.where(rng.random(count) < 0.5, rng.normal(0, 0.03, count), rng.uniform(-np.pi, np.pi, count))
    along = np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(1, 900, (count, 1))
    down = np.stack([-np.sin(angles), np.cos(angles)], axis=1) * rng.uniform(1, 90, (count, 1))
    start = rng.uniform(0, 2000, (count, 2))
    corners = np.stack([start, start + along, start + along + down, start + down], axis=1)
    return np.float32(corners + rng.normal(0, noise, corners.shape))


ODD = np.float32([[[7, 7]] * 4, [[0, 0], [5, 0], [5, 0], [0, 0]], [[0, 0], [0, 9], [0, 9], [0, 0]], [[0, 0], [10, 10], [0, 20], [-10, 10]]])


@pytest.mark.parametrize("count", [0, 500])
def test_quads(count):
    given_quads = np.concatenate([random_quads(count, seed=4), ODD[: count and len(ODD)]])
    pairs = {
        "sizes": (quads.measure_quads(given_quads), quad_sizes(given_quads)),
        "columns": (quads.expand_quads(given_quads, 0.24), reading_crops.expand_quads(given_quads, 0.24)),
        "lines": (quads.expand_lines(given_quads, 0.24, 5.0), reading_crops.expand_lines(given_quads, 0.24, 5.0)),
        "inset": (quads.inset_quads(given_quads, 1.5), kernels.inset_quads(given_quads, 1.5)),
        "outset": (quads.inset_quads(given_quads, -0.25), kernels.inset_quads(given_quads, -0.25)),
        "parts": (quads.first_parts(given_quads, SPOTTER.probed_em), orientation.first_parts(given_quads, SPOTTER.probed_em)),
    }
    for name, (found, expected) in pairs.items():
        np.testing.assert_allclose(found, expected, atol=PX, err_msg=name)


def test_the_first_corner():
    """Clockwise quads, as all are by then. At 45 degrees, too, the same corner is taken."""
    exact = np.float32(
        [np.roll([[0, 0], [a, b], [a - b, b + a], [-b, a]], roll, axis=0) for a in range(6) for b in range(6) for roll in range(4)]
    )
    for given_quads in (random_quads(2000, seed=5, noise=0.2), exact[4:]):
        clockwise = order_quads(given_quads)
        rolled = np.stack([np.roll(quad, row % 4, axis=0) for row, quad in enumerate(clockwise)])
        np.testing.assert_array_equal(quads.order_quads(rolled), order_quads(rolled))


@pytest.mark.parametrize("turns", range(4))
def test_turned_pages(turns):
    given_quads = random_quads(50, seed=6)
    np.testing.assert_array_equal(quads.turn_image(GREY, tf.constant(turns)), turn_image(GREY, turns))
    found = quads.turn_quads(given_quads, tf.constant(GREY.shape), tf.constant(turns))
    np.testing.assert_allclose(found, orientation.turn_quads(given_quads, GREY.shape, turns), atol=PX)


# Crops

crop_in_graph = in_graph(
    lambda image, quad: crops.crop_quad(image, quad, crops.crop_sizes(quad[None])[0]), GREY_IMAGE, tf.TensorSpec((4, 2), tf.float32)
)


def test_upright_crops():
    rng = np.random.default_rng(7)
    boxes = np.concatenate([rng.uniform(-20, [620, 780], (200, 2)), rng.uniform(0.1, [300, 60], (200, 2))], axis=1)
    for quad in boxes_to_quads(boxes):  # some reach beyond the page
        np.testing.assert_array_equal(crop_in_graph(GREY, quad), reading_crops.crop_quad(GREY, quad))


def exact_crop(image, quad, size):
    """The levels of a crop before they are rounded, in float64: bilinear, pixel centres at whole numbers."""
    width, height = size
    corners = np.float64(quad) - 0.5
    equations, values = [], []
    for (x, y), (u, v) in zip(np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5, corners, strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    matrix = np.append(np.linalg.solve(equations, values), 1).reshape(3, 3)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    u, v, w = np.moveaxis(np.stack([x, y, np.ones_like(x)], axis=-1) @ matrix.T, -1, 0)
    u, v = u / w, v / w
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)

    def at(row, column):
        return image[np.clip(row, 0, image.shape[0] - 1), np.clip(column, 0, image.shape[1] - 1)].astype(np.float64)

    right, down = u - left, v - top
    upper = at(top, left) * (1 - right) + at(top, left + 1) * right
    return upper * (1 - down) + (at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right) * down


def test_turned_crops():
    """The same levels, but where the exact one is so near to a half that the rounding of float32 coordinates decides."""
    turned = random_quads(120, seed=8) / 3
    for quad in turned[np.abs(np.diff(turned[:, :2, 1], axis=1))[:, 0] > 1]:
        found, expected = crop_in_graph(GREY, quad).numpy(), reading_crops.crop_quad(GREY, quad)
        assert found.shape == expected.shape
        exact = exact_crop(GREY, quad, found.shape[::-1])
        clear = np.abs(exact % 1 - 0.5) > 0.15
        np.testing.assert_array_equal(found[clear], expected[clear])
        np.testing.assert_allclose(found, exact, atol=0.65)
        np.testing.assert_allclose(expected, exact, atol=0.65)


# Vertical writing

unstack_in_graph = in_graph(
    lambda column: (stacked.unstack(column, SPOTTER), stacked.ink_mask(column), stacked.paper_level(column)), GREY_IMAGE
)


def expect_same_stack(column):
    image, ink, paper = (value.numpy() for value in unstack_in_graph(column))
    np.testing.assert_array_equal(ink, reading_crops.ink_mask(column))
    assert paper == int(np.median(column))
    expected = unstack(column)
    np.testing.assert_array_equal(image, np.zeros((column.shape[1], 0)) if expected is None else expected.image)


def draw_column(heights, gaps, width, ink=0, paper=255):
    """Bars of ink one below the other, grey `(height, width)`."""
    rows = []
    for height, gap in zip(heights, gaps, strict=True):
        bar = np.full((height, width), paper, np.uint8)
        bar[:, width // 4 : width - width // 4] = ink
        rows += [np.full((gap, width), paper, np.uint8), bar]
    return np.concatenate([*rows, np.full((3, width), paper, np.uint8)])


@settings(max_examples=60)
@given(st.data())
def test_columns_are_laid_side_by_side(data):
    count = data.draw(st.integers(0, 5))
    heights, gaps = (data.draw(st.lists(st.integers(1, 40), min_size=count, max_size=count)) for _ in range(2))
    ink, paper = data.draw(st.tuples(st.integers(0, 255), st.integers(0, 255)))
    column = draw_column(heights, gaps, data.draw(st.integers(1, 24)), ink, paper)
    noise = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, data.draw(st.sampled_from([1, 12])), column.shape)
    expect_same_stack(np.clip(column + noise, 0, 255).astype(np.uint8))


def test_columns_of_a_page():
    expect_same_stack(draw_column([50, 20], [4, 9], 20))  # taller than a square
    expect_same_stack(draw_column([18, 18], [4, 9], 20, ink=255, paper=10))
    for left in range(20, 600, 37):
        expect_same_stack(GREY[60:420, left : left + 22])


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
    """The stage on a page of segments and its image, against the graph's lines, blocks and text; some written downwards."""
    rng = np.random.default_rng(int(10 * share))
    for _ in range(4):
        boxes = np.concatenate([rng.uniform(0, [600, 780], (25, 2)), rng.uniform(8, [200, 30], (25, 2))], axis=1)
        down = rng.random(25) < share
        boxes[down, 2:] = boxes[down, :1:-1]
        rows = boxes_to_quads(boxes)
        texts = ["".join(rng.choice(list("가나다라 마바"), int(rng.integers(2, 12)))).strip(" ") or "하" for _ in rows]
        characters = [spread(quad, len(text), d) for quad, text, d in zip(rows, texts, down, strict=True)]
        page = Page(None, GREY.shape, rows, texts, characters=characters, attributes=range(25), unit="segment")
        expected = order_page(page, GREY)
        found, blocks = order_lines_in_graph(GREY, rows, texts, [d and len(text) > 1 for d, text in zip(down, texts, strict=True)])
        np.testing.assert_array_equal(found, list(expected.attributes))
        np.testing.assert_array_equal(blocks, expected.blocks)
        joined = graph_spotter.join_page(tf.gather(texts, found), blocks).numpy().decode()
        assert joined == "\n\n".join("\n".join(" ".join(" ".join(expected.texts[r]).split()) for r in b) for b in expected.block_lines())


# Best path and characters


def as_lines(found, count):
    """Characters → (ids, scores, spans) of each line."""
    rows = found.lines.numpy()
    spans = np.stack([found.starts, found.ends], axis=1)
    return [(found.ids.numpy()[rows == i].tolist(), found.scores.numpy()[rows == i], spans[rows == i].tolist()) for i in range(count)]


@pytest.mark.parametrize("seed", range(6))
def test_best_path(seed):
    """Of all frames, and of those alone that are not surely blank."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1, (9, 23, 5)).astype(np.float32)
    logits[..., -1] += 1
    if seed == 5:
        logits = np.round(logits)  # ties
    counts = rng.integers(0, 24, 9).astype(np.int32)
    wanted = (logits.argmax(axis=-1) != 4) | (rng.random((9, 23)) < 0.3)
    places = np.argwhere(wanted & (np.arange(23) < counts[:, None])).astype(np.int32)
    expected = decode_greedy(logits, counts)
    for found in (decode_best_path(tf.constant(logits), counts), decode_frames(tf.constant(logits[tuple(places.T)]), places, 9, 23)):
        for (ids, scores, spans), line in zip(as_lines(found, 9), expected, strict=True):
            assert ids == line.ids.tolist() and spans == line.spans.tolist()
            np.testing.assert_allclose(scores, line.scores, rtol=1e-5)


def lines_of(read):
    """ReadLines as the graph's Lines."""
    rows = np.repeat(np.arange(len(read)), [len(line.text) for line in read])
    codes = np.array([ord(c) for line in read for c in line.text], np.int32)
    columns = [np.concatenate([np.zeros((0, *shape)), *(getattr(line, name) for line in read)]) for name, shape in COLUMNS]
    characters = graph_lines.Characters(*map(tf.constant, (np.int32(rows), codes, *map(np.float32, columns))))
    return graph_lines.join_lines(characters, len(read))


COLUMNS = (("character_scores", ()), ("spans_px", (2,)))


def expect_same_lines(found, read):
    """Texts to the character; spans are quotients, scores sums of exponentials."""
    expected = lines_of(read)
    assert [text.decode() for text in found.texts.numpy()] == [line.text for line in read]
    np.testing.assert_allclose(found.scores, [line.score for line in read], atol=2e-5)
    np.testing.assert_array_equal(found.characters.lines, expected.characters.lines)
    np.testing.assert_array_equal(found.characters.codes, expected.characters.codes)
    np.testing.assert_allclose(found.characters.scores, expected.characters.scores, atol=1e-4)
    np.testing.assert_allclose(found.characters.spans, expected.characters.spans, atol=PX)


def test_lines_read(reader, spotter):
    """Crops of a page, in batches by width, and images of lines."""
    boxes = [(20 + 320 * column, 66 + 24 * row, 30 + 20 * row, 22) for row in range(12) for column in (0, 1)]
    rows = boxes_to_quads([*boxes, (30, 100, 4, 20), (0, 0, 640, 60)])
    expect_same_lines(spotter.read_quads(GREY, rows), reader.spotter.read(GREY, rows))
    images = [PAGE[66:90, 20:120], PAGE[300:301, :3], PAGE[66:92, 10:300], np.full((9, 200, 3), 255, np.uint8)]
    read = reader.recognizer(images)
    loaded = [spotter.recognizer.to_line(crops.to_grey_levels(image)) for image in images]
    ragged = tf.RaggedTensor.from_row_lengths(tf.concat(loaded, axis=0), [len(line) for line in loaded])
    expect_same_lines(spotter.recognizer.read_ragged(ragged, tf.constant([image.shape[1] for image in images])), read)


# Decisions


def test_ways_to_probe():
    rows = random_quads(30, seed=9)
    longest = tf.argsort(tf.reduce_max(quads.measure_quads(rows), axis=1), direction="DESCENDING", stable=True)[: SPOTTER.probed]
    parts = quads.first_parts(tf.gather(rows, longest), SPOTTER.probed_em)
    ways = np.stack([np.roll(parts, -turns, axis=1) for turns in range(4)])
    np.testing.assert_allclose(ways, orientation.probe_quads(rows, SPOTTER), atol=PX)


@pytest.mark.parametrize("turns", range(4))
def test_turns_of_a_page(reader, spotter, turns):
    image = np.ascontiguousarray(np.rot90(GREY, turns))
    rows = orientation.turn_quads(boxes_to_quads([(20, 66 + 24 * row, 100, 22) for row in range(6)]), GREY.shape, turns)
    rows = order_quads(rows)
    assert int(spotter.find_turns(image, rows)) == reader.spotter.find_turns(image, rows)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", " ", "1", "가나", " 다 ", "라마바"]), st.sampled_from([0.0, 0.5, 0.55, 0.7, 0.9])),
        min_size=4,
        max_size=4,
    )
)
def test_the_surest_way(reader, ways):
    segments = [Segment(number, SimpleNamespace(text=text, score=score)) for number, (text, score) in enumerate(ways)]
    expected = reader.spotter.surest(*segments).quad
    texts, scores = zip(*ways, strict=True)
    found = graph_spotter.surest(tf.constant(texts)[:, None], tf.constant(scores, tf.float32)[:, None], SPOTTER.surer)
    assert found.numpy().tolist() == [expected]


def page_with_columns():
    """A page, uint8 RGB, and quads: three columns of letters cut from its lines, a blank one, and an ordinary line."""
    image = draw_page()
    letters = [image[66:90, left : left + 20] for left in range(22, 200, 20)]
    image[400:] = 255
    for column, top in ((300, 410), (350, 420), (400, 430)):
        for row in range(4):
            image[top + 32 * row :, column:][:24, :20] = letters[(row + column // 50) % len(letters)]
    boxes = [(298, 408, 24, 124), (348, 418, 24, 124), (398, 428, 24, 124), (500, 410, 20, 90), (20, 66, 250, 24)]
    return image, boxes_to_quads(boxes)


@pytest.mark.parametrize("way", ["as it lies", "on a side", "downwards"])
def test_tall_texts(reader, spotter, way, monkeypatch):
    image, rows = page_with_columns()
    grey = np.asarray(Image.fromarray(image).convert("L"))
    read = reader.spotter.read(grey, rows)
    if way != "as it lies":
        read[:3] = [line._replace(score=0.0, character_scores=0 * line.character_scores) for line in read[:3]]
    given_lines = lines_of(read)
    if way == "downwards":
        nothing = reader.recognizer([image[400:410, :40]])[0]._replace(
            text="", score=0.0, character_scores=np.zeros(0), spans_px=np.zeros((0, 2))
        )
        monkeypatch.setattr(reader.spotter, "read", lambda sheet, quads: [nothing] * len(quads))
        monkeypatch.setattr(spotter, "read_quads", lambda sheet, quads: lines_of([nothing] * len(quads)))
    expected = reader.spotter.read_tall(grey, [Segment(quad, line) for quad, line in zip(rows[:4], read[:4], strict=True)])
    expected.append(Segment(rows[4], read[4]))
    found, texts, downwards = spotter.read_tall(grey, tf.constant(rows), given_lines)
    assert downwards.numpy().tolist() == [segment.stacked for segment in expected] == [way == "downwards"] * 3 + [False] * 2
    np.testing.assert_array_equal(found, [segment.quad for segment in expected])
    assert np.array_equal(found[:3], rows[:3]) == (way != "on a side")
    expect_same_lines(texts, [segment.line for segment in expected])


# The detector's maps


def aggregate(**arguments):
    return tf.function(lambda maps: aggregate_pixels(maps, **arguments), input_signature=[tf.TensorSpec([None, None, None, 6])])


def expect_same_instances(found, index, maps, **arguments):
    """Every pixel; scores and corners as sums of float32 differ. A grid of cells has other ties than a real one."""
    labels, scores, areas, boxes, *_ = _native.aggregate_pixels(maps, **arguments)
    np.testing.assert_array_equal(found.labels[index], labels)
    np.testing.assert_array_equal(found.areas[index], areas)
    np.testing.assert_allclose(found.scores[index], scores, atol=2e-5)
    np.testing.assert_allclose(found.quads[index], boxes, atol=1e-3)


@pytest.mark.parametrize("arguments", [{}, {"max_distance": 3.0}, {"min_kernel_area_px": 2, "min_area_px": 4, "min_score": 0.7}])
def test_aggregation_of_random_maps(arguments):
    function, rng = aggregate(**arguments), np.random.default_rng(0)
    for _ in range(120):
        maps = draw_random_maps(rng)
        expect_same_instances(function(maps[None]), 0, maps, **arguments)


@pytest.mark.parametrize("max_distance", [None, 3.0])
@pytest.mark.parametrize("page", [(184, 184, 75, 1, 4.2), (440, 312, 50, 6, 5.2)])
def test_aggregation_of_drawn_pages(page, max_distance):
    maps = draw_maps(np.random.default_rng(7), *page)
    found = aggregate(max_distance=max_distance)(maps[None])
    assert len(found.scores[0]) >= 70
    expect_same_instances(found, 0, maps, max_distance=max_distance)


def test_aggregation_of_many_and_of_a_batch():
    function, rng = aggregate(), np.random.default_rng(2)
    maps = draw_grid(60, 50)
    found = function(maps[None])
    assert len(found.scores[0]) == 3000
    expect_same_instances(found, 0, maps)
    batch = np.stack([draw_maps(rng, 90, 70, lines, 2, 6.0, skew_deg=skew) for lines, skew in ((6, 0.0), (3, 20.0), (1, -40.0))])
    batch[1, ..., 0] = -1  # the page between the others is blank
    found = function(batch)
    for index, maps in enumerate(batch):
        expect_same_instances(found, index, maps)


def test_fitted_sides():
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 3, (40, 50)).astype(np.float32)
    boxes = np.concatenate([rng.uniform(0, 30, (50, 2)), rng.uniform(1, 15, (50, 2))], axis=1)
    rectangles = boxes_to_quads(boxes) @ np.float32([[0.96, 0.28], [-0.28, 0.96]])
    constants = kernels.PLACES, kernels.REACH_CELLS, kernels.FIT_STEPS
    found = quads.fit_quads(rectangles, logits, *constants)
    np.testing.assert_allclose(found, kernels.fit_quads(rectangles, logits), atol=2e-5)
    nothing = np.zeros((0, 4, 2), np.float32), logits
    assert quads.fit_quads(*nothing, *constants).shape == (0, 4, 2)


@pytest.fixture(scope="module")
def graph_detector(reader):
    return GraphDetector(reader.detector)


@pytest.mark.parametrize("size", [(500, 700), (1201, 403), (60, 900), (1, 1)])
def test_detections(reader, graph_detector, size):
    """Of a page, whole or in tiles: equal maps, but for the sums of a network; quads up to the sums of the fit."""
    image = random_page(*size)
    scaled = scale_page(image, 1.2)
    np.testing.assert_allclose(graph_detector.predict_maps(scaled), reader.detector.predict_maps(scaled), atol=1e-4)
    found, expected = graph_detector(image), reader.detector(image)
    np.testing.assert_allclose(found[0], expected.quads, atol=PX)
    np.testing.assert_allclose(found[1], expected.scores, atol=2e-5)


def random_page(height, width):
    """Rows of dark boxes of one height and of any, on paper."""
    rng = np.random.default_rng(height)
    image = np.full((height, width, 3), 250, np.uint8)
    for top in range(20, height - 30, 36):
        left = int(rng.integers(5, 60))
        while left < width - 40:
            length = int(rng.integers(20, 200))
            image[top : top + 14, left : min(left + length, width - 5) : 2] = 20
            left += length + int(rng.integers(30, 80))
    return image
