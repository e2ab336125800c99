"""From files to page images: every picture format, PDFs page by page, folders and patterns. One page is in memory at a time."""

import io
import struct
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

HEIF = (".heic", ".heif")  # photographs of phones; read by pillow-heif
SUFFIXES = (".pdf", ".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".jp2", ".ppm", ".pgm", *HEIF)
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # in the first bytes of such a file
ORIENTATION = 0x0112  # the EXIF tag
DPI = (10, 2400)  # what a file may say of its resolution; beyond it is a slip, such as 1 or 9600
LONGEST_PIXEL = 4  # a pixel is at most so many times as high as wide: 204 × 98 dpi of a fax is 2.1
LIGHTER = 2  # on black the contrast of a transparent picture has to be so many times that on white
MAX_PIXELS = 400_000_000  # 20,000 × 20,000; a larger picture is refused before it is decoded
STRIP_ROWS = 64  # of a page that are worked on at once: they stay in the cache, and need no second page in memory

# Of Pillow's decoders these read untrusted files; another of them starts Ghostscript on a PostScript program called page.png.
DECODERS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "DIB", "GIF", "JPEG2000", "PPM", "TGA", "ICO", "PCX", "AVIF", "HEIF")
PDFIUM = threading.RLock()  # PDFium takes one thread at a time; held wherever a page, a text or a document of it is touched


class UnreadableError(ValueError):
    """A file or a page that cannot be turned into an image; the message says why and what to do."""


@dataclass(frozen=True)
class PageImage:
    """One page to read: where it is from, `(height, width, 3)` uint8 RGB, and dots per inch (None if unknown).

    The pixels of a page without colour are a view of one grey channel, see `spread_grey`.
    """

    source: str
    index: int
    pixels: np.ndarray
    dpi: float | None = None


def find_files(paths, recursive=False, skipped=None):
    """Files, folders and patterns → sorted, distinct files whose suffix is a known one; a file named itself is always taken.

    skipped: a list to which the other files of folders are added, hidden ones aside.
    Raises FileNotFoundError for a name that matches nothing.
    """
    found = []
    for path in map(Path, paths):
        if path.is_dir():
            entries = sorted(entry for entry in (path.rglob("*") if recursive else path.iterdir()) if entry.is_file())
            found += [entry for entry in entries if entry.suffix.lower() in SUFFIXES]
            if skipped is not None:
                skipped += [entry for entry in entries if entry.suffix.lower() not in SUFFIXES and not entry.name.startswith(".")]
        elif path.exists() or str(path) == "-":
            found.append(path)
        else:
            matches = sorted(path.parent.glob(path.name)) if any(c in path.name for c in "*?[") else []
            if not matches:
                raise FileNotFoundError(f"An input is a file, a folder or a pattern that matches something. Received: {path}.")
            found += matches
    return list(dict.fromkeys(found))


def page_count(source, password=None):
    """How many pages a path or bytes hold, without decoding them. Raises UnreadableError as `read_images` does."""
    contents = _contents(source)
    name = "bytes" if isinstance(source, bytes) else str(source)
    if _is_pdf(contents):
        with PDFIUM, open_pdf(contents, name, password) as document:
            return len(document)
    with _open_picture(contents, name) as picture:
        return _count_frames(picture)


def _count_frames(picture):
    """Pages of a picture; an animation is one picture."""
    try:
        return getattr(picture, "n_frames", 1) if picture.format in ("TIFF", "WEBP", "MPO") else 1
    except Exception:  # a directory of a TIFF that breaks off; its first page may be whole
        return 1


def read_images(source, dpi=300, pages=None, name=None, password=None):
    """Iterate over the pages of a source as PageImage.

    source: a path, the bytes of a file, a PIL image, or an array `(height, width[, 1, 3 or 4])`, see `array_to_rgb`.
    dpi: at which PDF pages are rendered. pages: zero-based indices to take, or None for all.
    EXIF rotation is applied; palettes, CMYK, 16 bits become 8-bit RGB; transparency is laid on white, on black where its ink is light;
    pixels that are not square, by the two resolutions of the file, are made so, the coarser side finer.
    Raises UnreadableError for what is no image, is damaged, encrypted or too large.
    """
    if isinstance(source, np.ndarray):
        yield PageImage(name or "array", 0, array_to_rgb(source))
        return
    if isinstance(source, Image.Image):
        yield PageImage(name or "image", 0, picture_to_rgb(source))
        return
    contents = _contents(source)
    name = name or ("bytes" if isinstance(source, bytes) else str(source))
    yield from _read_pdf(contents, name, dpi, pages, password) if _is_pdf(contents) else _read_picture(contents, name, pages)


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
        return drop_colour(_lay_on_paper(np.asarray(picture.convert("RGBA"))))
    if picture.mode in ("1", "L") or (picture.mode == "P" and _is_grey_palette(picture)):
        return np.asarray(picture.convert("L"))
    return drop_colour(np.asarray(picture.convert("RGB")))


def _is_grey_palette(picture):
    colours = np.array(picture.getpalette(), np.uint8).reshape(-1, 3)
    return bool((colours == colours[:, :1]).all())


def drop_colour(image):
    """uint8 `(height, width, 3)` → `(height, width)` where all pixels are grey, else as it is."""
    for top in range(0, len(image), STRIP_ROWS):  # a page with colour mostly shows it soon
        red, green, blue = cv2.split(image[top : top + STRIP_ROWS])
        if not (np.array_equal(red, green) and np.array_equal(green, blue)):
            return image
    return np.ascontiguousarray(image[..., 0])


def spread_grey(image):
    """A grey image `(height, width)` → `(height, width, 3)`, a view whose channels are the same bytes; RGB stays as it is.

    `is_spread` knows such a page again. It takes a third of the memory, and nobody has to look for its grey.
    """
    return image if image.ndim == 3 else np.broadcast_to(image[..., None], (*image.shape, 3))


def is_spread(image):
    """Whether an image is one that `spread_grey` has made of a grey one, which is its first channel."""
    return image.ndim == 3 and image.shape[2] == 3 and image.strides[2] == 0


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


def array_to_rgb(array):
    """A grey, RGB or RGBA array → uint8 `(height, width, 3)`. Raises UnreadableError for another shape and for negative values.

    Values are 0..255, or 0..1 where none is larger, as of masks and floats; what goes beyond 255 is taken for 16 bits.
    """
    array = np.asarray(array)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)) or array.size == 0:
        raise UnreadableError(f"An image array is (height, width) or (height, width, 1, 3 or 4). Received: shape {array.shape}.")
    if array.dtype.kind not in "buif":
        raise UnreadableError(f"An image array holds numbers. Received: {array.dtype}.")
    if is_spread(array) or array.shape[2:] == (1,):
        array = array[..., 0]
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), max(float(np.nanmax(array, initial=0)), 1.0), array)  # no value is paper
    largest = array.max()
    if largest <= 1 and array.min() < -0.05:
        raise UnreadableError(
            f"Values of an image array are 0..255 or 0..1. Received: {float(array.min()):.3g} … {float(largest):.3g}. "
            "Undo its normalisation first."
        )
    if array.dtype != np.uint8 or largest <= 1:
        scale = 255 if largest <= 1 else 1 if largest <= 255 else 255 / 65535
        array = (array.astype(np.float32) * np.float32(scale)).clip(0, 255).round().astype(np.uint8)
    if array.shape[2:] == (4,):
        array = _lay_on_paper(array)
    return spread_grey(np.ascontiguousarray(array))


def _lay_on_paper(image):
    """RGBA, uint8 `(height, width, 4)` → RGB on white; on black where the ink is light, as of a logo made for dark slides."""
    if image[..., 3].min() == 255:
        return np.ascontiguousarray(image[..., :3])
    alpha = image[..., 3:].astype(np.float32) / 255
    on_black = image[..., :3] * alpha
    on_white = on_black + 255 * (1 - alpha)
    on_dark = on_black.mean(axis=2).std() > LIGHTER * on_white.mean(axis=2).std()
    return (on_black if on_dark else on_white).round().astype(np.uint8)


def _contents(source):
    """The bytes of a picture, or the path or bytes of a PDF, which is read as its pages are asked for."""
    if isinstance(source, bytes):
        name, contents = "bytes", source
    else:
        name = str(source)
        try:
            with open(source, "rb") as stream:
                head = stream.read(1024)
                contents = Path(source) if _is_pdf(head) else head + stream.read()
        except OSError as error:
            raise UnreadableError(f"A page is read from a file that opens. Received: {name}: {error.strerror or error}.") from error
    if not contents:
        raise UnreadableError(f"A page is read from an image or a PDF. Received: {name}, which is empty (0 bytes).")
    return contents


def _is_pdf(contents):
    return isinstance(contents, Path) or b"%PDF-" in contents[:1024]


@contextmanager
def open_pdf(contents, name, password=None):
    """A PdfDocument of a path or bytes, while the context lasts. Whoever touches it holds PDFIUM. Raises UnreadableError."""
    import pypdfium2  # here: a picture has no need of it

    try:
        with PDFIUM:
            document = pypdfium2.PdfDocument(contents, password=password)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            fix = "Give its password, or save it without one."
            raise UnreadableError(f"A PDF has to be open to reading. Received: {name}, which is encrypted. {fix}") from error
        raise UnreadableError(f"A PDF has to be whole. Received: {name}: {error}. Repair it, for example with `qpdf`.") from error
    try:
        yield document
    finally:
        with PDFIUM:
            document.close()


def _read_pdf(contents, name, dpi, pages, password):
    import pypdfium2

    with open_pdf(contents, name, password) as document:
        with PDFIUM:
            count = len(document)
        for index in range(count) if pages is None else pages:
            if not 0 <= index < count:
                raise UnreadableError(f"Pages are counted from 1 to {count} in {name}. Received: {index + 1}.")
            try:
                with PDFIUM:
                    pixels = _render_pdf_page(document, index, dpi, name)
            except pypdfium2.PdfiumError as error:
                whole = "Repair it, for example with `qpdf`."
                message = f"A page of a PDF has to be whole. Received: {name}, page {index + 1}: {error}. {whole}"
                raise UnreadableError(message) from error
            yield PageImage(name, index, pixels, dpi)


def _render_pdf_page(document, index, dpi, name):
    page = document[index]
    try:
        width, height = page.get_size()
        scale = dpi / 72
        if width * height * scale * scale > MAX_PIXELS:
            message = f"A page has at most {MAX_PIXELS:,} pixels. Received: {name}, page {index + 1} at {dpi} dpi. Lower the dpi."
            raise UnreadableError(message)
        bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=True)
        pixels = np.array(drop_colour(bitmap.to_numpy()[:, :, :3]), order="C")  # the bitmap's memory goes with it
        bitmap.close()
        return spread_grey(pixels)
    finally:
        page.close()


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


def _open_picture(contents, name):
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


def _read_picture(contents, name, pages):
    with _open_picture(contents, name) as picture:
        frames = _count_frames(picture)
        dpi = max(resolution(picture), default=None)
    for index in range(frames) if pages is None else pages:
        if not 0 <= index < frames:
            raise UnreadableError(f"Pages are counted from 1 to {frames} in {name}. Received: {index + 1}.")
        yield PageImage(name, index, _decode_frame(contents, name, index), dpi)


def _decode_frame(contents, name, index):
    """The pixels of a frame. The picture is opened for it alone, for it keeps what it has decoded as long as it is open."""
    with _open_picture(contents, name) as picture:
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


def pad_image(images, multiple):
    """uint8 `(n, height, width, channels)` with white on the right and below, so that height and width are of a multiple."""
    height, width = images.shape[1:3]
    down, right = -height % multiple, -width % multiple
    return np.pad(images, ((0, 0), (0, down), (0, right), (0, 0)), constant_values=255) if down or right else images
