"""Pages → a folder of annotations in one of TARGETS, page by page: the images, copied or cut into lines, and what is labelled of them.

What a format cannot hold is counted by name in `Writer.lost`; what is left out is a finding of the report.
"""

import os
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ocr_crnn.data.annotations import coco_text, label_studio, labelme, lmdb_words, paddleocr, page_files, page_xml, text_files, text_table
from ocr_crnn.data.samples import (
    ARCHIVE_MARK,
    IMAGE_SUFFIXES,
    UnreadableImageError,
    base_name,
    decode_page,
    measure_picture,
    normalize,
    read_image_bytes,
    resolve_path,
)
from ocr_crnn.formats.files import NOT_TEXT
from ocr_crnn.geometry import beyond_page, boxes_to_quads, quad_sizes
from ocr_crnn.images import open_picture
from ocr_crnn.names import readable
from ocr_crnn.ops.lines import crop_quad

COLUMNS = ("scores", "lines", "blocks", "scripts", "entities", "characters", "attributes")
TARGETS = {
    "labelstudio": label_studio.TaskFile,
    "pagexml": page_xml.XmlFiles,
    "paddleocr": paddleocr.PageList,
    "paddleocr-lines": paddleocr.LineList,
    "cocotext": coco_text.CocoFile,
    "labelme": labelme.LabelmeFiles,
    "csv": text_table.Table,
    "pairs": text_files.Pairs,
    "lmdb": lmdb_words.WordsFile,
    "pages": page_files.PageFiles,
}
OF_LINES = tuple(name for name, target in TARGETS.items() if target.of_lines)
DEFAULT_UNIT = "line"  # of a format that does not say
MIN_SIDE_PX = 4


class Writer:
    """Writes Pages to a folder that is there and empty. A context: at its end the files that hold many pages are finished.

    folder: where to write. name: what the folder is going to be called. report: gets what is left out. link: images become hard links to
    those that are there, where the system can.

    lost: a Counter of what the format cannot hold, by name. counts: images and texts written, images cut.
    """

    def __init__(self, folder, format, report, name=None, link=False):
        if format not in TARGETS:
            raise ValueError(f"Annotations are written as one of {', '.join(TARGETS)}. Received: {format!r}. Take one of these.")
        self.folder, self.format, self.report, self.link = Path(folder), TARGETS[format], report, link
        self.name = Path(folder).name if name is None else name
        self.lost, self.counts = Counter(), Counter(images=0, texts=0)
        self._names, self._stack = set(), ExitStack()
        self._images = self.folder / self.format.images

    def __enter__(self):
        self._images.mkdir(exist_ok=True)
        self._target = self.format(self.folder, self.name, self._stack)
        return self

    def __exit__(self, *error):
        with self._stack:
            if error[0] is None:
                self._target.end()

    def add(self, page):
        """Write a Page. False where its image cannot be read: a finding, and nothing is written."""
        page = self._only_text(page)
        try:
            contents = read_image_bytes(page.image_path)
            (self._add_lines if self.format.of_lines else self._add_page)(page, contents)
        except UnreadableImageError as error:
            self.report.add("image_unreadable", page.image_path, error)
            return False
        except FileNotFoundError as error:
            self.report.add("image_missing", page.image_path, error)
            return False
        return True

    def _only_text(self, page):
        """The page without what is no text, such as halves of surrogate pairs, which no file in UTF-8 can hold."""
        texts = [text and NOT_TEXT.sub("\ufffd", text) for text in page.texts]
        changed = sum(new != old for new, old in zip(texts, page.texts, strict=True))
        if changed:
            self.lost["characters that are no text"] += changed
        return replace(page, texts=texts) if changed else page

    def _add_page(self, page, contents):
        page, name = self._place(page, contents)
        self._count_lost(page)
        self._target.add(page, name)
        self.counts["images"] += 1
        self.counts["texts"] += len(page)

    def _add_lines(self, page, contents):
        self._count_lost(page)
        sizes, beyond, whole = quad_sizes(page.quads), beyond_page(page.quads, page.size), _fills(page)
        pixels = None
        for row, text in enumerate(page.texts):
            where = f"{page.image_path} row {row}"
            if not text or not text.strip():
                self.report.add("text_left_out", where)
                continue
            if not whole and sizes[row].min() < MIN_SIDE_PX:
                self.report.add("too_small", where, "{:.0f} × {:.0f} px".format(*sizes[row]))
                continue
            if beyond[row]:
                self.report.add("beyond_image", where, "{:.0f} × {:.0f} px".format(*sizes[row]))
                continue
            if whole:
                _, name = self._place(page, contents)
            else:
                pixels = decode_page(contents, page) if pixels is None else pixels
                name = self._new_name(f"{_stem(page.image_path)}_{row + 1:04}", ".png")
                Image.fromarray(crop_quad(pixels, page.quads[row], whole_pixels=False)).save(self._images / name, "PNG")
                self.counts["cut"] += 1
            line = paddleocr.one_line(text)
            if line != text:
                self.lost["line breaks and runs of spaces"] += 1
            self._target.add(replace(page.take([row]), texts=[line]), name)
            self.counts["images"] += 1
            self.counts["texts"] += 1

    def _place(self, page, contents):
        """`(Page, name)` with the image written under a name that is free: as it is, or upright where its camera calls it turned."""
        sizes, orientation = measure_picture(page.image_path)
        suffix = _suffix(page.image_path, contents)
        if orientation == 1 and page.size == sizes[0] and suffix in IMAGE_SUFFIXES:
            name = self._new_name(_stem(page.image_path), suffix)
            self._copy(page.image_path, contents, self._images / name)
            return page, name
        name = self._new_name(_stem(page.image_path), ".png")
        pixels = decode_page(contents, page)
        page = replace(page, turned=False)
        Image.fromarray(pixels).save(self._images / name, "PNG")
        self.counts["saved as PNG" if suffix not in IMAGE_SUFFIXES else "turned upright"] += 1
        return page, name

    def _copy(self, image_path, contents, path):
        if self.link and ARCHIVE_MARK not in str(image_path):
            try:
                os.link(resolve_path(image_path), path)
                return
            except OSError:  # another file system, or one without links
                pass
        path.write_bytes(contents)

    def _new_name(self, stem, suffix):
        """A file name whose stem no other image has: annotations are called by it."""
        name, number = stem, 1
        while name.lower() in self._names:
            number += 1
            name = f"{stem}_{number}"
        self._names.add(name.lower())
        return name + suffix

    def _count_lost(self, page):
        for name in COLUMNS:
            column = getattr(page, name)
            if column is not None and name not in self.format.holds:
                self.lost[name] += sum(one is not None and one != {} for one in column)
        if "records" not in self.format.holds:
            self.lost["records"] += sum(map(len, page.records.values()))
        if "unit" not in self.format.holds and page.unit != DEFAULT_UNIT:
            self.lost[f"that texts are {page.unit}s"] += len(page)
        self.lost += Counter()  # without those that are none


def _fills(page):
    return len(page) == 1 and bool(np.allclose(page.quads, boxes_to_quads([(0, 0, page.size[1], page.size[0])]), atol=1))


def _suffix(image_path, contents):
    """That of the name; of an image that has none, as in an LMDB, that of its kind."""
    return os.path.splitext(base_name(image_path))[1].lower() or f".{open_picture(contents).format.lower()}"


def _stem(image_path):
    """The name of an image as a part of lists: printable, without separators."""
    stem = os.path.splitext(base_name(normalize(readable(image_path))))[0]
    return "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in stem)[:60] or "image"
