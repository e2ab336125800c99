import keras
import numpy as np

from ocr_crnn.backbones.light import light


def test_four_maps_at_strides_4_to_32():
    maps = light(keras.Input((64, 96, 3)), channels=(4, 5, 6, 7, 8))
    assert [tuple(one.shape) for one in maps] == [(None, 16, 24, 5), (None, 8, 12, 6), (None, 4, 6, 7), (None, 2, 3, 8)]


def test_a_stage_adds_what_came_in():
    """Where the pair of convolutions gives 0, the stage gives its strided convolution as it is."""
    images = keras.Input((32, 32, 3))
    maps = light(images, channels=(2, 3, 4, 5, 6))
    network = keras.Model(images, maps)
    norm = network.get_layer("stage2_2_bn")
    norm.gamma.assign(np.zeros(4))
    before = keras.Model(images, network.get_layer("stage2_down_act").output)
    pixels = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    np.testing.assert_allclose(network(pixels)[1], before(pixels), atol=1e-6)
    assert np.abs(before(pixels)).max() > 0


def test_the_stem_is_a_map_too():
    maps = light(keras.Input((64, 96, 3)), channels=(4, 5, 6, 7, 8), stem=True)
    assert [tuple(one.shape[1:]) for one in maps[:2]] == [(32, 48, 4), (16, 24, 5)] and len(maps) == 5
