"""Pairs of stages, as in test_pairs.py: one network that finds and reads, from a preset in 8 bits, here and in the served graph."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops
from pairs import PX, random_quads
from served import draw_page, expect_same_page, small_spotter
from tensorflow.python.framework import op_def_registry

from ocr_crnn.geometry import boxes_to_quads, order_quads
from ocr_crnn.layers.regions import region_widths
from ocr_crnn.ops import quads
from ocr_crnn.reading.loading import load_document_reader
from ocr_crnn.reading.spotter import Segment
from ocr_crnn.serving.client import read_answer
from ocr_crnn.serving.graph_end_to_end import GraphEndToEndSpotter
from ocr_crnn.serving.graph_text_spotter import Seen
from ocr_crnn.spotting import text_spotter
from ocr_crnn.spotting.text_spotter import Look

POINT, LINE = [[7, 7]] * 4, [[0, 0], [9, 0], [9, 0], [0, 0]]


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    return load_document_reader(str(small_spotter().save_to_preset(tmp_path_factory.mktemp("spotter"))), engine="keras")


@pytest.fixture(scope="module")
def spotter(reader):
    return GraphEndToEndSpotter(reader)


def look_of(reader, seed, size=(60, 80), scale=0.7):
    """A Look at a page of noise, with the labels of some boxes, and the same as Seen."""
    rng = np.random.default_rng(seed)
    outputs = reader.detector.network.features.output
    sides = {"stem": 2, "fused": 1}
    features = {name: np.float32(rng.normal(0, 1, (1, size[0] * by, size[1] * by, outputs[name].shape[-1]))) for name, by in sides.items()}
    labels = np.zeros(size, np.int32)
    for label in range(1, 40):
        top, left = rng.integers(0, size)
        labels[top : top + 6, left : left + 25] = label
    look = Look(reader.detector, None, None, features, labels, scale)
    return look, Seen(*map(tf.constant, (features["stem"], features["fused"], labels)), tf.constant(scale, tf.float64))


def test_columns_of_regions():
    rows = np.concatenate([random_quads(3000, seed=1), random_quads(3000, seed=2, noise=0), np.float32([POINT, LINE])])
    np.testing.assert_array_equal(region_widths(tf.constant(rows), ops), region_widths(rows))
    np.testing.assert_allclose(quads.grow_quads(rows, 0.04), text_spotter._grow(rows, 0.04), atol=PX)


def test_own_labels(reader, spotter):
    """Of texts anywhere on the page and beyond it."""
    look, seen = look_of(reader, 3)
    rows = random_quads(500, seed=3) * np.float32(0.2)
    found = spotter.detect.find_own_labels(seen.labels, tf.constant(rows)).numpy()
    np.testing.assert_array_equal(found, look._own_labels(rows))
    assert len(np.unique(found)) > 20


def test_texts_read_from_random_features(reader, spotter):
    """Of all lengths, so that several batches are read; some longer than a region can be."""
    look, seen = look_of(reader, 4)
    boxes = [*((9, 5 + 7 * row, 4 + 3 * row, 12) for row in range(20)), (0, 3, 260, 1), (5, 5, 0, 9), (9, 9, 1, 1)]
    rows = np.concatenate([random_quads(12, seed=4) * np.float32(0.2), boxes_to_quads(boxes)])
    margins = np.random.default_rng(5).uniform(0, 9, len(rows)).astype(np.float32)
    expected = look.read(rows, margins)
    found = spotter.detect.read(seen, tf.constant(rows), tf.constant(margins))
    assert [text.decode() for text in found.texts.numpy()] == [line.text for line in expected]
    np.testing.assert_allclose(found.scores, [line.score for line in expected], atol=2e-5)
    np.testing.assert_array_equal(found.characters.lines, np.repeat(np.arange(len(rows)), [len(line.text) for line in expected]))
    np.testing.assert_allclose(found.characters.scores, np.concatenate([line.character_scores for line in expected]), atol=1e-4)
    np.testing.assert_allclose(found.characters.spans, np.concatenate([line.spans_px for line in expected]), atol=PX)
    assert len({line.text for line in expected}) > 15
    nothing = spotter.detect.read(seen, tf.zeros((0, 4, 2)), tf.zeros((0,)))
    assert nothing.texts.shape == nothing.scores.shape == (0,)


def test_tall_texts(reader, spotter):
    """On their sides, and never downwards."""
    look, seen = look_of(reader, 6)
    rows = order_quads(np.concatenate([random_quads(12, seed=6) * np.float32(0.2), boxes_to_quads([(9, 9, 8, 70), (40, 9, 8, 50)])]))
    segments = [Segment(quad, line) for quad, line in zip(rows, reader.spotter.read(look, rows), strict=True)]
    tall = np.flatnonzero(reader.spotter.is_tall(rows))
    for index, better in zip(tall, reader.spotter.read_tall(look, [segments[i] for i in tall]), strict=True):
        segments[index] = better
    found, texts, downwards = spotter.read_tall(seen, tf.constant(rows), spotter.read_quads(seen, tf.constant(rows)))
    assert [text.decode() for text in texts.texts.numpy()] == [segment.line.text for segment in segments]
    np.testing.assert_array_equal(found, [segment.quad for segment in segments])
    assert not np.array_equal(found, rows) and not downwards.numpy().any()


@pytest.mark.parametrize("turns", [None, 3, "blank"])
def test_pages(reader, spotter, turns, monkeypatch):
    """The Page that the client makes of the answer is the reader's; of one that lies otherwise the features are those of a second look."""
    image = np.full((50, 60, 3), 255, np.uint8) if turns == "blank" else draw_page(300, 400, 4)
    if turns == 3:
        monkeypatch.setattr(reader.spotter, "find_turns", lambda sheet, quads: turns)
        monkeypatch.setattr(spotter, "find_turns", lambda sheet, quads: tf.constant(turns))
    found = {output: [values.numpy()] for output, values in spotter.read_texts(tf.constant(image)).items()}
    found |= {"counts": [len(found["scores"][0])], "character_counts": [len(found["codes"][0])]}
    (page,) = read_answer(found | {"sizes": [image.shape[:2]], "errors": [""]}, [image])
    expect_same_page(page, reader.read_page(image))
    assert found["turns"] == [turns == 3 and 3] and (len(page.texts) > 4 or turns == "blank")


def test_it_can_be_saved(reader, spotter):
    """All weights are the module's, and all operations TensorFlow's own."""
    tracked = {id(variable) for variable in spotter.variables}
    for function in (spotter.detect.look, spotter.detect.read):
        traced = function.get_concrete_function()
        assert {id(variable) for variable in traced.variables} <= tracked
        graph = traced.graph.as_graph_def()
        operations = {node.op for nodes in (graph.node, *(part.node_def for part in graph.library.function)) for node in nodes}
        operations -= {part.signature.name for part in graph.library.function}
        assert len(operations) > 30 and all(op_def_registry.get(name) and "PyFunc" not in name for name in operations)
    assert len(spotter.variables) == len(reader.detector.network.variables)
