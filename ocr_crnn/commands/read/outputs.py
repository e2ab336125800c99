"""From the Pages of a document to its files: which there are, and how each is written.

The writers are imported when they are called: those of PDF and XML bring packages that text has no need of.
"""

import io
import pickle
import re
import tempfile
import weakref
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ocr_crnn.commands.read import labelling
from ocr_crnn.files import replace_file, replacing_file
from ocr_crnn.formats.files import NOT_TEXT, encode_page_image
from ocr_crnn.formats.html import UNCERTAIN, write_html
from ocr_crnn.formats.page_json import format_page_json, write_page_json
from ocr_crnn.images import ORIENTATION, open_pdf, resolution, square_size
from ocr_crnn.names import readable

SUFFIXES = {"txt": ".txt", "json": ".json", "tsv": ".tsv", "hocr": ".hocr", "alto": ".xml", "pdf": ".pdf", "html": ".html"}
SUFFIXES |= {"md": ".md", "csv": ".csv", "xlsx": ".xlsx", "labelstudio": labelling.TASKS}
# What these are made of is found without being asked for.
STAGES_OF_FORMATS = {"md": ("tables", "clusters"), "csv": ("tables",), "xlsx": ("tables",)}
OVERLAY = ".overlay.jpg"
OF_PAGES = (SUFFIXES["json"], OVERLAY, labelling.IMAGE)  # files of one page each, numbered if there are several
IN_FOLDERS = ("pdf", "html", "xlsx", "labelstudio")  # these need a place: they are no text for a terminal
PAGE_BREAK = "\f"


def stages_of_formats(formats):
    """Names of the stages that find what formats are made of, each once. formats: keys of SUFFIXES joined by commas, or None."""
    kinds = (kind.strip().lower() for kind in (formats or "").split(","))
    return tuple(dict.fromkeys(stage for kind in kinds for stage in STAGES_OF_FORMATS.get(kind, ())))


def output_paths(target, formats, overlay, indices, count):
    """Yield every file that a document's outputs are: JSON and overlays one a page, numbered if there are several; others one each."""
    yield from (_with_suffix(target, SUFFIXES[kind]) for kind in formats if kind != "json")
    for suffix in [SUFFIXES["json"]] * ("json" in formats) + [OVERLAY] * overlay:
        yield from (page_path(target, suffix, index, count) for index in indices)


def page_path(target, suffix, index, count):
    return _with_suffix(target, suffix if count == 1 else f".p{index + 1:04}{suffix}")


def suffixes_of(formats, overlay):
    """The suffixes of all files that a document's outputs are."""
    return [SUFFIXES[kind] for kind in formats] + [OVERLAY] * overlay + [labelling.IMAGE] * ("labelstudio" in formats)


def outputs_there(target, formats, overlay):
    """The outputs of a document that are there, of however many pages a run before has found in it."""
    suffixes = suffixes_of(formats, overlay)
    names = {target.name + suffix for suffix in suffixes}
    pages = [(target.name + ".p", suffix) for suffix in suffixes if suffix in OF_PAGES]
    return [
        path for path in target.parent.iterdir()
        if path.is_file()
        and (path.name in names or any(path.name.startswith(p) and path.name.removesuffix(s)[len(p) :].isdecimal() for p, s in pages))
    ]  # fmt: skip


def outputs_of_folder(folder):
    """{name of an output, without the number of its page: the paths that are there} of a folder, which is looked through once."""
    found, ends = {}, "|".join(map(re.escape, OF_PAGES))
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_file():
            for name in {path.name, re.sub(rf"\.p\d+(?=({ends})$)", "", path.name)}:
                found.setdefault(name, []).append(path)
    return found


class Spool:
    """Pages of one document on disk until all are read, so that every format can be written from one reading, page by page.

    target: of its outputs, without suffix; None where they go to standard output. count: of its pages, known when the first is added.
    """

    def __init__(self, folder, options, source, target=None):
        self.folder, self.source, self.target, self.count = Path(folder), source, target, 1
        self.inner = self.folder / "pages"  # beside the documents, whatever they are called: their names have suffixes
        self.inner.mkdir()
        self.indices, self.dpi, self.starts = [], {}, {}
        self.pages_file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115, has no name: what is read back is what was written
        self.from_pdf = is_pdf(source)
        self.with_html = "html" in options.formats
        self.with_labels = "labelstudio" in options.formats
        self.is_shown = self.with_labels and not options.mask and is_upright_jpeg(source)  # its file is what a labeller can be shown
        # Its pages stay as they are, and get a text layer. What is masked is a picture of them, for what lies under it would stay too.
        self.keeps_pdf = self.from_pdf and not options.pdfa and not options.mask
        self.with_pdf = "pdf" in options.formats and not self.keeps_pdf and (bool(options.mask) or not is_upright_jpeg(source))

    def add(self, index, page, image, count=1):
        self._put(index, page, image.dpi, count)
        if self.with_html:
            self.picture(index, "html").write_bytes(encode_page_image(image.pixels)[0])
        if self.with_labels:
            labelling.save_page_image(image.pixels, self.picture(index, "jpg"), self.source if self.is_shown else None)
        if self.with_pdf:
            Image.fromarray(_as_grey(image.pixels)).save(self.picture(index, "pdf"), "PNG")
        self.indices.append(index)

    def add_stored(self, index, page, dpi, count, store):
        """Add a page whose pictures another spool has made. store: `(kind, path)`, writes that of "html", "jpg" or "pdf" to a path."""
        self._put(index, page, dpi, count)
        for kind in self.picture_kinds:
            store(kind, self.picture(index, kind))
        self.indices.append(index)

    def _put(self, index, page, dpi, count):
        self.count = count
        self.dpi[index] = dpi
        self.starts[index] = self.pages_file.seek(0, io.SEEK_END)
        self.pages_file.write(pickle.dumps(page))
        self.pages_file.flush()  # a full disk is an error of this page

    @property
    def picture_kinds(self):
        return ("html",) * self.with_html + ("jpg",) * self.with_labels + ("pdf",) * self.with_pdf

    def picture(self, index, kind):
        return self.inner / f"{index}.{kind}"

    def pages(self):
        return (page for _, page in self.numbered())

    def numbered(self):
        for index in self.indices:
            self.pages_file.seek(self.starts[index])
            yield index, pickle.load(self.pages_file)

    def label_images(self):
        """(path now, place) of the images that are shown to labellers, in the order of the pages."""
        return [(self.picture(index, "jpg"), page_path(self.target, labelling.IMAGE, index, self.count)) for index in self.indices]

    def close(self):
        self.pages_file.close()

    def with_images(self, kind):
        """(index, Page, path of its image) for "html" or "pdf"."""
        for index, page in self.numbered():
            yield index, page, self.picture(index, kind) if kind == "html" or self.with_pdf else self.source


def write_format(kind, spool, path, options):
    """Write the spooled document to `path` as one of SUFFIXES; returns the indices of pages that had text and were left as they were."""
    if kind == "txt":
        with replacing_file(path) as stream:
            for number, page in enumerate(spool.pages()):
                stream.write((PAGE_BREAK * (number > 0) + format_text(page)).encode("utf-8"))
    elif kind == "html":
        write_html(((page, image) for _, page, image in spool.with_images("html")), path, title=readable(Path(path).stem))
    elif kind == "pdf":
        return _write_pdf(spool, path, options)
    elif kind == "labelstudio":
        pages = ((page, *image) for page, image in zip(spool.pages(), spool.label_images(), strict=True))
        with replacing_file(path) as stream:
            stream.writelines(task.encode("utf-8") for task in labelling.format_tasks(pages, options.errors_in))
    else:
        writer = import_module(f"ocr_crnn.formats.{kind}")  # alto, csv, hocr, md, tsv, xlsx
        getattr(writer, f"write_{kind}")(spool.pages(), path)
    return []


def format_text(page):
    """The text of a page as it stands in a file: ends with a line break unless it is empty."""
    return NOT_TEXT.sub("\ufffd", page.text) + "\n" if page.text else ""


def format_page(kind, page, image):
    """What standard output gets for a page, read from a PageImage: its text, or its JSON on one line."""
    return format_text(page) if kind == "txt" else format_page_json(page, None, image.index + 1, image.dpi).replace("\n", "") + "\n"


def write_page_files(target, page, image, index, count, formats, overlay):
    """The files of a page: JSON and overlay."""
    if "json" in formats:
        write_page_json(page, page_path(target, SUFFIXES["json"], index, count), index + 1, image.dpi)
    if overlay:
        replace_file(page_path(target, OVERLAY, index, count), encode_page_image(draw_words(image.pixels, page))[0])


def draw_words(pixels, page):
    """The page image with a frame around each word: green, and orange where the score is below UNCERTAIN."""
    picture = np.array(pixels)
    thickness = max(round(min(page.size) / 800), 1)
    for row, quad in enumerate(page.quads):
        certain = page.scores is None or page.scores[row] >= UNCERTAIN
        cv2.polylines(picture, [np.round(quad).astype(np.int32)], True, (30, 150, 60) if certain else (240, 120, 0), thickness)
    return picture


def pages_with_text(source, indices, password=None):
    """Which pages of a PDF hold text, visible or not: a second layer over it would be copied twice."""
    with open_pdf(source, "bytes" if isinstance(source, bytes) else str(source), password) as document:
        return [index for index in indices if document.has_text(index)]


def is_upright_jpeg(source):
    """True for a JPEG whose pixels are the page's, upright and square, so that a PDF can hold its bytes."""
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=("JPEG",)) as picture:
            as_it_is = picture.getexif().get(ORIENTATION, 1) == 1 and square_size(picture.size, resolution(picture)) is None
            return picture.format == "JPEG" and picture.mode in ("RGB", "L") and as_it_is
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return False


def _write_pdf(spool, path, options):
    from ocr_crnn.formats.hidden_text import remove_hidden_text
    from ocr_crnn.formats.searchable_pdf import add_text_to_pdf, write_searchable_pdf

    title = readable(Path(path).stem)
    if not spool.keeps_pdf:
        dpi = weakref.WeakKeyDictionary()

        def pairs():
            for index, page, image in spool.with_images("pdf"):
                dpi[page] = spool.dpi[index] or options.dpi
                yield page, image

        write_searchable_pdf(pairs(), path, dpi=lambda page: dpi[page], title=title, pdfa=options.pdfa)
        return []
    source, password = spool.source, options.password
    if options.redo:
        source, password = spool.inner / "redo.pdf", None
        remove_hidden_text(spool.source, spool.indices, source, options.password)
    left = pages_with_text(source, spool.indices, password)
    layers = ((index, page) for index, page in spool.numbered() if index not in left)
    add_text_to_pdf(source, layers, path, dpi=options.dpi, password=password or "", title=title)
    return left


def name_image(page, path):
    return replace(page, image_path=None if path is None else str(path))


def is_pdf(source):
    """Whether a path or the bytes of a file are a PDF."""
    if isinstance(source, bytes):
        return b"%PDF-" in source[:1024]
    with open(source, "rb") as stream:
        return b"%PDF-" in stream.read(1024)


def _as_grey(pixels):
    """One channel where all three are the same: a third of the bytes."""
    same = np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(pixels[..., 0], pixels[..., 2])
    return pixels[..., 0] if same else pixels


def _with_suffix(target, suffix):
    return target.parent / (target.name + suffix)
