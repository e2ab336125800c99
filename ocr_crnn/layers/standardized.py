"""Convolutions that train without normalising activations."""

import keras
from keras import ops

RELU_GAIN = 2.0**0.5  # keeps the second moment of a ReLU network constant from layer to layer (He et al., 2015)


@keras.saving.register_keras_serializable(package="ocr_crnn")
class StandardizedConv2D(keras.layers.Layer):
    """`same` convolution + ReLU whose kernel is standardised: zero mean, unit variance over the fan-in, a learnt gain.

    Weight standardisation (Qiao et al., 2019) in the scaled form of Brock et al. (2021). Nothing is measured over the
    batch, the image or the padding, so a line reads the same alone and in a batch, and there is no moving average to
    wait for. Batch normalisation costs more time here than the convolutions themselves do in bfloat16 on a CPU.

    Input `(batch, columns, rows, channels)`, output `(batch, ⌈columns / stride⌉, ⌈rows / stride⌉, filters)`.
    """

    def __init__(self, filters, kernel_size=3, strides=(1, 1), **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = tuple(strides)

    def build(self, input_shape):
        shape = (self.kernel_size, self.kernel_size, input_shape[-1], self.filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer="he_normal")
        self.gain = self.add_weight(name="gamma", shape=(self.filters,), initializer="ones")
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def standardize(self):
        """The kernel in use, float32 `(rows, columns, channels, filters)`."""
        kernel = ops.cast(self.kernel, "float32")
        fan_in = kernel.shape[0] * kernel.shape[1] * kernel.shape[2]
        mean = ops.mean(kernel, axis=(0, 1, 2), keepdims=True)
        variance = ops.var(kernel, axis=(0, 1, 2), keepdims=True)
        return (kernel - mean) * ops.rsqrt(variance * fan_in + 1e-6) * ops.cast(self.gain, "float32") * RELU_GAIN

    def call(self, x):
        x = ops.conv(x, ops.cast(self.standardize(), x.dtype), strides=self.strides, padding="same", data_format="channels_last")
        return ops.relu(x + ops.cast(self.bias, x.dtype))

    def compute_output_shape(self, input_shape):
        columns, rows = (None if n is None else -(-n // s) for n, s in zip(input_shape[1:3], self.strides, strict=True))
        return (input_shape[0], columns, rows, self.filters)

    def get_config(self):
        config = {"filters": self.filters, "kernel_size": self.kernel_size, "strides": self.strides}
        return {**super().get_config(), **config}
