"""Tab-separated values with Tesseract's columns, so that scripts written for it read ours."""

import io

import numpy as np

from ocr_crnn.files import replacing_file
from ocr_crnn.formats.files import bounding_box, confidence, plain_text

COLUMNS = ("level", "page_num", "block_num", "par_num", "line_num", "word_num", "left", "top", "width", "height", "conf", "text")
PAGE, BLOCK, PARAGRAPH, LINE, WORD = 1, 2, 3, 4, 5


def format_tsv(pages):
    """The table as text: one row per page, block, paragraph, line and word; `conf` is 0–100 for words, −1 above them, as Tesseract's.

    Boxes are axis-aligned pixels of the page. A block holds one paragraph. Rows without a text are left out.
    """
    stream = io.StringIO()
    _write(pages, stream)
    return stream.getvalue()


def write_tsv(pages, path):
    """Write the table to `path` as UTF-8, page by page of an iterable; the file appears whole or not at all."""
    with replacing_file(path) as stream, io.TextIOWrapper(stream, encoding="utf-8", newline="") as text:
        _write(pages, text)


def _write(pages, stream):
    def write(row):
        """As Tesseract: no cell is quoted and nothing escaped, for no cell holds a tab or a line break."""
        stream.write("\t".join(map(str, row)) + "\n")

    write(COLUMNS)
    for number, page in enumerate(pages, 1):
        height, width = page.size
        write((PAGE, number, 0, 0, 0, 0, 0, 0, width, height, -1, ""))
        for block, lines in enumerate(page.block_lines(), 1):
            box = bounding_box(page.quads[np.concatenate(lines)])
            write((BLOCK, number, block, 0, 0, 0, *box, -1, ""))
            write((PARAGRAPH, number, block, 1, 0, 0, *box, -1, ""))
            for line, rows in enumerate(lines, 1):
                write((LINE, number, block, 1, line, 0, *bounding_box(page.quads[rows]), -1, ""))
                for word, row in enumerate(rows, 1):
                    box, score = bounding_box(page.quads[row]), confidence(page, row)
                    write((WORD, number, block, 1, line, word, *box, score, plain_text(page.texts[row])))

