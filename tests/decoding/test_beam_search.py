"""Prefix beam search against all paths of tiny lines, against greedy decoding of sure lines, and with a language model."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.decoding.beam_search import decode_beams
from ocr_crnn.decoding.greedy import decode_greedy


def text_probabilities(logits):
    """Probability of every text, by all classes^time paths of `(time, classes)`."""
    log_probabilities = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    time, classes = logits.shape
    texts = {}
    for path in itertools.product(range(classes), repeat=time):
        text = tuple(c for c, _ in itertools.groupby(path) if c != classes - 1)
        texts[text] = texts.get(text, 0) + np.exp(sum(log_probabilities[t, c] for t, c in enumerate(path)))
    return texts


def test_best_text_is_not_the_best_path():
    # Blank leads each frame, yet "a" gathers 1 − 0.6² from three paths: a_, _a, aa.
    logits = np.log([[[0.4, 0.6], [0.4, 0.6]]])
    assert decode_greedy(logits)[0].ids.tolist() == []
    line = decode_beams(logits)[0]
    assert line.ids.tolist() == [0]
    np.testing.assert_allclose(line.scores, [0.4], rtol=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_equals_all_paths(data):
    time, classes, scale = data.draw(st.integers(1, 5)), data.draw(st.integers(2, 4)), data.draw(st.sampled_from([0.5, 1, 3, 8]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**16)))
    logits = rng.normal(size=(2, time, classes)) * scale
    for line, decoded in zip(logits, decode_beams(logits, beam_width=300, top_k=classes), strict=True):
        texts = text_probabilities(line)
        assert texts[tuple(decoded.ids.tolist())] >= max(texts.values()) * (1 - 1e-4)


def sharp_logits(rng, lines, time, classes, characters):
    """Noise with blanks that lead by far and characters that lead at some frames, as a trained network gives."""
    logits = rng.normal(size=(lines, time, classes)).astype(np.float32)
    logits[:, :, -1] += 20
    for line in logits:
        for start in 2 * rng.choice(time // 2, characters, replace=False):
            line[start : start + rng.integers(1, 3), rng.integers(classes - 1)] += 26
    return logits


@pytest.mark.parametrize("classes", [40, 1100, 2051])
def test_sure_lines_are_read_as_greedily(classes):
    logits, frame_counts = sharp_logits(np.random.default_rng(0), 6, 60, classes, 15), [60, 60, 33, 7, 1, 0]
    for greedy, beams in zip(decode_greedy(logits, frame_counts), decode_beams(logits, frame_counts), strict=True):
        for expected, received in zip(greedy, beams, strict=True):
            np.testing.assert_array_equal(received, expected)


def test_a_line_does_not_depend_on_its_batch():
    rng = np.random.default_rng(1)
    logits, frame_counts = rng.normal(size=(5, 20, 30)) * 2, np.array([20, 11, 20, 3, 16])
    together = decode_beams(logits, frame_counts)
    for line, expected in enumerate(together):
        alone = decode_beams(logits[line : line + 1, : frame_counts[line]])[0]
        assert alone.ids.tolist() == expected.ids.tolist()


def test_wider_beams_are_not_worse():
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(30, 6, 4))
    gain = []
    for line, narrow, wide in zip(logits, decode_beams(logits, beam_width=1), decode_beams(logits, beam_width=50), strict=True):
        texts = text_probabilities(line)
        gain.append(texts[tuple(wide.ids.tolist())] - texts[tuple(narrow.ids.tolist())])
    assert min(gain) > -1e-12 and max(gain) > 0


def test_language_model_is_fused():
    """Every text of two classes, scored by hand: log p(text | image) + weight · log p(text) + bonus · characters."""
    rng, weight, bonus = np.random.default_rng(3), 0.7, 0.3
    logits = rng.normal(size=(8, 4, 3))
    after = {None: np.log([0.9, 0.1]), 0: np.log([0.2, 0.8]), 1: np.log([0.5, 0.5])}

    def language_model(prefixes, candidates):
        assert candidates.shape[0] == len(prefixes)
        return np.array([after[prefix[-1] if prefix else None][ids] for prefix, ids in zip(prefixes, candidates, strict=True)])

    def score(text, probability):
        prior = sum(after[before][c] for before, c in zip((None, *text), text, strict=False))
        return np.log(probability) + weight * prior + bonus * len(text)

    decoded = decode_beams(logits, beam_width=60, language_model=language_model, weight=weight, insertion_bonus=bonus)
    for line, received in zip(logits, decoded, strict=True):
        scores = {text: score(text, p) for text, p in text_probabilities(line).items()}
        assert scores[tuple(received.ids.tolist())] >= max(scores.values()) - 1e-6


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_forbidden_characters_do_not_occur(weight):
    def only_even(prefixes, candidates):
        return np.where(candidates % 2 == 0, 0.0, -np.inf)

    decoded = decode_beams(np.random.default_rng(4).normal(size=(4, 12, 9)), language_model=only_even, weight=weight)
    ids = np.concatenate([line.ids for line in decoded])
    assert len(ids) and not (ids % 2).any()


def test_insertion_bonus_lengthens():
    logits = np.random.default_rng(5).normal(size=(6, 10, 5))
    lengths = [sum(len(line.ids) for line in decode_beams(logits, insertion_bonus=bonus)) for bonus in (-3.0, 0.0, 3.0)]
    assert lengths[0] < lengths[1] < lengths[2]


def test_repeats_need_a_blank():
    # a, blank, a: sure. And a, a: one character.
    logits = np.full((2, 3, 2), -8.0)
    logits[0, [0, 1, 2], [0, 1, 0]] = logits[1, [0, 1, 2], [0, 0, 1]] = 8
    assert [line.ids.tolist() for line in decode_beams(logits)] == [[0, 0], [0]]


@pytest.mark.parametrize("shape", [(0, 5, 3), (2, 0, 3)])
def test_nothing_to_decode(shape):
    assert [line.ids.tolist() for line in decode_beams(np.zeros(shape))] == [[]] * shape[0]


@pytest.mark.parametrize("arguments", [{"beam_width": 0}, {"top_k": 0}])
def test_wrong_arguments(arguments):
    with pytest.raises(ValueError, match="Received: beam_width"):
        decode_beams(np.zeros((1, 2, 3)), **arguments)


def test_nan_is_reported():
    with pytest.raises(ValueError, match="NaN"):
        decode_beams(np.full((1, 2, 3), np.nan))
