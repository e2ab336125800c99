"""VGG16 with batch normalisation (Simonyan and Zisserman, 2014), as CRAFT cuts it: activations are where its weights want them."""

from keras import layers

from ocr_crnn.layers.convolution import conv_bn

# Name of the convolution in the published weights, filters, what comes before it, and whether its output is kept. Numbers count the
# layers of torchvision's vgg16_bn: a convolution n, its normalisation n + 1, its ReLU n + 2.
CONVOLUTIONS = (
    ("slice1_0", 64, None), ("slice1_3", 64, None), ("slice1_7", 128, "pool"), ("slice1_10", 128, None),
    ("slice2_14", 256, "pool"), ("slice2_17", 256, None),
    ("slice3_20", 256, None), ("slice3_24", 512, "pool"), ("slice3_27", 512, None),
    ("slice4_30", 512, None), ("slice4_34", 512, "pool"), ("slice4_37", 512, None),
)  # fmt: skip
KEPT = ("slice1_10", "slice2_17", "slice3_27", "slice4_37")


def vgg16(x, folded=False):
    """`(batch, height, width, 3)` → five maps of 128, 256, 512, 512 and 1024 channels at strides 2, 4, 8, 16, 16.

    The fourth comes before its ReLU, while the ReLU of the others belongs to them: in the published code each is overwritten by the first
    layer of the next part, and after the fourth that is none. The fifth is pooled without a stride, then a convolution dilated by 6 and one
    of 1×1, neither normalised nor rectified.
    """
    maps = []
    for name, filters, before in CONVOLUTIONS:
        if before:
            x = layers.MaxPooling2D(2, name=f"{name}_pool")(x)
        last = name == KEPT[-1]
        x = conv_bn(x, filters, activation=None if last else "relu", name=name, folded=folded, use_bias=True)
        if name in KEPT:
            maps.append(x)
    x = layers.MaxPooling2D(3, 1, "same", name="slice5_pool")(x)
    x = layers.Conv2D(1024, 3, padding="same", dilation_rate=6, name="slice5_1")(x)
    return [*maps, layers.Conv2D(1024, 1, name="slice5_2")(x)]
