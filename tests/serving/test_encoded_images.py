"""Headers, decoding and orientation in graph, against Pillow."""

import io
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from ocr_crnn.images import read_images
from ocr_crnn.serving.encoded_images import MAGIC, first_frame, read_header, read_upright

MAX_PIXELS = 1_000_000


@tf.function(autograph=False, input_signature=[tf.TensorSpec((), tf.string)])
def read(contents):
    header = read_header(contents)
    image, error = read_upright(contents, MAX_PIXELS)
    return image, error, header.height, header.width, header.orientation


def encode(picture, kind, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def drawn(mode="RGB", size=(23, 17)):
    """A picture with another colour in every corner."""
    pixels = np.random.default_rng(7).integers(0, 256, (size[1] // 4 + 1, size[0] // 4 + 1, 3), np.uint8)
    return Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR).convert(mode)


def expect_as_pillow(contents, tolerance=0):
    image, error, *_ = read(contents)
    expected = next(read_images(contents)).pixels
    assert error.numpy().decode() == ""
    assert image.shape == expected.shape
    assert np.abs(image.numpy().astype(int) - expected).max() <= tolerance


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA", "LA"])
def test_png(mode):
    expect_as_pillow(encode(drawn(mode), "PNG"))


def test_light_ink_on_transparency_lies_on_black():
    alpha = np.zeros((400, 300), np.uint8)
    alpha[300:350, 40:260] = 255
    for ink in (255, 230, 128, 0):
        expect_as_pillow(encode(Image.fromarray(np.dstack([np.full((400, 300, 3), ink, np.uint8), alpha])), "PNG"))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("transparency", [None, 1])
def test_png_with_a_palette(bits, transparency):
    picture = drawn().quantize(2**bits)
    expect_as_pillow(encode(picture, "PNG", bits=bits, **({} if transparency is None else {"transparency": transparency})), tolerance=1)


def test_png_half_transparent():
    picture = drawn("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    expect_as_pillow(encode(picture, "PNG"), tolerance=1)


@pytest.mark.parametrize("most", [65535, 4000, 255])
def test_png_of_16_bits(most):
    levels = np.random.default_rng(most).integers(0, most, (17, 23), np.uint16, endpoint=True)
    levels[0, 0] = most
    expect_as_pillow(encode(Image.fromarray(levels), "PNG"))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg(mode, progressive):
    expect_as_pillow(encode(drawn(mode), "JPEG", progressive=progressive), tolerance=0 if mode != "CMYK" else 2)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA"])
def test_bmp(mode):
    expect_as_pillow(encode(drawn(mode), "BMP"))


def test_first_frame_of_a_gif():
    frames = [drawn("P"), Image.new("P", (23, 17))]
    expect_as_pillow(encode(frames[0], "GIF", save_all=True, append_images=frames[1:]))


@pytest.mark.parametrize("local", [False, True])
def test_transparent_gif_lies_on_white(local):
    picture = drawn().quantize(8)
    contents = encode(picture, "GIF", transparency=3)
    table = 13 + 3 * 8
    if local:  # the same colours in a table of the frame's own
        frame = contents.index(b"\x2c", table)
        flagged = contents[frame : frame + 9] + bytes([contents[frame + 9] | contents[10] & 0x87])
        contents = contents[:10] + b"\0" + contents[11:13] + contents[table:frame] + flagged + contents[13:table] + contents[frame + 10 :]
    assert (np.asarray(picture) == 3).any()
    expect_as_pillow(contents)


def test_of_an_animation_only_the_first_frame_is_decoded():
    shades = [Image.new("L", (23, 17), level) for level in (200, 100, 0)]
    contents = encode(shades[0], "GIF", save_all=True, append_images=shades[1:])
    only = first_frame(tf.constant(contents)).numpy()
    assert len(only) < len(contents) and Image.open(io.BytesIO(only)).n_frames == 1 and Image.open(io.BytesIO(contents)).n_frames == 3
    expect_as_pillow(contents)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation(orientation, kind, order):
    exif = Image.Exif()
    exif.endian = order
    exif[0x010F] = "maker"
    exif[0x0112] = orientation
    contents = encode(drawn(), kind, exif=exif)
    assert read(contents)[4] == orientation
    expect_as_pillow(contents)


def test_orientation_that_does_not_exist():
    exif = Image.Exif()
    exif[0x0112] = 77
    assert read(encode(drawn(), "JPEG", exif=exif))[4] == 1


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header_of_png(width, height):
    return MAGIC[1] + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0" * 64))


SIDE = 30_000
HUGE = {  # files of some bytes that say 30,000 × 30,000
    "JPEG": b"\xff\xd8\xff\xc0\0\x11\x08" + struct.pack(">HH", SIDE, SIDE) + b"\3" + b"\1\x11\0" * 3,
    "PNG": header_of_png(SIDE, SIDE),
    "BMP": b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, SIDE, -SIDE, 1, 24, 0, 0, 0, 0, 0, 0),
    "GIF": b"GIF89a" + struct.pack("<HHBBB", SIDE, SIDE, 0, 0, 0),
    "GIF frame": b"GIF89a\1\0\1\0\0\0\0" + b"\x21\xf9\4\0\0\0\0\0" + b"\x2c" + struct.pack("<HHHHB", 0, 0, SIDE, SIDE, 0) + b"\2\0;",
}


@pytest.mark.parametrize("name", HUGE)
def test_refused_before_decoding(name):
    image, error, height, width, _ = read(HUGE[name])
    assert (height, width, tf.size(image)) == (SIDE, SIDE, 0)
    assert error.numpy().decode() == "An image has at most 1,000,000 pixels. Received: 30000 × 30000. Make it smaller."


def test_a_thread_of_pixels_is_refused():
    """Enlarged as small pages are, 1,000,000 × 1 went through the networks for 15 seconds."""
    error = read(header_of_png(1_000_000, 1))[1].numpy().decode()
    assert error == "An image has sides of at most 32,766 pixels. Received: 1000000 × 1. Cut it into parts."


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF"])
def test_one_pixel(kind):
    expect_as_pillow(encode(Image.new("RGB", (1, 1), (255, 255, 255)), kind))


def test_nothing_and_something_else():
    assert read(b"")[1].numpy().decode() == "An image is a JPEG, PNG, BMP or GIF. Received: nothing (0 bytes)."
    assert read(b"%PDF-1.7")[1].numpy().decode() == "An image is a JPEG, PNG, BMP or GIF. Received: 8 bytes of something else."


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF"])
def test_truncated(kind):
    """However much is missing, an error or an image of the size that the header has."""
    contents = encode(drawn(), kind)
    for length in (1, 2, 3, 9, 20, 30, len(contents) // 2, len(contents) - 20):
        image, error, *_ = read(contents[:length])
        assert (tf.size(image).numpy() == 0) == bool(error.numpy()), length
        assert image.shape in [(17, 23, 3), (0, 0, 3)]
    assert error.numpy() or kind == "GIF"


def test_random_bytes_never_raise():
    rng = np.random.default_rng(1)
    gif = b"GIF89a\5\0\5\0\x80\0\0" + b"\0" * 6 + b"\x21\xf9\4\1\0\0\1\0\x2c\0\0\0\0\5\0\5\0\0\2"
    palette = b"BM" + b"\0" * 12 + b"\x28\0\0\0\x05\0\0\0\x05\0\0\0\1\0\x08\0"
    begins = [*MAGIC, palette, b"\xff\xd8\xff\xe1\0\x20Exif\0\0II*\0\x08\0\0\0\xff\xff", gif]
    for number in range(120):
        contents = begins[number % len(begins)] + rng.bytes(int(rng.integers(0, 300)))
        image, error, *_ = read(contents)
        assert (tf.size(image).numpy() == 0) == bool(error.numpy())
