"""PaddleOCR's lists: `Label.txt` of pages (image, tab, JSON of texts with four corners) and `rec_gt.txt` of lines (image, tab, text).

Corners are clockwise from the text's own top-left. "###" is a text that cannot be read. PPOCRLabel names images by the folder that it has
opened: `FOLDER/page.png`, FOLDER being where Label.txt lies.
"""

import json
import unicodedata

from ocr_crnn.data.annotations.rows import UNREADABLE, Row, labelled_page, line_page
from ocr_crnn.data.annotations.target import IMAGES, Target
from ocr_crnn.untrusted.json_text import parse_json

MOST_LINE_BYTES = 1 << 24  # of the JSON of one page
PAGES_NAME, LINES_NAME = "Label.txt", "rec_gt.txt"


def read(files, source):
    """Yield the Page of each line of the lists."""
    for path in files:
        try:
            lines = source.read_lines(path).split("\n")
        except (OSError, ValueError) as error:
            source.report.add("labels_damaged", path, error)
            continue
        of_pages = is_of_pages(next((line for line in lines if line.strip()), "").partition("\t")[2])
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\r")
            if line.strip():
                page = _read_line(line, of_pages, path, f"{path} line {number}", source)
                if page is not None:
                    yield page


def is_of_pages(text):
    """Whether the part of a line behind the tab is the JSON of a page."""
    return text.lstrip().startswith("[") and (text.rstrip() == "[]" or "transcription" in text)


def _read_line(line, of_pages, path, where, source):
    name, tab, text = line.partition("\t")
    if not tab:
        source.report.add("labels_damaged", where, f"no tab: {line[:80]}")
        return None
    image_path = source.image(name.strip(), path, where)
    if image_path is None:
        return None
    if not of_pages:
        return line_page(source, image_path, text, where)
    try:
        records = parse_json(f'{{"texts": {text}}}', MOST_LINE_BYTES)["texts"]
    except ValueError as error:
        source.report.add("labels_damaged", where, error)
        return None
    rows = []
    for record in records if isinstance(records, list) else ():
        if not isinstance(record, dict) or not isinstance(record.get("transcription", ""), str):
            source.report.add("bad_record", where, str(record)[:80])
            continue
        text = None if record.get("difficult") is True else record.get("transcription", "")
        label = record.get("key_cls")
        labels = {"label": label} if isinstance(label, str) and label != "None" else {}
        rows.append(Row(record.get("points"), text, attributes=labels, as_drawn=True))
    return labelled_page(source, image_path, None, rows, "line", where)


class PageList(Target):
    """Label.txt beside the images, as PPOCRLabel opens the folder."""

    def begin(self):
        self.list = self.open(PAGES_NAME)

    def add(self, page, name):
        self.list.write(format_page_line(f"{self.name}/{name}", page) + "\n")


class LineList(Target):
    """rec_gt.txt and a folder of line images."""

    of_lines, images = True, IMAGES

    def begin(self):
        self.list = self.open(LINES_NAME)

    def add(self, page, name):
        self.list.write(format_text_line(f"{IMAGES}/{name}", page.texts[0]) + "\n")


def format_page_line(image_name, page):
    """One line of Label.txt, without its end. Corners to a tenth of a pixel."""
    texts = [
        {"transcription": one_line(text) if text is not None else UNREADABLE[0], "points": _points(quad), "difficult": text is None}
        for text, quad in zip(page.texts, page.quads, strict=True)
    ]
    return f"{image_name}\t{json.dumps(texts, ensure_ascii=False)}"


def format_text_line(image_name, text):
    """One line of rec_gt.txt, without its end."""
    return f"{image_name}\t{one_line(text)}"


def one_line(text):
    """A text without breaks of lines and tabs, which stand between the fields of a list."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _points(quad):
    return [[round(float(x), 1), round(float(y), 1)] for x, y in quad]
