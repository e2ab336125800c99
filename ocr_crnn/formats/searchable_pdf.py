"""Searchable PDF: the page as it was, and over it the text, invisible, in its place, in reading order.

The text is shown in a font of one glyph, one em wide, for every UTF-16 code unit (invisible_font.py), with a ToUnicode map that is the
identity, in the text rendering mode that paints nothing. So every Hangul syllable, Hanja or symbol can be searched and copied without a
Korean font.
"""

import io
import itertools
from contextlib import ExitStack
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageCms

from ocr_crnn.files import replacing, unfinished_folder
from ocr_crnn.formats.files import plain_text
from ocr_crnn.formats.invisible_font import invisible_font
from ocr_crnn.formats.pdf_files import open_document, save_document
from ocr_crnn.images import open_picture

ASCENT, DESCENT = 0.8, 0.2  # of the height of a quad; where the baseline lies in it
LEAST_SPACE = 0.2  # width of a space, in heights of its word
PAPER_PT = (3, 14_400)  # the sides that a page of a PDF may have, in points
PAGES_PER_PART = 16  # pages held in memory at a time


def write_searchable_pdf(pages_and_images, path, dpi=300, title=None, pdfa=False):
    """Write a PDF with one page for each `(Page, image)` of an iterable, which is consumed one pair at a time.

    image: a path or the bytes of an image file, or uint8 `(height, width[, 3])`; its pixels are the Page's. An upright JPEG is
        embedded byte for byte, everything else without loss.
    dpi: pixels per inch, which sets the size of the paper; a number or one per pair (a function of the Page). Where a side would leave
        PAPER_PT, another is taken. Raises ValueError for a page more than 4,800 times as long as wide.
    title: of the document, the name of the file by default. pdfa: as PDF/A-2b, for archives.
    Memory does not grow with the number of pages. The file appears whole or not at all.
    """
    path = Path(path)
    with unfinished_folder(path.parent, path.name) as folder, pikepdf.new() as document:
        _describe(document, path.stem if title is None else title)
        if pdfa:
            _make_archival(document)
        parts, part = [], []
        for page, image in pages_and_images:
            part.append((page, image))
            if len(part) == PAGES_PER_PART:
                parts.append(_write_part(part, folder / f"{len(parts):05}.pdf", dpi))
                part = []
        if part:
            parts.append(_write_part(part, folder / f"{len(parts):05}.pdf", dpi))
        with ExitStack() as stack:
            for part in parts:
                document.pages.extend(stack.enter_context(open_document(part)).pages)
            _save(document, path)


def add_text_to_pdf(source, pages, path, dpi=300, password="", title=None):
    """Copy the PDF `source`, a path or a binary stream, to `path` with an invisible text layer: its pages stay as they are.

    pages: an iterable of (page index, Page), the Pages read from the PDF rendered at `dpi`; pages that are not listed
        are copied unchanged.
    title: of a document that has none, the name of the file by default.
    """
    path = Path(path)
    with open_document(source, password) as document:
        _describe(document, path.stem if title is None else title)
        font = document.make_indirect(invisible_font(document))
        for index, page in pages:
            target = document.pages[index]
            _add_layer(document, target, font, page, _pixels_to_page(target, dpi))
        _save(document, path)


def write_text_pdf(page, path, dpi=300):
    """Write the text of a Page alone, invisible, on one empty page of its size, to lay over or under another PDF."""
    path, scale = Path(path), 72 / paper_dpi(page.size, dpi)
    with pikepdf.new() as document:
        height, width = (side * scale for side in page.size)
        target = document.add_blank_page(page_size=(width, height))
        matrix = np.array([[scale, 0, 0], [0, -scale, height]])
        # OCRmyPDF takes over a font of this name, and the contents if they are one stream.
        _add_layer(document, target, document.make_indirect(invisible_font(document)), page, matrix, Name.F1)
        target.contents_coalesce()
        _save(document, path)


def paper_dpi(size, dpi):
    """The dpi nearest to `dpi` at which a page of (height, width) pixels is of a size that PDF knows, see PAPER_PT."""
    least, most = 72 * max(size) / PAPER_PT[1], 72 * min(size) / PAPER_PT[0]
    if least > most:
        longest = PAPER_PT[1] // PAPER_PT[0]
        raise ValueError(f"A page of a PDF is at most {longest:,} times as long as wide. Received: {size[1]} × {size[0]} pixels. Cut it.")
    return min(max(dpi, least), most)


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
    units = plain_text(text).encode("utf-16-be")
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
            page_dpi = paper_dpi(page.size, dpi(page) if callable(dpi) else dpi)
            layout = img2pdf.get_fixed_dpi_layout_fun((page_dpi, page_dpi))
            contents = img2pdf.convert(_image_file(image), layout_fun=layout, rotation=img2pdf.Rotation.none)
            with open_document(contents) as single:
                document.pages.extend(single.pages)
            scale = 72 / page_dpi
            matrix = np.array([[scale, 0, 0], [0, -scale, page.size[0] * scale]])
            _add_layer(document, document.pages[-1], font, page, matrix)
        save_document(document, path)
    return path


def _add_layer(document, target, font, page, matrix, font_name=None):
    name = str(target.add_resource(font, Name.Font, font_name or _free_name(target))).removeprefix("/")
    target.contents_add(b"q\n", prepend=True)  # whatever the page does to the graphics state ends before our text
    target.contents_add(b"\nQ\n" + text_operators(page, matrix, name))


def _free_name(target):
    """A name that nothing of the page has: always the same one, where pikepdf would draw one."""
    taken = {name for resources in target.resources.as_dict().values() if isinstance(resources, Dictionary) for name in resources}
    return next(name for name in (Name(f"/Invisible{number}") for number in itertools.count(1)) if name not in taken)


def _image_file(image):
    """The bytes of an image file that img2pdf embeds as they are: an upright RGB or grey JPEG, or a PNG.

    A PNG of grey or RGB that says nothing besides, as ours, is not decoded: that takes 2 GB for an A0 sheet, and packing it again 10 s.
    """
    if isinstance(image, str | Path):
        image = Path(image).read_bytes()
    if isinstance(image, bytes):
        with open_picture(image) as picture:
            if picture.format == "JPEG" and picture.mode in ("RGB", "L") and picture.getexif().get(0x0112, 1) == 1:
                return image
            if picture.format == "PNG" and picture.mode in ("RGB", "L") and not picture.info:  # interlaced, profile, transparency
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


def _describe(document, title):
    """Language and title, as far as the document has none, and who has made the text."""
    if Name.Lang not in document.Root:
        document.Root.Lang = "ko"
    with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
        if not str(document.docinfo.get(Name.Title, "")).strip() and not metadata.get("dc:title"):
            metadata["dc:title"] = plain_text(title)
            document.Root.ViewerPreferences = document.Root.get(Name.ViewerPreferences, Dictionary())
            document.Root.ViewerPreferences.DisplayDocTitle = True
        metadata.setdefault("xmp:CreatorTool", "ocr_crnn")


def _make_archival(document):
    """What PDF/A-2b (ISO 19005-2) asks of the document as a whole: it says what it is, and what its RGB and grey values mean.

    The rest holds for every file written here: fonts are embedded, nothing is encrypted, linked or transparent, no script is in it.
    """
    profile = document.make_stream(_srgb_profile(), N=3)
    intent = Dictionary(
        Type=Name.OutputIntent, S=Name.GTS_PDFA1, OutputConditionIdentifier=String("sRGB"), Info=String("sRGB IEC61966-2.1"),
        RegistryName=String("http://www.color.org"), DestOutputProfile=profile,
    )  # fmt: skip
    document.Root.OutputIntents = Array([document.make_indirect(intent)])
    with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["pdfaid:part"], metadata["pdfaid:conformance"] = "2", "B"


def _srgb_profile():
    """An ICC profile of sRGB as LittleCMS makes it, of the version that PDF 1.7 knows and always with the same date."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[8:12] = b"\x04\x20\0\0"  # 4.2; Pillow's is 4.4, and uses nothing that is new in it
    profile[24:36] = b"".join(number.to_bytes(2, "big") for number in (2026, 1, 1, 0, 0, 0))
    profile[84:100] = bytes(16)  # the checksum, which may be left out
    return bytes(profile)


def _save(document, path):
    """Equal documents are equal files, byte for byte: the ID is made of the contents, and no date is in them that the source has not."""
    with replacing(path) as temporary:
        save_document(document, temporary, min_version="1.7", deterministic_id=True)
