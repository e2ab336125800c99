import keras
import numpy as np
import pytest

from ocr_crnn.layers.attention_decoder import AttentionDecoder, LSTMCell
from ocr_crnn.layers.heads import FlatHead

END, BEGIN, PADDING = 4, 5, 6
UNITS, HEADS = 8, 2


@pytest.fixture(scope="module")
def decoder():
    made = AttentionDecoder(FlatHead(5, name="head"), steps=6, num_heads=HEADS, name="decoder")
    made.build((None, None, UNITS))
    rng = np.random.default_rng(2)
    for variable in made.trainable_variables:
        variable.assign(rng.normal(scale=0.7, size=variable.shape))
    return made


@pytest.fixture(scope="module")
def memory():
    rng = np.random.default_rng(1)
    return rng.normal(size=(4, 6, UNITS)).astype(np.float32), (np.arange(6)[None] < [[6], [4], [1], [6]]).astype(np.float32)


@pytest.fixture(scope="module")
def written(decoder, memory):
    return {name: np.array(values) for name, values in decoder.write(*memory).items()}


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def forward(decoder, memory, label):
    """The published formulas for one text, `(frames, units)` and begin and ids, step by step: logits and where each step looks."""
    w = {variable.path.removeprefix("decoder/"): variable.numpy() for variable in decoder.trainable_variables}
    rates = 10_000 ** -(np.arange(UNITS // 2) / (UNITS // 2))
    angles = np.arange(len(memory))[:, None] * rates
    memory = memory + np.concatenate([np.sin(angles), np.cos(angles)], axis=1)

    def attend(query, norm, name):
        dense = lambda x, layer: x @ w[f"{name}/{layer}/kernel"] + w[f"{name}/{layer}/bias"]  # noqa: E731
        query = (query - query.mean()) / np.sqrt(query.var() + 1e-6) * w[f"{norm}/gamma"] + w[f"{norm}/beta"]
        query, (keys, values) = dense(query, "query"), np.split(dense(memory, "key_value"), 2, axis=-1)
        heads = [slice(i * UNITS // HEADS, (i + 1) * UNITS // HEADS) for i in range(HEADS)]
        weights = [softmax(keys[:, head] @ query[head] / np.sqrt(UNITS / HEADS)) for head in heads]
        seen = np.concatenate([weight @ values[:, head] for weight, head in zip(weights, heads, strict=True)])
        return dense(seen, "output_projection"), np.mean(weights, axis=0)

    def lstm(x, h, c, name):
        kernel, recurrent, bias = (w[f"lstm/cells/{name}/{part}"] for part in ("kernel", "recurrent", "bias"))
        i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c

    (h1, c1), (h2, c2) = np.zeros((2, 2, UNITS))
    first, _ = attend(w["start"][0, 0], "norm_start", "starter")
    logits, centres = [], []
    for x in [first, *w["embedding"][label]]:
        h1, c1 = lstm(x, h1, c1, "lstm1")
        h2, c2 = lstm(h1, h2, c2, "lstm2")
        y, weights = attend(h2, "norm_query", "look")
        logits.append(w["head/kernel"] @ np.concatenate([y, h2]) + w["head/class_bias"])
        centres.append(weights @ (np.arange(len(memory)) + 0.5))
    return np.array(logits[1:]), np.array(centres[1:])


def test_it_is_the_published_formulas(decoder, memory):
    frames, real = memory
    label = np.array([[BEGIN, 2, 0, 3]] * 4)
    logits = np.array(decoder(frames, real, label))
    for line in range(4):
        expected, _ = forward(decoder, frames[line, : int(real[line].sum())], label[line])
        np.testing.assert_allclose(logits[line], expected, atol=1e-4)


def test_a_cell_is_that_of_keras():
    ours, theirs = LSTMCell(3), keras.layers.LSTMCell(3)
    for cell in (ours, theirs):
        cell.build((None, 2))
    rng = np.random.default_rng(0)
    theirs.set_weights(values := [rng.normal(size=weight.shape) for weight in theirs.weights])
    ours.set_weights(values)
    x, *states = rng.normal(size=(4, 2)), *rng.normal(size=(2, 4, 3))
    x, states = x.astype(np.float32), [state.astype(np.float32) for state in states]
    for one, other in zip(*(keras.tree.flatten(cell(x, states)) for cell in (ours, theirs)), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_writing_step_by_step_is_the_one_pass_over_what_is_written(decoder, memory, written):
    ids = written["logits"].argmax(axis=-1)
    label = np.concatenate([np.full((4, 1), BEGIN), ids[:, :-1]], axis=1)
    ended = np.cumsum(ids == END, axis=1) - (ids == END) > 0  # from the step after the end
    assert 0 < ended.sum() < ended.size and len(np.unique(ids)) > 2
    np.testing.assert_allclose(written["logits"][~ended], np.array(decoder(*memory, label))[~ended], atol=1e-5)
    frames, real = memory
    for line in range(4):
        _, centres = forward(decoder, frames[line, : int(real[line].sum())], label[line])
        np.testing.assert_allclose(written["centres"][line][~ended[line]], centres[~ended[line]], atol=1e-4)


def test_it_stops_when_all_have_ended_and_a_step_is_one_query(decoder, memory, monkeypatch):
    asked = []
    look = decoder.look.call
    monkeypatch.setattr(decoder.look, "call", lambda queries, *rest, **drop: asked.append(queries.shape) or look(queries, *rest, **drop))
    bias = decoder.head.class_bias
    before = bias.numpy()
    bias.assign([0, 0, 0, 0, 99])
    ids = np.array(decoder.write(*memory)["logits"]).argmax(axis=-1)
    bias.assign(before)
    assert (ids == END).all() and asked == [(4, 1, UNITS)]


def test_padding_and_what_comes_later_is_not_seen(decoder, memory, written):
    frames, real = memory
    other = np.where(real[..., None] > 0, frames, 100).astype(np.float32)
    wider = np.pad(other, [(0, 0), (0, 3), (0, 0)]), np.pad(real, [(0, 0), (0, 3)])
    np.testing.assert_allclose(decoder.write(*wider)["logits"], written["logits"], atol=1e-5)
    label = np.array([[BEGIN, 1, 2, PADDING]] * 4)
    changed = label.copy()
    changed[:, 2] = 3
    moved = np.abs(np.array(decoder(*memory, label)) - np.array(decoder(*memory, changed))).max(axis=(0, 2))
    assert (moved[:2] == 0).all() and (moved[2:] > 0).all()


def test_a_text_of_no_frames_is_no_trouble(decoder, memory):
    frames, real = memory
    assert np.isfinite(decoder.write(frames[:1], 0 * real[:1])["logits"]).all()


def test_dropout_is_of_training_alone(decoder, memory):
    arguments = (*memory, np.array([[BEGIN, 0]] * 4))
    plain, again, first, second = (np.array(decoder(*arguments, training=training)) for training in (False, False, True, True))
    np.testing.assert_array_equal(plain, again)
    assert np.abs(first - second).max() > 1e-3


def test_it_comes_back_from_its_configuration_with_the_same_names(decoder):
    again = AttentionDecoder.from_config(decoder.get_config())
    again.build((None, None, UNITS))
    assert again.get_config() == decoder.get_config() and [v.path for v in again.variables] == [v.path for v in decoder.variables]
