import keras
import pytest

from ocr_crnn.backbones.resnet import resnet


@pytest.mark.parametrize(
    ("depth", "channels", "convolutions"),
    [
        (18, (64, 128, 256, 512), 3 + 2 * 8 + 4),  # the stem, two a block, a projection a stage
        (50, (256, 512, 1024, 2048), 3 + 3 * 16 + 4),
    ],
)
def test_maps_and_layers(depth, channels, convolutions):
    images = keras.Input((64, 32, 3))
    maps = resnet(images, depth)
    assert [tuple(one.shape) for one in maps] == [(None, 64 // s, 32 // s, c) for s, c in zip((4, 8, 16, 32), channels, strict=True)]
    network = keras.Model(images, maps)
    assert sum(isinstance(layer, keras.layers.Conv2D) for layer in network.layers) == convolutions


def test_a_depth_that_is_not_there():
    with pytest.raises(ValueError, match=r"depths \[18, 50, 101\]. Received: 34"):
        resnet(keras.Input((64, 64, 3)), 34)
