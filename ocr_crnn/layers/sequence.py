"""From a feature map over the line to a sequence over time, and products over its frames."""

import keras
from keras import ops

from ocr_crnn.layers.masking import leading_sizes


def each_frame(layer, x):
    """A Dense layer over frames `(batch, frames, units)` as one product of matrices."""
    y = layer(ops.reshape(x, (-1, x.shape[-1])))
    return ops.reshape(y, (*leading_sizes(x), y.shape[-1]))


@keras.saving.register_keras_serializable(package="ocr_crnn")
class ColumnsToFrames(keras.layers.Layer):
    """Flatten the rows and channels of each column into one frame and project it.

    The rows stay apart until the projection: initial, medial and final of a syllable stand above and beside each other,
    so averaging over the height would mix them.

    Input `(batch, columns, rows, channels)`, output `(batch, columns, units)`.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.projection = keras.layers.Dense(units, name="projection", dtype=self.dtype_policy)

    def build(self, input_shape):
        self.projection.build((*input_shape[:2], input_shape[2] * input_shape[3]))

    def call(self, x):
        batch_and_columns = leading_sizes(x)
        x = self.projection(ops.reshape(x, (-1, x.shape[2] * x.shape[3])))  # (batch · columns, units)
        return ops.reshape(x, (*batch_and_columns, self.units))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class FrameConvolution(keras.layers.Conv1D):
    """Conv1D over frames `(batch, frames, units)`, `same`, as a convolution over a map of one row.

    Keras adds that row by an operation that LiteRT has to stop for; a reshape it does not.
    """

    def call(self, x):
        y = ops.conv(ops.reshape(x, (*leading_sizes(x), 1, x.shape[-1])), ops.expand_dims(self.kernel, 1), padding="same")
        y = self.activation(y + self.bias)
        return ops.reshape(y, (*leading_sizes(x), self.filters))
