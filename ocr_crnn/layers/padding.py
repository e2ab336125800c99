"""Padding of images to a multiple of the coarsest stride, so that every size goes through a pyramid without stretching."""

import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("ocr_crnn")
class PadToMultiple(layers.Layer):
    """`(batch, height, width, channels)` → the same, height and width rounded up to a multiple; the pad lies right and below."""

    def __init__(self, multiple=32, value=255.0, **kwargs):
        super().__init__(**kwargs)
        self.multiple = multiple
        self.value = value

    def call(self, images):
        height, width = ops.shape(images)[1:3]
        padding = ((0, 0), (0, -height % self.multiple), (0, -width % self.multiple), (0, 0))
        return ops.pad(images, padding, constant_values=self.value)

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        up = [None if side is None else side + -side % self.multiple for side in (height, width)]
        return (batch, *up, channels)

    def get_config(self):
        return {**super().get_config(), "multiple": self.multiple, "value": self.value}


@keras.saving.register_keras_serializable("ocr_crnn")
class CropToImage(layers.Layer):
    """Maps at a stride and the images they belong to → the maps without the part over the padding, ⌈side / stride⌉ cells."""

    def __init__(self, stride=4, **kwargs):
        super().__init__(**kwargs)
        self.stride = stride

    def call(self, maps, images):
        height, width = ops.shape(images)[1:3]
        return maps[:, : -(-height // self.stride), : -(-width // self.stride)]

    def compute_output_shape(self, maps_shape, images_shape):
        down = [None if side is None else -(-side // self.stride) for side in images_shape[1:3]]
        return (maps_shape[0], *down, maps_shape[-1])

    def get_config(self):
        return {**super().get_config(), "stride": self.stride}
