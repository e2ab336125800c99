"""Stage: the tables of a page, ruled and unruled, as records."""

from dataclasses import replace

import cv2
import numpy as np

from ocr_crnn.granularity import enclosing_quad
from ocr_crnn.reading.aligned_tables import find_aligned_tables
from ocr_crnn.reading.cells import cells_of_quads, find_strokes
from ocr_crnn.reading.entity_labels import is_label
from ocr_crnn.reading.lined_tables import level_rules
from ocr_crnn.reading.order import written_downwards
from ocr_crnn.reading.ruled_tables import find_ruled_tables
from ocr_crnn.reading.settings import CELLS, TABLES
from ocr_crnn.reading.slope import turn_of_rows
from ocr_crnn.reading.table_words import is_numeric


def find_tables(page, image, cell_rules=CELLS, rules=TABLES):
    """Stage: a Page of words and its image, uint8 `(height, width[, 3])`, upright → the Page with the record "tables", in reading order.

    A table is {"quad", "ruled", "rows", "columns", "cells": [{"row", "column", "row_span", "column_span", "words", "header"}]}. Rows and
    columns count from 0, spans from 1, "words" are rows of the Page in their order. Cells come row by row, and those that are empty are
    there. "header": whether a cell stands in a first row of labels. quad: [[x, y] × 4], page pixels.

    Ruled tables are those of the lines that are drawn; outside them rows of short texts that are aligned are unruled ones. A table
    within a cell is one of its own; where the texts of a ruled one are turned by a quarter, rows and columns are those of the texts.
    Boxes of which no two stand beside each other are no table, and what goes on on the next page is another one.
    """
    strokes = _without_letters(find_strokes(image, cell_rules, thin=True), page.quads)
    cell_map, ruled = find_ruled_tables(strokes, cell_rules, rules)
    cells = cells_of_quads(cell_map, page.quads)
    tables = [_ruled_record(table, cells, page, cell_map.pixels) for table in ruled]
    tables = [table for table in tables if _says_something(table)]
    taken = np.zeros(len(page), bool)
    taken[[word for table in tables for cell in table["cells"] for word in cell["words"]]] = True
    downwards = written_downwards(page)
    free = np.flatnonzero(~taken & ~downwards & np.array([bool(text) for text in page.texts], bool))
    if len(free) and 2 * downwards.sum() < len(page):
        turn = turn_of_rows(page.quads[free])
        quads = page.quads[free] @ turn.T
        boxes = np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)
        aligned = find_aligned_tables(boxes, page.texts[free], level_rules(strokes, turn), rules)
        tables += [_aligned_record(table, free, page) for table in aligned]
    tables.sort(key=_first_word)
    return replace(page, records={**page.records, "tables": tables})


def _without_letters(strokes, quads):
    """Strokes without short upright ones within words: in low rows letters reach from one rule to the next."""
    inside = np.zeros(strokes.upright.shape, np.uint8)
    middle_line = (quads + quads[:, [3, 2, 1, 0]]) / 2  # of each corner: the middle of its end of the word
    higher = middle_line + 1.5 * (quads - middle_line)
    for quad in ((higher + 0.5) / strokes.pixels - 0.5).round().astype(np.int32):
        cv2.fillConvexPoly(inside, quad, 1)
    return strokes._replace(upright=np.where(inside > 0, strokes.long_upright, strokes.upright))


def cell_text(page, cell):
    """The text of a cell of a table: its words, joined by spaces."""
    return " ".join(page.texts[word] for word in cell["words"] if page.texts[word])


def _ruled_record(table, cells, page, pixels):
    order = np.argsort(cells, kind="stable")
    starts, ends = (np.searchsorted(cells[order], table.cells, side) for side in ("left", "right"))
    edges = (table.edges + 0.5) * pixels - 0.5
    records = []
    for place, start, end in zip(table.places.tolist(), starts, ends, strict=True):
        words = np.sort(order[start:end])
        records += _parted_cell(place, words, page, page.quads[words] @ table.turn.T, edges) if place[3] > 1 else [_cell(place, words)]
    columns = len(table.edges) - 1
    records = _trim(records, columns)
    rows = max((cell["row"] + cell["row_span"] for cell in records), default=0)
    quarters = _quarters(page.quads[[word for cell in records for word in cell["words"]]])
    records, rows, columns = _turn_cells(records, rows, columns, quarters)
    return _mark_header(_record(table.quad, True, rows, columns, records), page)


def _quarters(quads):
    """How many quarter turns clockwise most texts `(n, 4, 2)` stand at: 1 for those that are read downwards, 3 upwards."""
    if len(quads) == 0:
        return 0
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]).astype(np.float64)
    turns = np.round(np.arctan2(along[:, 1], along[:, 0]) / (np.pi / 2)).astype(int) % 4
    return int(np.bincount(turns, np.linalg.norm(along, axis=1), 4).argmax())


def _turn_cells(cells, rows, columns, quarters):
    """Cells, rows and columns as somebody sees them who reads texts that are turned by quarters, clockwise."""
    for _ in range(quarters):  # what is read downwards: the column is the row, and rows are counted from the right
        cells = [
            {**cell, "row": columns - cell["column"] - cell["column_span"], "column": cell["row"],
             "row_span": cell["column_span"], "column_span": cell["row_span"]}
            for cell in cells
        ]  # fmt: skip
        rows, columns = columns, rows
    return sorted(cells, key=lambda cell: (cell["row"], cell["column"])), rows, columns


def _trim(cells, columns):
    """Cells without those over all columns that are empty, at the top and at the foot: the room between two tables."""
    blank = [cell["column_span"] == columns and not cell["words"] for cell in cells]
    first = next((number for number, is_blank in enumerate(blank) if not is_blank), len(cells))
    end = next((number for number in range(len(cells), first, -1) if not blank[number - 1]), first)
    kept = cells[first:end]
    above = kept[0]["row"] if kept else 0
    return [{**cell, "row": cell["row"] - above} for cell in kept]


def _parted_cell(place, words, page, quads, edges):
    """A cell over several columns as cells of one each, where every one of their edges lies between two of its words and all of them have
    some, and figures where they are two: rules of a dark row that were not seen. quads: of the words, level."""
    row, column, row_span, column_span = place
    inner = edges[column + 1 : column + column_span]
    lefts, rights = quads[..., 0].min(axis=1), quads[..., 0].max(axis=1)
    number = np.searchsorted(inner, lefts)
    if len(np.unique(number)) < column_span or (np.searchsorted(inner, rights) != number).any():
        return [_cell(place, words)]
    parts = [_cell((row, column + part, row_span, 1), words[number == part]) for part in range(column_span)]
    return parts if column_span > 2 or all(is_numeric(cell_text(page, part)) for part in parts) else [_cell(place, words)]


def _aligned_record(table, free, page):
    words = [np.sort(free[own]) for own in table.words]
    records = [_cell(place, own) for place, own in zip(table.places, words, strict=True)]
    covered = {(row + y, column + x) for row, column, rows, columns in table.places for y in range(rows) for x in range(columns)}
    empty = [(row, column, 1, 1) for row in range(table.rows) for column in range(table.columns) if (row, column) not in covered]
    records = sorted(records + [_cell(place, []) for place in empty], key=lambda cell: (cell["row"], cell["column"]))
    quad = enclosing_quad(page.quads[np.concatenate(words)])
    return _mark_header(_record(quad, False, table.rows, table.columns, records), page)


def _record(quad, ruled, rows, columns, cells):
    quad = np.round(quad.astype(np.float64), 1).tolist()
    return {"quad": quad, "ruled": ruled, "rows": rows, "columns": columns, "cells": cells}


def _cell(place, words):
    row, column, row_span, column_span = place
    return {
        "row": row, "column": column, "row_span": row_span, "column_span": column_span,
        "words": [int(word) for word in words], "header": False,
    }  # fmt: skip


def _says_something(table):
    """True for a table with texts in two cells at least; a grid without them is a drawing."""
    return sum(bool(cell["words"]) for cell in table["cells"]) > 1


def _mark_header(table, page):
    """The first row is one of labels where it has texts but no figures, and figures stand in the rows below; one of labels and their values
    in turn, as forms have them, is none."""
    first = [cell for cell in table["cells"] if cell["row"] == 0]
    reach = max((cell["row_span"] for cell in first), default=1)
    texts = [cell_text(page, cell) for cell in first]
    below = [cell_text(page, cell) for cell in table["cells"] if cell["row"] >= reach]
    figures = np.mean([is_numeric(text) for text in below if text] or [0.0])
    in_turn = len(texts) % 2 == 0 and all(is_label(text) == (place % 2 == 0) for place, text in enumerate(texts))
    if not in_turn and sum(map(bool, texts)) * 2 > len(texts) > 1 and not any(map(is_numeric, texts)) and figures >= 0.15:
        for cell in first:
            cell["header"] = True
    return table


def _first_word(table):
    return min((word for cell in table["cells"] for word in cell["words"]), default=0)
