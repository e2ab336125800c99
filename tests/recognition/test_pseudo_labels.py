"""Pseudo-labels and their confidence, worked out by hand, beside what the decoders read."""

import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recognition.codecs import AttentionCodec, CTCCodec, PermutedCodec
from ocr_crnn.recognition.pseudo_labels import sequence_confidence

ALPHABET = Alphabet("ab가")
CTC, ATTENTION = CTCCodec(ALPHABET), AttentionCodec(ALPHABET)


def logits_of(rows, classes=4):
    """Logits `(lines, steps, classes)` of `[[(class, probability)]]`; the rest of the probability is spread evenly."""
    logits = np.zeros((len(rows), max(map(len, rows)), classes), np.float32)
    for line, steps in zip(logits, rows, strict=True):
        for step, (surest, probability) in zip(line, steps, strict=False):
            step[:] = np.log((1 - probability) / (classes - 1))
            step[surest] = np.log(probability)
    return logits


def labels_of(codec, logits, counts):
    return [np.asarray(part) for part in codec.pseudo_labels(logits, np.array(counts, np.int32))]


CTC_ROWS = [
    [(0, 0.8), (0, 0.9), (3, 0.7), (0, 0.6), (1, 0.5), (1, 0.9)],  # aa_ab: a, a, b
    [(2, 0.9), (2, 0.8), (3, 0.9), (1, 0.9), (1, 0.9), (1, 0.9)],  # three frames are its own: 가
    [(3, 0.9)] * 6,  # blank throughout
    [(1, 0.9)] * 6,  # no frame is its own
]


def test_ctc_labels_are_runs_without_blanks_each_with_its_best_probability():
    labels, scores, lengths = labels_of(CTC, logits_of(CTC_ROWS), [6, 3, 6, 0])
    np.testing.assert_array_equal(labels[:, :3], [[0, 0, 1], [2, -1, -1], [-1, -1, -1], [-1, -1, -1]])
    assert (labels[:, 3:] == -1).all() and lengths.tolist() == [3, 1, 0, 0]
    np.testing.assert_allclose(scores[:, :3], [[0.9, 0.6, 0.9], [0.9, 1, 1], [1, 1, 1], [1, 1, 1]], rtol=1e-5)


def test_ctc_labels_are_what_is_decoded():
    logits = np.random.default_rng(0).normal(0, 2, (8, 12, 4)).astype(np.float32)
    counts = np.arange(5, 13)
    labels, scores, lengths = labels_of(CTC, logits, counts)
    for line, label, score, length in zip(CTC.decode(logits, counts), labels, scores, lengths, strict=True):
        assert label[:length].tolist() == line.ids.tolist() and (label[length:] == -1).all()
        assert (score[:length] >= line.scores - 1e-6).all()  # the best of the run, there of its surest frame


ATTENTION_ROWS = [
    [(0, 0.9), (2, 0.5), (3, 0.4), (1, 0.9)],  # a가, the end, and what nobody reads
    [(3, 0.9), (1, 0.9), (1, 0.9), (1, 0.9)],  # the end at once
    [(1, 0.9), (1, 0.9), (1, 0.9), (1, 0.9)],  # no end
    [(1, 0.9), (3, 0.9), (1, 0.9), (1, 0.9)],  # the end beyond its steps
]


@pytest.mark.parametrize("wrap", [lambda logits: logits, lambda logits: {"logits": logits, "centres": None}])
def test_attention_labels_end_with_the_end(wrap):
    labels, scores, lengths = labels_of(ATTENTION, wrap(logits_of(ATTENTION_ROWS)), [4, 4, 4, 1])
    np.testing.assert_array_equal(labels, [[0, 2, 3, -1], [3, -1, -1, -1], [-1] * 4, [-1] * 4])
    np.testing.assert_allclose(scores[0], [0.9, 0.5, 1, 1], rtol=1e-5)
    assert lengths.tolist() == [2, 0, 0, 0]
    assert [ATTENTION.text(label) for label in labels] == ["a가", "", "", ""]


@pytest.mark.parametrize("codec", [AttentionCodec(ALPHABET), PermutedCodec(ALPHABET)])
def test_what_a_network_is_given_of_labels_is_the_same_of_a_tensor(codec):
    labels = codec.encode(["a가b", "", "b"])
    np.testing.assert_array_equal(np.asarray(codec.tensor_inputs(labels)["label"]), codec.inputs(labels)["label"])
    assert CTC.tensor_inputs(labels) == {}


SCORES, LENGTHS = np.float32([[0.9, 0.4, 1], [0.81, 0.2, 0.3], [1, 1, 1]]), np.array([2, 1, 0])


@pytest.mark.parametrize(
    ("kind", "expected"), [("product", [0.36, 0.81, 0]), ("mean", [0.6, 0.81, 0]), ("least", [0.4, 0.81, 0])]
)
def test_confidence_is_of_the_characters_and_0_of_an_empty_line(kind, expected):
    np.testing.assert_allclose(np.asarray(sequence_confidence(SCORES, LENGTHS, kind)), expected, rtol=1e-5)


def test_a_calibrated_confidence_is_the_probability_of_a_right_line():
    sure = np.asarray(sequence_confidence(SCORES, LENGTHS, "product", (2.0, -1.0)))
    logit = np.log([0.36 / 0.64, 0.81 / 0.19])
    np.testing.assert_allclose(sure, [*(1 / (1 + np.exp(1 - 2 * logit))), 0], rtol=1e-5)


def test_confidences_that_are_no_numbers_of_0_stay_finite():
    assert np.isfinite(np.asarray(sequence_confidence(np.zeros((1, 3), np.float32), np.array([3]), "product"))).all()
    assert np.isfinite(np.asarray(sequence_confidence(np.zeros((1, 3), np.float32), np.array([3]), "mean", (1.0, 0.5)))).all()


def test_an_unknown_confidence_lists_the_known_ones():
    with pytest.raises(ValueError, match="one of mean, product, least. Received: 'median'"):
        sequence_confidence(SCORES, LENGTHS, "median")
