import keras
import numpy as np
import pytest

from ocr_crnn.layers.vision_transformer import LinePixels, Patches, TokenPositions, VisionBlock


@pytest.mark.parametrize(("settings", "columns"), [({"step": 4}, 8), ({"width": 12}, 12), ({"width": 4}, 4)])
def test_pixels_are_paper_right_of_the_line(settings, columns):
    image = np.zeros((2, 6, 2, 1), np.uint8)
    x = np.asarray(LinePixels(**settings)(image, np.array([6, 1])))
    assert x.shape == (2, columns, 2, 1)
    np.testing.assert_allclose(x[0, :, 0, 0], [-1] * min(6, columns) + [1] * (columns - 6))
    np.testing.assert_allclose(x[1, :, 0, 0], [-1] + [1] * (columns - 1))


def test_grey_levels():
    image = np.array([0, 255, 51], np.uint8).reshape(1, 3, 1, 1)
    np.testing.assert_allclose(np.asarray(LinePixels()(image, np.array([3]))).ravel(), [-1, 1, -0.6], atol=1e-6)


def test_patches_are_cut_from_left_to_right_and_from_the_top_down():
    image = np.arange(48, dtype=np.float32).reshape(1, 6, 8, 1)  # (batch, columns, height, 1)
    layer = Patches(6, (3, 2))
    layer.build(image.shape)
    layer.projection.kernel.assign(np.eye(6))
    patches = np.asarray(layer(image))
    assert patches.shape == (1, 2, 4, 6)
    for column in range(2):
        for row in range(4):
            expected = image[0, 3 * column : 3 * column + 3, 2 * row : 2 * row + 2].ravel()
            np.testing.assert_array_equal(patches[0, column, row], expected)


def test_tokens_go_down_the_columns_and_know_their_places():
    layer = TokenPositions(4)
    layer.build((None, None, 2, 3))
    layer.table.assign(np.arange(24).reshape(4, 2, 3))
    tokens = np.asarray(layer(np.zeros((1, 3, 2, 3), np.float32)))
    np.testing.assert_array_equal(tokens[0], np.arange(18).reshape(6, 3))


def test_kernels_do_not_begin_alike():
    """An initializer that two products share would give them the same numbers."""
    keras.utils.set_random_seed(0)
    block = VisionBlock(2)
    block.build((None, None, 8))
    first, second = (np.asarray(dense.kernel).ravel()[:20] for dense in (block.attention.output_projection, block.expand))
    assert np.abs(first - second).max() > 1e-3 and 0.01 < np.std(first) < 0.03


@pytest.mark.parametrize("layer", [LinePixels(step=4, width=32), Patches(5, (8, 4)), TokenPositions(7), VisionBlock(2, 3, "relu", 1e-5)])
def test_configuration(layer):
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()
