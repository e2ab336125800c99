"""PDFs opened and saved with pikepdf, whatever they are called: it takes no names that are not UTF-8, but streams."""

import io
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pikepdf


@contextmanager
def open_document(source, password=""):
    """The pikepdf.Pdf of a path, the bytes of a file or a binary stream, while the context lasts."""
    with ExitStack() as stack:
        if isinstance(source, str | Path):
            source = stack.enter_context(open(source, "rb"))
        elif isinstance(source, bytes):
            source = io.BytesIO(source)
        yield stack.enter_context(pikepdf.open(source, password=password))


def save_document(document, path, **options):
    """Write a pikepdf.Pdf to a path as it is. options: of `pikepdf.Pdf.save`."""
    with open(path, "wb") as stream:
        document.save(stream, **options)
