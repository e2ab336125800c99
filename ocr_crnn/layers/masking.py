"""Which frames of a padded batch are real, and keeping the others silent."""

import keras
from keras import ops

from ocr_crnn.ops.frames import count_frames


def leading_sizes(x):
    """`(batch, columns)` of `(batch, columns, …)`, to reshape what has as many rows.

    Where only the columns are unknown they are −1: a constant, so that LiteRT lays out the whole graph before it runs.
    """
    return (x.shape[0], -1) if x.shape[0] else tuple(ops.shape(x)[:2])


def hiding(dtype):
    """What a score loses for a softmax to give it no weight; float16 would take 10⁹ for infinite, and 0 times that is no number."""
    return 3e4 if keras.backend.standardize_dtype(dtype) == "float16" else 1e9


@keras.saving.register_keras_serializable(package="ocr_crnn")
class RealFrames(keras.layers.Layer):
    """Which columns of a map belong to the line: 1 there, 0 to the right of it.

    stride: input pixels per column of the map. Call arguments: image `(batch, columns · stride, …)`; widths `(batch,)` of the lines
    in its pixels. Returns `(batch, columns)`. It comes from the size of the image and not of the map, so that a LiteRT file
    has all its sizes before the first convolution.
    """

    def __init__(self, stride, **kwargs):
        super().__init__(**kwargs)
        self.stride = stride

    def call(self, image, widths):
        columns = ops.arange(ops.shape(image)[1] // self.stride, dtype="int32")
        real = columns[None, :] < ops.expand_dims(count_frames(ops.cast(widths, "int32"), self.stride), 1)
        return ops.cast(real, self.compute_dtype)

    def compute_output_shape(self, image_shape, widths_shape=None):
        return (image_shape[0], None if image_shape[1] is None else image_shape[1] // self.stride)

    def get_config(self):
        return {**super().get_config(), "stride": self.stride}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class FrameMask(keras.layers.Layer):
    """Zero what lies right of each line, so that a line's features do not depend on how far its batch is padded.

    Every convolution spreads ink by a column, so the mask stands after each of them.

    Call arguments: map `(batch, columns, rows, channels)`; `(batch, columns)` of RealFrames. Returns the map's shape.
    """

    def call(self, x, real):
        return x * ops.cast(ops.reshape(real, (*leading_sizes(real), 1, 1)), x.dtype)

    def compute_output_shape(self, x_shape, real_shape=None):
        return x_shape
