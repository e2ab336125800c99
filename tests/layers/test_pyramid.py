import keras
import numpy as np
import pytest

from ocr_crnn.layers.pyramid import BilinearDoubling, fpem, fuse, upsample

SIZES = (8, 4, 2, 1)


def test_a_doubled_row():
    """A new pixel is ¾ of its cell and ¼ of a neighbour; beyond the edge the edge is repeated."""
    row = np.float32([0, 4, 8]).reshape(1, 1, 3, 1)
    doubled = np.asarray(BilinearDoubling()(row))
    assert doubled.shape == (1, 2, 6, 1)
    np.testing.assert_array_equal(doubled[0, :, :, 0], [[0, 1, 3, 5, 7, 8]] * 2)
    np.testing.assert_array_equal(np.asarray(BilinearDoubling()(row.transpose(0, 2, 1, 3)))[0, :, 0, 0], [0, 1, 3, 5, 7, 8])


def test_nearest_repeats():
    np.testing.assert_array_equal(upsample(np.float32([[[[1], [2]]]]), 2, "up", "nearest")[0, :, :, 0], [[1, 1, 2, 2]] * 2)


def test_bilinear_doubles_step_by_step():
    assert upsample(keras.Input((3, 5, 2)), 8, "up").shape == (None, 24, 40, 2)


@pytest.mark.parametrize(("how", "value", "channels"), [("sum", 1 + 2 + 4 + 8, 3), ("concatenate", None, 12)])
@pytest.mark.parametrize("interpolation", ["bilinear", "nearest"])
def test_levels_are_joined_at_the_finest(how, value, channels, interpolation):
    inputs = [keras.Input((size, size, 3)) for size in SIZES]
    joined = keras.Model(inputs, fuse(inputs, how, interpolation))
    maps = [np.full((1, size, size, 3), 2.0**level, np.float32) for level, size in enumerate(SIZES)]
    result = np.asarray(joined(maps))
    assert result.shape == (1, 8, 8, channels)
    expected = np.full(channels, value) if value else np.repeat([1, 2, 4, 8], 3)
    np.testing.assert_array_equal(result, np.broadcast_to(expected, result.shape))


@pytest.mark.parametrize("separable", [True, False])
def test_an_enhancement_adds_to_what_came_in(separable):
    inputs = [keras.Input((size, size, 2)) for size in SIZES]
    network = keras.Model(inputs, fpem(inputs, "fpem", separable))
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.gamma.assign(np.zeros(2))  # every unit gives 0
    rng = np.random.default_rng(0)
    maps = [rng.normal(size=(1, size, size, 2)).astype(np.float32) for size in SIZES]
    for got, came in zip(network(maps), maps, strict=True):
        np.testing.assert_array_equal(got, came)
