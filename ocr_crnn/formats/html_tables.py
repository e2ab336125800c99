"""Tables as HTML, with their spans: what is copied from a browser into a spreadsheet keeps its cells."""

from html import escape

from ocr_crnn.formats.flowing_text import join_lines
from ocr_crnn.formats.table_cells import cell_lines, to_spreadsheet


def format_html_table(page, table):
    """A table of the record "tables" of a Page as a `<table>`: headings as `<th>`, rowspan and colspan where a cell spans, empty cells too.

    What a spreadsheet would run as a formula begins with an apostrophe, as in CSV. "" for a table without cells: records may be anybody's.
    """
    rows = {}
    for cell in sorted(table.get("cells", ()), key=lambda cell: (cell["row"], cell["column"])):
        rows.setdefault(cell["row"], []).append(_cell(page, cell))
    if not rows:
        return ""
    last = min(max(rows), table.get("rows", 0) - 1)
    written = (f"<tr>{''.join(rows.get(row, ()))}</tr>" for row in range(last + 1))
    return f"<table>{''.join(written)}</table>"


def _cell(page, cell):
    tag = "th" if cell["header"] else "td"
    spans = ((name, int(cell[key])) for name, key in (("rowspan", "row_span"), ("colspan", "column_span")))
    more = "".join(f' {name}="{span}"' for name, span in spans if span > 1)
    return f"<{tag}{more}>{escape(to_spreadsheet(join_lines(cell_lines(page, cell))))}</{tag}>"
