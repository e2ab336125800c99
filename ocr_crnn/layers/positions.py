"""Positions without a table: nothing here is learnt for a particular place, so a line may be of any length."""

import math

from keras import ops


def distance_slopes(num_heads):
    """`(heads,)` slopes 1/2, 1/8, 1/32, … 0: the first heads look at neighbours, the last looks anywhere."""
    return [2.0 ** -(2 * head + 1) for head in range(num_heads - 1)] + [0.0]


def distance_bias(num_frames, num_heads, dtype):
    """Attention bias `(heads, frames, frames)`: minus slope times distance.

    The linear biases of ALiBi (Press et al., 2022), made symmetric since a line is read at once, and with one head
    left unbiased.
    """
    frames = ops.arange(num_frames, dtype="int32")
    distance = ops.cast(ops.abs(frames[:, None] - frames[None, :]), dtype)
    slopes = ops.convert_to_tensor(distance_slopes(num_heads), dtype)
    return -slopes[:, None, None] * distance[None]


def sinusoids(num_frames, units, dtype):
    """Where each frame stands, `(frames, units)`: sines and then cosines of its place, of wavelengths from 2π to 20,000π frames.

    As of Vaswani et al., 2017, but for the order of the values. units: even, or the last cosine is left out.
    """
    half = -(-units // 2)
    rates = ops.exp(ops.arange(half, dtype="float32") * (-math.log(10_000.0) / max(half, 1)))
    angles = ops.cast(ops.arange(num_frames, dtype="int32"), "float32")[:, None] * rates
    return ops.cast(ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=1)[:, :units], dtype)
