"""From files to page images: how many pages, and the pages one by one. One page is in memory at a time."""

import os
import stat
from pathlib import Path

import numpy as np
from PIL import Image

from ocr_crnn.images.levels import PageImage, UnreadableError, array_to_rgb
from ocr_crnn.images.pdf_pages import PDFIUM, is_pdf, open_pdf, read_pdf
from ocr_crnn.images.pictures import count_frames, open_named, picture_to_rgb, read_picture


def page_count(source, password=None):
    """How many pages a path or bytes hold, without decoding them. Raises UnreadableError as `read_images` does."""
    contents = _contents(source)
    name = "bytes" if isinstance(source, bytes) else str(source)
    if is_pdf(contents):
        with PDFIUM, open_pdf(contents, name, password) as document:
            return len(document)
    with open_named(contents, name) as picture:
        return count_frames(picture)


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
    yield from read_pdf(contents, name, dpi, pages, password) if is_pdf(contents) else read_picture(contents, name, pages)


def _contents(source):
    """The bytes of a picture, or the path or bytes of a PDF, which is read as its pages are asked for."""
    if isinstance(source, bytes):
        name, contents = "bytes", source
    else:
        name = str(source)
        try:
            _require_file(os.stat(source).st_mode, name)
            with open(source, "rb") as stream:
                head = stream.read(1024)
                contents = Path(source) if is_pdf(head) else head + stream.read()
        except OSError as error:
            raise UnreadableError(f"A page is read from a file that opens. Received: {name}: {error.strerror or error}.") from error
    if not contents:
        raise UnreadableError(f"A page is read from an image or a PDF. Received: {name}, which is empty (0 bytes).")
    return contents


def _require_file(mode, name):
    """Raise UnreadableError for a pipe and the like: whoever opens one may wait for ever."""
    if not stat.S_ISREG(mode):
        kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
        kind = kinds.get(stat.S_IFMT(mode), "a device")
        raise UnreadableError(f"A page is read from a file. Received: {name}, {kind}. Write what it gives to a file, or read from -.")
