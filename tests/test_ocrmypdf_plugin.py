"""The OCRmyPDF plugin, where OCRmyPDF is installed."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from ocr_crnn.formats.hocr import XHTML
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page

ocrmypdf = pytest.importorskip("ocrmypdf", reason="needs the extra ocrmypdf")
from ocr_crnn import ocrmypdf_plugin  # noqa: E402 - only with OCRmyPDF


def read_page(pixels):
    height, width = pixels.shape[:2]
    quads = boxes_to_quads([[100, 100, 200, 60], [400, 100, 300, 60], [100, 300, 400, 60]])
    return Page(None, (height, width), quads, ["근로", "계약서", "제1조(목적)"], scores=[0.9, 0.8, 0.7], lines=[0, 0, 1], blocks=[0, 0, 0])


@pytest.fixture(autouse=True)
def reader(monkeypatch):
    monkeypatch.setattr(ocrmypdf_plugin, "load_reader", lambda: SimpleNamespace(read_page=read_page))


def pdf_text(path):
    with pypdfium2.PdfDocument(path) as document:
        return document[0].get_size(), document[0].get_textpage().get_text_range().split()


def test_hocr_and_text_of_a_page(tmp_path):
    Image.new("L", (900, 600), 255).save(tmp_path / "page.png", dpi=(150, 150))
    engine = ocrmypdf_plugin.get_ocr_engine(SimpleNamespace(ocr_engine="auto"))
    engine.generate_hocr(tmp_path / "page.png", tmp_path / "page.hocr", tmp_path / "page.txt", None)
    assert (tmp_path / "page.txt").read_text(encoding="utf-8") == "근로 계약서\n제1조(목적)\n"
    assert XHTML in (tmp_path / "page.hocr").read_text(encoding="utf-8")
    engine.generate_pdf(tmp_path / "page.png", tmp_path / "page.pdf", tmp_path / "page.txt", None)
    size, words = pdf_text(tmp_path / "page.pdf")
    np.testing.assert_allclose(size, (432, 288), atol=0.1)
    assert words == ["근로", "계약서", "제1조(목적)"]


def test_other_engines_are_left_alone():
    assert ocrmypdf_plugin.get_ocr_engine(SimpleNamespace(ocr_engine="tesseract")) is None
    engine = ocrmypdf_plugin.get_ocr_engine(None)
    assert "kor" in engine.languages(None) and str(engine) == engine.creator_tag(None) and "\n" not in str(engine)
    assert engine.get_orientation(Path("x.png"), None).confidence == 0


@pytest.mark.parametrize("renderer", ["auto", "sandwich"])
def test_ocrmypdf_makes_a_searchable_pdf_with_it(tmp_path, renderer):
    Image.new("L", (900, 600), 255).save(tmp_path / "in.pdf", resolution=150)
    options = {"language": ["kor"], "output_type": "pdf", "pdf_renderer": renderer, "use_threads": True, "jobs": 1, "progress_bar": False}
    ocrmypdf.ocr(tmp_path / "in.pdf", tmp_path / "out.pdf", plugins=["ocr_crnn.ocrmypdf_plugin"], **options)
    assert pdf_text(tmp_path / "out.pdf")[1] == ["근로", "계약서", "제1조(목적)"]
