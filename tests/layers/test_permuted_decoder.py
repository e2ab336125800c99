import keras
import numpy as np
import pytest
from keras import ops

from ocr_crnn.layers.permuted_decoder import PermutedDecoder, surest, written_before
from ocr_crnn.recognition.orders import ranks_of

END, BEGIN, PADDING = 4, 5, 6


@pytest.fixture(scope="module")
def decoder():
    keras.utils.set_random_seed(1)
    made = PermutedDecoder(5, positions=5, num_heads=2)
    made.build((None, None, 8))
    rng = np.random.default_rng(8)  # with these weights one line ends at once and the others do not end
    for variable in made.trainable_variables:
        variable.assign(rng.normal(scale=0.7, size=variable.shape))
    return made


@pytest.fixture(scope="module")
def memory():
    rng = np.random.default_rng(1)
    return rng.normal(size=(4, 6, 8)).astype(np.float32), (np.arange(6)[None] < [[6], [4], [1], [6]]).astype(np.float32)


@pytest.mark.parametrize(
    ("order", "seen"),
    [
        # Rows are what is written: characters 1, 2, 3, the end. Columns are what may be seen: begin, characters 1, 2, 3.
        ([0, 1, 2, 3, 4], [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]),
        ([0, 4, 3, 2, 1], [[1, 0, 1, 1], [1, 0, 0, 1], [1, 0, 0, 0], [1, 0, 0, 0]]),
        ([0, 2, 3, 1, 4], [[1, 0, 1, 1], [1, 0, 0, 0], [1, 0, 1, 0], [1, 1, 1, 1]]),
    ],
)
def test_what_is_seen_by_hand(order, seen):
    np.testing.assert_array_equal(np.asarray(written_before(ops.array(ranks_of(np.array([order]))), 4)), [seen])


def test_writing_with_kept_keys_is_writing_anew_each_time(decoder, memory):
    """Each step's logits, taken from a pass over all that is written so far, choose what the kept keys chose."""
    seen = decoder.see(*memory)
    written = np.asarray(decoder.write(seen))
    anew = np.full_like(written, END)
    for step in range(6):
        logits, _ = decoder.reread(seen, anew, cloze=False)
        anew[:, step] = np.asarray(logits)[:, step].argmax(axis=-1)
    ended = np.cumsum(anew == END, axis=1) > 0
    assert ended[:, -1].sum() == 1 and len(set(anew.flat)) > 2
    np.testing.assert_array_equal(np.where(ended, END, written), np.where(ended, END, anew))


def test_one_query_with_kept_keys_has_the_logits_of_a_whole_pass(decoder, memory, monkeypatch):
    seen, steps = decoder.see(*memory), []
    head = decoder.head
    monkeypatch.setattr(type(head), "__call__", lambda self, x, *rest: steps.append(head.call(x)) or steps[-1])
    written = decoder.write(seen)
    monkeypatch.undo()
    whole, _ = decoder.reread(seen, written, cloze=False)
    assert all(step.shape == (4, 1, 5) for step in steps)
    received = np.concatenate([np.asarray(step) for step in steps], axis=1)
    ended = np.cumsum(np.asarray(written) == END, axis=1) - (np.asarray(written) == END) > 0  # from the step after the end
    np.testing.assert_allclose(received[~ended[:, : len(steps)]], np.asarray(whole)[:, : len(steps)][~ended[:, : len(steps)]], atol=1e-5)


def test_left_to_right_is_the_order_of_the_identity(decoder, memory):
    written = np.array([[0, 1, 2, 3, 0, END]] * 4, np.int32)
    label = np.concatenate([np.full((4, 1), BEGIN), written[:, :-1]], axis=1).astype(np.int32)
    trained = decoder(*memory, label, np.arange(7)[None])
    whole, _ = decoder.reread(decoder.see(*memory), written, cloze=False)
    np.testing.assert_allclose(np.asarray(trained)[:, 0], np.asarray(whole), atol=1e-5)


def test_a_step_does_not_see_what_comes_later_in_its_order(decoder, memory):
    order = np.array([[0, 2, 3, 1, 4]])
    label = np.array([[BEGIN, 0, 1, 2]] * 4, np.int32)
    before = np.asarray(decoder(*memory, label, ranks_of(order)))[:, 0]
    for place, changes in [(1, [3]), (2, [0, 2, 3]), (3, [0, 3])]:  # who may see this character
        other = label.copy()
        other[:, place] = 3
        moved = np.abs(np.asarray(decoder(*memory, other, ranks_of(order)))[:, 0] - before).max(axis=(0, 2)) > 1e-5
        np.testing.assert_array_equal(np.flatnonzero(moved), changes)


def test_cloze_sees_every_character_but_its_own_up_to_the_end(decoder, memory):
    seen = decoder.see(*memory)
    written = np.array([[0, 1, 2, END, 3, 3]] * 4, np.int32)
    before = np.asarray(decoder.reread(seen, written)[0])
    moved = []
    for place in range(6):
        other = written.copy()
        other[:, place] = 3 if place < 4 else 0
        moved.append(np.abs(np.asarray(decoder.reread(seen, other)[0]) - before).max(axis=(0, 2)) > 1e-5)
    for place in range(3):
        np.testing.assert_array_equal(np.flatnonzero(~moved[place]), [place])
    assert moved[3].all()  # without the end what follows is seen
    assert not np.any(moved[4:])


def test_padding_of_the_memory_and_of_labels_is_not_seen(decoder, memory):
    frames, real = memory
    other = np.where(real[..., None] > 0, frames, 100).astype(np.float32)
    label = np.array([[BEGIN, 0, PADDING]] * 4, np.int32)
    ranks = np.arange(4)[None]
    np.testing.assert_allclose(np.asarray(decoder(other, real, label, ranks)), np.asarray(decoder(frames, real, label, ranks)), atol=1e-5)
    looks = np.asarray(decoder.write_at_once(decoder.see(*memory))[1])
    np.testing.assert_allclose(looks.sum(axis=-1), 1, atol=1e-5)
    assert looks[1, :, 4:].max() < 1e-6


def test_dropout_is_of_training_alone(decoder, memory):
    arguments = (*memory, np.array([[BEGIN, 0]] * 4, np.int32), np.arange(3)[None])
    plain, again, first, second = (np.asarray(decoder(*arguments, training=training)) for training in (False, False, True, True))
    np.testing.assert_array_equal(plain, again)
    assert np.abs(first - second).max() > 1e-3


def test_it_comes_back_from_its_configuration(decoder):
    assert PermutedDecoder.from_config(decoder.get_config()).get_config() == decoder.get_config()


def test_the_surest_class_is_the_first_of_the_largest():
    logits = np.array([[[0, 3, 1], [-0.0, 0.0, -1]], [[2, 1, 2], [-3, -2, -1]]], np.float32)
    np.testing.assert_array_equal(np.asarray(surest(logits)), [[1, 0], [0, 2]])
