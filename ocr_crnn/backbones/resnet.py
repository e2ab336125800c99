"""ResNet-18, -50 and -101 with the deep stem that PAN++ uses (He et al., 2015, arXiv 1512.03385; detection.md's facts on pan_pp).

Not keras.applications' network: three 3×3 convolutions instead of one 7×7, and the stride of a bottleneck on its 3×3.
"""

from keras import layers

from ocr_crnn.layers.convolution import conv_bn

DEPTHS = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}


def resnet(x, depth=18, folded=False):
    """`(batch, height, width, 3)` → four maps at strides 4, 8, 16, 32 with 64–512 (depth 18) or 256–2048 channels."""
    if depth not in DEPTHS:
        raise ValueError(f"A ResNet here has one of the depths {sorted(DEPTHS)}. Received: {depth}.")
    x = conv_bn(x, 64, strides=2, name="stem_1", folded=folded)
    x = conv_bn(x, 64, name="stem_2", folded=folded)
    x = conv_bn(x, 128, name="stem_3", folded=folded)
    x = layers.MaxPooling2D(3, 2, "same", name="stem_pool")(x)
    block = basic_block if depth == 18 else bottleneck
    maps = []
    for stage, (blocks, filters) in enumerate(zip(DEPTHS[depth], (64, 128, 256, 512), strict=True), 1):
        for number in range(1, blocks + 1):
            strides = 2 if stage > 1 and number == 1 else 1
            x = block(x, filters, strides, f"stage{stage}_{number}", folded)
        maps.append(x)
    return maps


def basic_block(x, filters, strides, name, folded=False):
    y = conv_bn(x, filters, strides=strides, name=f"{name}_1", folded=folded)
    y = conv_bn(y, filters, activation=None, name=f"{name}_2", folded=folded)
    return _join(x, y, filters, strides, name, folded)


def bottleneck(x, filters, strides, name, folded=False):
    y = conv_bn(x, filters, 1, name=f"{name}_1", folded=folded)
    y = conv_bn(y, filters, strides=strides, name=f"{name}_2", folded=folded)
    y = conv_bn(y, 4 * filters, 1, activation=None, name=f"{name}_3", folded=folded)
    return _join(x, y, 4 * filters, strides, name, folded)


def _join(x, y, filters, strides, name, folded):
    """The residual sum; a projection where the shapes differ."""
    if strides != 1 or x.shape[-1] != filters:
        x = conv_bn(x, filters, 1, strides, None, f"{name}_shortcut", folded)
    return layers.Activation("relu", name=f"{name}_out")(layers.Add(name=f"{name}_add")([x, y]))
