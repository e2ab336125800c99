from collections import namedtuple

import numpy as np
import pytest

from ocr_crnn.alphabet import Alphabet, UnknownCharacterError
from ocr_crnn.decoding.line import DecodedLine
from ocr_crnn.recognition.codecs import AttentionCodec, CTCCodec, PermutedCodec, as_codec, make_codec

ALPHABET = Alphabet("ab 가")
CTC, ATTENTION, PERMUTED = CTCCodec(ALPHABET), AttentionCodec(ALPHABET), PermutedCodec(ALPHABET)


def logits_of(rows, classes):
    """Logits `(lines, steps, classes)` whose class of each step has a probability of 0.9; steps that are missing hold class 0."""
    logits = np.zeros((len(rows), max(map(len, rows)), classes), np.float32)
    for line, ids in zip(logits, rows, strict=True):
        line[np.arange(len(ids)), ids] = np.log(0.9 * (classes - 1) / 0.1)
    return logits


def test_the_blank_is_the_last_class_and_no_character():
    assert CTC.blank == 4 and CTC.classes == 5 == len(ALPHABET)
    np.testing.assert_array_equal(CTC.encode(["ab", "가"]), [[0, 1], [3, -1]])
    assert CTC.syllables == [-1, -1, -1, 0, -1]


def test_ctc_decodes_best_paths_with_spans():
    first, second = CTC.decode(logits_of([[0, 0, 4, 0], [3, 1, 4, 4]], 5), [4, 2])
    assert CTC.text(first.ids) == "aa" and CTC.text(second.ids) == "가b"
    np.testing.assert_array_equal(first.spans, [[0, 2], [3, 4]])
    np.testing.assert_allclose(second.scores, 0.9, rtol=1e-5)


def test_best_paths_of_an_engine_are_parted_by_their_lines():
    columns = ([0, 0, 2], [0, 1, 3], [0.9, 0.8, 0.7], [0, 2, 5], [1, 4, 6])
    paths = namedtuple("Paths", "lines ids scores starts ends")(*map(np.array, columns))
    lines = CTC.decode(paths, np.array([9, 9, 9]), gives="best_paths")
    assert [CTC.text(line.ids) for line in lines] == ["ab", "", "가"]
    np.testing.assert_array_equal(lines[0].spans, [[0, 1], [2, 4]])
    assert CTC.decode(paths, np.array([], int), gives="best_paths") == []


def test_a_search_decodes_in_place_of_the_best_path_and_is_not_exported():
    nothing = DecodedLine(np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros((0, 2), np.int32))
    searching = CTC.with_search(lambda logits, counts: [nothing] * len(logits))
    assert searching.decode(logits_of([[0]], 5), [1]) == [nothing]
    assert CTC.exportable and not searching.exportable and not ATTENTION.exportable
    with pytest.raises(ValueError, match="A search is of the codec ctc. Received: a search for attention"):
        ATTENTION.with_search(searching.search)


def test_what_fits_into_frames():
    assert CTC.fits("aa", 3) and not CTC.fits("aa", 2)
    assert ATTENTION.fits("aa", 3) and not ATTENTION.fits("aa", 2)
    for codec in (CTC, ATTENTION):
        labels = codec.encode(["aa", "ab", "", "가"])
        for frames in range(5):
            expected = [codec.fits(text, frames) for text in ("aa", "ab", "", "가")]
            np.testing.assert_array_equal(np.asarray(codec.feasible(labels, np.full(4, frames))), expected)


def test_the_end_follows_the_characters_and_begin_and_padding_are_no_classes():
    assert (ATTENTION.end, ATTENTION.classes, ATTENTION.begin, ATTENTION.padding, ATTENTION.symbols) == (4, 5, 5, 6, 7)
    labels = ATTENTION.encode(["ab", ""])
    np.testing.assert_array_equal(labels, [[0, 1, 4], [4, -1, -1]])
    np.testing.assert_array_equal(ATTENTION.inputs(labels)["label"], [[5, 0, 1], [5, 6, 6]])
    assert CTC.inputs(labels) == {}
    with pytest.raises(UnknownCharacterError, match="나"):
        ATTENTION.encode(["나"])


def test_attention_reads_up_to_the_end_and_knows_no_places():
    first, second = ATTENTION.decode(logits_of([[0, 3, 4, 1], [1, 2, 2, 4]], 5), [4, 2])
    assert ATTENTION.text(first.ids) == "a가" and first.spans is None
    assert ATTENTION.text(second.ids) == "b "  # without an end the line has all its steps
    assert not ATTENTION.breaks_off(first, 4) and ATTENTION.breaks_off(second, 2)
    np.testing.assert_allclose(first.scores, 0.9, rtol=1e-5)
    logits = logits_of([[0]], 5)
    logits[0, 0, 1] = np.nan
    with pytest.raises(ValueError, match="Received: NaN"):
        ATTENTION.decode(logits)


@pytest.mark.parametrize(
    ("centres", "spans"),
    [
        ([0.5, 3.25, 0], [[0, 1], [2.75, 3.75]]),
        ([3.25, 2.5, 0], [[2.75, 3.75], [2, 3]]),  # narrow letters side by side
        ([3.25, 2, 9], None),
    ],
)
def test_spans_are_around_the_centre_of_mass_unless_it_goes_back(centres, spans):
    (line,) = ATTENTION.decode({"logits": logits_of([[0, 1, 4]], 5), "centres": np.array([centres], np.float32)})
    assert len(line.ids) == 2
    assert line.spans is None if spans is None else np.array_equal(line.spans, spans)


def test_the_loss_of_attention_is_that_of_its_characters_and_the_end():
    labels = ATTENTION.encode(["a", "ab가"])
    logits = logits_of([[0, 4, 0, 0], [0, 1, 3, 4]], 5)
    losses = np.asarray(ATTENTION.loss(labels, logits, np.array([4, 4])))
    np.testing.assert_allclose(losses, [-2 * np.log(0.9), -4 * np.log(0.9)], rtol=1e-4)
    # A label that does not fit has no loss, as with CTC; and steps that the labels lack are passed over.
    np.testing.assert_allclose(np.asarray(ATTENTION.loss(labels, logits, np.array([4, 3]))), [-2 * np.log(0.9), 0], rtol=1e-4)
    np.testing.assert_allclose(np.asarray(ATTENTION.loss(labels[:1, :2], logits[:1], np.array([4]))), [-2 * np.log(0.9)], rtol=1e-4)


def test_the_loss_over_orders_is_their_mean_and_the_end_counts_in_two_of_them():
    labels = PERMUTED.encode(["ab", ""])
    logits = np.stack([logits_of([[0, 1, 4], [4]], 5)] * 4, axis=1)  # (lines, orders, steps, classes)
    losses = np.asarray(PERMUTED.loss(labels, logits, np.array([3, 3])))
    np.testing.assert_allclose(losses, [-(4 * 2 + 2) / 4 * np.log(0.9), -2 / 4 * np.log(0.9)], rtol=1e-4)


def test_orders_are_drawn_from_the_generator_and_are_left_to_right_without_one():
    labels = PERMUTED.encode(["ab가a가", "b"])
    inputs = PERMUTED.inputs(labels, np.random.default_rng(0))
    assert set(inputs) == {"label", *PERMUTED.whole_inputs} and inputs["ranks"].shape == (6, 7)
    np.testing.assert_array_equal(inputs["ranks"], PERMUTED.inputs(labels, np.random.default_rng(0))["ranks"])
    np.testing.assert_array_equal(PERMUTED.inputs(labels)["ranks"], [np.arange(7)])


def test_names():
    assert as_codec(ALPHABET, "attention").classes == 5 and as_codec(CTC, "attention") is CTC
    with pytest.raises(ValueError, match="one of ctc, attention, permuted. Received: 'transducer'"):
        make_codec("transducer", ALPHABET)
