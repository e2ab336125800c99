import math

import numpy as np
import pytest
from keras import ops

from ocr_crnn.training.contrast import normalise, nt_xent, pool_instances


def pool(frames, counts, instances, most):
    means, real = pool_instances(np.array(frames, np.float32)[..., None], np.array(counts), np.array(instances), most)
    return np.asarray(means)[..., 0].tolist(), np.asarray(real).tolist()


FRAMES = [[1, 2, 3, 4, 5, 6], [10, 20, 30, 40, 99, 99]]  # 99: padding


def test_one_instance_of_all_frames():
    assert pool(FRAMES, [6, 4], [1, 1], 1) == ([[3.5], [25]], [[1], [1]])


def test_windows_of_lines_of_different_lengths():
    """Four frames in three windows: 0–1, 1–2, 2–3, for frames at a cut count on both sides."""
    assert pool(FRAMES, [6, 4], [3, 3], 3) == ([[1.5, 3.5, 5.5], [15, 25, 35]], [[1, 1, 1]] * 2)


def test_each_frame_is_an_instance():
    assert pool(FRAMES, [6, 4], [6, 4], 6) == ([FRAMES[0], [10, 20, 30, 40, 0, 0]], [[1] * 6, [1, 1, 1, 1, 0, 0]])


def test_frames_of_a_longer_view_are_as_many_as_those_of_the_shorter_one():
    (means, _), real = pool(FRAMES, [6, 4], [4, 4], 4)
    assert means == [1.5, 2.5, 4.5, 5.5] and real == [[1] * 4] * 2  # 6 frames in 4 runs: 0–1, 1–2, 3–4, 4–5


def test_a_line_of_fewer_frames_than_windows_has_none():
    assert pool(FRAMES, [2, 0], [3, 3], 3) == ([[0, 0, 0]] * 2, [[0, 0, 0]] * 2)


def loss(first, second, real, temperature):
    return [float(value) for value in nt_xent(np.array(first, np.float32), np.array(second, np.float32), np.array(real), temperature)]


def test_orthogonal_instances_that_fit():
    """Each row: its own at 1, and 2 · 3 − 2 others at 0."""
    axes = np.eye(3)
    value, nearest = loss(axes, 5 * axes, [1, 1, 1], 0.5)
    assert value == pytest.approx(math.log(1 + 4 * math.exp(-2))) and nearest == 1


def test_a_pair_by_hand():
    """Cosines: a·a′ = 0.6, b·b′ = 1, a·b = 0, a·b′ = 0, a′·b = a′·b′ = 0.8."""
    e = math.exp
    a, a2, b = [2, 0], [0.6, 0.8], [0, 3]
    rows = [
        -0.6 + math.log(e(0.6) + 1 + 1),  # a
        -0.6 + math.log(e(0.6) + 2 * e(0.8)),  # a′
        2 * (-1 + math.log(e(1) + 1 + e(0.8))),  # b and b′
    ]
    value, nearest = loss([a, b], [a2, b], [1, 1], 1.0)
    assert value == pytest.approx(sum(rows) / 4) and nearest == 0.75  # a′ is nearer to b


def test_masked_instances_take_no_part():
    first, second = np.eye(3), np.eye(3)
    second[2] = first[0]  # would be nearest to the first row
    assert loss(first, second, [1, 1, 0], 0.1) == pytest.approx(loss(first[:2], second[:2], [1, 1], 0.1))


def test_one_instance_and_none_are_finite():
    assert loss([[1, 0]], [[0, 1]], [1], 0.1) == pytest.approx([0, 1], abs=1e-5)
    assert loss([[1, 0], [0, 1]], [[0, 1], [0, 0]], [0, 0], 0.1) == [0, 0]


def test_a_vector_of_no_length_stays():
    assert np.asarray(normalise(ops.zeros((1, 3)))).tolist() == [[0, 0, 0]]


def test_a_small_temperature_does_not_overflow():
    assert all(map(math.isfinite, loss(np.eye(2), -np.eye(2), [1, 1], 1e-3)))
