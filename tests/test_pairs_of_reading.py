"""Pairs of stages, as in test_pairs.py: best paths and lines, decisions on them, and what is made of the detector's maps."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from pairs import GREY, PAGE, PX, random_quads
from PIL import Image
from served import draw_page, small_reader

from benchmarks.aggregation_maps import draw_grid, draw_random_maps
from benchmarks.aggregation_maps import draw_page as draw_maps
from benchmarks.published_craft import draw_maps as draw_hills
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.detection import doubtful, kernels
from ocr_crnn.detection.characters import CharacterDecoder
from ocr_crnn.detection.detector import scale_page
from ocr_crnn.geometry import boxes_to_quads, order_quads
from ocr_crnn.ops import _native, crops, quads
from ocr_crnn.ops.best_path import decode_best_path, decode_frames
from ocr_crnn.ops.pixel_aggregation import aggregate_pixels
from ocr_crnn.reading import orientation
from ocr_crnn.reading.confidence import PLAIN, calibrate
from ocr_crnn.reading.settings import SPOTTER
from ocr_crnn.reading.spotter import Segment
from ocr_crnn.serving import graph_detector as detector_stages
from ocr_crnn.serving import graph_lines, graph_spotter
from ocr_crnn.serving.graph_decoders import decode_characters
from ocr_crnn.serving.graph_detector import GraphDetector


@pytest.fixture(scope="module")
def reader():
    return small_reader()


@pytest.fixture(scope="module")
def spotter(reader):
    return graph_spotter.GraphSpotter(reader)


# Best path and characters


def as_lines(found, count):
    """Characters → (ids, scores, spans) of each line."""
    rows = found.lines.numpy()
    spans = np.stack([found.starts, found.ends], axis=1)
    return [(found.ids.numpy()[rows == i].tolist(), found.scores.numpy()[rows == i], spans[rows == i].tolist()) for i in range(count)]


@pytest.mark.parametrize("seed", range(6))
def test_best_path(seed):
    """Of all frames, and of those alone that are not surely blank."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1, (9, 23, 5)).astype(np.float32)
    logits[..., -1] += 1
    if seed == 5:
        logits = np.round(logits)  # ties
    counts = rng.integers(0, 24, 9).astype(np.int32)
    wanted = (logits.argmax(axis=-1) != 4) | (rng.random((9, 23)) < 0.3)
    places = np.argwhere(wanted & (np.arange(23) < counts[:, None])).astype(np.int32)
    expected = decode_greedy(logits, counts)
    for found in (decode_best_path(tf.constant(logits), counts), decode_frames(tf.constant(logits[tuple(places.T)]), places, 9, 23)):
        for (ids, scores, spans), line in zip(as_lines(found, 9), expected, strict=True):
            assert ids == line.ids.tolist() and spans == line.spans.tolist()
            np.testing.assert_allclose(scores, line.scores, rtol=1e-5)


def lines_of(read):
    """ReadLines as the graph's Lines."""
    rows = np.repeat(np.arange(len(read)), [len(line.text) for line in read])
    codes = np.array([ord(c) for line in read for c in line.text], np.int32)
    columns = [np.concatenate([np.zeros((0, *shape)), *(getattr(line, name) for line in read)]) for name, shape in COLUMNS]
    characters = graph_lines.Characters(*map(tf.constant, (np.int32(rows), codes, *map(np.float32, columns))))
    return graph_lines.join_lines(characters, len(read))


COLUMNS = (("character_scores", ()), ("spans_px", (2,)))


def expect_same_lines(found, read):
    """Texts to the character; spans are quotients, scores sums of exponentials."""
    expected = lines_of(read)
    assert [text.decode() for text in found.texts.numpy()] == [line.text for line in read]
    np.testing.assert_allclose(found.scores, [line.score for line in read], atol=2e-5)
    np.testing.assert_array_equal(found.characters.lines, expected.characters.lines)
    np.testing.assert_array_equal(found.characters.codes, expected.characters.codes)
    np.testing.assert_allclose(found.characters.scores, expected.characters.scores, atol=1e-4)
    np.testing.assert_allclose(found.characters.spans, expected.characters.spans, atol=PX)


def with_settings_of(reader, spotter):
    """A spotter with the settings that the reader has now, and the network of `spotter`: what has been traced keeps its settings."""
    made = graph_spotter.GraphSpotter(reader)
    made.recognizer = spotter.recognizer
    return made


def test_lines_read(reader, spotter, monkeypatch):
    """Crops of a page, in batches by width, and images of lines."""
    boxes = [(20 + 320 * column, 66 + 24 * row, 30 + 20 * row, 22) for row in range(12) for column in (0, 1)]
    rows = boxes_to_quads([*boxes, (30, 100, 4, 20), (0, 0, 640, 60)])
    expect_same_lines(spotter.read_quads(GREY, rows), reader.spotter.read(GREY, rows))
    stretched = SPOTTER._replace(condensed=9.0)  # all that tell their distances
    monkeypatch.setattr(reader.spotter, "settings", stretched)
    spotter = with_settings_of(reader, spotter)
    expect_same_lines(spotter.read_quads(GREY, rows), reader.spotter.read(GREY, rows))
    doubting = SPOTTER._replace(doubted=1.0, min_score=0.0, margins=(0.05, 0.6, 0.4, 0.9))  # all, with margins that read differently
    monkeypatch.setattr(reader.spotter, "settings", doubting)
    spotter = with_settings_of(reader, spotter)
    usual = reader.spotter.read(GREY, rows)
    again = reader.spotter.read_again(GREY, rows, list(usual))
    assert sum(one.text != other.text for one, other in zip(usual, again, strict=True)) > 2
    expect_same_lines(spotter.read_again(GREY, tf.constant(rows), lines_of(usual)), again)
    images = [PAGE[66:90, 20:120], PAGE[300:301, :3], PAGE[66:92, 10:300], np.full((9, 200, 3), 255, np.uint8)]
    read = reader.recognizer(images)
    loaded = [spotter.recognizer.to_line(crops.to_grey_levels(image)) for image in images]
    ragged = tf.RaggedTensor.from_row_lengths(tf.concat(loaded, axis=0), [len(line) for line in loaded])
    expect_same_lines(spotter.recognizer.read_ragged(ragged, tf.constant([image.shape[1] for image in images])), read)


# Decisions


def test_what_scores_mean():
    """Both ends are cut off; what lies between is float64 in both."""
    scores = np.float32([0, 1e-8, 0.1, 0.5, 0.93, 0.999, 1])
    for calibration in (PLAIN, (0.8, -0.3)):
        characters = graph_lines.Characters(None, None, tf.constant(scores), None)
        of = SimpleNamespace(settings=SPOTTER._replace(calibration=calibration))
        found = graph_spotter.GraphSpotter.calibrate(of, characters).scores
        np.testing.assert_allclose(found, calibrate(scores, calibration), rtol=1e-6)


def test_ways_to_probe():
    rows = random_quads(30, seed=9)
    longest = tf.argsort(tf.reduce_max(quads.measure_quads(rows), axis=1), direction="DESCENDING", stable=True)[: SPOTTER.probed]
    parts = quads.first_parts(tf.gather(rows, longest), SPOTTER.probed_em)
    ways = np.stack([np.roll(parts, -turns, axis=1) for turns in range(4)])
    np.testing.assert_allclose(ways, orientation.probe_quads(rows, SPOTTER), atol=PX)


@pytest.mark.parametrize("turns", range(4))
def test_turns_of_a_page(reader, spotter, turns):
    image = np.ascontiguousarray(np.rot90(GREY, turns))
    rows = orientation.turn_quads(boxes_to_quads([(20, 66 + 24 * row, 100, 22) for row in range(6)]), GREY.shape, turns)
    rows = order_quads(rows)
    assert int(spotter.find_turns(image, rows)) == reader.spotter.find_turns(image, rows)
    sure = reader.spotter.are_sure(reader.spotter.read_longest(image, rows).values())
    assert bool(spotter.are_sure(rows, spotter.read_quads(image, rows))) == sure


@pytest.mark.parametrize("scores", [[], [0.96] * 9, [0.96] * 8 + [0.0], [0.94] * 8 + [1.0], [1.0, 0.6, 1.0]])
def test_whether_a_page_lies_upright_is_sure(reader, spotter, scores):
    """The eight longest texts say it."""
    rows = boxes_to_quads([(0, 20 * row, 300 - row, 15) for row in range(len(scores))]).reshape(-1, 4, 2)
    lines = [SimpleNamespace(score=score) for score in scores]
    longest = [lines[row] for row in orientation.longest_rows(rows)] if scores else []
    found = spotter.are_sure(tf.constant(rows, tf.float32), SimpleNamespace(scores=tf.constant(scores, tf.float32)))
    assert bool(found) == reader.spotter.are_sure(longest) == (not scores or np.mean(scores[:8]) >= 0.95)


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", " ", "1", "가나", " 다 ", "라마바"]), st.sampled_from([0.0, 0.5, 0.55, 0.7, 0.9])),
        min_size=4,
        max_size=4,
    )
)
def test_the_surest_way(reader, ways):
    segments = [Segment(number, SimpleNamespace(text=text, score=score)) for number, (text, score) in enumerate(ways)]
    expected = reader.spotter.surest(*segments).quad
    texts, scores = zip(*ways, strict=True)
    found = graph_spotter.surest(tf.constant(texts)[:, None], tf.constant(scores, tf.float32)[:, None], SPOTTER.surer)
    assert found.numpy().tolist() == [expected]


def page_with_columns():
    """A page, uint8 RGB, and quads: three columns of letters cut from its lines, a blank one, and an ordinary line."""
    image = draw_page()
    letters = [image[66:90, left : left + 20] for left in range(22, 200, 20)]
    image[400:] = 255
    for column, top in ((300, 410), (350, 420), (400, 430)):
        for row in range(4):
            image[top + 32 * row :, column:][:24, :20] = letters[(row + column // 50) % len(letters)]
    boxes = [(298, 408, 24, 124), (348, 418, 24, 124), (398, 428, 24, 124), (500, 410, 20, 90), (20, 66, 250, 24)]
    return image, boxes_to_quads(boxes)


@pytest.mark.parametrize("way", ["as it lies", "on a side", "downwards"])
def test_tall_texts(reader, spotter, way, monkeypatch):
    image, rows = page_with_columns()
    grey = np.asarray(Image.fromarray(image).convert("L"))
    read = reader.spotter.read(grey, rows)
    if way != "as it lies":
        read[:3] = [line._replace(score=0.0, character_scores=0 * line.character_scores) for line in read[:3]]
    given_lines = lines_of(read)
    if way == "downwards":
        nothing = reader.recognizer([image[400:410, :40]])[0]._replace(
            text="", score=0.0, character_scores=np.zeros(0), spans_px=np.zeros((0, 2))
        )
        monkeypatch.setattr(reader.spotter, "read", lambda sheet, quads: [nothing] * len(quads))
        monkeypatch.setattr(spotter, "read_quads", lambda sheet, quads: lines_of([nothing] * len(quads)))
    expected = reader.spotter.read_tall(grey, [Segment(quad, line) for quad, line in zip(rows[:4], read[:4], strict=True)])
    expected.append(Segment(rows[4], read[4]))
    found, texts, downwards = spotter.read_tall(grey, tf.constant(rows), given_lines)
    assert downwards.numpy().tolist() == [segment.stacked for segment in expected] == [way == "downwards"] * 3 + [False] * 2
    np.testing.assert_array_equal(found, [segment.quad for segment in expected])
    assert np.array_equal(found[:3], rows[:3]) == (way != "on a side")
    expect_same_lines(texts, [segment.line for segment in expected])


# The detector's maps


def aggregate(**arguments):
    return tf.function(lambda maps: aggregate_pixels(maps, **arguments), input_signature=[tf.TensorSpec([None, None, None, 6])])


def expect_same_instances(found, index, maps, **arguments):
    """Every pixel; scores and corners as sums of float32 differ. A grid of cells has other ties than a real one."""
    labels, scores, areas, boxes, *_ = _native.aggregate_pixels(maps, **arguments)
    np.testing.assert_array_equal(found.labels[index], labels)
    np.testing.assert_array_equal(found.areas[index], areas)
    np.testing.assert_allclose(found.scores[index], scores, atol=2e-5)
    np.testing.assert_allclose(found.quads[index], boxes, atol=1e-3)


@pytest.mark.parametrize("arguments", [{}, {"max_distance": 3.0}, {"min_kernel_area_px": 2, "min_area_px": 4, "min_score": 0.7}])
def test_aggregation_of_random_maps(arguments):
    function, rng = aggregate(**arguments), np.random.default_rng(0)
    for _ in range(120):
        maps = draw_random_maps(rng)
        expect_same_instances(function(maps[None]), 0, maps, **arguments)


@pytest.mark.parametrize("max_distance", [None, 3.0])
@pytest.mark.parametrize("page", [(184, 184, 75, 1, 4.2), (440, 312, 50, 6, 5.2)])
def test_aggregation_of_drawn_pages(page, max_distance):
    maps = draw_maps(np.random.default_rng(7), *page)
    found = aggregate(max_distance=max_distance)(maps[None])
    assert len(found.scores[0]) >= 70
    expect_same_instances(found, 0, maps, max_distance=max_distance)


def test_aggregation_of_many_and_of_a_batch():
    function, rng = aggregate(), np.random.default_rng(2)
    maps = draw_grid(60, 50)
    found = function(maps[None])
    assert len(found.scores[0]) == 3000
    expect_same_instances(found, 0, maps)
    batch = np.stack([draw_maps(rng, 90, 70, lines, 2, 6.0, skew_deg=skew) for lines, skew in ((6, 0.0), (3, 20.0), (1, -40.0))])
    batch[1, ..., 0] = -1  # the page between the others is blank
    found = function(batch)
    for index, maps in enumerate(batch):
        expect_same_instances(found, index, maps)


def test_fitted_sides():
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 3, (40, 50)).astype(np.float32)
    boxes = np.concatenate([rng.uniform(0, 30, (50, 2)), rng.uniform(1, 15, (50, 2))], axis=1)
    rectangles = boxes_to_quads(boxes) @ np.float32([[0.96, 0.28], [-0.28, 0.96]])
    constants = kernels.PLACES, kernels.REACH_CELLS, kernels.FIT_STEPS
    labels = rng.integers(0, 4, (8, 10), dtype=np.int32).repeat(5, 0).repeat(5, 1)
    own = rng.integers(1, 4, 50, dtype=np.int32)
    found = quads.fit_quads(rectangles, logits, labels, own, *constants)
    np.testing.assert_allclose(found, kernels.fit_quads(rectangles, logits, labels, own), atol=2e-5)
    nothing = np.zeros((0, 4, 2), np.float32), logits, labels, own[:0]
    assert quads.fit_quads(*nothing, *constants).shape == (0, 4, 2)


@pytest.mark.parametrize("sure", [0.0, 0.3, 1.0])
def test_doubtful_texts(sure):
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, (90, 120, 3), np.uint8)
    image[:, 60:] = 255 - image[:, 60:] // 4
    boxes = np.concatenate([rng.uniform(-9, 110, (80, 2)), rng.uniform(2, 40, (80, 2))], axis=1)
    rectangles = (boxes_to_quads(boxes) @ np.float32([[0.96, 0.28], [-0.28, 0.96]])).astype(np.float32)
    is_sure = rng.random(80) < sure
    kept = doubtful.keep_clear(image, rectangles, is_sure)
    assert (kept.sum() > is_sure.sum()) == (0 < sure < 1) and kept[is_sure].all() and (sure in (0, 1) or not kept.all())
    np.testing.assert_array_equal(detector_stages.keep_clear(image, tf.constant(rectangles), tf.constant(is_sure)), kept)
    found = detector_stages.measure_contrasts(image, tf.constant(rectangles))
    np.testing.assert_array_equal(found, doubtful.measure_contrasts(image, rectangles))


@pytest.fixture(scope="module")
def graph_detector(reader):
    return GraphDetector(reader.detector)


@pytest.mark.parametrize("size", [(500, 700), (1201, 403), (60, 900), (1, 1)])
def test_detections(reader, graph_detector, size):
    """Of a page, whole or in tiles: equal maps, but for the sums of a network; quads up to the sums of the fit."""
    image = random_page(*size)
    scaled = scale_page(image, 1.2)
    np.testing.assert_allclose(graph_detector.predict_maps(scaled), reader.detector.predict_maps(scaled), atol=1e-4)
    found, expected = graph_detector(image), reader.detector(image)
    np.testing.assert_allclose(found[0], expected.quads, atol=PX)
    np.testing.assert_allclose(found[1], expected.scores, atol=2e-5)


def test_detections_with_doubtful_ones(reader):
    """Rows of dark boxes, the network sure of a part of them only."""
    image = random_page(1201, 403)
    all_of_them = reader.detector.adjust(min_score=0.0)(image)
    bound = float(np.sort(all_of_them.scores)[len(all_of_them.scores) // 2])
    detector = reader.detector.adjust(min_score=bound, rim_score=0.0, doubted=1.0)
    found, expected = GraphDetector(detector)(image), detector(image)
    assert (expected.scores >= bound).sum() < len(expected.scores)
    np.testing.assert_allclose(found[0], expected.quads, atol=PX)
    np.testing.assert_allclose(found[1], expected.scores, atol=2e-5)


def test_linked_texts():
    """CRAFT's texts from one map and their characters, in graph and compiled; hard maps too."""
    decoder = CharacterDecoder(min_peak=0.7)

    @tf.function(input_signature=[tf.TensorSpec((None, None, 2))])
    def decode(maps):
        found = decode_characters(maps, decoder, 2, tf.constant(0.8, tf.float64))
        return found.quads, found.scores, found.characters

    rng = np.random.default_rng(0)
    drawn = [draw_hills(rng, rng.integers(1, (60, 80)), rng.integers(1, 9)) for _ in range(20)]
    drawn += [rng.normal(0.3, 0.3, (50, 70, 2)).astype(np.float32), np.zeros((1, 1, 2), np.float32), np.ones((7, 1, 2), np.float32)]
    drawn += [np.zeros((0, 0, 2), np.float32), np.zeros((40, 30, 2), np.float32)]
    texts = characters = 0
    for maps in drawn:
        (quads, scores, of_texts), expected = decode(maps), decoder(maps, 2, 0.8)
        np.testing.assert_allclose(quads, expected.quads, atol=PX)
        np.testing.assert_allclose(scores, expected.scores, atol=1e-6)
        for row, theirs in enumerate(expected.characters):
            own = of_texts.texts.numpy() == row
            np.testing.assert_allclose(of_texts.quads[own], theirs.quads, atol=PX)
            np.testing.assert_allclose(of_texts.scores[own], theirs.scores, atol=1e-6)
        texts, characters = texts + len(scores), characters + len(of_texts.scores)
    assert texts > 20 and characters > 100
    assert len(decode(np.full((9, 9, 2), np.nan, np.float32))[1]) == 0


def random_page(height, width):
    """Rows of dark boxes of one height and of any, on paper."""
    rng = np.random.default_rng(height)
    image = np.full((height, width, 3), 250, np.uint8)
    for top in range(20, height - 30, 36):
        left = int(rng.integers(5, 60))
        while left < width - 40:
            length = int(rng.integers(20, 200))
            image[top : top + 14, left : min(left + length, width - 5) : 2] = 20
            left += length + int(rng.integers(30, 80))
    return image
