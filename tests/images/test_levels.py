
import numpy as np
import pytest
from PIL import Image

from ocr_crnn.images import UnreadableError, array_to_rgb, is_spread, pad_image, spread_grey
from ocr_crnn.images.levels import cut_strips, join_strips
from tests.helpers.pictures import encoded, one


def test_one_pixel_of_colour_makes_a_page_coloured():
    image = np.full((300, 40, 3), 200, np.uint8)
    grey = join_strips(cut_strips(image), 300, 40)
    np.testing.assert_array_equal(grey, image[..., 0])
    image[299, 39, 2] = 201
    np.testing.assert_array_equal(join_strips(cut_strips(image), 300, 40), image)
    assert not is_spread(one(encoded(Image.fromarray(image), "PNG")))


def test_spread_pages_stay_so():
    page = spread_grey(np.full((4, 5), 7, np.uint8))
    assert is_spread(array_to_rgb(page)) and is_spread(array_to_rgb(page[..., 0])) and not is_spread(page.copy())
    assert not is_spread(np.zeros((4, 5), np.uint8)) and spread_grey(page) is page


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.full((2, 3), 7, np.uint8), 7),
        (np.full((2, 3, 1), 7, np.uint8), 7),
        (np.full((2, 3), 65535, np.uint16), 255),
        (np.full((2, 3), 25.4, np.float32), 25),
        (np.full((2, 3), np.nan, np.float32), 255),
        (np.full((2, 3), True), 255),
        (np.full((2, 3), 0.2, np.float32), 51),
        (np.full((2, 3), 1, np.uint8), 255),
        (np.full((2, 3), 300, np.int64), 1),
    ],
)
def test_arrays_of_other_types(array, expected):
    rgb = array_to_rgb(array)
    assert rgb.shape == (2, 3, 3) and rgb.dtype == np.uint8
    assert (rgb == expected).all()


@pytest.mark.parametrize(
    ("array", "message"),
    [(np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3), "normalisation"), (np.full((2, 3), "a"), "numbers")],
)
def test_arrays_of_no_levels_are_refused(array, message):
    with pytest.raises(UnreadableError, match=message):
        array_to_rgb(array)


@pytest.mark.parametrize("shape", [(0, 5, 3), (4, 4, 2), (3,), (1, 2, 3, 4)])
def test_arrays_that_are_no_images(shape):
    with pytest.raises(UnreadableError, match="Received: shape"):
        array_to_rgb(np.zeros(shape, np.uint8))


def test_images_are_padded_with_white_to_a_multiple():
    image = np.zeros((1, 5, 8, 3), np.uint8)
    padded = pad_image(image, 4)
    assert padded.shape == (1, 8, 8, 3) and not padded[:, :5].any() and (padded[:, 5:] == 255).all()
    assert pad_image(padded, 4) is padded
