"""From a feature map over the line to a sequence over time."""

import keras
from keras import ops


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
        x = ops.reshape(x, (ops.shape(x)[0], ops.shape(x)[1], x.shape[2] * x.shape[3]))  # (batch, columns, rows · channels)
        return self.projection(x)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:2], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}
