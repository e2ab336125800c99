"""A CSV of `file,text`, an image of one line each: with a header or without, in UTF-8, CP949 or as Excel's Unicode text."""

import csv
import io
import re

from ocr_crnn.data.annotations.rows import line_page
from ocr_crnn.data.annotations.target import IMAGES, Target
from ocr_crnn.data.samples import IMAGE_SUFFIXES, normalize
from ocr_crnn.names import RUN

SUFFIXES = (".csv", ".tsv")
FILE_NAMES = ("file", "filename", "file_name", "image", "image_path", "imagepath", "img", "path", "name")
FILE_NAMES += ("파일", "파일명", "이미지", "경로")
TEXT_NAMES = ("text", "label", "transcription", "words", "word", "gt", "ground_truth", "sentence")
TEXT_NAMES += ("텍스트", "글자", "정답", "내용", "라벨", "문자")
DELIMITERS = (",", "\t", ";")
MOST_FIELD = 1 << 20
MOST_COLUMNS = 100
HIDDEN = re.compile("'+(?=[" + re.escape("".join(RUN)) + "])")  # an apostrophe before what a spreadsheet would run


def read(files, source):
    """Yield the Page of each row. Columns beside the file and the text become attributes."""
    for path in files:
        try:
            text = source.read_lines(path)
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
            yield from _read_rows(rows, path, source)
        except (OSError, ValueError, csv.Error) as error:
            source.report.add("labels_damaged", path, error)


def delimiter_of(text):
    """The delimiter of a table by its first line: the one behind the first cell that is the name of a file or of a column."""
    first = text.lstrip("\ufeff").split("\n", 1)[0].strip().lower()
    for delimiter in DELIMITERS:
        head = first.partition(delimiter)[0].strip(' "\'')
        if delimiter in first and (head in FILE_NAMES or head in TEXT_NAMES or is_image_name(head)):
            return delimiter
    return max(DELIMITERS, key=first.count)


def columns_of(cells):
    """`(file column, text column)` if the cells are a header of both, else None."""
    names = [normalize(cell).strip().lower() for cell in cells]
    file = next((names.index(name) for name in FILE_NAMES if name in names), None)
    text = next((names.index(name) for name in TEXT_NAMES if name in names and names.index(name) != file), None)
    return None if file is None or text is None else (file, text)


def is_image_name(text):
    """Whether a cell ends as the name of an image does."""
    return any(text.strip().lower().endswith(suffix) for suffix in IMAGE_SUFFIXES)


def _read_rows(rows, path, source):
    columns, header = None, []
    for number, cells in enumerate(rows, 1):
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            columns = columns_of(cells) or _guess(cells)
            header = cells if columns_of(cells) else [""] * len(cells)
            if columns_of(cells):
                continue
        where, (file, text) = f"{path} line {rows.line_num if hasattr(rows, 'line_num') else number}", columns
        if len(cells) <= max(file, text):
            source.report.add("labels_damaged", where, f"{len(cells)} cells: {str(cells)[:80]}")
            continue
        last = text == len(header) - 1
        if len(cells) > len(header) and last:
            source.report.add("commas_unquoted", where, ",".join(cells[text:]))
        found = ",".join(cells[text:]) if last else cells[text]
        image_path = source.image(cells[file].strip(), path, where)
        if image_path is None:
            continue
        pairs = zip(header[:MOST_COLUMNS], cells, strict=False)
        extra = {name.strip(): cell for place, (name, cell) in enumerate(pairs) if place not in columns and name.strip() and cell}
        page = line_page(source, image_path, from_table(found), where, extra)
        if page is not None:
            yield page


def _guess(cells):
    """Without a header: the first cell that names an image is the file, the other one of two is the text."""
    file = next((place for place, cell in enumerate(cells) if is_image_name(cell)), None)
    if file is None or len(cells) < 2:
        raise ValueError(
            f"A table of lines has a column of files and one of texts. Received: a first line {str(cells)[:80]}. "
            "Begin it with the header: file,text."
        )
    return file, 1 if file == 0 else file - 1


class Table(Target):
    """lines.csv and a folder of line images."""

    of_lines, images = True, IMAGES

    def begin(self):
        self.rows = csv.writer(self.open("lines.csv", "utf-8-sig"))  # with a mark, or Excel would take Hangul for Latin-1
        self.rows.writerow(["file", "text"])

    def add(self, page, name):
        self.rows.writerow([f"{IMAGES}/{name}", to_table(page.texts[0])])


def to_table(text):
    """A text as a cell that no spreadsheet runs: an apostrophe before it where it would."""
    return f"'{text}" if text.startswith(RUN) or HIDDEN.match(text) else text


def from_table(text):
    """What `to_table` was given."""
    return text[1:] if HIDDEN.match(text) else text
