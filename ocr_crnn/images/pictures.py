"""Pictures of every format, opened by Pillow's decoders: upright, of square pixels, page by page."""

import io
import struct
from functools import partial

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from ocr_crnn.images.levels import STRIP_ROWS, PageImage, UnreadableError, join_strips, lay_on_paper, spread_grey, to_bytes
from ocr_crnn.images.tiff import count_pages

HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # in the first bytes of such a file
ORIENTATION = 0x0112  # the EXIF tag
DPI = (10, 2400)  # what a file may say of its resolution; beyond it is a slip, such as 1 or 9600
LONGEST_PIXEL = 4  # a pixel is at most so many times as high as wide: 204 × 98 dpi of a fax is 2.1
MAX_PIXELS = 140_000_000  # of a page: an A0 sheet at 300 dpi; a larger picture is refused before it is decoded
MAX_SIDE = 32_766  # OpenCV warps no larger images
KEPT_PIXELS = 10_000_000  # a decoder that has decoded more is closed before the page is read
TURNS = {  # by EXIF's orientation, how a photograph is brought to lie as it was seen
    2: partial(cv2.flip, flipCode=1),
    3: partial(cv2.rotate, rotateCode=cv2.ROTATE_180),
    4: partial(cv2.flip, flipCode=0),
    5: cv2.transpose,
    6: partial(cv2.rotate, rotateCode=cv2.ROTATE_90_CLOCKWISE),
    7: lambda image: cv2.flip(cv2.transpose(image), -1),
    8: partial(cv2.rotate, rotateCode=cv2.ROTATE_90_COUNTERCLOCKWISE),
}
# Of Pillow's decoders these read untrusted files; another of them starts Ghostscript on a PostScript program called page.png.
DECODERS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "DIB", "GIF", "JPEG2000", "PPM", "TGA", "PCX", "AVIF", "HEIF")


def open_picture(source):
    """As `Image.open` of bytes or of a binary stream, by one of DECODERS; the caller looks at the size (`check_size`), for Pillow's own
    limit, a global, has no say here.

    Raises UnidentifiedImageError where none of them knows it, and whatever its decoder raises.
    """
    stream, failure, tried = io.BytesIO(source) if isinstance(source, bytes) else source, None, set()
    stream.seek(0)
    head = stream.read(16)
    for load in (Image.preinit, Image.init):  # the common decoders first: the others take a while to import
        load()
        for decoder in [name for name in DECODERS if name in Image.OPEN and name not in tried]:
            tried.add(decoder)
            factory, accepts = Image.OPEN[decoder]
            if accepts is not None and accepts(head) is not True:
                continue
            stream.seek(0)
            try:
                return factory(stream, "")
            except (SyntaxError, IndexError, TypeError, struct.error) as error:  # as Pillow has it: not one of these after all
                failure = error
    raise UnidentifiedImageError("cannot identify the image") from failure


def open_named(stream, name):
    """`open_picture` of a binary stream, of an allowed size. Raises UnreadableError."""
    stream.seek(0)
    head = stream.read(16)
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        _register_heif(name)
    try:
        picture = open_picture(stream)
    except Exception as error:
        reason = "" if isinstance(error, UnidentifiedImageError) else f" ({error})"
        message = f"A page is read from an image or a PDF. Received: {name}, which is neither or is damaged{reason}. Save or scan it again."
        raise UnreadableError(message) from error
    try:
        check_size(picture.size, name, picture)
    except UnreadableError:
        picture.close()
        raise
    return picture


def check_size(size, name, picture=None):
    """Raise UnreadableError for a page, (width, height), that takes more than 1.4 GB to decode, or has too long a side.

    picture: the PIL image that it is, still to be decoded; None for an array.
    """
    width, height = size
    if max(size) > MAX_SIDE:
        raise UnreadableError(f"A page has sides of at most {MAX_SIDE:,} pixels. Received: {name}, {width} × {height}. Cut it into parts.")
    limit = MAX_PIXELS if picture is None else int(MAX_PIXELS * min(10 / _bytes_a_pixel(picture), 1))
    if width * height > limit:
        kind = "" if limit == MAX_PIXELS else f" as {picture.format}, whose decoder takes more memory than others"
        raise UnreadableError(f"A page has at most {limit:,} pixels{kind}. Received: {name}, {width} × {height}. Make it smaller.")


def lower_limit(pixels):
    """From here on a page of this process has at most so many pixels, and at most MAX_PIXELS as it was."""
    global MAX_PIXELS
    MAX_PIXELS = min(MAX_PIXELS, pixels)


def _bytes_a_pixel(picture):
    """What decoding takes at its peak: the decoder's own memory, Pillow's and ours, as measured."""
    bands = len(picture.getbands())
    of_format = {"JPEG": 4 + 2 * bands, "MPO": 4 + 2 * bands, "JPEG2000": 5 + 5 * bands, "WEBP": 18, "AVIF": 18, "HEIF": 18}
    return 14 if picture.info.get("compression") == "jpeg" else of_format.get(picture.format, 10)


def _register_heif(name):
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        message = f"HEIC is read by the package pillow-heif. Received: {name}. Install it: pip install 'ocr-crnn[heic]', or save a JPEG."
        raise UnreadableError(message) from error
    register_heif_opener()


def count_frames(stream, name):
    """Pages of a picture; an animation is one picture. Raises UnreadableError."""
    with open_named(stream, name) as picture:
        return _count(picture, stream, name)


def _count(picture, stream, name):
    if picture.format == "TIFF":
        try:
            return count_pages(stream)
        except ValueError as error:
            raise UnreadableError(f"A TIFF is read page by page. Received: {name}, with {error}.") from error
    try:
        return getattr(picture, "n_frames", 1) if picture.format in ("WEBP", "MPO") else 1
    except Exception:  # the first may be whole
        return 1


def read_picture(stream, name, pages=None):
    """Yield (index, PageImage or UnreadableError) of the pages of a binary stream, all of them if `pages` is None."""
    picture = open_named(stream, name)
    try:
        count, dpi = _count(picture, stream, name), max(resolution(picture), default=None)
        for index in range(count) if pages is None else pages:
            if not 0 <= index < count:
                raise UnreadableError(f"Pages are counted from 1 to {count} in {name}. Received: {index + 1}.")
            picture = picture or open_named(stream, name)
            try:
                pixels = _decode_frame(picture, name, index)
            except UnreadableError as error:
                yield index, error
                continue
            if pixels.shape[0] * pixels.shape[1] > KEPT_PIXELS:
                picture = None  # closed by now; to go to a later page of a long file takes a while, so small ones stay open
            yield index, PageImage(name, index, pixels, dpi)
    finally:
        if picture is not None:
            picture.close()


def _decode_frame(picture, name, index):
    try:
        picture.seek(index)
        check_size(picture.size, name, picture)  # every page of a TIFF has its own
        check_size(square_size(picture.size, resolution(picture)) or picture.size, f"{name}, with square pixels")
        is_large = picture.width * picture.height > KEPT_PIXELS
        return spread_grey(decode_picture(picture, done_with=picture.close if is_large else lambda: None))
    except UnreadableError:
        raise
    except Exception as error:
        message = f"An image has to be whole. Received: {name}, page {index + 1}, which breaks off or is damaged ({error})."
        raise UnreadableError(message) from error


def picture_to_rgb(picture):
    """A PIL image of any mode → uint8 `(height, width, 3)`, upright and of square pixels."""
    return spread_grey(decode_picture(picture))


def decode_picture(picture, upright=True, square=True, done_with=lambda: None):
    """A PIL image of any mode → uint8 `(height, width)` where it has no colour, else `(height, width, 3)` RGB.

    upright: a photograph is turned as its camera says. square: pixels are made square by the resolutions of the file.
    done_with: called once the picture is no longer needed, for whoever wants to close it.
    """
    dpi, stored = resolution(picture), picture.getexif().get(ORIENTATION, 1)
    picture.load()  # a TIFF is turned by that, and says so
    orientation = picture.getexif().get(ORIENTATION, 1)
    levels = join_strips(_strips(picture), picture.height, picture.width)
    done_with()
    if upright and orientation in TURNS:
        levels = TURNS[orientation](levels)
    if upright and stored in (5, 6, 7, 8):
        dpi = dpi[::-1]
    size = square_size(levels.shape[1::-1], dpi) if square else None
    return levels if size is None else _resize(levels, size)


def _strips(picture):
    """A picture of any mode, from top to bottom, as join_strips takes it: neither Pillow nor NumPy holds a second one meanwhile."""

    def cut(mode=None):
        for top in range(0, picture.height, STRIP_ROWS):
            strip = picture.crop((0, top, picture.width, min(top + STRIP_ROWS, picture.height)))
            yield np.asarray(strip.convert(mode) if mode else strip)

    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        return to_bytes(cut)
    if picture.has_transparency_data:
        return lay_on_paper(lambda: cut("RGBA"))
    return cut("L" if picture.mode in ("1", "L") or (picture.mode == "P" and _is_grey_palette(picture)) else "RGB")


def _resize(levels, size):
    """Bicubic, to (width, height), a strip of rows at a time."""
    picture, height = Image.fromarray(levels), len(levels)
    resized = np.empty((size[1], size[0], *levels.shape[2:]), np.uint8)
    del levels
    for top in range(0, size[1], STRIP_ROWS):
        bottom = min(top + STRIP_ROWS, size[1])
        box = (0, top * height / size[1], picture.width, bottom * height / size[1])
        resized[top:bottom] = picture.resize((size[0], bottom - top), Image.Resampling.BICUBIC, box)
    return resized


def _is_grey_palette(picture):
    colours = np.array(picture.getpalette(), np.uint8).reshape(-1, 3)
    return bool((colours == colours[:, :1]).all())


def resolution(picture):
    """What a file says of its dots per inch, `(x, y)` as it is stored; () where it says nothing or nothing likely."""
    found = picture.info.get("dpi")
    try:
        x, y = float(found[0]), float(found[1])
    except (TypeError, ValueError, IndexError):
        return ()
    return (x, y) if DPI[0] < min(x, y) and max(x, y) <= DPI[1] else ()


def square_size(size, dpi):
    """(width, height) with square pixels; None where they are square, or too far from it for the resolutions (x, y) to be meant."""
    x, y = dpi or (1, 1)
    if not 1.02 < max(x, y) / min(x, y) <= LONGEST_PIXEL:
        return None
    return round(size[0] * max(x, y) / x), round(size[1] * max(x, y) / y)
