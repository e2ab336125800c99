"""Best-path decoding: worked lines, per-line frame counts, and the lineage's collapse."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.decoding.greedy import decode, decode_greedy


def logits_of(paths, classes, time=None, height=10.0):
    """Logits `(lines, time, classes)` with `height` at the given class of every frame and 0 elsewhere."""
    time = time or max(map(len, paths))
    logits = np.zeros((len(paths), time, classes), np.float32)
    for line, path in enumerate(paths):
        logits[line, np.arange(len(path)), path] = height
    return logits


@pytest.mark.parametrize(
    ("chars", "text"),
    [("hhe_l_lo", "hello"), ("", ""), ("___", ""), ("aaa", "a"), ("a_a", "aa"), ("_a", "a"), (list("가_나나"), "가나")],
)
def test_decode(chars, text):
    assert decode(chars) == text


def test_decode_another_blank():
    assert decode("a-a_", blank="-") == "aa_"


def test_worked_lines():
    # Classes a b c blank. "aa_ab" is a, a, b: the middle blank parts two equal characters.
    first, second, third = decode_greedy(logits_of([[0, 0, 3, 0, 1], [3, 3, 3, 3, 3], [2, 2, 2, 2, 2]], 4))
    np.testing.assert_array_equal(first.ids, [0, 0, 1])
    np.testing.assert_array_equal(first.spans, [[0, 2], [3, 4], [4, 5]])
    np.testing.assert_allclose(first.scores, np.exp(10) / (np.exp(10) + 3), rtol=1e-5)
    assert second.ids.shape == (0,) and second.spans.shape == (0, 2) and second.scores.shape == (0,)
    np.testing.assert_array_equal(third.spans, [[0, 5]])


def test_a_run_does_not_go_on_in_the_next_line():
    decoded = decode_greedy(logits_of([[0, 1], [1, 0], [0, 0]], 3))
    assert [line.ids.tolist() for line in decoded] == [[0, 1], [1, 0], [0]]


def test_score_is_that_of_the_surest_frame():
    logits = np.log([[[0.6, 0.2, 0.2], [0.9, 0.05, 0.05], [0.5, 0.4, 0.1]]])
    np.testing.assert_allclose(decode_greedy(logits)[0].scores, [0.9], rtol=1e-6)


def test_frame_counts():
    logits = logits_of([[0, 1, 2], [0, 1, 2], [0, 1, 2]], 4)
    decoded = decode_greedy(logits, [[0], [2], [9]])
    assert [line.ids.tolist() for line in decoded] == [[], [0, 1], [0, 1, 2]]


@pytest.mark.parametrize("shape", [(0, 5, 3), (2, 0, 3), (0, 0, 1)])
def test_nothing_to_decode(shape):
    assert [line.ids.tolist() for line in decode_greedy(np.zeros(shape))] == [[]] * shape[0]


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_dtypes(dtype):
    logits = np.random.default_rng(0).normal(size=(2, 20, 6))
    for expected, line in zip(decode_greedy(logits.astype("float32")), decode_greedy(logits.astype(dtype)), strict=True):
        np.testing.assert_array_equal(line.ids, expected.ids)
        np.testing.assert_allclose(line.scores, expected.scores, atol=2e-3)


def test_scores_of_extreme_logits():
    logits = logits_of([[0, 2, 1]], 3, height=1e30)
    np.testing.assert_array_equal(decode_greedy(logits)[0].scores, [1, 1])


@pytest.mark.parametrize(("logits", "counts", "message"), [((3, 4), None, "lines, time, classes"), ((2, 3, 4), [1], "one frame count")])
def test_wrong_shapes(logits, counts, message):
    with pytest.raises(ValueError, match=message):
        decode_greedy(np.zeros(logits), counts)


def test_nan_is_reported():
    logits = np.zeros((3, 4, 5))
    logits[1, 2, 3] = np.nan
    with pytest.raises(ValueError, match=r"NaN in lines \[1\]"):
        decode_greedy(logits)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), min_size=7, max_size=7), min_size=1, max_size=4))
def test_equals_the_definition(paths):
    decoded = decode_greedy(logits_of(paths, 5))
    for path, line in zip(paths, decoded, strict=True):
        assert line.ids.tolist() == [c for c, _ in itertools.groupby(path) if c != 4]
        for character, (start, end) in zip(line.ids, line.spans, strict=True):
            assert set(path[start:end]) == {character}
            assert path[start - 1 : start] != [character] and path[end : end + 1] != [character]
