"""From files to page images: how many pages, and the pages one by one. One page is in memory at a time."""

import io
import os
import stat
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from ocr_crnn.images.levels import PageImage, UnreadableError, array_to_rgb
from ocr_crnn.images.pdf_pages import is_pdf, open_pdf, read_pdf
from ocr_crnn.images.pictures import check_size, count_frames, picture_to_rgb, read_picture

MAX_PICTURE_BYTES = 2**29  # of a file other than a TIFF or a PDF: some decoders read all of it at once
MAX_FAILURES = 100  # pages in a row that cannot be read, after which the rest of a file is given up


def page_count(source, password=None, name=None):
    """How many pages a path or bytes hold, without decoding them. Raises UnreadableError as `read_images` does."""
    with _open(source, name) as (stream, name, pdf):
        if pdf is None:
            return count_frames(stream, name)
        with open_pdf(pdf, name, password) as document:
            return len(document)


def read_images(source, dpi=300, pages=None, name=None, password=None):
    """Iterate over the pages of a source as PageImage.

    source: a path, the bytes of a file, a PIL image, or an array `(height, width[, 1, 3 or 4])`, see `array_to_rgb`.
    dpi: at which PDF pages are rendered. pages: zero-based indices to take, or None for all.
    EXIF rotation is applied; palettes, CMYK, 16 bits become 8-bit RGB; transparency is laid on white, on black where its ink is light;
    pixels that are not square, by the two resolutions of the file, are made so, the coarser side finer.
    Raises UnreadableError for what is no image, is damaged, encrypted or too large.
    """
    for _, page in read_each(source, dpi, pages, name, password):
        if isinstance(page, UnreadableError):
            raise page
        yield page


def read_each(source, dpi=300, pages=None, name=None, password=None):
    """As `read_images`, but a page that cannot be read does not end it: yields (index, PageImage or UnreadableError).

    After MAX_FAILURES such pages in a row, the next one's error says so and is the last. Raises UnreadableError where the file as a whole
    cannot be read.
    """
    if isinstance(source, np.ndarray):
        check_size(source.shape[1::-1] if source.ndim > 1 else (0, 0), name or "array")
        yield 0, PageImage(name or "array", 0, array_to_rgb(source))
        return
    if isinstance(source, Image.Image):
        check_size(source.size, name or "image", source)
        yield 0, PageImage(name or "image", 0, picture_to_rgb(source))
        return
    with _open(source, name) as (stream, name, pdf):
        failures = 0
        for index, page in read_picture(stream, name, pages) if pdf is None else read_pdf(pdf, name, dpi, pages, password):
            if failures >= MAX_FAILURES:
                found = f"{name}, of which {failures} pages in a row could not be read: the rest was not tried"
                fix = "Repair it, or ask for the pages that are whole."
                yield index, UnreadableError(f"A file has pages that can be read. Received: {found}. {fix}")
                return
            failures = failures + 1 if isinstance(page, UnreadableError) else 0
            yield index, page


@contextmanager
def _open(source, name):
    """(binary stream, name, path or bytes if it is a PDF, else None) of a path or bytes. Nothing but its beginning is read."""
    if isinstance(source, bytes):
        stream, name = io.BytesIO(source), name or "bytes"
    else:
        name = name or str(source)
        try:
            _require_file(os.stat(source).st_mode, name)
            stream = open(source, "rb")  # noqa: SIM115
        except OSError as error:
            raise UnreadableError(f"A page is read from a file that opens. Received: {name}: {error.strerror or error}.") from error
    with stream:
        size, head = stream.seek(0, os.SEEK_END), stream.seek(0) or stream.read(1024)
        if not size:
            raise UnreadableError(f"A page is read from an image or a PDF. Received: {name}, which is empty (0 bytes).")
        if is_pdf(head):
            yield stream, name, source if isinstance(source, bytes) else Path(source)
            return
        if size > MAX_PICTURE_BYTES and head[:2] not in (b"II", b"MM"):
            limit = f"at most {MAX_PICTURE_BYTES:,} bytes"
            raise UnreadableError(f"The file of an image has {limit}. Received: {name} of {size:,} bytes. Save it smaller, or as a TIFF.")
        yield stream, name, None


def _require_file(mode, name):
    """Raise UnreadableError for a pipe and the like: whoever opens one may wait for ever."""
    if not stat.S_ISREG(mode):
        kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
        kind = kinds.get(stat.S_IFMT(mode), "a device")
        raise UnreadableError(f"A page is read from a file. Received: {name}, {kind}. Write what it gives to a file, or read from -.")
