"""ctc_loss against tf.nn.ctc_loss, against the sum over all alignments, and at the edges."""

import importlib.util
import itertools
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.losses.ctc import ctc_loss, feasible

HELPERS = Path(__file__).parents[1] / "helpers"


def with_gradient(loss, logits, dtype="float32"):
    """Losses, and the gradient of their sum with weights 1, 2, 3, … so that a mixed-up sample shows."""
    logits = tf.constant(logits, dtype)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        losses = loss(logits)
        total = tf.reduce_sum(losses * tf.range(1, 1 + len(losses), dtype=losses.dtype))
    return losses.numpy(), tf.convert_to_tensor(tape.gradient(total, logits)).numpy()


def reference(labels, logits, frame_counts):
    lengths = (labels >= 0).sum(axis=1)

    def loss(logits):
        return tf.nn.ctc_loss(
            np.maximum(labels, 0), logits, lengths, frame_counts, logits_time_major=False, blank_index=logits.shape[2] - 1
        )

    return with_gradient(loss, logits)


def pad_labels(rows, length=None):
    length = max([len(row) for row in rows] + [length or 0])
    return np.array([[*row, *[-1] * (length - len(row))] for row in rows], np.int32).reshape(len(rows), length)


def by_alignments(label, logits):
    """−log of the sum of the probabilities of all classes^time paths that collapse to the label."""
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    time, classes = logits.shape
    total = 0.0
    for path in itertools.product(range(classes), repeat=time):
        collapsed = [c for c, _ in itertools.groupby(path) if c != classes - 1]
        if collapsed == list(label):
            total += np.exp(sum(log_probabilities[t, c] for t, c in enumerate(path)))
    return -np.log(total) if total > 0 else 0.0


RANDOM_CASES = {
    "plain": (4, 12, 5, 7, 1.0),
    "few classes, so many repeats": (8, 24, 6, 3, 3.0),
    "length 1": (5, 9, 1, 5, 1.0),
    "one frame": (3, 1, 1, 4, 1.0),
    "sure logits": (5, 30, 8, 50, 20.0),
    "long": (3, 160, 40, 300, 2.0),
}


@pytest.mark.parametrize("name", RANDOM_CASES)
@pytest.mark.parametrize("all_frames", [True, False])
def test_equals_tensorflow(name, all_frames):
    batch, time, length, classes, scale = RANDOM_CASES[name]
    rng = np.random.default_rng(7)
    labels = rng.integers(0, classes - 1, (batch, length)).astype(np.int32)
    labels[np.arange(length) >= rng.integers(0, length + 1, batch)[:, None]] = -1
    labels[0] = -1  # the empty label
    logits = rng.normal(size=(batch, time, classes)) * scale
    frame_counts = np.full(batch, time) if all_frames else rng.integers((time + 1) // 2, time + 1, batch)
    fits = feasible(labels, frame_counts).numpy()
    assert fits.sum() >= 2
    expected_losses, expected_gradient = reference(labels, logits, frame_counts)
    losses, gradient = with_gradient(lambda x: ctc_loss(labels, x, None if all_frames else frame_counts), logits)
    np.testing.assert_allclose(losses[fits], expected_losses[fits], atol=1e-3, rtol=1e-6)
    np.testing.assert_allclose(gradient[fits], expected_gradient[fits], atol=1e-4)
    assert not losses[~fits].any() and not gradient[~fits].any()


def test_hand_worked():
    # Two frames, classes a, b, blank, all of probability 1/3. "a": aa, a_, _a → 3/9. "ab": only ab → 1/9. "": __ → 1/9.
    losses = ctc_loss([[0, -1], [0, 1], [-1, -1]], np.zeros((3, 2, 3), np.float32))
    np.testing.assert_allclose(losses, [np.log(3), np.log(9), np.log(9)], rtol=1e-6)


def test_gradient_by_hand():
    # One frame, label "a": the loss is cross entropy, so the gradient is softmax − one-hot.
    _, gradient = with_gradient(lambda x: ctc_loss([[0]], x), np.log([[[0.5, 0.3, 0.2]]]))
    np.testing.assert_allclose(gradient, [[[-0.5, 0.3, 0.2]]], atol=1e-6)


@settings(max_examples=40)
@given(st.data())
def test_equals_the_sum_over_alignments(data):
    time, classes = data.draw(st.integers(1, 5)), data.draw(st.integers(2, 3))
    label = data.draw(st.lists(st.integers(0, classes - 2), max_size=4))
    counted = data.draw(st.integers(1, time))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**16)))
    logits = rng.normal(size=(time, classes)) * 3
    loss = ctc_loss(pad_labels([label], 4), logits[None].astype(np.float32), [counted])
    np.testing.assert_allclose(loss, [by_alignments(label, logits[:counted])], atol=1e-4, rtol=1e-4)


def test_feasible_counts_a_frame_for_the_blank_between_repeats():
    labels = pad_labels([[1, 2], [1, 1], [1, 1], [3, 3, 3], [], [2]])
    counts, expected = np.array([2, 2, 3, 5, 0, 0]), [True, False, True, True, True, False]
    np.testing.assert_array_equal(feasible(labels, counts), expected)
    np.testing.assert_array_equal(feasible(labels.astype(np.float32), counts[:, None]), expected)  # the lineage's shapes


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_infeasible_samples_take_no_part(scale):
    rng = np.random.default_rng(0)
    labels = pad_labels([[0, 1, 2, 3, 0], [1, 1], [1], [], [0]])
    frame_counts = [4, 2, 4, 0, 0]  # too long, a repeat too many, fits, fits into nothing, does not
    losses, gradient = with_gradient(lambda x: ctc_loss(labels, x, frame_counts), rng.normal(size=(5, 4, 5)) * scale)
    assert losses[2] > 0 and gradient[2].any()
    others = [0, 1, 3, 4]
    np.testing.assert_array_equal(losses[others], 0)
    np.testing.assert_array_equal(gradient[others], 0)
    assert np.isfinite(gradient).all()


def test_frames_beyond_the_count_are_not_looked_at():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(1, 9, 4))
    labels = pad_labels([[0, 2]])
    losses, gradient = with_gradient(lambda x: ctc_loss(labels, x, [5]), logits)
    cut_losses, cut_gradient = with_gradient(lambda x: ctc_loss(labels, x), logits[:, :5])
    np.testing.assert_allclose(losses, cut_losses, rtol=1e-6)
    np.testing.assert_allclose(gradient[:, :5], cut_gradient, atol=1e-6)
    np.testing.assert_array_equal(gradient[:, 5:], 0)
    # A count above the frames there are means all of them.
    np.testing.assert_allclose(ctc_loss(labels, logits, [99]), ctc_loss(labels, logits), rtol=1e-6)


def test_label_columns_of_padding_do_not_matter():
    logits = np.random.default_rng(0).normal(size=(2, 8, 5)).astype(np.float32)
    np.testing.assert_allclose(ctc_loss([[0, 1, -1], [2, -1, -1]], logits), ctc_loss(pad_labels([[0, 1], [2]], 7), logits), rtol=1e-6)


def test_no_label_columns_at_all():
    logits = np.zeros((2, 3, 4), np.float32)
    np.testing.assert_allclose(ctc_loss(np.zeros((2, 0), np.int32), logits), [3 * np.log(4)] * 2, rtol=1e-6)


def test_extreme_logits_stay_finite():
    # Probability 0 in float32 of every label column, a forbidden class, and a certainty.
    logits = np.zeros((3, 6, 4))
    logits[0, :, 2] = 1e4
    logits[1, :, 0] = -np.inf
    logits[2, :, 0] = 1e4
    losses, gradient = with_gradient(lambda x: ctc_loss([[0, 1], [0, 1], [0, -1]], x), logits)
    assert np.isfinite(losses).all() and np.isfinite(gradient).all()
    np.testing.assert_allclose(losses[0], 6e4 - np.log(70), atol=0.01)  # "ab" has 70 paths through 6 frames
    assert losses[1] > 1e8
    np.testing.assert_allclose(losses[2], 0, atol=1e-3)


@pytest.mark.parametrize("dtype, tolerance", [("float16", 0.02), ("bfloat16", 0.1), ("float64", 1e-6)])
def test_other_dtypes(dtype, tolerance):
    rng = np.random.default_rng(0)
    labels, logits = pad_labels([[0, 1, 1], [3]]), rng.normal(size=(2, 10, 5))
    expected_losses, expected_gradient = with_gradient(lambda x: ctc_loss(labels, x), logits, "float64")
    losses, gradient = with_gradient(lambda x: ctc_loss(labels, x), logits, dtype)
    assert losses.dtype == ("float64" if dtype == "float64" else "float32")
    assert gradient.dtype == tf.as_dtype(dtype).as_numpy_dtype
    np.testing.assert_allclose(losses, expected_losses, rtol=tolerance)
    np.testing.assert_allclose(gradient.astype(np.float64), expected_gradient, atol=tolerance)


def test_float32_gradient_of_a_long_sequence_is_precise():
    rng = np.random.default_rng(0)
    labels, logits = rng.integers(0, 199, (2, 40)), rng.normal(size=(2, 160, 200)) * 3
    _, precise = with_gradient(lambda x: ctc_loss(labels, x), logits, "float64")
    _, gradient = with_gradient(lambda x: ctc_loss(labels, x), logits)
    np.testing.assert_allclose(gradient, precise, atol=2e-5)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_unknown_shapes_in_a_graph(jit_compile):
    loss = tf.function(
        lambda labels, logits: ctc_loss(labels, logits),
        input_signature=[tf.TensorSpec((None, None), "int32"), tf.TensorSpec((None, None, None), "float32")],
        jit_compile=jit_compile,
    )
    rng = np.random.default_rng(0)
    for batch, time, length in [(2, 9, 3), (1, 4, 2)]:
        labels, logits = rng.integers(0, 5, (batch, length)).astype("int32"), rng.normal(size=(batch, time, 6)).astype("float32")
        np.testing.assert_allclose(loss(labels, logits), ctc_loss(labels, logits), rtol=1e-5)


def test_trains_in_compile_and_fit():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    labels, images = pad_labels([[0, 1, 2], [3, 3], [2], [1, 0]]), rng.normal(size=(4, 16, 8))
    network = keras.Sequential([keras.Input((None, 8)), keras.layers.Dense(5)])
    network.compile(keras.optimizers.Adam(0.05), loss=ctc_loss)
    losses = network.fit(images, labels, epochs=30, batch_size=4, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]


OTHER_BACKEND = """
import sys, no_tensorflow, numpy as np
from ocr_crnn.losses.ctc import ctc_loss
labels, logits, frame_counts = (np.load(sys.argv[1])[name] for name in ("labels", "logits", "frame_counts"))
results = {"losses": np.asarray(ctc_loss(labels, logits, frame_counts))}
if sys.argv[2] == "jax":
    import jax
    results["gradient"] = jax.jit(jax.grad(lambda x: (ctc_loss(labels, x, frame_counts) * np.arange(1, 1 + len(labels))).sum()))(logits)
if sys.argv[2] == "torch":
    import torch
    x = torch.tensor(logits, requires_grad=True)
    (ctc_loss(labels, x, frame_counts) * torch.arange(1, 1 + len(labels))).sum().backward()
    results["gradient"] = x.grad.numpy()
np.savez(sys.argv[3], **results)
"""


@pytest.mark.parametrize("backend, needs", [("numpy", "scipy"), ("jax", "jax"), ("torch", "torch")])
def test_other_backends(backend, needs, tmp_path):
    if importlib.util.find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    rng = np.random.default_rng(0)
    labels, frame_counts = pad_labels([[0, 1, 1], [], [5], [2, 3, 4]]), np.array([9, 5, 7, 2])
    logits = rng.normal(size=(4, 9, 7)).astype(np.float32)
    np.savez(tmp_path / "inputs.npz", labels=labels, logits=logits, frame_counts=frame_counts)
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", OTHER_BACKEND, tmp_path / "inputs.npz", backend, tmp_path / "results.npz"],
        check=True,
        env=os.environ | {"KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join(map(str, (HELPERS, HELPERS.parents[1])))},
    )
    results = np.load(tmp_path / "results.npz")
    losses, gradient = with_gradient(lambda x: ctc_loss(labels, x, frame_counts), logits)
    np.testing.assert_allclose(results["losses"], losses, rtol=1e-5)
    if backend != "numpy":
        np.testing.assert_allclose(results["gradient"], gradient, atol=1e-5)
