"""Plugin for OCRmyPDF: `ocrmypdf --plugin ocr_crnn.ocrmypdf_plugin --jobs 1 -l kor in.pdf out.pdf`, with the extra `ocrmypdf`.

OCRmyPDF rasterises the pages, asks this engine for hOCR or for a PDF of invisible text, and grafts the text under the pages.
Unless another is asked for, the renderer is `sandwich`: the other one, fpdf2, sets Hangul without spaces between words.
The networks use all cores by themselves, so more jobs than one take memory and no less time.
"""

import logging
import threading
from functools import lru_cache
from pathlib import Path

from ocrmypdf import hookimpl
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence

import ocr_crnn
from ocr_crnn.formats.hocr import write_hocr
from ocr_crnn.formats.searchable_pdf import write_text_pdf
from ocr_crnn.images import read_images
from ocr_crnn.reading.reader import DocumentReader

ENGINES = ("auto", "ocr_crnn")  # of --ocr-engine
SURE = 15.0  # the most that OCRmyPDF expects of a confidence; --rotate-pages asks for 14
log = logging.getLogger(__name__)
_reading = threading.Lock()  # OCRmyPDF may ask from several threads


@lru_cache(maxsize=1)
def load_reader():
    """The shipped networks, once a process, and only in processes that read: a fork with TensorFlow in it hangs."""
    return DocumentReader.from_preset()


class KoreanOcrEngine(OcrEngine):
    """Reads Korean and Latin print, with the presets that ship."""

    def __str__(self):
        return f"ocr_crnn {self.version()}"

    @staticmethod
    def version():
        return ocr_crnn.__version__

    @staticmethod
    def creator_tag(options):
        return f"ocr_crnn {ocr_crnn.__version__}"

    @staticmethod
    def languages(options):
        return {"kor", "eng"}

    @staticmethod
    def get_orientation(input_file, options):
        """How the reader turned the page to read it; sure, unless there is nothing to read.

        OCRmyPDF says that its angle is clockwise, but it turns the page counter-clockwise by it, which is how `turns` count.
        """
        pixels = _page_image(input_file).pixels
        with _reading:
            reading = load_reader().spotter(pixels)
        return OrientationConfidence(angle=reading.turns * 90, confidence=SURE if len(reading) else 0.0)

    @staticmethod
    def generate_hocr(input_file, output_hocr, output_text, options):
        page, _ = _read(input_file)
        write_hocr([page], output_hocr)
        _write_text(page, output_text)

    @staticmethod
    def generate_pdf(input_file, output_pdf, output_text, options):
        page, dpi = _read(input_file)
        write_text_pdf(page, output_pdf, dpi)
        _write_text(page, output_text)


@hookimpl
def get_ocr_engine(options):
    """This engine, unless --ocr-engine names another."""
    return KoreanOcrEngine() if _is_chosen(options) else None


@hookimpl
def check_options(options):
    """Take the renderer that keeps the spaces, if none is asked for."""
    if not _is_chosen(options):
        return
    if options.pdf_renderer == "auto":
        options.pdf_renderer = "sandwich"
    elif options.pdf_renderer != "sandwich":
        log.warning(
            "Spaces between Korean words are kept by the renderer sandwich. Received: --pdf-renderer %s. Leave it out.",
            options.pdf_renderer,
        )


def _is_chosen(options):
    return getattr(options, "ocr_engine", "auto") in ENGINES


def _page_image(path):
    """The first page of a file: OCRmyPDF makes one a page. Raises UnreadableError."""
    return next(iter(read_images(path, pages=[0])))


def _read(path):
    """(Page, dots per inch) of a page image."""
    image = _page_image(path)
    with _reading:
        return load_reader().read_page(image.pixels), image.dpi or 300


def _write_text(page, path):
    Path(path).write_text(page.text + "\n", encoding="utf-8")
