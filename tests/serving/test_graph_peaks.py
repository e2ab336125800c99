"""What PeakDecoder finds in maps, found in graph."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from perfect_maps import perfect_maps

from ocr_crnn.detection.anchor_free import AnchorFree
from ocr_crnn.detection.centers import center_targets
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.detection.peaks import PeakDecoder
from ocr_crnn.serving.graph_decoders import decode_directed
from ocr_crnn.serving.graph_detector import GraphDetector
from ocr_crnn.serving.graph_peaks import connect, paint
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.numbered import draw_sentences
from ocr_crnn.training.pages import PageSource

FONTS = Path(__file__).parents[2] / "fonts"
DECODER = PeakDecoder(min_height_px=0)
GRAPH = tf.function(
    lambda maps: decode_directed(maps, DECODER, 4, 0.5), autograph=False, input_signature=[tf.TensorSpec((None, None, 40), tf.float32)]
)


def assert_same(maps, tolerance_px=0.1):
    expected = DECODER(maps, 4, 0.5)
    found = GRAPH(maps)
    quads, scores, characters = np.asarray(found.quads), np.asarray(found.scores), tf.nest.map_structure(np.asarray, found.characters)
    assert len(quads) == len(expected.quads)
    order, theirs = (np.lexsort(one.mean(axis=1).round(1).T) for one in (quads, expected.quads))
    np.testing.assert_allclose(quads[order], expected.quads[theirs], atol=tolerance_px)
    np.testing.assert_allclose(scores[order], expected.scores[theirs], atol=1e-4)
    for row, other in zip(order, theirs, strict=True):
        own = characters.texts == row
        np.testing.assert_allclose(characters.quads[own], expected.characters[other].quads, atol=tolerance_px)
        np.testing.assert_allclose(characters.scores[own], expected.characters[other].scores, atol=1e-4)
    assert (np.diff(characters.texts) >= 0).all()
    return len(quads)


@pytest.fixture(scope="module")
def pages():
    sentences = tuple(draw_sentences(np.random.default_rng(0)))
    source = PageSource(3, tuple(load_faces(find_fonts([FONTS]))), sentences, None, side_px=320)
    return [page for _, page in source.draw_crops(0) + source.draw_crops(1) if len(page)]


def test_texts_of_rendered_pages(pages):
    rng = np.random.default_rng(0)
    found = 0
    for page in pages[:6]:
        maps = perfect_maps(center_targets(page))
        maps += rng.normal(0, 0.02, maps.shape).astype(np.float32)  # nothing is equal by chance
        found += assert_same(maps)
    assert found > 20


def test_characters_without_words_and_pages_without_anything(pages):
    maps = perfect_maps(center_targets(pages[0]))
    maps += np.random.default_rng(1).normal(0, 0.02, maps.shape).astype(np.float32)
    maps[..., 0] = -9
    assert assert_same(maps) > 0
    for size in ((1, 1), (3, 5)):
        assert assert_same(np.full((*size, 40), -9, np.float32)) == 0
        quads, scores, *_ = GRAPH(np.random.default_rng(0).choice([np.nan, np.inf, -1e30, 9.0], (*size, 40)).astype(np.float32))
        assert np.isfinite(quads).all() and len(quads) == len(scores)


def test_a_detector_in_graph(pages):
    page = pages[0]
    maps = perfect_maps(center_targets(page)) + np.random.default_rng(1).normal(0, 0.02, (80, 80, 40)).astype(np.float32)
    detector = TextDetector(AnchorFree(8, 1, 4, 4, folded=True), ordinary_px=(0.0, 1e6))
    graph = GraphDetector(detector)
    graph.predict_maps = lambda image: tf.constant(maps)
    image = np.zeros((*page.size, 3), np.uint8)
    quads, scores, characters = graph(tf.constant(image))
    detector.predict_maps = lambda image: maps
    expected = detector(image)
    assert expected.directed and len(quads) == len(expected.quads) > 0
    order, theirs = (np.lexsort(one.mean(axis=1).round().T) for one in (np.asarray(quads), expected.quads))
    np.testing.assert_allclose(np.asarray(quads)[order], expected.quads[theirs], atol=0.1)
    assert np.bincount(characters.texts)[order].tolist() == [len(one) for one in expected.characters[theirs]]


def test_painting_and_connecting():
    boxes = np.float32([[0, 0, 40, 40], [8, 8, 16, 16], [0, 0, 4e5, 4e5]])
    ids = paint(tf.constant(boxes), tf.zeros(3), tf.constant([12, 12])).numpy()
    assert ids[0, 0] == 0 and ids[3, 3] == 1 and ids[11, 11] == -1
    assert connect(tf.constant([0, 2]), tf.constant([1, 4]), 5).numpy().tolist() == [0, 0, 2, 3, 2]
