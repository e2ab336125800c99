import numpy as np
import pytest

from ocr_crnn.layers.standardized import StandardizedConv2D


@pytest.fixture
def layer():
    layer = StandardizedConv2D(5, strides=(2, 1))
    layer.build((None, None, 8, 3))
    return layer


def test_kernel_has_mean_0_and_variance_2_over_the_fan_in(layer):
    layer.kernel.assign(np.random.default_rng(0).normal(3.0, 7.0, layer.kernel.shape))
    kernel = np.asarray(layer.standardize())
    np.testing.assert_allclose(kernel.mean(axis=(0, 1, 2)), 0, atol=1e-6)
    np.testing.assert_allclose((kernel**2).sum(axis=(0, 1, 2)), 2, rtol=1e-4)  # He: the fan-in times the variance is 2


def test_scale_and_offset_of_the_weights_do_not_matter(layer):
    image = np.random.default_rng(1).normal(size=(1, 7, 8, 3)).astype(np.float32)
    before = np.asarray(layer(image))
    layer.kernel.assign(5 * np.asarray(layer.kernel) + 1)
    np.testing.assert_allclose(np.asarray(layer(image)), before, atol=1e-4)


def test_gain_and_bias(layer):
    image = np.ones((1, 7, 8, 3), np.float32)
    layer.gain.assign(np.zeros(5))
    layer.bias.assign([1, -1, 0, 2, 3])
    np.testing.assert_allclose(np.asarray(layer(image))[0, 0, 0], [1, 0, 0, 2, 3])  # ReLU


@pytest.mark.parametrize("columns", [1, 2, 7, 8])
def test_shape_is_rounded_up(layer, columns):
    shape = (2, -(-columns // 2), 8, 5)
    assert layer(np.zeros((2, columns, 8, 3), np.float32)).shape == layer.compute_output_shape((2, columns, 8, 3)) == shape
