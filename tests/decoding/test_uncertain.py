"""A search around doubtful characters: what it changes, what it leaves, and what it tells the language model."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.decoding.beam_search import decode_beams
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.decoding.uncertain import AFTER, BEFORE, CONTEXT, decode_uncertain

CLASSES = 12  # the last one is the blank


def line_of(ids, doubtful=(), other=9):
    """Logits `(time, classes)` of characters on every second frame, blanks between; at doubtful places `other` is nearly as large."""
    logits = np.full((2 * len(ids) + 1, CLASSES), -10.0, np.float32)
    logits[:, -1] = 5
    for place, character in enumerate(ids):
        logits[2 * place + 1, [character, -1]] = 10, -10
        if place in doubtful:
            logits[2 * place + 1, other] = 9.8
    return logits


def prefers(wanted):
    """A language model that takes to one class; what it was asked for is kept in `asked`."""

    def model(prefixes, candidates):
        model.asked += prefixes
        return np.where(candidates == wanted, np.log(0.9), np.log(0.01))

    model.asked = []
    return model


def test_only_doubtful_characters_are_searched():
    ids = [0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6]
    logits = line_of(ids, doubtful=[10])[None]
    model = prefers(9)
    greedy, (read,) = decode_greedy(logits)[0], decode_uncertain(logits, language_model=model)
    expected = ids[:10] + [9] + ids[11:]
    assert read.ids.tolist() == expected and greedy.ids.tolist() == ids
    assert read.scores[10] == pytest.approx(1 / (1 + np.exp(0.2)), rel=1e-4)
    untouched = [i for i in range(16) if i != 10]
    np.testing.assert_array_equal(read.scores[untouched], greedy.scores[untouched])
    np.testing.assert_array_equal(read.spans, greedy.spans)
    for column, there in zip(read, greedy, strict=True):
        assert column.dtype == there.dtype
    first = 10 - BEFORE
    assert min(model.asked, key=len) == tuple(ids[max(first - CONTEXT, 0) : first])
    assert max(map(len, model.asked)) <= first + BEFORE + AFTER  # all but the last of the window follow


def test_nothing_is_searched_where_all_is_sure():
    logits = np.stack([line_of([0, 1, 2]), line_of([3, 3, 3])])
    for read, greedy in zip(decode_uncertain(logits, language_model=pytest.fail), decode_greedy(logits), strict=True):
        for column, there in zip(read, greedy, strict=True):
            np.testing.assert_array_equal(column, there)


def test_stretches_of_a_line_that_are_apart_and_that_touch():
    ids = list(range(9)) * 3
    for doubtful in ([0], [26], [3, 20], [3, 5, 10], list(range(27))):
        (read,) = decode_uncertain(line_of(ids, doubtful)[None], language_model=prefers(9))
        assert read.ids.tolist() == [9 if place in doubtful else character for place, character in enumerate(ids)]
        assert (np.diff(read.spans[:, 0]) > 0).all() and (read.spans[:, 0] < read.spans[:, 1]).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**16), st.integers(1, 4), st.integers(1, 12))
def test_where_everything_is_doubtful_it_is_the_whole_search(seed, lines, time):
    rng = np.random.default_rng(seed)
    logits, counts = rng.normal(size=(lines, time, 5)) * 2, rng.integers(1, time + 1, lines)
    greedy = decode_greedy(logits, counts)
    for path, read, whole in zip(greedy, decode_uncertain(logits, counts, threshold=1.1), decode_beams(logits, counts), strict=True):
        for column, there in zip(read, whole if len(path.ids) else path, strict=True):
            np.testing.assert_array_equal(column, there)


def test_a_repeated_character_at_the_edge_of_a_stretch_stays_two():
    logits = line_of([4, 4, 4, 4, 4, 1, 4, 4, 4, 4, 4, 4], doubtful=[5])[None]
    assert decode_uncertain(logits, language_model=prefers(9))[0].ids.tolist() == [4, 4, 4, 4, 4, 9, 4, 4, 4, 4, 4, 4]


@pytest.mark.parametrize("shape", [(0, 5, 3), (2, 0, 3)])
def test_nothing_to_decode(shape):
    assert [line.ids.tolist() for line in decode_uncertain(np.zeros(shape))] == [[]] * shape[0]
