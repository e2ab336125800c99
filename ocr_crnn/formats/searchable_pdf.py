"""Searchable PDF: the page as it was, and over it the text, invisible, in its place, in reading order.

The text is shown in a font of one glyph, one em wide, for every UTF-16 code unit, with a ToUnicode map that is the identity, in the
text rendering mode that paints nothing. So every Hangul syllable, Hanja or symbol can be searched and copied without a Korean font.
"""

import io
import tempfile
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pikepdf import Array, Dictionary, Name
from PIL import Image

ASCENT, DESCENT = 0.8, 0.2  # of the height of a quad; where the baseline lies in it
LEAST_SPACE = 0.2  # width of a space, in heights of its word
PAGES_PER_PART = 16  # pages held in memory at a time


def write_searchable_pdf(pages_and_images, path, dpi=300):
    """Write a PDF with one page for each `(Page, image)` of an iterable, which is consumed one pair at a time.

    image: a path or the bytes of an image file, or uint8 `(height, width[, 3])`; its pixels are the Page's. An upright JPEG is
        embedded byte for byte, everything else without loss.
    dpi: pixels per inch, which sets the size of the paper; a number or one per pair (a function of the Page).
    Memory does not grow with the number of pages. The file appears whole or not at all.
    """
    path = Path(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name[:16]}.") as folder, pikepdf.new() as document:
        _describe(document)
        parts, part = [], []
        for page, image in pages_and_images:
            part.append((page, image))
            if len(part) == PAGES_PER_PART:
                parts.append(_write_part(part, Path(folder) / f"{len(parts):05}.pdf", dpi))
                part = []
        if part:
            parts.append(_write_part(part, Path(folder) / f"{len(parts):05}.pdf", dpi))
        sources = [pikepdf.open(name) for name in parts]
        for source in sources:
            document.pages.extend(source.pages)
        _save(document, Path(folder) / "whole.pdf", path)
        for source in sources:
            source.close()


def add_text_to_pdf(source, pages, path, dpi=300, password=""):
    """Copy the PDF `source`, a path or a binary stream, to `path` with an invisible text layer: its pages stay as they are.

    pages: an iterable of (page index, Page), the Pages read from the PDF rendered at `dpi`; pages that are not listed
        are copied unchanged.
    """
    path = Path(path)
    with (
        tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name[:16]}.") as folder,
        pikepdf.open(source, password=password) as document,
    ):
        font = document.make_indirect(invisible_font(document))
        for index, page in pages:
            target = document.pages[index]
            _add_layer(document, target, font, page, _pixels_to_page(target, dpi))
        _save(document, Path(folder) / "whole.pdf", path)


def write_text_pdf(page, path, dpi=300):
    """Write the text of a Page alone, invisible, on one empty page of its size, to lay over or under another PDF."""
    path, scale = Path(path), 72 / dpi
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name[:16]}.") as folder, pikepdf.new() as document:
        height, width = (side * scale for side in page.size)
        target = document.add_blank_page(page_size=(width, height))
        matrix = np.array([[scale, 0, 0], [0, -scale, height]])
        # OCRmyPDF takes over a font of this name, and the contents if they are one stream.
        _add_layer(document, target, document.make_indirect(invisible_font(document)), page, matrix, Name.F1)
        target.contents_coalesce()
        _save(document, Path(folder) / "whole.pdf", path)


def invisible_font(document):
    """A Type 0 font of the document whose every code unit is a one em wide box that maps to itself."""
    program = document.make_stream(_font_program())
    program.Length1 = len(program.read_bytes())
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=Name("/Invisible"), Flags=5, FontBBox=Array([0, -200, 1000, 800]), ItalicAngle=0,
        Ascent=800, Descent=-200, CapHeight=800, StemV=80, FontFile2=program,
    )  # fmt: skip
    cid_font = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name("/Invisible"), DW=1000, FontDescriptor=document.make_indirect(descriptor),
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        CIDToGIDMap=document.make_stream(b"\x00\x01" * 65536),
    )  # fmt: skip
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/Invisible"), Encoding=Name("/Identity-H"),
        DescendantFonts=Array([document.make_indirect(cid_font)]), ToUnicode=document.make_stream(_identity_to_unicode()),
    )  # fmt: skip


def text_operators(page, matrix, font_name):
    """The content stream of the text layer: one invisible text object a line, a word scaled to fill its quad, a space its gap.

    matrix: float `(2, 3)`, page pixels → PDF user space.
    """
    operators = ["q", "BT", "3 Tr"]  # text rendering mode 3: neither fill nor stroke
    for lines in page.block_lines():
        for rows in lines:
            corners = page.quads[rows].astype(np.float64) @ matrix[:, :2].T + matrix[:, 2]  # (words, 4, 2)
            for position, (row, quad) in enumerate(zip(rows, corners, strict=True)):
                following = corners[position + 1][3] if position + 1 < len(rows) else None
                end = quad[2] if following is None else _end_of_word(quad, following)
                operators += _show(page.texts[row], quad[3], end - quad[3], quad[0] - quad[3], font_name)
                if following is not None:
                    operators += _show(" ", end, following - end, quad[0] - quad[3], font_name)
    return "\n".join([*operators, "ET", "Q"]).encode("ascii")


def _end_of_word(quad, following):
    """Where a word's lower edge ends, so that a space of `LEAST_SPACE` heights fits before the point `following`.

    Readers of PDFs drop spaces without width, and words that are set tight or boxed generously touch.
    """
    along = quad[2] - quad[3]
    length = max(float(np.hypot(*along)), 1e-6)
    missing = LEAST_SPACE * float(np.hypot(*(quad[0] - quad[3]))) - float((following - quad[2]) @ along) / length
    return quad[2] - along / length * np.clip(missing, 0, length / 2)


def _show(text, origin, along, up, font_name):
    """Operators that show `text` from `origin` over the vector `along`, as tall as the vector `up`."""
    size = max(float(np.hypot(*up)), 0.1)
    length = max(float(np.hypot(*along)), 0.01)
    units = text.encode("utf-16-be")
    ux, uy = along / length
    vx, vy = up / size
    x, y = origin + DESCENT * up
    scale = 100 * length / (size * len(units) / 2)
    return [
        f"/{font_name} {size:.3f} Tf {scale:.3f} Tz",
        f"{ux:.5f} {uy:.5f} {vx:.5f} {vy:.5f} {x:.3f} {y:.3f} Tm",
        f"<{units.hex()}> Tj",
    ]


def _write_part(pages_and_images, path, dpi):
    """A PDF of a few pages on disk; returns its path."""
    with pikepdf.new() as document:
        font = document.make_indirect(invisible_font(document))
        for page, image in pages_and_images:
            page_dpi = dpi(page) if callable(dpi) else dpi
            layout = img2pdf.get_fixed_dpi_layout_fun((page_dpi, page_dpi))
            contents = img2pdf.convert(_image_file(image), layout_fun=layout, rotation=img2pdf.Rotation.none)
            with pikepdf.open(io.BytesIO(contents)) as single:
                document.pages.extend(single.pages)
            scale = 72 / page_dpi
            matrix = np.array([[scale, 0, 0], [0, -scale, page.size[0] * scale]])
            _add_layer(document, document.pages[-1], font, page, matrix)
        document.save(path)
    return path


def _add_layer(document, target, font, page, matrix, font_name=None):
    name = str(target.add_resource(font, Name.Font, font_name)).removeprefix("/")
    target.contents_add(b"q\n", prepend=True)  # whatever the page does to the graphics state ends before our text
    target.contents_add(b"\nQ\n" + text_operators(page, matrix, name))


def _image_file(image):
    """The bytes of an image file that img2pdf embeds as they are: an upright RGB or grey JPEG, or a PNG."""
    if isinstance(image, str | Path):
        image = Path(image).read_bytes()
    if isinstance(image, bytes):
        with Image.open(io.BytesIO(image)) as picture:
            if picture.format == "JPEG" and picture.mode in ("RGB", "L") and picture.getexif().get(0x0112, 1) == 1:
                return image
            image = np.asarray(picture.convert("L" if picture.mode in ("1", "L") else "RGB"))
    stream = io.BytesIO()
    Image.fromarray(np.asarray(image, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def _pixels_to_page(target, dpi):
    """float `(2, 3)`: pixels of the page as displayed at `dpi` → its user space, whatever its box and /Rotate are."""
    left, bottom, right, top = (float(value) for value in target.cropbox)
    s = 72 / dpi
    turn = int(target.obj.get("/Rotate", 0)) % 360
    return np.array(
        {
            0: [[s, 0, left], [0, -s, top]],
            90: [[0, s, left], [s, 0, bottom]],
            180: [[-s, 0, right], [0, s, bottom]],
            270: [[0, -s, right], [-s, 0, top]],
        }[turn]
    )


def _describe(document):
    document.Root.Lang = "ko"
    with document.open_metadata() as metadata:
        metadata["xmp:CreatorTool"] = "ocr_crnn"


def _save(document, temporary, path):
    document.save(temporary)
    temporary.replace(path)


def _font_program():
    """A TrueType font of one glyph, a box as large as the em; under 1 kB.

    An empty glyph would do for copying, but PDFium drops text whose glyphs have no extent, single characters and upright lines first.
    """
    pen = TTGlyphPen(None)
    pen.moveTo((0, -200))
    for point in ((0, 800), (1000, 800), (1000, -200)):
        pen.lineTo(point)
    pen.closePath()
    box = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "box"])
    builder.setupCharacterMap({0x20: "box"})
    builder.setupGlyf({".notdef": box, "box": box})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "box": (1000, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=False)
    stream = io.BytesIO()
    builder.save(stream)
    return stream.getvalue()


def _identity_to_unicode():
    """A CMap that sends every code unit to itself; a range may not cross the low byte, hence 256 of them, 100 a group."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for first in range(0, 256, 100):
        group = range(first, min(first + 100, 256))
        lines.append(f"{len(group)} beginbfrange")
        lines += [f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>" for high in group]
        lines.append("endbfrange")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
