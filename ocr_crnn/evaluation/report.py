"""Report: what an evaluation found, printed as tables or written as JSON, CSV and one self-contained HTML page."""

import base64
import csv
import html
import io
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from ocr_crnn.files import replace_file
from ocr_crnn.names import to_cell

SHOWN_CONFUSIONS = 100

STYLE = """
body { font-family: "NanumBarunGothic", "Malgun Gothic", "Noto Sans KR", sans-serif; margin: 2rem; max-width: 75rem; }
table { border-collapse: collapse; margin: 0 0 1.5rem; } th, td { border-bottom: 1px solid #ddd; padding: .25rem .6rem; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; } th { background: #f4f4f4; } .definition { color: #555; }
figure { margin: 0 0 1.2rem; } figure img { max-width: 100%; border: 1px solid #ccc; } figcaption { white-space: pre-wrap; }
"""


@dataclass(frozen=True)
class Example:
    """A picture for the report, uint8 `(height, width)` or `(height, width, 1 or 3)`, and the lines of text below it."""

    image: np.ndarray
    caption: str


@dataclass(frozen=True)
class Report:
    """What an evaluation found.

    measures: {name: number} over everything. definitions: {name: sentence} for every measure.
    headline: the measures that the tables of the slices show. A measure is None where a slice has none.
    slices: {name of a slicing: {value: measures}}, for example {"font": {"바탕": {"cer": 0.01, …}}}.
    rows: one dict a line or page, in the order they came. confusions: Counter of (truth character, read character).
    examples: the worst lines or pages. notes: sentences about what was left out.
    """

    title: str
    measures: dict
    definitions: dict
    headline: tuple = ()
    slices: dict = field(default_factory=dict)
    rows: list = field(default_factory=list)
    confusions: Counter = field(default_factory=Counter)
    examples: list = field(default_factory=list)
    notes: list = field(default_factory=list)


def print_report(report, console=None):
    """Print the measures with their definitions, and a table a slicing. console: a rich Console, standard output if None."""
    console = console or Console()
    table = Table("measure", Column("value", justify="right", no_wrap=True), "definition", box=SIMPLE_HEAD, title=escape(report.title))
    for name, value in report.measures.items():
        table.add_row(name, _number(value), definition(report, name))
    console.print(table)
    for slicing, slices in report.slices.items():
        columns = [Column(name.replace("_", " "), justify="right", min_width=6) for name in report.headline]
        table = Table(Column(escape(slicing), overflow="fold"), *columns, box=SIMPLE_HEAD, title=f"by {escape(slicing)}")
        for value, measures in slices.items():
            table.add_row(escape(_slice_name(value)), *(_number(measures[name]) for name in report.headline))
        console.print(table)
    for note in report.notes:
        console.print(note, markup=False)


def write_report(report, folder):
    """Write `report.json`, `rows.csv` and `report.html` into a folder (made if absent); returns the path of the HTML page.

    Each file is whole or not there: it is written beside its place and then moved.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / "report.json", to_json(report))
    replace_file(folder / "rows.csv", to_csv(report.rows))
    replace_file(folder / "report.html", to_html(report))
    return folder / "report.html"


def to_json(report):
    """The figures without the pictures, as indented JSON."""
    slices = {
        slicing: [{"value": value, "measures": measures} for value, measures in by_value.items()]
        for slicing, by_value in report.slices.items()
    }
    contents = {
        "title": report.title,
        "measures": report.measures,
        "definitions": {name: definition(report, name) for name in report.measures},
        "slices": slices,
        "confusions": [{"truth": truth, "read": read, "count": count} for (truth, read), count in _most_common(report.confusions)],
        "notes": report.notes,
    }
    return json.dumps(contents, ensure_ascii=False, indent=1) + "\n"


def to_csv(rows):
    """The rows as CSV with the columns of all of them; with a byte order mark, or Excel would take Hangul for Latin-1,
    and no cell that it would run: texts that begin as formulas do have an apostrophe before them."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: to_cell(value) for name, value in row.items()} for row in rows)
    return "\ufeff" + stream.getvalue()


def to_html(report):
    """One HTML page without any reference outside itself."""
    measures = [(name, value, definition(report, name)) for name, value in report.measures.items()]
    parts = [_heading(1, report.title), _table(("measure", "value", "definition"), measures)]
    parts += [f"<p>{html.escape(note)}</p>" for note in report.notes]
    for slicing, slices in report.slices.items():
        rows = [(_slice_name(value), *(measures[name] for name in report.headline)) for value, measures in slices.items()]
        parts += [_heading(2, f"by {slicing}"), _table((slicing, *report.headline), rows)]
    if report.confusions:
        rows = [(_character(truth), _character(read), count) for (truth, read), count in _most_common(report.confusions)]
        parts += [_heading(2, "Confusions (∅ is no character)"), _table(("truth", "read as", "count"), rows)]
    if report.examples:
        parts.append(_heading(2, "The worst"))
        parts += map(_figure, report.examples)
    head = f'<meta charset="utf-8"><title>{html.escape(report.title)}</title><style>{STYLE}</style>'
    return f'<!DOCTYPE html>\n<html lang="ko"><head>{head}</head><body>\n' + "\n".join(parts) + "\n</body></html>\n"


def definition(report, name):
    """The sentence of a measure; `hmean@0.5` has that of `hmean@T`."""
    stem, mark, threshold = name.partition("@")
    return report.definitions[f"{stem}@T"].replace("≥ T", f"≥ {threshold}") if mark else report.definitions[name]


def _heading(level, text):
    return f"<h{level}>{html.escape(text)}</h{level}>"


def _table(columns, rows):
    head = "".join(f"<th>{html.escape(str(column))}</th>" for column in columns)
    body = "\n".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def _cell(value):
    if value is None or isinstance(value, (int, float)):
        return f'<td class="number">{_number(value)}</td>'
    return f"<td>{html.escape(str(value))}</td>"


def _figure(example):
    image = np.asarray(example.image, np.uint8)
    stream = io.BytesIO()
    Image.fromarray(image[..., 0] if image.ndim == 3 and image.shape[-1] == 1 else image).save(stream, "PNG")
    source = f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
    return f'<figure><img src="{source}" alt=""><figcaption>{html.escape(example.caption)}</figcaption></figure>'


def _number(value):
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else f"{value:,}"


def _slice_name(value):
    return "(not known)" if value is None else str(value)


def _character(character):
    return {"": "∅", " ": "␣"}.get(character, character)


def _most_common(confusions):
    return sorted(confusions.items(), key=lambda item: (-item[1], item[0]))[:SHOWN_CONFUSIONS]
