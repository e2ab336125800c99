"""Pages of PDFs, rendered by PDFium, one thread at a time."""

import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ocr_crnn.images.levels import PageImage, UnreadableError, drop_colour, spread_grey
from ocr_crnn.images.pictures import MAX_PIXELS

PDFIUM = threading.RLock()  # PDFium takes one thread at a time; held wherever a page, a text or a document of it is touched


def is_pdf(contents):
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


def read_pdf(contents, name, dpi, pages, password):
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
