"""Pictures of every format, opened by Pillow's decoders: upright, of square pixels, page by page."""

import io
import struct
import warnings

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ocr_crnn.images.levels import PageImage, UnreadableError, array_to_rgb, drop_colour, lay_on_paper, spread_grey

HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # in the first bytes of such a file
ORIENTATION = 0x0112  # the EXIF tag
DPI = (10, 2400)  # what a file may say of its resolution; beyond it is a slip, such as 1 or 9600
LONGEST_PIXEL = 4  # a pixel is at most so many times as high as wide: 204 × 98 dpi of a fax is 2.1
MAX_PIXELS = 400_000_000  # 20,000 × 20,000; a larger picture is refused before it is decoded

# Of Pillow's decoders these read untrusted files; another of them starts Ghostscript on a PostScript program called page.png.
DECODERS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "DIB", "GIF", "JPEG2000", "PPM", "TGA", "ICO", "PCX", "AVIF", "HEIF")


def open_picture(contents):
    """As `Image.open` of bytes, by one of DECODERS; the caller looks at the size, for Pillow's own limit, a global, has no say here.

    Raises UnidentifiedImageError where none of them knows it, and whatever its decoder raises.
    """
    stream, failure, tried = io.BytesIO(contents), None, set()
    for load in (Image.preinit, Image.init):  # the common decoders first: the others take a while to import
        load()
        for decoder in [name for name in DECODERS if name in Image.OPEN and name not in tried]:
            tried.add(decoder)
            factory, accepts = Image.OPEN[decoder]
            if accepts is not None and accepts(contents[:16]) is not True:
                continue
            stream.seek(0)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    return factory(stream, "")
            except (SyntaxError, IndexError, TypeError, struct.error) as error:  # as Pillow has it: not one of these after all
                failure = error
    raise UnidentifiedImageError("cannot identify the image") from failure


def open_named(contents, name):
    if contents[4:8] == b"ftyp" and contents[8:12] in HEIF_BRANDS:
        _register_heif(name)
    try:
        picture = open_picture(contents)
    except Exception as error:
        reason = "" if isinstance(error, UnidentifiedImageError) else f" ({error})"
        message = f"A page is read from an image or a PDF. Received: {name}, which is neither or is damaged{reason}."
        raise UnreadableError(message) from error
    try:
        _check_size(picture, name)
    except UnreadableError:
        picture.close()
        raise
    return picture


def _check_size(picture, name):
    if picture.width * picture.height > MAX_PIXELS:
        size = f"{picture.width} × {picture.height}"
        raise UnreadableError(f"A page has at most {MAX_PIXELS:,} pixels. Received: {name}, {size}. Make it smaller.")


def _register_heif(name):
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        message = f"HEIC is read by the package pillow-heif. Received: {name}. Install it: pip install 'ocr-crnn[heic]', or save a JPEG."
        raise UnreadableError(message) from error
    register_heif_opener()


def count_frames(picture):
    """Pages of a picture; an animation is one picture."""
    try:
        return getattr(picture, "n_frames", 1) if picture.format in ("TIFF", "WEBP", "MPO") else 1
    except Exception:  # a directory of a TIFF that breaks off; its first page may be whole
        return 1


def read_picture(contents, name, pages):
    with open_named(contents, name) as picture:
        frames = count_frames(picture)
        dpi = max(resolution(picture), default=None)
    for index in range(frames) if pages is None else pages:
        if not 0 <= index < frames:
            raise UnreadableError(f"Pages are counted from 1 to {frames} in {name}. Received: {index + 1}.")
        yield PageImage(name, index, _decode_frame(contents, name, index), dpi)


def _decode_frame(contents, name, index):
    """The pixels of a frame. The picture is opened for it alone, for it keeps what it has decoded as long as it is open."""
    with open_named(contents, name) as picture:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the pixels are what counts
                picture.seek(index)
                _check_size(picture, name)  # every page of a TIFF has its own
                return picture_to_rgb(picture)
        except UnreadableError:
            raise
        except Exception as error:
            message = f"An image has to be whole. Received: {name}, page {index + 1}, which breaks off or is damaged ({error})."
            raise UnreadableError(message) from error


def picture_to_rgb(picture):
    """A PIL image of any mode → uint8 `(height, width, 3)`, upright and of square pixels."""
    return spread_grey(decode_picture(picture))


def decode_picture(picture, upright=True, square=True):
    """A PIL image of any mode → uint8 `(height, width)` where it has no colour, else `(height, width, 3)` RGB.

    upright: a photograph is turned as its camera says. square: pixels are made square by the resolutions of the file.
    """
    dpi, orientation = resolution(picture), picture.getexif().get(ORIENTATION, 1)
    if upright and orientation != 1:  # Pillow copies a page of 25 MB that lies as it should
        picture = ImageOps.exif_transpose(picture)
        dpi = dpi[::-1] if orientation >= 5 else dpi
    levels = _levels(picture)
    size = square_size(picture.size, dpi) if square else None
    return np.asarray(Image.fromarray(levels).resize(size, Image.Resampling.BICUBIC)) if size else levels


def _levels(picture):
    if picture.mode.startswith("I;16") or picture.mode in ("I", "F"):
        return array_to_rgb(np.asarray(picture))[..., 0]
    if picture.has_transparency_data:
        return drop_colour(lay_on_paper(np.asarray(picture.convert("RGBA"))))
    if picture.mode in ("1", "L") or (picture.mode == "P" and _is_grey_palette(picture)):
        return np.asarray(picture.convert("L"))
    return drop_colour(np.asarray(picture.convert("RGB")))


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
