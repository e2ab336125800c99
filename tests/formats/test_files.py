import io
from types import SimpleNamespace

import numpy as np
import pypdfium2
from lxml import etree, html
from PIL import Image

from ocr_crnn.commands.read.outputs import format_text
from ocr_crnn.formats.alto import format_alto
from ocr_crnn.formats.files import bounding_box, confidence, encode_page_image, plain_text
from ocr_crnn.formats.hocr import format_hocr
from ocr_crnn.formats.html import write_html
from ocr_crnn.formats.page_json import read_page_json, write_page_json
from ocr_crnn.formats.searchable_pdf import write_searchable_pdf
from ocr_crnn.formats.tsv import format_tsv
from ocr_crnn.page import Page

HOSTILE = [
    "a\0b", "\x1b[31m", "\ud800", "\ufffe", "\u202e뒤집힌\u202c",
    "<script>alert(1)</script>", "=cmd|calc!A1", "]]>", '"; bbox 0 0', "a\u2028b",
]  # fmt: skip


def test_boxes_hold_all_quads_in_whole_pixels():
    quads = [[[0.2, 1.5], [3.1, 1.5], [3.1, 4], [0.2, 4]], [[2, 2], [5, 2], [5, 3], [2, 3]]]
    assert bounding_box(quads[0]) == (0, 1, 4, 3)
    assert bounding_box(quads) == (0, 1, 5, 3)


def test_confidence_is_a_percentage():
    assert confidence(SimpleNamespace(scores=None), 0) == 100
    assert [confidence(SimpleNamespace(scores=[0.504, 1.2, -1]), row) for row in range(3)] == [50, 100, 0]


def test_grey_pages_are_kept_to_the_level_and_colours_as_jpeg():
    grey = np.random.default_rng(0).integers(0, 256, (9, 7), dtype=np.uint8)
    contents, kind = encode_page_image(grey)
    assert kind == "image/png"
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(contents))), grey)
    contents, kind = encode_page_image(np.full((9, 7, 3), 200, np.uint8))
    assert kind == "image/jpeg" and Image.open(io.BytesIO(contents)).size == (7, 9)


def test_plain_text_is_one_line_of_characters():
    plain = ["a\ufffdb", "\ufffd[31m", "\ufffd", "\ufffd", "\u202e뒤집힌\u202c", *HOSTILE[5:9], "a b"]
    assert [plain_text(text) for text in HOSTILE] == plain


def test_hostile_texts_come_through_every_format(tmp_path):
    quads = [[[0, 20 * row], [90, 20 * row], [90, 20 * row + 15], [0, 20 * row + 15]] for row in range(len(HOSTILE))]
    page = Page("\udcc0.png", (300, 100), quads, HOSTILE, scores=[0.9] * len(HOSTILE), lines=range(len(HOSTILE)))
    plain, image = [plain_text(text) for text in HOSTILE], np.full((300, 100), 255, np.uint8)
    assert etree.fromstring(format_alto([page])).xpath("//@CONTENT") == plain
    assert etree.fromstring(format_hocr([page], "\x01")).xpath("//*[@class='ocrx_word']/text()") == plain
    assert [row.split("\t")[11] for row in format_tsv([page]).splitlines() if row.startswith("5\t")] == plain
    write_html([(page, image)], tmp_path / "page.html", title="</title><script>")
    document = html.fromstring((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert [word.text_content() for word in document.xpath("//span[@class='w']")] == plain and len(document.xpath("//script")) == 1
    write_searchable_pdf([(page, image)], tmp_path / "page.pdf", title="\ud800")
    with pypdfium2.PdfDocument(tmp_path / "page.pdf") as opened:
        found = opened[0].get_textpage().get_text_range()
    assert all(text in found for text in plain[5:9])
    write_page_json(page, tmp_path / "page.json")
    assert list(read_page_json(tmp_path / "page.json").texts) == HOSTILE
    format_text(page).encode("utf-8")
