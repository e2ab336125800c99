"""Files to read, and what a run leaves in its folder."""

import csv
import io

import pikepdf
import pypdfium2
from PIL import Image

ALL = "txt,json,tsv,hocr,alto,pdf,html"


def picture(path, tone=200, size=(60, 40), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (tone, tone, tone)).save(path, **options)
    return path


def pdf(path, count, text_on=(), **options):
    """Blank pages; those in `text_on` say something."""
    with pikepdf.new() as document:
        for index in range(count):
            page = document.add_blank_page(page_size=(72, 36))
            if index in text_on:
                font = {"/Type": pikepdf.Name.Font, "/Subtype": pikepdf.Name.Type1, "/BaseFont": pikepdf.Name.Helvetica}
                page.add_resource(pikepdf.Dictionary(font), pikepdf.Name.Font, pikepdf.Name.F1)
                page.contents_add(b"BT /F1 9 Tf 5 5 Td (already here) Tj ET")
        document.save(path, **options)
    return path


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def errors(folder):
    return list(csv.DictReader(io.StringIO((folder / "errors.csv").read_text(encoding="utf-8-sig"))))


def pdf_texts(path, **options):
    with pypdfium2.PdfDocument(path, **options) as document:
        return [document[index].get_textpage().get_text_range() for index in range(len(document))]
