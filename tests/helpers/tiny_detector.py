"""A detection network of two convolutions with what PAN has at its ends: padding, enlargement by the nearest pixel, cropping."""

import keras

from ocr_crnn.layers.padding import CropToImage, PadToMultiple


def tiny_detector():
    """Images `(1, height, width, 3)` → maps `(1, ⌈height / 4⌉, ⌈width / 4⌉, 2)`."""
    keras.utils.set_random_seed(0)
    images = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 127.5, -1)(PadToMultiple(8)(images))
    x = keras.layers.Conv2D(16, 3, 4, "same", activation="relu")(x)
    coarse = keras.layers.Conv2D(16, 3, 2, "same", activation="relu")(x)
    x = keras.layers.Add()([x, keras.layers.UpSampling2D(2)(coarse)])
    x = keras.layers.Conv2D(2, 1)(x)
    return keras.Model(images, CropToImage(4)(x, images))
