"""Which frames of a padded batch are real, and keeping the others silent."""

import keras
from keras import ops

from ocr_crnn.ops.frames import count_frames


@keras.saving.register_keras_serializable(package="ocr_crnn")
class FrameMask(keras.layers.Layer):
    """Zero what lies right of each line, so that a line's features do not depend on how far its batch is padded.

    Every convolution spreads ink by a column, so the mask stands after each of them.
    stride: input pixels per column of the map.

    Call arguments: map `(batch, columns, …)`; widths `(batch,)` in input pixels. Returns the map's shape.
    """

    def __init__(self, stride, **kwargs):
        super().__init__(**kwargs)
        self.stride = stride

    def call(self, x, widths):
        columns = ops.arange(ops.shape(x)[1], dtype="int32")
        mask = columns[None, :] < count_frames(ops.cast(widths, "int32"), self.stride)[:, None]
        shape = (ops.shape(x)[0], ops.shape(x)[1]) + (1,) * (len(x.shape) - 2)
        return x * ops.cast(ops.reshape(mask, shape), x.dtype)

    def compute_output_shape(self, x_shape, widths_shape=None):
        return x_shape

    def get_config(self):
        return {**super().get_config(), "stride": self.stride}
