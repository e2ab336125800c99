"""Text that cannot be seen is taken out of a PDF; what can be seen stays."""

import pikepdf
import pypdfium2
import pytest
from pikepdf import Dictionary, Name

from ocr_crnn.formats.hidden_text import remove_hidden_text

SEEN = b"BT /F1 20 Tf 20 150 Td (seen) Tj ET"
INVISIBLE = b"BT 3 Tr /F1 20 Tf 20 100 Td (wrong) Tj 0 -20 Td [(lay) -50 (er)] TJ ET"
PICTURE = b"q 200 0 0 200 0 0 cm /Im0 Do Q"


def make_pdf(path, *contents, form=None):
    with pikepdf.new() as document:
        font = document.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        picture = document.make_stream(bytes(4), Subtype=Name.Image, Width=2, Height=2, ColorSpace=Name.DeviceGray, BitsPerComponent=8)
        objects = Dictionary(Im0=picture)
        if form is not None:
            resources = Dictionary(Font=Dictionary(F1=font))
            objects.Fm0 = document.make_stream(form, Subtype=Name.Form, BBox=[0, 0, 200, 200], Resources=resources)
        for content in contents:
            page = document.add_blank_page(page_size=(200, 200))
            page.obj.Resources = Dictionary(Font=Dictionary(F1=font), XObject=objects)
            page.obj.Contents = document.make_stream(content)
        document.save(path)


def texts(path):
    with pypdfium2.PdfDocument(path) as document:
        return [document[index].get_textpage().get_text_range().split() for index in range(len(document))]


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (PICTURE + INVISIBLE, []),
        (SEEN + b" " + PICTURE, []),  # below the picture of the page
        (b"1 g " + SEEN, []),  # white on white
        (SEEN + INVISIBLE, ["seen"]),
        (b"3 Tr q 0 Tr " + SEEN + b" Q BT /F1 9 Tf 5 5 Td (wrong) Tj ET", ["seen"]),  # the mode comes back with the graphics state
        (SEEN, ["seen"]),
    ],
)
def test_only_what_is_seen_stays(tmp_path, content, left):
    make_pdf(tmp_path / "in.pdf", content)
    before = render(tmp_path / "in.pdf")
    remove_hidden_text(tmp_path / "in.pdf", [0], tmp_path / "out.pdf")
    assert texts(tmp_path / "out.pdf") == [left]
    assert (render(tmp_path / "out.pdf") == before).all()


def test_layers_in_forms_go_too(tmp_path):
    make_pdf(tmp_path / "in.pdf", PICTURE + b" q /Fm0 Do Q", SEEN + b" 3 Tr /Fm0 Do", form=b"BT /F1 20 Tf 20 100 Td (wrong) Tj ET")
    remove_hidden_text((tmp_path / "in.pdf").read_bytes(), [1], tmp_path / "out.pdf")
    assert texts(tmp_path / "out.pdf") == [["wrong"], ["seen"]]  # the form of the first page is still its own


def test_pages_that_are_not_asked_for_stay(tmp_path):
    make_pdf(tmp_path / "in.pdf", INVISIBLE, INVISIBLE)
    remove_hidden_text(tmp_path / "in.pdf", [1], tmp_path / "out.pdf")
    assert texts(tmp_path / "out.pdf") == [["wrong", "layer"], []]


def render(path):
    with pypdfium2.PdfDocument(path) as document:
        return document[0].render(scale=2).to_numpy().copy()
