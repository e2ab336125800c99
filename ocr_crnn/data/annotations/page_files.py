"""Page JSON of this toolkit (formats/page_json.py): what `ocr-crnn read` and `ocr-crnn render pages` write, one file a page."""

import os
from dataclasses import replace

from ocr_crnn.data.annotations.rows import is_turned, tell_changed
from ocr_crnn.data.annotations.source import suffix_of
from ocr_crnn.data.annotations.target import Target
from ocr_crnn.data.samples import ARCHIVE_MARK
from ocr_crnn.formats.page_json import MOST_BYTES, read_page_json, write_page_json
from ocr_crnn.untrusted.json_text import parse_json

SUFFIX = ".json"
DOCUMENTS = (".pdf", ".tif", ".tiff")  # files of several pages


def read(files, source):
    """Yield the Page of each file; its image is looked for as that of every format."""
    for path in files:
        try:
            if ARCHIVE_MARK in str(path):
                raise ValueError("page JSON in a zip, which has to be unpacked first")
            page = read_page_json(path)
            later = page.image_path is not None and suffix_of(page.image_path) in DOCUMENTS and _number(path, source) > 1
        except (OSError, ValueError) as error:
            source.report.add("labels_damaged", path, error)
            continue
        if page.image_path is None or later or suffix_of(page.image_path) == ".pdf":
            why = f"{page.image_path}: a page of a document; ocr-crnn read --format labelstudio gives images of pages"
            source.report.add("image_missing", path, why if page.image_path else "no image is named")
            continue
        image_path = source.image(os.path.relpath(page.image_path, os.path.dirname(path) or "."), path, path)
        page = None if image_path is None else _on_image(page, image_path, path, source)
        if page is not None:
            yield page


def _number(path, source):
    number = parse_json(source.read(path, MOST_BYTES)).get("page", 1)
    return number if isinstance(number, int | float) else 1


def _on_image(page, image_path, path, source):
    measured = source.measure(image_path)
    if measured is None:
        return None
    if page.size not in measured[0]:
        tell_changed(image_path, measured[0], page.size, path, source.report)
        return None
    if not len(page):
        source.report.add("page_without_text", path, image_path)
    return replace(page, image_path=image_path, turned=is_turned(page.size, measured))


class PageFiles(Target):
    """A file beside each image. It holds all that a Page does."""

    holds = frozenset({"scores", "lines", "blocks", "scripts", "entities", "characters", "attributes", "records", "unit"})

    def add(self, page, name):
        path = self.folder / name
        write_page_json(replace(page, image_path=str(path)), path.with_suffix(SUFFIX))
