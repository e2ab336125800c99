import keras
import numpy as np
import pytest
import tensorflow as tf

from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.layers.heads import FlatHead
from ocr_crnn.ops.best_path import decode_frames
from ocr_crnn.ops.frozen_ctc import freeze_ctc


def as_lines(found, count):
    """Characters → (ids, scores, spans) of each line."""
    lines = found.lines.numpy()
    spans = np.stack([found.starts, found.ends], axis=1)
    return [(found.ids.numpy()[lines == i].tolist(), found.scores.numpy()[lines == i], spans[lines == i].tolist()) for i in range(count)]


def assert_same(found, decoded):
    for (ids, scores, spans), line in zip(as_lines(found, len(decoded)), decoded, strict=True):
        assert ids == line.ids.tolist() and spans == line.spans.tolist()
        np.testing.assert_allclose(scores, line.scores, rtol=1e-5)


def test_worked_out():
    logits = np.log(np.array([[0.6, 0.2, 0.2], [0.8, 0.1, 0.1], [0.1, 0.7, 0.2], [0.9, 0.05, 0.05]], np.float32))
    found = decode_frames(tf.constant(logits), np.array([[0, 1], [0, 2], [0, 4], [1, 0]], np.int32), 2, 5)
    (ids, scores, spans), other = as_lines(found, 2)
    assert ids == [0, 1] and spans == [[1, 3], [4, 5]]
    np.testing.assert_allclose(scores, [0.8, 0.7], rtol=1e-6)  # of the surest frame of a run
    assert other[0] == [0] and other[2] == [[0, 1]]


def test_no_frames_no_characters():
    found = decode_frames(tf.zeros((0, 3)), np.zeros((0, 2), np.int32), 2, 5)
    assert as_lines(found, 2) == [([], pytest.approx([]), [])] * 2


def make_network():
    keras.utils.set_random_seed(0)
    image, width = keras.Input((None, 8, 1), name="image"), keras.Input((), dtype="int32", name="width")
    frames = keras.layers.Reshape((-1, 8))(keras.layers.Rescaling(1 / 255)(image))
    frames = keras.layers.Dense(6, activation="relu", bias_initializer="normal")(frames)
    features = keras.Model({"image": image, "width": width}, frames)
    head = FlatHead(5)
    head.build((None, None, 6))
    return features, head


def test_a_frozen_network_reads_as_it_did():
    features, head = make_network()
    images = np.random.default_rng(0).integers(0, 256, (3, 9, 8, 1), dtype=np.uint8)
    widths = np.array([9, 1, 5], np.int32)
    expected = decode_greedy(np.asarray(head(features({"image": images, "width": widths}))), widths)
    read = freeze_ctc(features, head, 8, lambda widths: widths)
    assert any(len(line.ids) for line in expected)
    assert_same(read(images, widths), expected)
    for variable in [*features.variables, *head.variables]:
        variable.assign(keras.ops.zeros_like(variable))
    assert_same(read(images, widths), expected)  # the weights are those of the freezing


def test_frames_said_to_be_blank_are():
    features, head = make_network()
    images = np.random.default_rng(0).integers(0, 256, (2, 9, 8, 1), dtype=np.uint8)
    read = freeze_ctc(features, head, 8, lambda widths: widths, is_blank=lambda frames: tf.ones(tf.shape(frames)[:1], bool))
    assert read(images, np.array([9, 9], np.int32)).ids.shape == (0,)
