"""Alignment of a known text against the best of all paths that collapse to it."""

import itertools

import numpy as np
import pytest

from ocr_crnn.decoding.alignment import align


def best_path(logits, label):
    time, classes = logits.shape
    paths = [p for p in itertools.product(range(classes), repeat=time) if [c for c, _ in itertools.groupby(p) if c != classes - 1] == label]
    return max(paths, key=lambda path: logits[np.arange(time), path].sum())


def spans_of(path, blank):
    ends = np.cumsum([len(list(run)) for _, run in itertools.groupby(path)])
    runs = [(c, end) for (c, _), end in zip(itertools.groupby(path), ends, strict=True)]
    starts = [0, *ends[:-1]]
    return [[start, end] for (c, end), start in zip(runs, starts, strict=True) if c != blank]


@pytest.mark.parametrize("label", [[], [0], [1, 1], [0, 1], [1, 0, 1], [0, 0, 1], [0, 1, 0, 1, 0]])
def test_equals_the_best_of_all_paths(label):
    logits = np.random.default_rng(len(label)).normal(size=(3, 6, 3)).astype(np.float32)
    for line, counted in zip(logits, [6, 5, 5], strict=True):
        aligned = align(line[None], [label], [counted])[0]
        assert aligned.ids.tolist() == label
        assert aligned.spans.tolist() == spans_of(best_path(line[:counted], label), 2)


def test_lines_of_different_lengths_together():
    logits = np.random.default_rng(0).normal(size=(4, 9, 5)).astype(np.float32)
    labels, counts = [[0, 1, 2, 3], [], [3], [2, 2]], [9, 9, 4, 3]
    for line, together in enumerate(align(logits, labels, counts)):
        alone = align(logits[line : line + 1], labels[line : line + 1], counts[line : line + 1])[0]
        for a, b in zip(together, alone, strict=True):
            np.testing.assert_array_equal(a, b)


def test_score_is_the_probability_at_the_surest_frame():
    probabilities = np.array([[0.5, 0.1, 0.4], [0.7, 0.1, 0.2], [0.1, 0.2, 0.7], [0.2, 0.3, 0.5]])
    line = align(np.log(probabilities)[None], [[0, 1]])[0]
    np.testing.assert_array_equal(line.spans, [[0, 2], [3, 4]])
    np.testing.assert_allclose(line.scores, [0.7, 0.3], rtol=1e-6)


def test_too_many_characters():
    with pytest.raises(ValueError, match="Received: 3 needed, 2 frames in line 1"):
        align(np.zeros((2, 2, 4)), [[0, 1], [1, 1]])
