"""The tables of Pages as grids of texts: what csv, Markdown and spreadsheets are made of."""

import re

from ocr_crnn.formats.files import plain_text
from ocr_crnn.formats.flowing_text import join_lines
from ocr_crnn.names import to_cell

NUMBER = re.compile(r"[+-]?\d[\d,.]*")  # a sign before it makes no formula of it


def tables_of(pages):
    """(number of the page, number of the table on it, Page, table) of the record "tables" of an iterable of Pages; both count from 1."""
    for number, page in enumerate(pages, 1):
        for place, table in enumerate(page.records.get("tables", []), 1):
            yield number, place, page, table


def cell_lines(page, cell):
    """The lines of a cell, plain text each."""
    words = [word for word in cell["words"] if page.texts[word]]
    lines, last = [], None
    for word in words:
        line = None if page.lines is None else page.lines[word]
        if not lines or line != last:
            lines.append([])
        lines[-1].append(plain_text(page.texts[word]))
        last = line
    return [" ".join(line) for line in lines]


def grid_of(page, table, text=lambda lines: join_lines(lines)):
    """The texts of a table, a list of its rows; a cell over several rows or columns stands in its first. text: of the lines of a cell."""
    grid = [[""] * table["columns"] for _ in range(table["rows"])]
    for cell in table["cells"]:
        grid[cell["row"]][cell["column"]] = text(cell_lines(page, cell))
    return grid


def to_spreadsheet(text):
    """The text of a cell; one that a spreadsheet would run as a formula begins with an apostrophe."""
    return text if NUMBER.fullmatch(text) else to_cell(text)
