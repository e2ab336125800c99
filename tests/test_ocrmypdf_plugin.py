"""The OCRmyPDF plugin, where OCRmyPDF is installed."""

import shutil
from types import SimpleNamespace

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from ocr_crnn.formats.hocr import XHTML
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.reading.reading import Reading

ocrmypdf = pytest.importorskip("ocrmypdf", reason="needs the extra ocrmypdf")
from ocr_crnn import ocrmypdf_plugin  # noqa: E402 - only with OCRmyPDF

TEXT = "근로 계약서\n제1조(목적)\n이 계약은 갑과 을의"


def read_page(pixels):
    """Words that stand a quarter of their height apart, as in Korean print."""
    height, width = pixels.shape[:2]
    quads = boxes_to_quads([
        [100, 100, 120, 60], [235, 100, 180, 60], [100, 300, 330, 60],
        [100, 400, 60, 60], [175, 400, 180, 60], [370, 400, 120, 60], [505, 400, 120, 60],
    ])  # fmt: skip
    words, lines = TEXT.split(), [0, 0, 1, 2, 2, 2, 2]
    return Page(None, (height, width), quads, words, scores=[0.9] * 7, lines=lines, blocks=[0] * 7)


def find_turns(pixels):
    """A page with a black corner has been turned until that corner came to its top-left."""
    corners = [pixels[0, 0], pixels[0, -1], pixels[-1, -1], pixels[-1, 0]]
    black = [turns for turns, corner in enumerate(corners) if np.max(corner) < 128]
    return Reading((10, 10), black[0] if black else 0, np.zeros((len(black), 4, 2)), [False] * len(black), [], [], [], [])


@pytest.fixture(autouse=True)
def reader(monkeypatch):
    monkeypatch.setattr(ocrmypdf_plugin, "load_reader", lambda: SimpleNamespace(read_page=read_page, spotter=find_turns))


def pdf_text(path):
    with pypdfium2.PdfDocument(path) as document:
        return document[0].get_size(), "\n".join(document[0].get_textpage().get_text_range().split("\r\n"))


def make_pdf(path, turns=0):
    """A page of 900 × 600 at 150 dpi, a black corner at its top-left, turned by quarters counter-clockwise."""
    pixels = np.full((600, 900), 255, np.uint8)
    pixels[:50, :50] = 0
    Image.fromarray(np.rot90(pixels, turns).copy()).save(path, resolution=150)


def run(folder, **options):
    common = {"language": ["kor"], "output_type": "pdf", "use_threads": True, "jobs": 1, "progress_bar": False, "optimize": 0}
    ocrmypdf.ocr(folder / "in.pdf", folder / "out.pdf", plugins=["ocr_crnn.ocrmypdf_plugin"], **common | options)


def test_hocr_and_text_of_a_page(tmp_path):
    Image.new("L", (900, 600), 255).save(tmp_path / "page.png", dpi=(150, 150))
    engine = ocrmypdf_plugin.get_ocr_engine(SimpleNamespace(ocr_engine="auto"))
    engine.generate_hocr(tmp_path / "page.png", tmp_path / "page.hocr", tmp_path / "page.txt", None)
    assert (tmp_path / "page.txt").read_text(encoding="utf-8") == TEXT + "\n"
    assert XHTML in (tmp_path / "page.hocr").read_text(encoding="utf-8")
    engine.generate_pdf(tmp_path / "page.png", tmp_path / "page.pdf", tmp_path / "page.txt", None)
    size, words = pdf_text(tmp_path / "page.pdf")
    np.testing.assert_allclose(size, (432, 288), atol=0.1)
    assert words.strip() == TEXT


def test_other_engines_are_left_alone():
    assert ocrmypdf_plugin.get_ocr_engine(SimpleNamespace(ocr_engine="tesseract")) is None
    engine = ocrmypdf_plugin.get_ocr_engine(None)
    assert "kor" in engine.languages(None) and str(engine) == engine.creator_tag(None) and "\n" not in str(engine)


def test_the_renderer_that_keeps_spaces_is_taken_unless_another_is_asked_for(caplog):
    options = SimpleNamespace(ocr_engine="auto", pdf_renderer="auto")
    ocrmypdf_plugin.check_options(options)
    assert options.pdf_renderer == "sandwich" and not caplog.text
    options.pdf_renderer = "fpdf2"
    ocrmypdf_plugin.check_options(options)
    assert options.pdf_renderer == "fpdf2" and "Received: --pdf-renderer fpdf2." in caplog.text
    tesseract = SimpleNamespace(ocr_engine="tesseract", pdf_renderer="auto")
    ocrmypdf_plugin.check_options(tesseract)
    assert tesseract.pdf_renderer == "auto"


def test_how_a_page_lies_is_what_the_reader_found(tmp_path):
    Image.new("L", (90, 60), 255).save(tmp_path / "empty.png")
    assert ocrmypdf_plugin.KoreanOcrEngine.get_orientation(tmp_path / "empty.png", None) == (0, 0.0)


needs_tesseract = pytest.mark.skipif(shutil.which("tesseract") is None, reason="OCRmyPDF asks for the program tesseract before all else")


@needs_tesseract
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_pages_that_lie_on_their_side_are_turned(tmp_path, turns):
    make_pdf(tmp_path / "in.pdf", turns)
    run(tmp_path, rotate_pages=True)
    with pypdfium2.PdfDocument(tmp_path / "out.pdf") as document:
        shown = document[0].render(scale=1).to_numpy()
    assert shown.shape[1] > shown.shape[0] and shown[5, 5, 0] < 128
    assert pdf_text(tmp_path / "out.pdf")[1].strip() == TEXT


@needs_tesseract
@pytest.mark.parametrize("renderer", ["auto", "sandwich"])
def test_ocrmypdf_makes_a_searchable_pdf_with_it(tmp_path, renderer):
    make_pdf(tmp_path / "in.pdf")
    run(tmp_path, pdf_renderer=renderer)
    assert pdf_text(tmp_path / "out.pdf")[1].strip() == TEXT


def test_an_image_of_several_pages_is_read_by_its_first(tmp_path):
    """OCRmyPDF gives one page at a time; whoever calls the engine with another file gets no error of Python."""
    Image.new("L", (900, 600), 255).save(tmp_path / "two.tif", save_all=True, append_images=[Image.new("L", (900, 600))])
    ocrmypdf_plugin.KoreanOcrEngine.generate_hocr(tmp_path / "two.tif", tmp_path / "two.hocr", tmp_path / "two.txt", None)
    assert (tmp_path / "two.txt").read_text(encoding="utf-8").startswith("근로 계약서")
