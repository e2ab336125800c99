"""The vision transformer (Dosovitskiy et al., 2021) over a line: patches or columns become tokens, and pre-norm blocks mix them."""

import keras
from keras import ops

from ocr_crnn.layers.sequence import each_frame
from ocr_crnn.layers.transformer import LineAttention

# What a vision transformer begins with. A dict, for an initializer that is shared gives all its kernels the same numbers.
SMALL_NORMAL = {"class_name": "TruncatedNormal", "config": {"stddev": 0.02}}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class LinePixels(keras.layers.Layer):
    """Grey values 0–255, any dtype, to −1 … 1, and white paper right of each line, whatever stood there.

    step: the width is filled up with paper to a multiple of it. width: to this many columns instead, and cut there.
    Call arguments: image `(batch, columns, height, 1)`; widths int `(batch,)` of the lines in pixels.
    """

    def __init__(self, step=1, width=None, **kwargs):
        super().__init__(**kwargs)
        self.step, self.width = step, width

    def call(self, image, widths):
        x = ops.cast(image, self.compute_dtype) * (1 / 127.5) - 1.0
        batch, columns = ops.shape(x)[0], ops.shape(x)[1]
        inside = ops.arange(columns, dtype="int32")[None] < ops.cast(ops.reshape(widths, (-1, 1)), "int32")
        x = ops.where(inside[:, :, None, None], x, ops.ones_like(x))
        paper = ops.ones((batch, self.width or self.step - 1, *x.shape[2:]), x.dtype)
        x = ops.concatenate([x, paper], axis=1)
        return x[:, : self.width or -(-columns // self.step) * self.step]

    def compute_output_shape(self, image_shape, widths_shape=None):
        columns = image_shape[1]
        filled = self.width or (None if columns is None else -(-columns // self.step) * self.step)
        return (image_shape[0], filled, *image_shape[2:])

    def get_config(self):
        return {**super().get_config(), "step": self.step, "width": self.width}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class Patches(keras.layers.Layer):
    """Cut `(batch, columns, height, 1)` into patches of `size`, (width, height) in pixels, and project each.

    Output `(batch, columns / width, height / height of a patch, units)`. A convolution whose strides are its kernel is the same, but in
    bfloat16 TensorFlow 2.21 computes that wrongly on a CPU where the patch is as high as the image.
    """

    def __init__(self, units, size, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.units, self.size, self.use_bias = units, tuple(size), use_bias

    def build(self, input_shape):
        self.projection = keras.layers.Dense(
            self.units, use_bias=self.use_bias, kernel_initializer=SMALL_NORMAL, name="projection", dtype=self.dtype_policy
        )
        self.projection.build((None, self.size[0] * self.size[1]))

    def call(self, x):
        batch, (across, down) = x.shape[0] or ops.shape(x)[0], self.size
        rows = x.shape[2] // down
        x = ops.transpose(ops.reshape(x, (batch, -1, across, rows, down)), (0, 1, 3, 2, 4))  # (batch, columns, rows, across, down)
        return ops.reshape(self.projection(ops.reshape(x, (-1, across * down))), (batch, -1, rows, self.units))

    def compute_output_shape(self, input_shape):
        batch, columns, height = input_shape[:3]
        return (batch, None if columns is None else columns // self.size[0], height // self.size[1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "size": self.size, "use_bias": self.use_bias}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class TokenPositions(keras.layers.Layer):
    """Add a learnt table to a map `(batch, columns, rows, units)` of at most `columns` columns, and flatten it to tokens, column by column.

    Output `(batch, columns · rows, units)`.
    """

    def __init__(self, columns, **kwargs):
        super().__init__(**kwargs)
        self.columns = columns

    def build(self, input_shape):
        self.table = self.add_weight(name="table", shape=(self.columns, *input_shape[2:]), initializer=SMALL_NORMAL)

    def call(self, x):
        x = x + ops.cast(self.table, x.dtype)[: ops.shape(x)[1]]
        return ops.reshape(x, (x.shape[0] or ops.shape(x)[0], -1, x.shape[-1]))

    def compute_output_shape(self, input_shape):
        batch, columns, rows, units = input_shape
        return (batch, None if columns is None else columns * rows, units)

    def get_config(self):
        return {**super().get_config(), "columns": self.columns}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class VisionBlock(keras.layers.Layer):
    """Self-attention of all tokens and a feed-forward layer, each behind a normalisation and added to its input.

    expansion: width of the feed-forward layer in units. activation: within it; the exact GELU by default. epsilon: of the normalisations.
    causal: a token sees itself and those before it alone.
    Call arguments: tokens `(batch, tokens, units)`; real `(batch, tokens)`, 0 for those that nobody looks at.
    """

    def __init__(self, num_heads, expansion=4, activation="gelu", epsilon=1e-6, causal=False, **kwargs):
        super().__init__(**kwargs)
        self.num_heads, self.expansion, self.epsilon, self.causal = num_heads, expansion, epsilon, causal
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        units, policy = input_shape[-1], self.dtype_policy
        self.norms = [keras.layers.LayerNormalization(epsilon=self.epsilon, name=f"norm_{i}", dtype=policy) for i in range(2)]
        shared = {"kernel_initializer": SMALL_NORMAL, "dtype": policy}
        self.attention = LineAttention(self.num_heads, distances=False, causal=self.causal, name="attention", **shared)
        self.expand = keras.layers.Dense(self.expansion * units, self.activation, name="expand", **shared)
        self.reduce = keras.layers.Dense(units, name="reduce", **shared)
        for layer in (*self.norms, self.attention, self.expand):
            layer.build(input_shape)
        self.reduce.build((*input_shape[:-1], self.expansion * units))

    def call(self, x, real):
        x = x + self.attention(self.norms[0](x), real)
        return x + each_frame(self.reduce, each_frame(self.expand, self.norms[1](x)))

    def compute_output_shape(self, x_shape, real_shape=None):
        return x_shape

    def get_config(self):
        activation = keras.activations.serialize(self.activation)
        config = {"num_heads": self.num_heads, "expansion": self.expansion, "activation": activation, "epsilon": self.epsilon}
        return {**super().get_config(), **config, "causal": self.causal}


def vision_blocks(tokens, real, num_blocks, num_heads):
    """Blocks one after the other and the last normalisation, of symbolic tokens `(batch, tokens, units)`."""
    for index in range(1, num_blocks + 1):
        tokens = VisionBlock(num_heads, name=f"block{index}")(tokens, real)
    return keras.layers.LayerNormalization(epsilon=1e-6, name="norm")(tokens)
