import io

import numpy as np
import pikepdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from ocr_crnn.formats.searchable_pdf import PAGES_PER_PART, add_text_to_pdf, write_searchable_pdf, write_text_pdf
from ocr_crnn.page import Page


def texts(path):
    with pypdfium2.PdfDocument(path) as document:
        return [document[index].get_textpage().get_text_bounded() for index in range(len(document))]


def test_copied_text_is_the_text_of_the_page(contract_page, page_image, tmp_path):
    write_searchable_pdf([(contract_page, page_image)], tmp_path / "계약서.pdf", dpi=200)
    assert texts(tmp_path / "계약서.pdf")[0].split() == contract_page.text.split()
    assert [path.name for path in tmp_path.iterdir()] == ["계약서.pdf"]


def test_words_are_found_where_they_stand(contract_page, page_image, tmp_path):
    write_searchable_pdf([(contract_page, page_image)], tmp_path / "page.pdf", dpi=144)
    with pypdfium2.PdfDocument(tmp_path / "page.pdf") as document:
        text = document[0].get_textpage()
        index, count = text.search("<계약서>").get_next()
        boxes = np.array([text.get_charbox(i, loose=True) for i in range(index, index + count)])
    left, bottom, right, top = boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max()
    # 144 dpi: two pixels a point; the quad is 450..650 × 100..160 of a page 1000 px high.
    np.testing.assert_allclose([left, bottom, right, top], [225, 500 - 80, 325, 500 - 50], atol=0.5)


def test_the_picture_survives_unchanged(contract_page, page_image, tmp_path):
    write_searchable_pdf([(contract_page, page_image)], tmp_path / "page.pdf", dpi=72)
    with pypdfium2.PdfDocument(tmp_path / "page.pdf") as document:
        rendered = document[0].render(scale=1).to_numpy()[:, :, :3]
    np.testing.assert_array_equal(rendered, page_image)  # pixel for pixel, and nothing of the text layer shows


def test_a_jpeg_is_embedded_byte_for_byte(contract_page, page_image, tmp_path):
    stream = io.BytesIO()
    Image.fromarray(page_image).save(stream, "JPEG")
    write_searchable_pdf([(contract_page, stream.getvalue())], tmp_path / "page.pdf")
    with pikepdf.open(tmp_path / "page.pdf") as document:
        (image,) = document.pages[0].get_images().values()
        assert image.read_raw_bytes() == stream.getvalue()


def test_a_png_that_says_nothing_besides_is_embedded_without_packing_it_again(contract_page, page_image, tmp_path):
    for said, as_it_is in (({}, True), ({"transparency": (255, 255, 255)}, False)):
        stream = io.BytesIO()
        Image.fromarray(page_image).save(stream, "PNG", compress_level=1, **said)
        write_searchable_pdf([(contract_page, stream.getvalue())], tmp_path / "page.pdf", dpi=72)
        with pikepdf.open(tmp_path / "page.pdf") as document:
            (image,) = document.pages[0].get_images().values()
            assert (image.read_raw_bytes() in stream.getvalue()) == as_it_is
            np.testing.assert_array_equal(np.asarray(pikepdf.PdfImage(image).as_pil_image()), page_image)


def test_more_pages_than_are_held_in_memory_keep_their_order(page_image, tmp_path):
    def pairs():
        for number in range(PAGES_PER_PART + 3):
            yield Page(None, (100, 80), [[[0, 0], [40, 0], [40, 20], [0, 20]]], [f"제{number}쪽"]), page_image[:100, :80]

    write_searchable_pdf(pairs(), tmp_path / "many.pdf")
    assert [text.strip() for text in texts(tmp_path / "many.pdf")] == [f"제{number}쪽" for number in range(PAGES_PER_PART + 3)]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_text_over_an_existing_pdf_follows_its_box_and_rotation(turn, tmp_path):
    with pikepdf.new() as source:
        source.add_blank_page(page_size=(400, 300))
        source.pages[0].Rotate = turn
        source.pages[0].CropBox = [10, 20, 390, 290]
        source.save(tmp_path / "source.pdf")
    with pypdfium2.PdfDocument(tmp_path / "source.pdf") as document:
        width, height = document[0].get_size()
    page = Page(None, (2 * height, 2 * width), [[[100, 50], [220, 50], [220, 80], [100, 80]]], ["가나다"])
    add_text_to_pdf(tmp_path / "source.pdf", [(0, page)], tmp_path / "read.pdf", dpi=144)
    with pypdfium2.PdfDocument(tmp_path / "read.pdf") as document:
        text = document[0].get_textpage()
        boxes = np.array([text.get_charbox(i, loose=True) for i in range(3)])
    assert texts(tmp_path / "read.pdf") == ["가나다"]
    x0, y0, x1, y1 = boxes[:, 0].min(), boxes[:, 1].min(), boxes[:, 2].max(), boxes[:, 3].max()
    expected = {0: (60, 250, 120, 265), 90: (35, 70, 50, 130), 180: (280, 45, 340, 60), 270: (350, 180, 365, 240)}[turn]
    np.testing.assert_allclose((x0, y0, x1, y1), expected, atol=0.5)


def test_nothing_is_left_behind_when_a_page_fails(page_image, tmp_path):
    with pytest.raises(FileNotFoundError):
        write_searchable_pdf([(Page(None, (10, 10), [], []), tmp_path / "absent.png")], tmp_path / "page.pdf")
    assert list(tmp_path.iterdir()) == []


def test_text_alone(contract_page, tmp_path):
    write_text_pdf(contract_page, tmp_path / "text.pdf", dpi=144)
    assert texts(tmp_path / "text.pdf")[0].split() == contract_page.text.split()
    with pikepdf.open(tmp_path / "text.pdf") as document:
        assert [float(value) for value in document.pages[0].mediabox] == [0, 0, 400, 500]
        assert b" Do" not in document.pages[0].Contents.read_bytes()


def test_language_and_title(contract_page, page_image, tmp_path):
    write_searchable_pdf([(contract_page, page_image)], tmp_path / "표준 계약서.pdf")
    with pikepdf.open(tmp_path / "표준 계약서.pdf") as document:
        assert document.Root.Lang == "ko" and document.Root.ViewerPreferences.DisplayDocTitle
        assert document.docinfo.Title == "표준 계약서" and document.open_metadata()["dc:title"] == "표준 계약서"
    write_searchable_pdf([(contract_page, page_image)], tmp_path / "b.pdf", title="갑")
    with pikepdf.open(tmp_path / "b.pdf", allow_overwriting_input=True) as document:
        document.Root.Lang = "en"
        document.save(tmp_path / "b.pdf")
    add_text_to_pdf(tmp_path / "b.pdf", [], tmp_path / "c.pdf", title="을")
    with pikepdf.open(tmp_path / "c.pdf") as document:  # what a document has stays
        assert document.Root.Lang == "en" and document.docinfo.Title == "갑"


def test_an_archival_pdf_keeps_the_clauses_of_its_standard(contract_page, page_image, tmp_path):
    """ISO 19005-2, level B, clause by clause."""
    colour = page_image.copy()
    colour[200:300] = (200, 30, 30)
    path = tmp_path / "archive.pdf"
    write_searchable_pdf([(contract_page, page_image[..., 0]), (contract_page, colour)], path, pdfa=True)
    contents = path.read_bytes()
    assert contents.startswith(b"%PDF-1.") and min(contents.split(b"\n")[1][1:5]) > 127  # 6.1.2
    with pikepdf.open(path) as document:
        assert not document.is_encrypted and len(document.trailer.ID) == 2  # 6.1.3
        (intent,) = document.Root.OutputIntents  # 6.2.3
        profile = intent.DestOutputProfile.read_bytes()
        assert intent.S == "/GTS_PDFA1" and intent.DestOutputProfile.N == 3
        assert profile[12:20] == b"mntrRGB " and profile[36:40] == b"acsp" and profile[8] < 5
        assert len(profile) == int.from_bytes(profile[:4], "big")
        metadata = document.open_metadata()  # 6.6.2, 6.6.4
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("2", "B") and "/Filter" not in document.Root.Metadata
        assert metadata["dc:title"] == document.docinfo.Title == "archive"
        assert set(document.Root.keys()) == {"/Type", "/Pages", "/Metadata", "/OutputIntents", "/Lang", "/ViewerPreferences"}  # 6.5, 6.9
        for page in document.pages:
            assert "/Annots" not in page.obj and "/Group" not in page.obj and "/AA" not in page.obj  # 6.3, 6.2.10, 6.5
            for image in page.obj.Resources.XObject.values():  # 6.2.8
                assert not image.get("/Interpolate", False) and not {"/Alternates", "/OPI", "/SMask"} & set(image.keys())
                assert image.ColorSpace in ("/DeviceRGB", "/DeviceGray") or image.ColorSpace[0] == "/ICCBased"
            for font in page.obj.Resources.Font.values():  # 6.2.11
                (cid,) = font.DescendantFonts
                assert "/FontFile2" in cid.FontDescriptor and font.Encoding == "/Identity-H"
                assert len(cid.CIDToGIDMap.read_bytes()) == 2 * 65536
                program = TTFont(io.BytesIO(cid.FontDescriptor.FontFile2.read_bytes()))
                assert {width for width, _ in program["hmtx"].metrics.values()} == {cid.DW}  # 6.2.11.5
        for item in document.objects:  # 6.1.7, 6.5
            if isinstance(item, pikepdf.Stream | pikepdf.Dictionary):
                assert not {"/F", "/JS", "/AA"} & set(item.keys()) and item.get("/Filter") != "/LZWDecode"


@pytest.mark.parametrize("pdfa", [False, True])
def test_equal_documents_are_equal_files(contract_page, page_image, tmp_path, pdfa, monkeypatch):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_searchable_pdf([(contract_page, page_image)] * 2, tmp_path / name / "page.pdf", pdfa=pdfa)
        add_text_to_pdf(tmp_path / name / "page.pdf", [(1, contract_page)], tmp_path / name / "again.pdf")
        write_text_pdf(contract_page, tmp_path / name / "text.pdf")
        monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)  # what writes the time of day, writes another
    for name in ("page.pdf", "again.pdf", "text.pdf"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        with pikepdf.open(tmp_path / "a" / name) as document:
            assert not [key for key in document.docinfo if "Date" in key] and "xmp:MetadataDate" not in document.open_metadata()


def test_the_font_takes_no_name_that_a_page_has_given(contract_page, tmp_path):
    with pikepdf.new() as source:
        source.add_blank_page(page_size=(400, 500))
        source.pages[0].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Invisible1=source.make_stream(b"")))
        source.save(tmp_path / "source.pdf")
    add_text_to_pdf(tmp_path / "source.pdf", [(0, contract_page)], tmp_path / "read.pdf", dpi=144)
    with pikepdf.open(tmp_path / "read.pdf") as document:
        resources = document.pages[0].Resources
        assert "/Invisible1" in resources.XObject and list(resources.Font.keys()) == ["/Invisible2"]


@pytest.mark.parametrize(("size", "points"), [((30, 60_000), (14_400, 7.2)), ((4, 400), (300, 3)), ((300, 300), (72, 72))])
def test_paper_is_of_a_size_that_pdf_knows(size, points, tmp_path):
    """A page longer than 14,400 points, or thinner than 3, is set at another resolution; its text stays over its pixels."""
    height, width = size
    page = Page("a.png", size, [[[0, 0], [width, 0], [width, height], [0, height]]], ["가"])
    write_searchable_pdf([(page, np.full(size, 255, np.uint8))], tmp_path / "page.pdf")
    write_text_pdf(page, tmp_path / "text.pdf")
    for name in ("page.pdf", "text.pdf"):
        with pikepdf.open(tmp_path / name) as document:
            np.testing.assert_allclose([float(side) for side in document.pages[0].mediabox][2:], points, rtol=1e-3)
            shown = next(operands for operands, operator in pikepdf.parse_content_stream(document.pages[0]) if str(operator) == "Tf")
            assert float(shown[1]) == pytest.approx(points[1], rel=1e-2)
    with pytest.raises(ValueError, match="4,800 times as long as wide. Received: 5000 × 1 pixels"):
        write_text_pdf(Page(None, (1, 5000), np.zeros((0, 4, 2)), []), tmp_path / "text.pdf")
