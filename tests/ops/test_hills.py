import numpy as np
import tensorflow as tf

from ocr_crnn.ops.components import Layout
from ocr_crnn.ops.hills import find_hills


def find(region, labels, quads, valley=0.9, min_peak=0.4):
    """Of maps `(height, width)` the texts, peaks and boxes of hills as lists."""
    layout = Layout(tf.constant(1), *(tf.constant(side) for side in region.shape))
    flat = layout.flatten(tf.constant(region)[None], -np.inf), layout.flatten(tf.constant(labels)[None], 0)
    found = find_hills(*flat, layout, tf.constant(quads), valley, min_peak)
    return found.texts.numpy().tolist(), [round(float(peak), 3) for peak in found.peaks], found.quads.numpy()


def box(left, top, right, bottom):
    return np.float32([[left, top], [right, top], [right, bottom], [left, bottom]])


ROW = np.float32([[0.5, 0.9, 0.6, 0.8, 0.75, 0.78, 0.5]])  # peaks of 0.9, 0.8 and 0.78, with ways of 0.6 and 0.75 between them


def test_valleys_part_characters_where_they_are_deep():
    """0.75 is more than 0.9 · 0.78, so the last two are one; 0.6 is less than 0.9 · 0.8, and more than 0.7 · 0.8. A pixel is a part of what
    is steepest above it."""
    labels = np.ones_like(ROW, np.int32)
    texts, peaks, quads = find(ROW, labels, [box(0, 0, 7, 1)])
    assert texts == [0, 0] and peaks == [0.9, 0.8]
    np.testing.assert_allclose(quads, [box(0, 0, 3, 1), box(3, 0, 7, 1)], atol=1e-5)
    assert find(ROW, labels, [box(0, 0, 7, 1)], valley=1.0)[1] == [0.9, 0.8, 0.78]
    assert find(ROW, labels, [box(0, 0, 7, 1)], valley=0.7)[1] == [0.9]
    assert find(ROW, labels, [box(0, 0, 7, 1)], valley=1.0, min_peak=0.79)[1] == [0.9, 0.8]


def test_another_text_beside_is_not_climbed():
    """Texts that touch at a corner, and one whose rows run downwards: its characters follow one another along its longer side."""
    region = np.float32([[0.5, 0.9, 0, 0], [0, 0, 1.0, 0.6], [0, 0, 0.5, 0.5], [0, 0, 0.8, 0.6]])
    labels = np.int32([[1, 1, 0, 0], [0, 0, 2, 2], [0, 0, 2, 2], [0, 0, 2, 2]])
    texts, peaks, quads = find(region, labels, [box(0, 0, 2, 1), box(2, 1, 4, 4)])
    assert texts == [0, 1, 1] and peaks == [0.9, 1.0, 0.8]
    np.testing.assert_allclose(quads[0], box(0, 0, 2, 1), atol=1e-5)
    assert quads[1][:, 1].max() <= 3 and quads[2][:, 1].min() >= 2


def test_of_equal_heights_there_is_one_hill():
    region, labels = np.ones((3, 5), np.float32), np.ones((3, 5), np.int32)
    assert find(region, labels, [box(0, 0, 5, 3)], valley=1.1)[1] == [1.0]


def test_no_texts():
    for size in ((0, 0), (4, 3)):
        texts, peaks, quads = find(np.zeros(size, np.float32), np.zeros(size, np.int32), np.zeros((0, 4, 2), np.float32))
        assert texts == peaks == [] and quads.shape == (0, 4, 2)
