"""The tables of a document as a workbook of Excel, a sheet each; needs openpyxl, of the extra `documents`."""

import re

import numpy as np

from ocr_crnn.extras import MissingExtraError
from ocr_crnn.files import replacing_file
from ocr_crnn.formats.flowing_text import join_lines
from ocr_crnn.formats.table_cells import cell_lines, tables_of

NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14}|[1-9]\d{0,2}(?:,\d{3}){1,4})(?:\.\d{1,6})?")  # digits that a float64 holds
CERTAIN = 0.9  # least score of the words of a number
LONGEST = 32_767  # characters of a cell


def write_xlsx(pages, path):
    """Write the record "tables" of an iterable of Pages to `path`: sheets "p2 t1", spans as merged cells, a document without tables as one
    empty sheet.

    A cell is a number where its whole text is one, without zeros in front, and read with a score of at least CERTAIN; anything else is
    text, formulas too. Raises MissingExtraError without openpyxl, ValueError for a text that no cell holds.
    """
    workbook, bold = _new_workbook()
    for page_number, table_number, page, table in tables_of(pages):
        sheet = workbook.create_sheet(f"p{page_number} t{table_number}")
        for cell in table["cells"]:
            _write_cell(sheet, page, cell, bold)
    if not workbook.sheetnames:
        workbook.create_sheet("tables")
    with replacing_file(path) as stream:
        workbook.save(stream)


def _new_workbook():
    try:
        from openpyxl import Workbook
        from openpyxl.styles import Font
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "A workbook needs the packages of the extra `documents`. Received: openpyxl is not installed. "
            "Install it: pip install 'ocr-crnn[documents]'"
        ) from error
    workbook = Workbook()
    workbook.remove(workbook.active)
    return workbook, Font(bold=True)


def _write_cell(sheet, page, cell, bold):
    text = join_lines(cell_lines(page, cell))
    if len(text) > LONGEST:
        raise ValueError(f"A cell of a workbook holds {LONGEST:,} characters. Received: {len(text):,}. Leave xlsx out of --format.")
    row, column = cell["row"] + 1, cell["column"] + 1
    if text:
        place = sheet.cell(row, column)
        number = to_number(text) if _is_certain(page, cell["words"]) else None
        if number is None:
            place.value = text
            place.data_type = "s"  # a text that begins with = too
        else:
            place.value = number
            place.number_format = ("#,##0" if "," in text else "0") + ("." + "0" * len(text.partition(".")[2]) if "." in text else "")
        if cell["header"]:
            place.font = bold
    if cell["row_span"] > 1 or cell["column_span"] > 1:
        sheet.merge_cells(None, row, column, row + cell["row_span"] - 1, column + cell["column_span"] - 1)


def to_number(text):
    """The int or float that a text is, or None where it is none for certain."""
    if not NUMBER.fullmatch(text):
        return None
    digits = text.replace(",", "")
    return float(digits) if "." in digits else int(digits)


def _is_certain(page, words):
    return page.scores is None or (len(words) > 0 and bool(np.min(page.scores[words]) >= CERTAIN))
