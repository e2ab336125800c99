import numpy as np
import pytest

from ocr_crnn.layers.transformer import LineAttention, TransformerBlock


def frames(length, seed=0):
    return np.random.default_rng(seed).normal(size=(1, length, 8)).astype(np.float32)


def real(count, length):
    return (np.arange(length) < count).astype(np.float32)[None]


def test_attention_equals_its_formula():
    layer, x = LineAttention(num_heads=1), frames(4)
    y = np.asarray(layer(x, real(3, 4)))
    query, key, value = np.split(x[0] @ np.asarray(layer.query_key_value.kernel), 3, axis=-1)
    scores = np.exp(query @ key[:3].T / np.sqrt(8))  # the only head has slope 0, the fourth frame is padding
    expected = (scores / scores.sum(axis=1, keepdims=True)) @ value[:3] @ np.asarray(layer.output_projection.kernel)
    np.testing.assert_allclose(y[0], expected, rtol=1e-3, atol=1e-5)


def test_nobody_looks_at_padding():
    block = TransformerBlock(num_heads=2)
    line = frames(5)
    alone = np.asarray(block(line, real(5, 5)))
    padded = np.concatenate([line, 100 * frames(4, seed=1)], axis=1)
    np.testing.assert_allclose(np.asarray(block(padded, real(5, 9)))[:, :5], alone, rtol=1e-4, atol=1e-5)
    assert not np.asarray(block(padded, real(5, 9)))[:, 5:].any()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_nobody_looks_at_padding_in_half_precision(dtype):
    layer = LineAttention(num_heads=2)
    x, last = np.concatenate([frames(5), frames(4, seed=1)], axis=1), real(5, 9)
    expected = np.asarray(layer(x, last))
    half = LineAttention(num_heads=2, dtype=f"mixed_{dtype}")
    half.build(x.shape)
    half.set_weights(layer.get_weights())
    np.testing.assert_allclose(np.asarray(half(x, last)).astype(np.float32)[:, :5], expected[:, :5], atol=0.05)


def test_heads_have_to_divide_the_units():
    with pytest.raises(ValueError, match="units=8, num_heads=3"):
        LineAttention(num_heads=3)(frames(2), real(2, 2))


def test_config():
    block = TransformerBlock(num_heads=2, expansion=3, kernel_size=3)
    x = frames(6)
    y = np.asarray(block(x, real(6, 6)))
    again = TransformerBlock.from_config(block.get_config())
    again.build(x.shape)
    again.set_weights(block.get_weights())
    np.testing.assert_array_equal(np.asarray(again(x, real(6, 6))), y)
