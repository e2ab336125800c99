"""What the graph spotter decides, worked out. That it decides as the Python one is held by test_pairs_of_reading.py, whole pages by
test_export.py."""

import numpy as np
import tensorflow as tf

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.reading import condensed
from ocr_crnn.recognition.recognizer import ReadLine
from ocr_crnn.serving.graph_lines import Characters, join_lines, take_lines
from ocr_crnn.serving.graph_spotter import is_condensed, join_page, nothing_read, order_lines, surest
from ocr_crnn.serving.protocol import CHARACTERS, PAGE, SEGMENTS, TEXTS


def test_the_surest_way_has_to_be_clearly_surer_and_give_two_characters():
    def choose(*ways):
        texts, scores = zip(*ways, strict=True)
        return int(surest(tf.constant(texts)[:, None], tf.constant(scores)[:, None], 0.05)[0])

    assert choose(("3", 0.99), ("UU", 0.6), ("Un", 0.7), ("", 0.0)) == 0
    assert choose(("1", 0.90), ("—", 0.99), ("- -", 0.94), ("", 0.0)) == 0
    assert choose(("8r", 0.60), ("합계", 0.99), ("lY", 0.7), ("가 나", 0.8)) == 1
    assert choose(("8r", 0.60), ("lYo", 0.70), ("-", 1.0), ("합계", 0.9)) == 3
    assert choose(("", 0.0), ("", 0.0), ("", 0.0), ("", 0.0)) == 0


def test_columns_follow_each_other_from_the_right_where_most_is_written_downwards():
    columns = boxes_to_quads([(298, 408, 24, 124), (348, 418, 24, 124), (398, 428, 24, 124), (20, 66, 250, 24)])
    texts = ["대한민국", "민주공화", "국이다", "한 줄"]
    paper = np.full((600, 700), 255, np.uint8)
    for downwards, expected in (([True, True, True, False], [2, 1, 0]), ([False, False, True, False], [0, 1, 2])):
        order, _ = order_lines(paper, columns, texts, downwards)
        assert [row for row in order.numpy().tolist() if row < 3] == expected


def test_the_text_of_a_page_has_an_empty_line_between_blocks():
    joined = join_page(tf.constant(["가  나", "다", "라"]), tf.constant([0, 0, 1]))
    assert joined.numpy().decode() == "가 나\n다\n\n라"
    assert join_page(tf.constant([], tf.string), tf.constant([], tf.int32)).numpy() == b""


def test_a_page_without_text_has_every_output():
    nothing = nothing_read()
    assert {*TEXTS, *SEGMENTS, *CHARACTERS, *PAGE} == {*nothing, "sizes", "errors"}
    for name, (shape, kind, _) in {**TEXTS, **SEGMENTS, **CHARACTERS}.items():
        assert nothing[name].shape == (0, *shape) and nothing[name].dtype == kind


def test_characters_follow_their_lines():
    """Of three lines the last and the first are kept, in that order."""
    characters = Characters(
        tf.constant([0, 0, 1, 2]), tf.constant([44032, 32, 45208, 45796]), tf.constant([0.5, 0.6, 0.7, 0.8]), tf.zeros((4, 2))
    )
    taken = take_lines(characters, tf.constant([2, 0]), 3)
    assert taken.lines.numpy().tolist() == [0, 1, 1] and taken.codes.numpy().tolist() == [45796, 44032, 32]
    texts, scores, _ = join_lines(characters, 4)
    assert [text.decode() for text in texts.numpy()] == ["가 ", "나", "다", ""]
    np.testing.assert_allclose(scores, [0.55, 0.7, 0.8, 0])


def test_condensed_lines_are_those_of_the_reader():
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("가나다라1234,"), rng.integers(0, 12))) for _ in range(200)]
    steps, heights = rng.uniform(5, 60, 200), rng.integers(20, 80, 200)
    lines = []
    for text, step in zip(texts, steps, strict=True):
        starts = np.float32(step) * np.arange(len(text), dtype=np.float32)
        lines.append(ReadLine(text, 1.0, np.ones(len(text), np.float32), np.stack([starts, starts + np.float32(step)], axis=1)))
    owners = np.repeat(np.arange(200, dtype=np.int32), list(map(len, texts)))
    codes = np.int32([ord(character) for character in "".join(texts)])
    spans = np.concatenate([line.spans_px for line in lines])
    found = is_condensed(Characters(*map(tf.constant, (owners, codes, np.ones(len(codes), np.float32), spans))), tf.constant(heights), 0.75)
    expected = [condensed.is_condensed(line, height, 0.75) for line, height in zip(lines, heights, strict=True)]
    assert found.numpy().tolist() == expected and 5 < sum(expected) < 100
