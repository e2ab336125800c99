"""A light backbone for CPUs: plain thin 3×3 convolutions, since depthwise ones are slow in TensorFlow there."""

from keras import layers

from ocr_crnn.layers.convolution import conv_bn


def light(x, channels=(24, 32, 64, 96, 128), folded=False, stem=False):
    """`(batch, height, width, 3)` → four maps at strides 4, 8, 16, 32; with `stem` the one at stride 2 before them.

    channels: filters at strides 2, 4, 8, 16, 32. Each stage is a strided convolution and one residual pair.
    """
    x = conv_bn(x, channels[0], strides=2, name="stem", folded=folded)
    maps = [x] if stem else []
    for stage, filters in enumerate(channels[1:], 1):
        x = conv_bn(x, filters, strides=2, name=f"stage{stage}_down", folded=folded)
        shortcut = x
        x = conv_bn(x, filters, name=f"stage{stage}_1", folded=folded)
        x = conv_bn(x, filters, activation=None, name=f"stage{stage}_2", folded=folded)
        x = layers.Add(name=f"stage{stage}_add")([x, shortcut])
        x = layers.Activation("relu", name=f"stage{stage}_out")(x)
        maps.append(x)
    return maps
