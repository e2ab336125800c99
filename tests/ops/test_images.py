import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from ocr_crnn.ops.images import decode_image, fit_width, resize_and_pad, to_time_major


def encoded(pixels, form="PNG", **options):
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["PNG", "BMP", "GIF", "JPEG"])
def test_decoding(form):
    pixels = np.zeros((6, 9, 3), np.uint8)
    pixels[:, :4] = 200
    image = decode_image(encoded(pixels, form))
    assert image.dtype == tf.uint8 and image.shape == (6, 9, 3)
    assert np.abs(image.numpy().astype(int) - pixels).max() <= (12 if form == "JPEG" else 0)


@pytest.mark.parametrize("pixels", [np.full((4, 5), 77), np.full((4, 5, 4), 77)], ids=["grey", "alpha"])
def test_decoding_gives_three_channels(pixels):
    assert decode_image(encoded(pixels)).numpy().tolist() == np.full((4, 5, 3), 77).tolist()


@pytest.mark.parametrize("contents", [b"", b"no image", encoded(np.zeros((60, 60)))[:-30]], ids=["empty", "foreign", "truncated"])
def test_what_is_no_image_is_an_error(contents):
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode_image(contents)


def test_decoding_in_graph_has_a_known_rank():
    decode = tf.function(decode_image, input_signature=[tf.TensorSpec((), tf.string)])
    assert decode.get_concrete_function().output_shapes == (None, None, 3)


@pytest.mark.parametrize(
    ("size", "width"),
    [((32, 100), 100), ((64, 100), 50), ((16, 100), 200), ((100, 1), 1), ((1, 1), 32), ((0, 5), 160), ((32, 0), 1), ((32, 40_000), 256)],
)
def test_fit_width(size, width):
    assert int(fit_width(size, 32, 256)) == width


def test_a_line_keeps_its_aspect_and_is_padded_on_the_right():
    image, width = resize_and_pad(np.full((64, 100, 1), 7, np.uint8), 32, 128)
    assert image.shape == (32, 128, 1) and image.dtype == tf.float32 and int(width) == 50
    np.testing.assert_allclose(image.numpy()[:, :50], 7, rtol=1e-5)
    assert set(image.numpy()[:, 50:].flat) == {255.0}
    assert float(resize_and_pad(np.zeros((32, 8, 3)), 32, 16, pad_value=1.0)[0][0, 15, 2]) == 1


def test_a_line_longer_than_the_width_is_squeezed_not_cut():
    line = np.full((32, 400, 1), 255, np.float32)
    line[:, 380:390] = 0
    image, width = resize_and_pad(line, 32, 100)
    assert int(width) == 100 and float(image[16, 96, 0]) < 10, "the last stroke is still there"


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (3, 40_000)])
def test_extreme_sizes(size):
    image, width = resize_and_pad(np.full((*size, 1), 100, np.uint8), 32, 64)
    assert image.shape == (32, 64, 1) and 1 <= int(width) <= 64
    np.testing.assert_allclose(image.numpy()[:, : int(width)], 100, atol=1e-3)


def test_thin_strokes_survive_a_strong_reduction():
    """A one-pixel rule in a line of 176 px keeps its share of the ink; sampling without a filter would lose it."""
    line = np.full((176, 200, 1), 255, np.float32)
    line[80] = 0
    image, width = resize_and_pad(line, 32, 64)
    ink = (255 - image.numpy()[:, 4 : int(width) - 4]).sum(axis=0).mean()
    assert ink == pytest.approx(255 * 32 / 176, rel=0.1)


def test_the_same_eagerly_in_graph_and_in_a_pipeline():
    line = np.random.default_rng(0).integers(0, 256, (50, 210, 1), np.uint8)
    eager, width = resize_and_pad(line, 32, 160)
    graph = tf.function(resize_and_pad, input_signature=[tf.TensorSpec((None, None, 1), tf.uint8)] + [tf.TensorSpec((), tf.int32)] * 2)
    np.testing.assert_allclose(graph(line, 32, 160)[0], eager, atol=1e-3)
    [(piped, piped_width)] = tf.data.Dataset.from_tensors(line).map(lambda image: resize_and_pad(image, 32, 160))
    np.testing.assert_allclose(piped, eager, atol=1e-3)
    assert int(piped_width) == int(width) == 134


def test_time_major():
    image = np.arange(24).reshape(2, 4, 3)
    turned = to_time_major(image)
    assert turned.shape == (4, 2, 3) and turned.numpy()[3, 1].tolist() == image[1, 3].tolist()
