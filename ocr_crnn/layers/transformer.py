"""Self-attention over the frames of a line, cheap on a CPU."""

import keras
from keras import ops

from ocr_crnn.layers.masking import hiding, leading_sizes
from ocr_crnn.layers.positions import distance_bias
from ocr_crnn.layers.sequence import FrameConvolution, each_frame


@keras.saving.register_keras_serializable(package="ocr_crnn")
class LineAttention(keras.layers.Layer):
    """Multi-head self-attention of frames `(batch, frames, units)` whose padded frames nobody looks at.

    Plain matrix products in the order that TensorFlow runs fastest on a CPU; the five-axis transpose of a stacked
    query-key-value tensor costs more than the attention. Positions come from `distance_bias`; without `distances` the frames bring
    their own. kernel_initializer: a name or a dict, of which each of the two products makes one of its own. causal: a frame sees
    itself and those before it alone.

    Call arguments: frames; real `(batch, frames)`, 1 for frames of the line and 0 for padding (`masking.RealFrames`).
    """

    def __init__(self, num_heads, distances=True, kernel_initializer="glorot_uniform", causal=False, **kwargs):
        super().__init__(**kwargs)
        self.num_heads, self.distances, self.causal = num_heads, distances, causal
        self.kernel_initializer = kernel_initializer

    def build(self, input_shape):
        units = input_shape[-1]
        if units % self.num_heads:
            raise ValueError(f"Units divide by the number of heads. Received: units={units}, num_heads={self.num_heads}.")
        shared = {"kernel_initializer": self.kernel_initializer, "dtype": self.dtype_policy}
        self.query_key_value = keras.layers.Dense(3 * units, name="query_key_value", **shared)
        self.output_projection = keras.layers.Dense(units, name="output_projection", **shared)
        self.query_key_value.build(input_shape)
        self.output_projection.build(input_shape)

    def call(self, x, real):
        units, sizes = x.shape[-1], leading_sizes(x)
        depth = units // self.num_heads
        split = ops.split(self.query_key_value(ops.reshape(x, (-1, units))), 3, axis=-1)
        # each (batch, heads, frames, depth)
        query, key, value = (ops.transpose(ops.reshape(y, (*sizes, self.num_heads, depth)), (0, 2, 1, 3)) for y in split)
        far = hiding(x.dtype)
        hidden = far - far * ops.cast(real, x.dtype)
        bias = -ops.reshape(hidden, (sizes[0], 1, 1, sizes[1]))
        if self.distances:
            bias = distance_bias(ops.shape(real)[1], self.num_heads, x.dtype) + bias  # (batch, heads, frames, frames)
        if self.causal:
            places = ops.arange(ops.shape(real)[1], dtype="int32")
            bias = bias - far * ops.cast(places[None] > places[:, None], x.dtype)
        weights = ops.softmax(ops.matmul(query * depth**-0.5, ops.transpose(key, (0, 1, 3, 2))) + bias, axis=-1)
        y = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
        return ops.reshape(self.output_projection(ops.reshape(y, (-1, units))), (*sizes, units))

    def compute_output_shape(self, x_shape, real_shape=None):
        return x_shape

    def get_config(self):
        config = {"num_heads": self.num_heads, "distances": self.distances, "causal": self.causal}
        return {**super().get_config(), **config, "kernel_initializer": self.kernel_initializer}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class TransformerBlock(keras.layers.Layer):
    """Pre-norm block: a convolution over neighbouring frames, self-attention, a feed-forward layer, each added to its input.

    The convolution tells left from right, which the symmetric distance bias of the attention cannot.

    Call arguments: frames `(batch, frames, units)`; real `(batch, frames)`, 1 for frames of the line and 0 for padding, which comes out 0.
    expansion: width of the feed-forward layer in units. kernel_size: frames of the convolution.
    """

    def __init__(self, num_heads, expansion=2, kernel_size=5, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.expansion = expansion
        self.kernel_size = kernel_size

    def build(self, input_shape):
        units, policy = input_shape[-1], self.dtype_policy
        self.norms = [keras.layers.LayerNormalization(epsilon=1e-5, name=f"norm_{i}", dtype=policy) for i in range(3)]
        self.neighbours = FrameConvolution(units, self.kernel_size, padding="same", activation="relu", name="neighbours", dtype=policy)
        self.attention = LineAttention(self.num_heads, name="attention", dtype=policy)
        self.expand = keras.layers.Dense(self.expansion * units, activation="relu", name="expand", dtype=policy)
        self.reduce = keras.layers.Dense(units, name="reduce", dtype=policy)
        for layer in (*self.norms, self.neighbours, self.attention, self.expand):
            layer.build(input_shape)
        self.reduce.build((*input_shape[:-1], self.expansion * units))

    def call(self, x, real):
        mask = ops.reshape(ops.cast(real, x.dtype), (*leading_sizes(real), 1))
        # The norm's offset is not 0 on padding, and the convolution would see it: mask before it.
        x = x + self.neighbours(self.norms[0](x) * mask)
        x = x + self.attention(self.norms[1](x), real)
        x = x + each_frame(self.reduce, each_frame(self.expand, self.norms[2](x)))
        return x * mask

    def compute_output_shape(self, x_shape, real_shape=None):
        return x_shape

    def get_config(self):
        return {**super().get_config(), "num_heads": self.num_heads, "expansion": self.expansion, "kernel_size": self.kernel_size}
