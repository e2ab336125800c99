"""What is written twice, for the reader here (NumPy, Pillow, OpenCV, the compiled aggregation) and for the served graph (TensorFlow),
gives the same: equal whole numbers, decisions and orders; equal floats up to the rounding of their sums, which each test states.

Here pixels, quads, crops and columns; cells and orders in test_pairs_of_order.py; lines, decisions and the detector's maps in
test_pairs_of_reading.py; what one network finds and reads in test_pairs_of_spotting.py."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from pairs import GREY, GREY_IMAGE, PAGE, PX, in_graph, random_quads
from PIL import Image

from ocr_crnn import geometry
from ocr_crnn.detection import kernels
from ocr_crnn.detection.detector import scale_page
from ocr_crnn.geometry import boxes_to_quads, order_quads, quad_sizes
from ocr_crnn.ops import crops, lines, quads, stacked
from ocr_crnn.reading import crops as reading_crops
from ocr_crnn.reading import orientation
from ocr_crnn.reading.reading import turn_image
from ocr_crnn.reading.settings import SPOTTER
from ocr_crnn.reading.stacked import unstack

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


@pytest.mark.parametrize("narrow", [0.2, 0.5, 1.0])
def test_lone_narrow_characters(narrow):
    """Of random quads some lean too much and are as high as that says, and the others are not."""
    given_quads = order_quads(random_quads(2000, seed=7) * np.float32([narrow, 1]))
    leaning = geometry.level_narrow(given_quads, 0.14, (1.1, 2.5))
    assert 0 < (leaning != given_quads).any(axis=(1, 2)).sum() < 2000
    np.testing.assert_array_equal(quads.level_narrow(given_quads, 0.14, (1.1, 2.5)), leaning)


@pytest.mark.parametrize("turns", range(4))
def test_turned_pages(turns):
    given_quads = random_quads(50, seed=6)
    for image in (GREY, PAGE):
        np.testing.assert_array_equal(quads.turn_image(image, tf.constant(turns)), turn_image(image, turns))
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
