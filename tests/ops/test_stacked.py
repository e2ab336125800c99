"""Vertical writing in graph, against reading/stacked.py, OpenCV's threshold and NumPy's median."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.ops.stacked import find_characters, paper_level, unstack
from ocr_crnn.ops.stacked import ink_mask as ink_mask_in_graph
from ocr_crnn.reading import stacked
from ocr_crnn.reading.crops import ink_mask
from ocr_crnn.reading.settings import SPOTTER

unstack_in_graph = tf.function(
    lambda column: (unstack(column, SPOTTER), ink_mask_in_graph(column), paper_level(column)),
    autograph=False,
    input_signature=[tf.TensorSpec((None, None), tf.uint8)],
)


def expect_same(column):
    image, ink, paper = (value.numpy() for value in unstack_in_graph(column))
    np.testing.assert_array_equal(ink, ink_mask(column))
    assert paper == int(np.median(column))
    expected = stacked.unstack(column)
    if expected is None:
        assert image.shape == (column.shape[1], 0)
    else:
        np.testing.assert_array_equal(image, expected.image)
    return image


def draw_column(heights, gaps, width, ink=0, paper=255):
    """Bars of ink one below the other, grey `(height, width)`."""
    rows = []
    for height, gap in zip(heights, gaps, strict=True):
        bar = np.full((height, width), paper, np.uint8)
        bar[:, width // 4 : width - width // 4] = ink
        rows += [np.full((gap, width), paper, np.uint8), bar]
    return np.concatenate([*rows, np.full((3, width), paper, np.uint8)])


def test_three_characters_side_by_side():
    column = draw_column([18, 18, 18], [5, 16, 61], 30)
    column[12:14] = 255  # a character of two pieces
    image = expect_same(column)
    # Ink 16 wide: pieces that fit into 18 rows are one. 4 pixels of paper before, between and after;
    # 36 for the space; squares of 30 pixels with ink from 7 to 23.
    inked = np.flatnonzero((image == 0).any(axis=0))
    assert image.shape == (30, 4 + 30 + 4 + 30 + 36 + 30 + 4)
    assert inked.tolist() == [*range(11, 27), *range(45, 61), *range(111, 127)]


@settings(max_examples=60)
@given(st.data())
def test_random_columns(data):
    count = data.draw(st.integers(0, 5))
    heights, gaps = (data.draw(st.lists(st.integers(1, 40), min_size=count, max_size=count)) for _ in range(2))
    ink, paper = data.draw(st.tuples(st.integers(0, 255), st.integers(0, 255)))
    column = draw_column(heights, gaps, data.draw(st.integers(1, 24)), ink, paper)
    noise = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, data.draw(st.sampled_from([1, 12])), column.shape)
    expect_same(np.clip(column + noise, 0, 255).astype(np.uint8))


def test_taller_than_a_square_is_cut_and_light_on_dark_is_read():
    expect_same(draw_column([50, 20], [4, 9], 20))
    expect_same(draw_column([18, 18], [4, 9], 20, ink=255, paper=10))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_degenerate(shape):
    assert expect_same(np.zeros(shape, np.uint8)).shape == (shape[1], 0)


def test_pieces_join_while_they_fit():
    inked = np.zeros(40, bool)
    inked[[2, 3, 8, 9, 20, 39]] = True
    for longest, expected in ((7.9, [[2, 4], [8, 10], [20, 21], [39, 40]]), (8.0, [[2, 10], [20, 21], [39, 40]])):
        found = find_characters(tf.constant(inked), tf.constant(longest, tf.float64))
        assert np.stack(found, axis=1).tolist() == expected
    assert [part.shape[0] for part in find_characters(tf.zeros(5, tf.bool), tf.constant(3.0, tf.float64))] == [0, 0]
