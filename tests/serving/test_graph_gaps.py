"""The twin of reading/gaps.py gives the same parts, and joins them to the same texts."""

import numpy as np
import pytest
import tensorflow as tf
from pairs import GREY_IMAGE, PX, QUADS, in_graph

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.reading import gaps
from ocr_crnn.recognition.recognizer import ReadLine
from ocr_crnn.serving import graph_gaps
from ocr_crnn.serving.graph_lines import Characters

part_in_graph = in_graph(lambda image, quads: tuple(graph_gaps.part_texts(image, quads, 1.0)), GREY_IMAGE, QUADS)


def page_of_gaps(rng):
    """Rows of ink with gaps of any width, and quads around them, some of them askew."""
    image, boxes = np.full((400, 900), 235, np.uint8), []
    for top in range(10, 380, 40):
        left = begin = int(rng.integers(5, 60))
        while left < 800:
            right = left + int(rng.integers(10, 200))
            image[top : top + 24, left:right:4] = 30
            last, left = right, right + int(rng.integers(2, 60))
        boxes.append([begin, top, min(last, 899) - begin, 24])
    quads = boxes_to_quads(boxes) + rng.uniform(-1, 1, (len(boxes), 4, 2)).astype(np.float32)
    quads[::3, 1:3] += np.float32([0, 5])
    return image, quads.astype(np.float32)


@pytest.mark.parametrize("seed", range(6))
def test_parts_are_those_of_the_reader(seed):
    rng = np.random.default_rng(seed)
    image, quads = page_of_gaps(rng)
    if seed % 2:
        image = 255 - image
    expected, found = gaps.part_texts(image, quads, 1.0), part_in_graph(image, quads)
    assert len(expected.rows) > len(quads)
    np.testing.assert_array_equal(found[1], expected.rows)
    np.testing.assert_allclose(found[0], expected.quads, atol=PX)
    np.testing.assert_allclose(found[2], expected.starts, atol=PX)


def test_no_quads_and_odd_ones():
    image = np.full((60, 400), 200, np.uint8)
    odd = boxes_to_quads([[20, 20, 200, 20], [-500, -90, 300, 20], [380, 50, 900, 20], [10, 10, 0, 0], [10, 10, 300, 0]]).astype(np.float32)
    for quads in (odd, odd[:0]):
        expected, found = gaps.part_texts(image, quads, 1.0), part_in_graph(image, quads)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, atol=PX)


def test_characters_are_joined_as_lines_are():
    texts, rows, starts = ["다", "가나", "", "1", ""], np.int32([0, 1, 1, 1, 2]), np.float32([0, 0, 50, 90, 0])
    scores = [np.linspace(0.6, 0.9, len(text), dtype=np.float32) for text in texts]
    spans = [np.arange(2 * len(text), dtype=np.float32).reshape(-1, 2) for text in texts]
    lines = [ReadLine(text, 0.5, *one) for text, *one in zip(texts, scores, spans, strict=True)]
    parts = gaps.Parts(np.zeros((5, 4, 2), np.float32), rows, starts)
    owners = np.repeat(np.arange(5, dtype=np.int32), [len(text) for text in texts])
    codes = np.int32([ord(character) for character in "".join(texts)])
    given = Characters(*map(tf.constant, (owners, codes, np.concatenate(scores), np.concatenate(spans))))
    joined = graph_gaps.join_parts(given, gaps.Parts(*map(tf.constant, parts)))
    expected = gaps.join_parts(lines, parts)
    assert joined.lines.numpy().tolist() == [0, 1, 1, 1, 1]
    assert "".join(map(chr, joined.codes.numpy())) == "".join(line.text for line in expected)
    np.testing.assert_allclose(joined.scores, np.concatenate([line.character_scores for line in expected]))
    np.testing.assert_allclose(joined.spans, np.concatenate([line.spans_px for line in expected if line.text]))
    nothing = Characters(*(tf.constant(column[:0]) for column in map(np.asarray, given)))
    assert graph_gaps.join_parts(nothing, gaps.Parts(*map(tf.constant, parts))).codes.shape == (0,)
