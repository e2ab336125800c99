import keras
import numpy as np

from ocr_crnn.backbones.vgg import vgg16


def test_five_maps_of_which_the_fourth_is_not_rectified():
    images = keras.Input((32, 64, 3))
    maps = vgg16(images)
    shapes = [(16, 32, 128), (8, 16, 256), (4, 8, 512), (2, 4, 512), (2, 4, 1024)]
    assert [tuple(one.shape[1:]) for one in maps] == shapes
    made = keras.Model(images, maps)(np.random.default_rng(0).normal(0, 1, (1, 32, 64, 3)).astype(np.float32))
    assert [bool(np.asarray(one).min() < 0) for one in made] == [False, False, False, True, True]
