"""The parts of reading order in graph, worked out; the orders of whole pages are held to reading/order.py by test_pairs_of_order.py."""

import numpy as np
import tensorflow as tf

from ocr_crnn.serving.graph_order import running_max, segment_medians, split, sweep


def test_parts():
    boxes = np.array([[0, 0, 10, 10, 10], [20, 0, 30, 10, 10], [5, 5, 22, 15, 17], [40, 30, 50, 40, 10]], np.float64)
    assert list(split(boxes, axis=0)) == [0, 0, 0, 1]
    assert list(split(boxes, axis=1, line_height=10.0)) == [0, 0, 0, 1]
    assert list(sweep(boxes)) == [0, 2, 1, 3]


def test_medians_and_running_maximum():
    values = np.array([5.0, 1, 9, 2, 4], np.float64)
    assert list(segment_medians(values, np.array([0, 0, 2, 0, 2]), 3)) == [2.0, 0.0, 6.5]
    assert running_max(tf.constant([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])).numpy().tolist() == [[3, 3, 4, 4, 5], [9, 9, 9, 9, 9]]
