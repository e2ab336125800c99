"""Doubted lines in graph, against the reader's own on random lines; the recogniser is a table of what is read with which margin."""

import numpy as np
import pytest
import tensorflow as tf
from oracle import line

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.reading.settings import SPOTTER
from ocr_crnn.reading.spotter import Spotter
from ocr_crnn.serving.graph_doubted import read_doubted
from ocr_crnn.serving.graph_lines import Characters, join_lines

SETTINGS = SPOTTER._replace(min_score=0.55, doubted=0.8, margin=0.25, margins=(0.125, 0.5, 0.0))


def draw_readings(rng, count):
    """`{margin: a ReadLine of each text}`: texts that often agree, some empty, some read with too little."""
    return {
        margin: [
            line(text, np.sort(rng.uniform(0, 60, (len(text), 2)), axis=1), float(rng.uniform(0.5, 1)))._replace(
                character_scores=rng.uniform(0.4, 1, len(text)).astype(np.float32)
            )
            for text in rng.choice(["가", "나다", "나라", ""], count, p=[0.3, 0.3, 0.3, 0.1])
        ]
        for margin in (SETTINGS.margin, *SETTINGS.margins)
    }


def graph_lines(lines):
    owners = np.repeat(np.arange(len(lines)), [len(one.text) for one in lines]).astype(np.int32)
    codes = np.array([ord(c) for one in lines for c in one.text], np.int32)
    scores = np.concatenate([np.zeros(0), *(one.character_scores for one in lines)]).astype(np.float32)
    spans = np.concatenate([np.zeros((0, 2)), *(one.spans_px for one in lines)]).astype(np.float32)
    return join_lines(Characters(*map(tf.constant, (owners, codes, scores, spans))), len(lines))


@pytest.mark.parametrize("seed", range(6))
def test_the_reader_decides_the_same(seed):
    rng = np.random.default_rng(seed)
    count = (0, 1, 12, 40, 40, 40)[seed]
    quads = boxes_to_quads([(10 * row, 20 * row, 60, 16 + row) for row in range(count)]) if count else np.zeros((0, 4, 2), np.float32)
    readings = draw_readings(rng, count)
    if seed == 2:  # nothing is doubted
        sure = [one._replace(character_scores=np.ones_like(one.character_scores)) for one in readings[SETTINGS.margin]]
        readings[SETTINGS.margin] = sure
    for of in readings.values():  # a line scores the mean of its characters, as of every recogniser
        of[:] = [one._replace(score=float(np.mean(one.character_scores)) if one.text else 0.0) for one in of]
    rows_of = {quad.tobytes(): row for row, quad in enumerate(quads)}
    near = lambda margin: min(readings, key=lambda known: abs(known - margin))  # noqa: E731

    spotter = Spotter(None, None, SETTINGS)
    spotter.read = lambda _, wanted, margins: [readings[near(m)][rows_of[quad.tobytes()]] for quad, m in zip(wanted, margins, strict=True)]
    expected = graph_lines(spotter.read_again(None, quads, list(readings[SETTINGS.margin])))

    def read_quads(rows, margins):
        return graph_lines([readings[near(m)][row] for row, m in zip(rows.numpy(), margins.numpy(), strict=True)])

    found = read_doubted(read_quads, tf.constant(quads), graph_lines(readings[SETTINGS.margin]), SETTINGS)
    assert found.texts.numpy().tolist() == expected.texts.numpy().tolist()
    for got, wanted in zip((found.scores, *found.characters), (expected.scores, *expected.characters), strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-4)
    if seed > 2:
        assert found.texts.numpy().tolist() != graph_lines(readings[SETTINGS.margin]).texts.numpy().tolist()
