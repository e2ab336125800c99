"""Downward text and its order in graph, against DocumentReader; whole pages are compared in test_export.py."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from rapidfuzz.distance.Levenshtein import normalized_similarity as ratio
from served import draw_page, small_reader

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.ops.crops import to_grey_levels
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.crops import boxes_in_quad, crop_quad, expand_quads
from ocr_crnn.reading.order import order_page
from ocr_crnn.reading.spotter import Segment
from ocr_crnn.reading.stacked import unstack
from ocr_crnn.serving.graph_spotter import GraphReader, order_lines, surest


@pytest.fixture(scope="module")
def reader():
    return small_reader()


def page_with_columns():
    """A page, uint8 RGB, and quads: three columns of letters cut from its lines, a blank one, and an ordinary line."""
    image = draw_page()
    letters = [image[66:90, left : left + 20] for left in range(22, 200, 20)]
    image[400:] = 255
    for column, top in ((300, 410), (350, 420), (400, 430)):
        for row in range(4):
            image[top + 32 * row :, column:][:24, :20] = letters[(row + column // 50) % len(letters)]
    # left, top, width, height
    boxes = [(298, 408, 24, 124), (348, 418, 24, 124), (398, 428, 24, 124), (500, 410, 20, 90), (20, 66, 250, 24)]
    return image, np.float32(boxes_to_quads(boxes))


def expect_like(found, expected):
    """A recogniser that has learnt nothing is torn between characters now and then."""
    assert len(found) == len(expected)
    assert all(ratio(one.decode(), other) > 0.8 for one, other in zip(found, expected, strict=True)), (found, expected)


def test_columns_are_read_as_laid_side_by_side(reader):
    image, quads = page_with_columns()
    texts, scores = GraphReader(reader).read_downwards(to_grey_levels(image), tf.constant(quads[:4]))
    stacks = [unstack(crop_quad(image, quad)) for quad in expand_quads(quads[:4])]
    assert [stack is None for stack in stacks] == [False, False, False, True]
    read = reader.recognizer([stack.image for stack in stacks[:3]])
    expect_like(texts.numpy(), [*(line.text for line in read), ""])
    assert len(set(texts.numpy())) == 4
    np.testing.assert_allclose(scores, [*(line.score for line in read), 0], atol=0.03)


@pytest.mark.parametrize("way", ["as it lies", "on a side", "downwards"])
def test_tall_texts_are_read_the_way_that_is_surest(reader, way, monkeypatch):
    image, quads = page_with_columns()
    spotter = reader.spotter
    lines = spotter.read(image, quads)
    if way != "as it lies":
        lines[:3] = [line._replace(score=line.score - 1) for line in lines[:3]]
    read = SimpleNamespace(texts=tf.constant([line.text for line in lines]), scores=tf.constant([line.score for line in lines]))
    graph = GraphReader(reader)
    if way == "downwards":
        nothing = SimpleNamespace(text="", score=0.0)
        monkeypatch.setattr(spotter, "read", lambda sheet, quads: [nothing] * len(quads))
        monkeypatch.setattr(graph, "read_quads", lambda sheet, quads: (tf.fill(len(quads), ""), tf.zeros(len(quads)), None))
    expected = spotter.read_tall(image, [Segment(quad, line) for quad, line in zip(quads[:4], lines[:4], strict=True)])
    found, texts, scores, downwards = graph.read_tall(to_grey_levels(image), tf.constant(quads), read)
    expect_like(texts.numpy(), [*(segment.line.text for segment in expected), lines[4].text])
    assert downwards.numpy().tolist() == [segment.stacked for segment in expected] + [False]
    np.testing.assert_allclose(found, [*(segment.quad for segment in expected), quads[4]])
    np.testing.assert_allclose(scores, [*(segment.line.score for segment in expected), lines[4].score], atol=0.03)
    assert downwards.numpy().tolist() == [way == "downwards"] * 3 + [False, False]
    assert np.array_equal(found[:3], quads[:3]) == (way != "on a side")


def test_the_surest_way_has_to_be_clearly_surer_and_give_two_characters():
    def choose(*ways):
        texts, scores = zip(*ways, strict=True)
        return int(surest(tf.constant(texts)[:, None], tf.constant(scores)[:, None])[0])

    assert choose(("3", 0.99), ("UU", 0.6), ("Un", 0.7), ("", 0.0)) == 0
    assert choose(("1", 0.90), ("—", 0.99), ("- -", 0.94), ("", 0.0)) == 0
    assert choose(("8r", 0.60), ("합계", 0.99), ("lY", 0.7), ("가 나", 0.8)) == 1
    assert choose(("8r", 0.60), ("lYo", 0.70), ("-", 1.0), ("합계", 0.9)) == 3
    assert choose(("", 0.0), ("", 0.0), ("", 0.0), ("", 0.0)) == 0


def spread(quad, count, down):
    """So many characters along a quad, or down it."""
    edges = np.linspace(0, 1, count + 1)
    zeros, ones = np.zeros(count), np.ones(count)
    boxes = [zeros, edges[:-1], ones, edges[1:]] if down else [edges[:-1], zeros, edges[1:], ones]
    return Characters(boxes_in_quad(quad, np.stack(boxes, axis=1)))


@pytest.mark.parametrize("downwards", [[True, True, True, False, False], [False, False, True, False, False]])
def test_columns_follow_each_other_from_the_right_where_most_is_written_downwards(downwards):
    image, quads = page_with_columns()
    texts = ["대한민국", "민주공화", "국이다", "", "한 줄"]
    characters = [spread(quad, len(text), down) for quad, text, down in zip(quads, texts, downwards, strict=True)]
    page = Page(None, image.shape[:2], quads, texts, characters=characters, attributes=range(len(quads)), unit="segment")
    expected = order_page(page, image)
    in_graph = tf.function(order_lines, autograph=False)
    order, blocks = in_graph(to_grey_levels(image), tf.constant(quads), tf.constant(texts), tf.constant(downwards))
    assert order.numpy().tolist() == list(expected.attributes)
    assert blocks.numpy().tolist() == expected.blocks.tolist()
    columns = [row for row in order.numpy().tolist() if row < 3]
    assert columns == ([2, 1, 0] if sum(downwards) > 1 else [0, 1, 2])
