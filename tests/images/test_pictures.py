import io
import re
import struct
import sys
import tracemalloc
import types
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import TiffImageFile

from ocr_crnn.images import UnreadableError, array_to_rgb, decode_picture, is_spread, page_count, pictures, read_each, read_images
from tests.helpers.pictures import encoded, one


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_pictures_keep_their_pixels(ramp, kind):
    contents = encoded(Image.fromarray(ramp), kind, **({"lossless": True} if kind == "WEBP" else {}))
    np.testing.assert_array_equal(one(contents), ramp)


def test_every_mode_becomes_rgb(ramp):
    picture = Image.fromarray(ramp)
    grey = np.asarray(picture.convert("L"))
    np.testing.assert_array_equal(one(encoded(picture.convert("L"), "PNG")), np.repeat(grey[..., None], 3, axis=2))
    assert one(encoded(picture.convert("1"), "PNG")).max() == 255
    assert np.abs(one(encoded(picture.convert("P", palette=Image.Palette.ADAPTIVE), "PNG")).astype(int) - ramp).mean() < 8
    cmyk = one(encoded(picture.convert("CMYK"), "TIFF"))
    assert np.abs(cmyk.astype(int) - ramp).max() <= 2
    deep = Image.fromarray(grey.astype(np.uint16) * 257)
    np.testing.assert_array_equal(one(encoded(deep, "PNG"))[..., 0], grey)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_a_page_without_colour_holds_one_channel(mode):
    grey = np.tile(np.uint8([0, 255, 0]), (90, 20)) if mode == "1" else np.random.default_rng(5).integers(0, 256, (90, 60), np.uint8)
    picture = Image.fromarray(grey.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(grey).convert(mode)
    pixels = one(encoded(picture, "PNG"))
    assert is_spread(pixels) and pixels.shape == (90, 60, 3)
    np.testing.assert_array_equal(pixels, np.repeat(grey[..., None], 3, axis=2))


def test_a_picture_lies_as_it_is_stored_where_that_is_asked_for(ramp):
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.open(io.BytesIO(encoded(Image.fromarray(ramp), "PNG", exif=exif)))
    np.testing.assert_array_equal(decode_picture(picture, upright=False), ramp)
    assert decode_picture(picture).shape == (30, 20, 3)


def test_transparency_is_laid_on_white(ramp):
    alpha = np.full((20, 30, 1), 255, np.uint8)
    alpha[:, :10] = 0
    pixels = one(encoded(Image.fromarray(np.concatenate([ramp, alpha], axis=2)), "PNG"))
    assert (pixels[:, :10] == 255).all()
    np.testing.assert_array_equal(pixels[:, 10:], ramp[:, 10:])


def test_light_ink_on_transparency_is_laid_on_black():
    alpha = np.zeros((20, 30), np.uint8)
    alpha[5:9, 5:25] = 255
    for ink, paper in ((255, 0), (230, 0), (0, 255), (128, 255)):
        image = np.dstack([np.full((20, 30, 3), ink, np.uint8), alpha])
        pixels = one(encoded(Image.fromarray(image), "PNG"))
        assert (pixels[alpha == 255] == ink).all() and (pixels[alpha == 0] == paper).all()
        np.testing.assert_array_equal(array_to_rgb(image), pixels)


def test_exif_rotation_is_applied(ramp):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rows of the file are columns of the picture
    pixels = one(encoded(Image.fromarray(ramp), "PNG", exif=exif))
    np.testing.assert_array_equal(pixels, np.rot90(ramp, -1))


@pytest.mark.parametrize(
    ("dpi", "shape", "known"),
    [
        ((204, 98), (42, 30), 204), ((98, 204), (20, 62), 204), ((204, 196), (21, 30), 204), ((300, 300), (20, 30), 300),
        ((300, 301), (20, 30), 301), ((9600, 9600), (20, 30), None), ((600, 96), (20, 30), 600), ((1, 1), (20, 30), None),
    ],
)  # fmt: skip
def test_pixels_are_made_square_by_the_resolutions(ramp, dpi, shape, known):
    (page,) = read_images(encoded(Image.fromarray(ramp), "TIFF", dpi=dpi))
    assert page.pixels.shape[:2] == shape and page.dpi == known
    turned = Image.Exif()
    turned[0x0112] = 6
    assert one(encoded(Image.fromarray(ramp), "PNG", dpi=dpi, exif=turned)).shape[:2] == shape[::-1]
    stored = encoded(Image.fromarray(ramp), "TIFF", dpi=dpi, tiffinfo={0x0112: 6})
    assert one(stored).shape[:2] == shape[::-1]


def test_heic_is_read_by_pillow_heif_or_named(ramp, monkeypatch):
    heic = b"\0\0\0\x18ftypheic" + bytes(100)
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(UnreadableError, match=r"pip install 'ocr-crnn\[heic\]'"):
        one(heic)
    opened = []
    stand_in = types.SimpleNamespace(register_heif_opener=lambda: opened.append(True))
    monkeypatch.setitem(sys.modules, "pillow_heif", stand_in)
    with pytest.raises(UnreadableError, match="damaged"):
        one(heic)
    assert opened


def test_pages_of_a_tiff_one_by_one(ramp, tmp_path):
    frames = [Image.fromarray(ramp + 10 * number) for number in range(3)]
    frames[0].save(tmp_path / "세쪽.tif", save_all=True, append_images=frames[1:], dpi=(200, 200))
    assert page_count(tmp_path / "세쪽.tif") == 3
    pages = list(read_images(tmp_path / "세쪽.tif", pages=[2, 0]))
    assert [(page.index, page.dpi) for page in pages] == [(2, 200.0), (0, 200.0)]
    np.testing.assert_array_equal(pages[0].pixels, ramp + 20)
    with pytest.raises(UnreadableError, match="counted from 1 to 3.*Received: 4"):
        list(read_images(tmp_path / "세쪽.tif", pages=[3]))


def test_truncated_pictures_are_refused(ramp):
    for kind in ("PNG", "JPEG"):
        contents = encoded(Image.fromarray(np.tile(ramp, (20, 20, 1))), kind)
        with pytest.raises(UnreadableError, match="damaged"):
            list(read_images(contents[: len(contents) // 2]))


def test_too_many_pixels_are_refused_before_decoding(ramp, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 500)
    with pytest.raises(UnreadableError, match="at most 500 pixels.*30 × 20"):
        list(read_images(encoded(Image.fromarray(ramp), "PNG")))


def test_pillows_own_limit_is_never_touched_and_ours_holds(tmp_path, monkeypatch):
    """A picture beyond Pillow's limit is read, while the process keeps it; a later page of a TIFF is measured too."""
    Image.new("1", (200, 150), 1).save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 13_000)
    assert next(read_images(tmp_path / "large.png")).pixels.shape == (150, 200, 3)
    assert Image.MAX_IMAGE_PIXELS == 13_000
    small, large = Image.new("L", (20, 20), 255), Image.new("L", (30, 40), 255)
    small.save(tmp_path / "two.tif", save_all=True, append_images=[large])
    monkeypatch.setattr(pictures, "MAX_PIXELS", 500)
    pages = read_images(tmp_path / "two.tif")
    assert next(pages).pixels.shape == (20, 20, 3)
    with pytest.raises(UnreadableError, match="30 × 40"):
        next(pages)


def test_a_postscript_program_is_no_picture_whatever_it_is_called(tmp_path, monkeypatch):
    (tmp_path / "invoice.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n{} loop\n%%EOF\n")
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("a program was started"))
    with pytest.raises(UnreadableError, match="neither or is damaged"):
        list(read_images(tmp_path / "invoice.png"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF", "JPEG2000", "PPM", "TGA", "PCX"])
def test_the_decoders_that_are_left(kind):
    stream = io.BytesIO()
    Image.new("RGB", (32, 32), (200, 40, 40)).save(stream, kind)
    (page,) = read_images(stream.getvalue())
    assert np.abs(page.pixels[16, 16].astype(int) - (200, 40, 40)).max() < 8


def header_of_png(width, height):
    """A PNG that ends where its pixels begin."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + b"\0\0\0\0IDAT" + bytes(4)


@pytest.mark.parametrize(("width", "height"), [(20_000_000, 1), (1, 2_000_000), (20_000, 20_000)])
def test_what_takes_too_much_to_read_is_refused_by_its_header(width, height):
    with pytest.raises(UnreadableError, match=f"at most .* pixels. Received: bytes, {width} × {height}. (Cut|Make)"):
        one(header_of_png(width, height))


def test_an_a0_sheet_at_300_dpi_is_within_bounds_as_every_common_kind(monkeypatch):
    for kind in ("PNG", "TIFF", "JPEG", "BMP"):
        picture = Image.open(io.BytesIO(encoded(Image.new("RGB", (9, 9)), kind)))
        pictures.check_size((9_933, 14_043), "a0", picture)
    webp = Image.open(io.BytesIO(encoded(Image.new("RGB", (9, 9)), "WEBP")))
    with pytest.raises(UnreadableError, match="77,777,777 pixels as WEBP, whose decoder takes more memory"):
        pictures.check_size((9_933, 14_043), "a0", webp)


def test_pixels_made_square_are_within_bounds_too(ramp, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)  # 600 as they are stored
    with pytest.raises(UnreadableError, match="with square pixels, 30 × 42"):
        one(encoded(Image.fromarray(ramp), "TIFF", dpi=(204, 98)))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "I;16"])
def test_decoding_holds_no_second_page(mode):
    """What NumPy takes beyond the result does not grow with the page."""
    levels = np.tile(np.random.default_rng(1).integers(0, 256, (20, 1000), np.uint8), (200, 1))
    coloured = Image.fromarray(np.stack([levels, levels[::-1], levels], axis=2))
    picture = Image.fromarray(levels.astype(np.uint16) * 257) if mode == "I;16" else coloured.convert(mode)
    if mode == "RGBA":
        picture.putalpha(Image.fromarray(levels))
    tracemalloc.start()
    try:
        pixels = decode_picture(picture)
        assert tracemalloc.get_traced_memory()[1] < pixels.nbytes + 4_500_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_are_turned_as_pillow_turns_them(ramp, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    for kind in ("PNG", "TIFF"):
        contents = encoded(Image.fromarray(ramp), kind, exif=exif)
        np.testing.assert_array_equal(one(contents), ImageOps.exif_transpose(Image.open(io.BytesIO(contents))))


def test_square_pixels_are_those_of_the_page_as_a_whole():
    levels = np.random.default_rng(2).integers(0, 256, (300, 200), np.uint8)
    (page,) = read_images(encoded(Image.fromarray(levels), "TIFF", dpi=(204, 98)))
    whole = np.asarray(Image.fromarray(levels).resize((200, 624), Image.Resampling.BICUBIC))
    assert np.abs(page.pixels[..., 0].astype(int) - whole).max() <= 1


def test_broken_pages_of_a_tiff_cost_no_more_than_whole_ones(monkeypatch):
    """The file is not opened anew for each: 800 of them took 42 seconds. The page after them is read."""
    frames = [Image.fromarray(np.full((30, 40), level, np.uint8)) for level in range(200, 220)]
    contents = bytearray(encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:], compression="tiff_deflate"))
    for start in [found.start() for found in re.finditer(b"\x78[\x01\x9c\xda]", contents)][:-1]:
        contents[start : start + 8] = bytes(8)
    opened = []
    plain = pictures.open_picture
    monkeypatch.setattr(pictures, "open_picture", lambda stream: opened.append(1) or plain(stream))
    pages = list(read_each(bytes(contents)))
    assert [isinstance(page, UnreadableError) for _, page in pages] == [True] * 19 + [False] and len(opened) == 1
    assert (pages[-1][1].pixels == 219).all() and "page 7" in str(pages[6][1])


def test_a_large_page_is_let_go_before_it_is_read(ramp, monkeypatch):
    monkeypatch.setattr(pictures, "KEPT_PIXELS", 100)
    frames, closed = [Image.fromarray(ramp + 10 * number) for number in range(3)], []
    monkeypatch.setattr(TiffImageFile, "close", lambda picture: closed.append(picture))
    contents = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    for number, page in enumerate(read_images(contents), 1):
        assert len(closed) == number and (page.pixels == ramp + 10 * (number - 1)).all()


def test_decoding_touches_no_filter_of_warnings(ramp, monkeypatch):
    """`warnings.catch_warnings` in two threads leaves the filters of the one in the process of the other."""
    monkeypatch.setattr("warnings.catch_warnings", lambda: pytest.fail("filters were touched"))
    assert one(encoded(Image.fromarray(ramp), "PNG")).shape == ramp.shape
