"""Tables of ruled cells: widths, spans, fills and rules, and the text set inside each cell."""

from dataclasses import dataclass, replace

import numpy as np

from ocr_crnn.synthesis.page.flow import TIGHT, draw_dash, draw_tight_leading
from ocr_crnn.synthesis.page.layout import Fill, Rule
from ocr_crnn.synthesis.page.typeset import Style, break_text, printable, text_width


@dataclass(frozen=True)
class Cell:
    """One cell. align: as `align_pens`, across the cell. columns, rows: how many it spans. stacked: upright, top to bottom.

    text: a line break begins a new line, and lines hang behind what stands before a tab. angle: 270 sets the text reading upwards.
    style None: the body of the page.
    """

    text: str
    align: str = "left"
    style: Style | None = None
    fill: tuple | None = None
    columns: int = 1
    rows: int = 1
    stacked: bool = False
    angle: int = 0
    kind: str = "cell"


@dataclass(frozen=True)
class Grid:
    """How a table is ruled. inner, outer: widths in points, 0 for none. upright, level, sides: whether rules of this kind are drawn."""

    inner: float = 0.4
    outer: float = 0.8
    upright: bool = True
    level: bool = True
    sides: bool = True
    color: tuple = (0, 0, 0)
    dash_pt: tuple | None = None
    outer_dash_pt: tuple | None = None
    pad: float = 3.0
    leading: float = 1.3


def draw_grid(rng, look):
    """Draw a way of ruling: full grids mostly, some with level rules only, dashed, or none at all."""
    grey = int(rng.integers(60, 200))
    kind = rng.random()
    inner = float(rng.choice([0.25, 0.4, 0.5, 0.75, 1.0]))
    grid = Grid(
        inner=inner, outer=inner * float(rng.choice([1.0, 1.0, 2.0, 3.0])),
        color=look.body.color if rng.random() < 0.7 else (grey, grey, grey),
        pad=float(rng.uniform(1.5, 5.0)), leading=float(rng.uniform(1.15, 1.7)),
    )  # fmt: skip
    if rng.random() < TIGHT:
        grid = replace(grid, pad=float(rng.uniform(0.5, 2.5)), leading=draw_tight_leading(rng))
    if kind < 0.14:
        return replace(grid, upright=False, sides=False)
    if kind < 0.26:
        dash_pt = draw_dash(rng)
        return replace(grid, dash_pt=dash_pt, outer_dash_pt=dash_pt if rng.random() < 0.6 else None)
    if kind < 0.33:
        return replace(grid, sides=False)
    if kind < 0.38:
        return replace(grid, upright=False, level=False, outer=0.0)
    return grid


def set_table(column, rows, widths, grid, min_height=0.0):
    """Set a table at the present height of the column. Returns the boxes of its rows, fewer than `rows` when the room is used up.

    rows: lists of Cell; a cell under one that spans rows is left out of its row's list. widths: relative, scaled to the column.
    """
    layout, look = column.layout, column.look
    edges = column.x + np.concatenate([[0.0], np.cumsum(widths)]) / sum(widths) * column.width
    placed = _place(rows, len(widths))
    heights = np.full(len(rows), max(min_height, look.body.size_pt * grid.leading + 2 * grid.pad))
    wrapped = {}
    for (row, first), cell in placed.items():
        style = cell.style or look.body
        width = edges[first + cell.columns] - edges[first] - 2 * grid.pad
        wrapped[row, first] = lines = _wrap(column, cell, style, width)
        if cell.rows == 1:
            heights[row] = max(heights[row], _height(cell, style, lines, grid))
    for (row, first), cell in placed.items():  # a cell over several rows stretches the last of them
        need = _height(cell, cell.style or look.body, wrapped[row, first], grid)
        heights[row + cell.rows - 1] += max(0.0, need - heights[row : row + cell.rows].sum())
    tops = column.y + np.concatenate([[0.0], np.cumsum(heights)])
    count = int((tops[1:] <= column.bottom).sum())
    count = _whole_rows(placed, count)
    boxes, table = {}, layout.new_table()
    pairs = _pairs(layout, placed)
    for (row, first), cell in placed.items():
        if row < count:
            boxes[row, first] = box = (edges[first], tops[row], edges[first + cell.columns], tops[row + cell.rows])
            if cell.fill is not None:
                layout.fills.append(Fill(box, cell.fill))
            mark = len(layout.texts)
            _set_cell(layout, cell, cell.style or look.body, wrapped[row, first], box, grid)
            place = {"table": table, "row": row, "column": first, "row_span": cell.rows, "column_span": cell.columns}
            layout.note(mark, cell=place, **pairs.get((row, first), {}))
    _rule(layout, boxes, edges, tops[: count + 1], grid)
    column.y = float(tops[count])
    return [(edges[0], tops[row], edges[-1], tops[row + 1]) for row in range(count)]


def _place(rows, width):
    """Which cell stands where: {(row, first column): cell}, spans taken into account."""
    taken = np.zeros((len(rows) + 64, width), bool)
    placed = {}
    for row, cells in enumerate(rows):
        position = 0
        for cell in cells:
            while position < width and taken[row, position]:
                position += 1
            if position + cell.columns > width or row + cell.rows > len(rows):
                raise ValueError(f"The cells of a table row fit its {width} columns and rows. Received: row {row}, cell {cell.text!r}.")
            taken[row : row + cell.rows, position : position + cell.columns] = True
            placed[row, position] = cell
            position += cell.columns
    return placed


def _pairs(layout, placed):
    """{place: {"label" or "value": number}} of cells that are a label and of those to their right that are its value."""
    found = {}
    for (row, first), cell in placed.items():
        value = placed.get((row, first + cell.columns))
        is_value = value is not None and value.kind in ("value", "check") and value.rows == cell.rows
        if cell.kind == "label" and is_value and value.text.strip():
            number = layout.new_pair()
            found[row, first], found[row, first + cell.columns] = {"label": number}, {"value": number}
    return found


def _whole_rows(placed, count):
    """The largest number of rows up to `count` that cuts through no span."""
    while count > 0 and any(row < count < row + cell.rows for (row, _), cell in placed.items()):
        count -= 1
    return count


def _wrap(column, cell, style, width):
    """The lines of a cell as (indent in points, text)."""
    lines = []
    for paragraph in cell.text.split("\n"):
        marker, _, rest = paragraph.rpartition("\t")
        text, missing = printable(f"{marker} {rest}".strip(), style.faces)
        column.layout.missing += missing
        if cell.stacked or cell.angle:
            return [(0.0, text)]
        hang = text_width(f"{marker} ", style) if marker and text.startswith(marker) else 0.0
        narrow = max(width - hang, style.size_pt * 1.05)
        wrapped = break_text(text, style, narrow, max(width, narrow), anywhere=column.look.anywhere)
        lines += [(hang * (number > 0), line) for number, line in enumerate(wrapped)]
    return lines


def _height(cell, style, lines, grid):
    if cell.stacked:
        return len(cell.text) * style.size_pt * 1.05 + 2 * grid.pad
    if cell.angle:
        return text_width(lines[0][1], style) + 2 * grid.pad
    return len(lines) * style.size_pt * grid.leading + 2 * grid.pad


def _set_cell(layout, cell, style, lines, box, grid):
    x0, y0, x1, y1 = box
    if not lines or not lines[0][1].strip():
        return
    first = lines[0][1]
    block = layout.new_block()
    if cell.stacked:
        count = sum(0.5 if char == " " else 1.0 for char in first)
        advance = min(1.3, (y1 - y0 - 2) / (count * style.size_pt))
        if advance >= 0.95:
            top = (y0 + y1) / 2 - count * advance * style.size_pt / 2
            layout.stacked_text(first, style, (x0 + x1) / 2, top, advance, cell.kind, block)
        return
    if cell.angle == 270:
        layout.text(first, style, (x0 + x1) / 2 + 0.36 * style.size_pt, y1 - grid.pad, y1 - y0 - 2 * grid.pad, "center",
                    cell.kind, block, angle=270)  # fmt: skip
        return
    leading = style.size_pt * grid.leading
    baseline = (y0 + y1) / 2 - len(lines) * leading / 2 + leading / 2 + 0.36 * style.size_pt
    for number, (indent, line) in enumerate(lines):
        align = "left" if cell.align in ("justify", "distribute") and len(lines) > 1 and number == len(lines) - 1 else cell.align
        x, width = x0 + grid.pad + indent, x1 - x0 - 2 * grid.pad - indent
        layout.text(line, style, x, baseline + number * leading, width, align, cell.kind, block)


def _rule(layout, boxes, edges, tops, grid):
    """Each cell draws its own edges, so a span has no rule through it; the frame of the table comes last."""
    if len(tops) < 2:
        return
    left, right, top, bottom = edges[0], edges[-1], tops[0], tops[-1]
    for x0, y0, x1, y1 in boxes.values():
        if grid.level and y1 < bottom and grid.inner:
            layout.rules.append(Rule((x0, y1, x1, y1), grid.inner, grid.color, grid.dash_pt))
        if grid.upright and x1 < right and grid.inner:
            layout.rules.append(Rule((x1, y0, x1, y1), grid.inner, grid.color, grid.dash_pt))
    if not grid.outer:
        return
    for y in (top, bottom):
        layout.rules.append(Rule((left, y, right, y), grid.outer, grid.color, grid.outer_dash_pt))
    if grid.sides:
        for x in (left, right):
            layout.rules.append(Rule((x, top, x, bottom), grid.outer, grid.color, grid.outer_dash_pt))
