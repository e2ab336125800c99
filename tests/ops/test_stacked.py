"""Vertical writing in graph, worked out; tests/test_pairs.py holds it to reading/stacked.py."""

import numpy as np
import tensorflow as tf

from ocr_crnn.ops.stacked import find_characters, unstack
from ocr_crnn.reading import stacked as stacked_here
from ocr_crnn.reading.settings import SPOTTER


def test_three_characters_side_by_side():
    column = np.full((147, 30), 255, np.uint8)
    for top in (5, 39, 118):
        column[top : top + 18, 7:23] = 0
    column[12:14] = 255  # a character of two pieces
    image = unstack(tf.constant(column), SPOTTER).numpy()
    # Ink 16 wide: pieces that fit into 19 rows are one. 4 pixels of paper before, between and after;
    # 36 for the space; squares of 30 pixels with ink from 7 to 23.
    inked = np.flatnonzero((image == 0).any(axis=0))
    assert image.shape == (30, 4 + 30 + 4 + 30 + 36 + 30 + 4)
    assert inked.tolist() == [*range(11, 27), *range(45, 61), *range(111, 127)]


def test_syllables_of_two_pieces_a_little_higher_than_wide():
    """공급자 in the label of a form at 110 dpi: its letters of 13 by 15 pixels came apart as 고ㅇ 그ㅂ자."""
    column = np.full((61, 15), 255, np.uint8)
    for top, bottom in ((4, 12), (13, 19), (25, 29), (30, 32), (33, 40), (46, 61)):
        column[top:bottom, 1:14:3] = 0  # strokes
    for stacked in (unstack(tf.constant(column), SPOTTER).numpy(), stacked_here.unstack(column, SPOTTER).image):
        assert ((stacked == 0).any(axis=0)).sum() == 3 * 5  # strokes of three characters, none twice


def test_less_than_two_characters_give_nothing():
    for shape in ((1, 1), (1, 9), (9, 1)):
        assert unstack(tf.zeros(shape, tf.uint8), SPOTTER).shape == (shape[1], 0)


def test_pieces_join_while_they_fit():
    inked = np.zeros(40, bool)
    inked[[2, 3, 8, 9, 20, 39]] = True
    for longest, expected in ((7.9, [[2, 4], [8, 10], [20, 21], [39, 40]]), (8.0, [[2, 10], [20, 21], [39, 40]])):
        found = find_characters(tf.constant(inked), tf.constant(longest, tf.float64))
        assert np.stack(found, axis=1).tolist() == expected
    assert [part.shape[0] for part in find_characters(tf.zeros(5, tf.bool), tf.constant(3.0, tf.float64))] == [0, 0]
