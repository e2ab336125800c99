import keras
import numpy as np

from ocr_crnn.layers.padding import CropToImage, PadToMultiple


def test_the_pad_lies_right_and_below():
    padded = np.asarray(PadToMultiple(4, value=9)(np.ones((1, 5, 7, 2), np.float32)))
    assert padded.shape == (1, 8, 8, 2) and (padded[:, :5, :7] == 1).all()
    assert (padded[:, 5:] == 9).all() and (padded[:, :, 7:] == 9).all()


def test_a_multiple_is_left_as_it_is():
    images = np.random.default_rng(0).normal(size=(2, 4, 8, 1)).astype(np.float32)
    np.testing.assert_array_equal(PadToMultiple(4)(images), images)


def test_maps_are_cut_to_the_cells_that_an_image_touches():
    maps = np.arange(8, dtype=np.float32).reshape(1, 2, 4, 1)
    for size, cells in (((5, 13), (2, 4)), ((4, 9), (1, 3)), ((1, 1), (1, 1))):
        cut = np.asarray(CropToImage(4)(maps, np.zeros((1, *size, 3))))
        np.testing.assert_array_equal(cut, maps[:, : cells[0], : cells[1]])


def test_shapes_known_before():
    images = keras.Input((None, 30, 3))
    padded = PadToMultiple(32)(images)
    assert padded.shape == (None, None, 32, 3)
    assert CropToImage(4)(keras.Input((None, 8, 6)), images).shape == (None, None, 8, 6)
