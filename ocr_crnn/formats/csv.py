"""The tables of a document as comma-separated values, one below the other."""

import csv
import io

from ocr_crnn.files import replacing_file
from ocr_crnn.formats.table_cells import grid_of, tables_of, to_spreadsheet


def format_csv(pages):
    """The record "tables" of Pages as text: before each table a line "page 2, table 1", behind it an empty one.

    Spans leave empty cells behind their first one. What a spreadsheet would run as a formula begins with an apostrophe. Text that stands
    in no table is not there.
    """
    stream = io.StringIO()
    _write(pages, stream)
    return stream.getvalue()


def write_csv(pages, path):
    """Write the tables to `path` as UTF-8 with a byte order mark, or Excel would take Hangul for Latin-1; page by page of an iterable."""
    with replacing_file(path) as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        _write(pages, text)


def _write(pages, stream):
    writer = csv.writer(stream, lineterminator="\n")
    for page_number, table_number, page, table in tables_of(pages):
        writer.writerow([f"page {page_number}, table {table_number}"])
        writer.writerows([to_spreadsheet(text) for text in row] for row in grid_of(page, table))
        writer.writerow([])
