"""Texts and boxes of every kind into every format: what is written opens with the parser of its kind, and says the same."""

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np

from fuzz.frame import scratch, target
from fuzz.structure import mutate_json
from ocr_crnn.formats.files import plain_text
from ocr_crnn.page import Characters, Page

TEXTS = (
    "안녕 하세요", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "a\tb\nc", "\0\x1b[31m", "\ud800", "\ufffe", "\u202eabc\u200f",
    "￦ \\500 \\n", "]]>", "&amp; &#0; \"'", "@SUM(1)", "+1", "-1", "각각", "𠀀👍🏽", "(a) Tj ET", "\u2028\u2029\x85", "", None, "가" * 200,
    "# a", "*b* __c__", "[d](javascript:1)", "![e](f)", "`g` ```", "1. h", "2) i", "\\", "<!--",
    "- j", "~~k~~ ~~~", "l|m", "---", "=== ===", "> n",
)  # fmt: skip


def seed_pages():
    """A page as JSON: size, image path, and rows of [text, score, line, quad]."""
    rows = [[text, 0.5, number // 3, [1, 2, 25, 2, 25, 9, 1, 9]] for number, text in enumerate(TEXTS)]
    for path in ("페이지.png", None, 'a"b<\x01\udcff.png'):
        yield json.dumps({"size": [40, 60], "path": path, "rows": rows}).encode()
    for row in rows:
        yield json.dumps({"size": [40, 60], "path": None, "rows": [row, row]}).encode()


def page_of(contents):
    """The Page that such a text describes, None where it describes none: its values have been mutated."""
    try:
        record = json.loads(contents)
        height, width = (min(max(int(side), 1), 400) for side in record["size"])
        rows = [row for row in record["rows"] if isinstance(row[0], str | None)][:200]
        quads = np.array([row[3] for row in rows], np.float64).reshape(-1, 4, 2)
        scores, lines = [float(row[1]) for row in rows], [int(row[2]) % 1000 for row in rows]
        path = record["path"]
    except Exception:
        return None
    # Pages that leave a reader have finite numbers, and scores from 0 to 1; what hands one over that has not is to blame.
    if not np.isfinite(quads).all() or np.abs(quads).max(initial=0) > 1e6 or not all(0 <= score <= 1 for score in scores):
        return None
    if len(quads) != len(rows):  # eight numbers in all of another number of lists
        return None
    if path is not None and (not isinstance(path, str) or "\0" in path):  # no file has such a name
        return None
    characters = [text and Characters(np.repeat(quad[None], len(text), 0)) for (text, *_), quad in zip(rows, quads, strict=True)]
    lines = sorted(lines)
    columns = {"scores": scores, "lines": lines, "blocks": lines, "characters": [c or None for c in characters]}
    return Page(path, (height, width), quads, [row[0] for row in rows], **columns)


@target(seed_pages, mutate=mutate_json)
def writers(contents):
    page = page_of(contents)
    if page is not None:
        write_all(page)


def write_all(page):
    """Write a Page in every format, and read what was written."""
    page = replace(page, records={"tables": _tables_of(page)})
    words = [plain_text(text) for lines in page.block_lines() for rows in lines for text in page.texts[rows]]
    title = plain_text(str(page.image_path))
    _write_json(page)
    _write_table(page, words)
    _write_xml(page, words, title)
    _write_html(page, words, title)
    _write_pdf(page, title)
    _write_markdown(page, words)
    _write_tables(page)


def _write_json(page):
    from ocr_crnn.formats.page_json import read_page_json, write_page_json

    path = scratch() / "page.json"
    write_page_json(page, path, 1, 300)
    again = read_page_json(path)
    _expect(list(again.texts) == list(page.texts), "JSON", page.texts, again.texts)


def _write_table(page, words):
    from ocr_crnn.formats.tsv import write_tsv

    path = scratch() / "page.tsv"
    write_tsv([page], path)
    rows = path.read_text(encoding="utf-8").split("\n")
    _expect(all(row.count("\t") == 11 for row in rows if row), "TSV", 11, rows)
    found = [row.split("\t")[11] for row in rows[1:] if row.startswith("5\t")]
    _expect(found == words, "TSV", words, found)


def _write_xml(page, words, title):
    from lxml import etree

    from ocr_crnn.formats.alto import write_alto
    from ocr_crnn.formats.hocr import write_hocr

    path = scratch() / "page.xml"
    write_hocr([page], path, title=title)
    tree = etree.parse(path)
    found = ["".join(word.itertext()) for word in tree.iterfind(".//{*}span[@class='ocrx_word']")]
    _expect(found == words, "hOCR", words, found)
    write_alto([page], path)
    found = [word.get("CONTENT") for word in etree.parse(path).iterfind(".//{*}String")]
    _expect(found == words, "ALTO", words, found)


def _tables_of(page):
    """A table of the first words of a page, two columns wide, a word or none a cell, and a last row that is one cell."""
    words = [row for row in range(min(len(page), 9)) if page.texts[row]]
    cells = [{"row": n // 2, "column": n % 2, "row_span": 1, "column_span": 1, "words": [word]} for n, word in enumerate(words)]
    last = {"row": (len(words) + 1) // 2, "column": 0, "row_span": 1, "column_span": 2, "words": []}
    table = {"quad": [[0, 0]] * 4, "ruled": True, "rows": last["row"] + 1, "columns": 2, "cells": [*cells, last]}
    return [table | {"cells": [cell | {"header": cell["row"] == 0} for cell in table["cells"]]}] if words else []


def _write_markdown(page, words):
    """Nothing but what the writer means is markup: no link, no emphasis, no code, no HTML but the breaks of cells."""
    from markdown_it import MarkdownIt

    from ocr_crnn.formats.md import write_md

    path = scratch() / "page.md"
    write_md([page, page], path)
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(path.read_text(encoding="utf-8"))
    inline = [part for token in tokens for part in token.children or ()]
    kinds = {token.type for token in inline if not (token.type == "html_inline" and token.content == "<br>")}
    _expect(kinds <= {"text", "hardbreak", "softbreak", "text_special"}, "Markdown", "text", kinds)
    blocks = {token.content.strip() for token in tokens if token.type in ("html_block", "code_block", "fence", "hr")}
    _expect(blocks <= {"<!-- page 2 -->"}, "Markdown", "no blocks of markup", blocks)
    found = "".join(part.content for part in inline if part.type in ("text", "text_special"))
    kept = re.compile(r"[^\w]+")
    wanted = sorted(kept.sub("", "".join(words)) * 2)
    lists = "".join(token.info for token in tokens if token.type == "list_item_open")
    _expect(sorted(kept.sub("", found + lists)) == wanted, "Markdown", wanted, found)


def _write_tables(page):
    import openpyxl

    from ocr_crnn.formats.csv import write_csv
    from ocr_crnn.formats.xlsx import write_xlsx

    path = scratch() / "page.csv"
    write_csv([page], path)
    cells = [cell for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")) for cell in row]
    formulas = [cell for cell in cells if re.match(r"[=@\t\r]|[+-]\D|[+-]$", cell)]
    _expect(not formulas, "CSV", "no formulas", formulas)
    path = scratch() / "page.xlsx"
    write_xlsx([page], path)
    sheets = openpyxl.load_workbook(path).worksheets
    formulas = [cell.value for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    _expect(len(sheets) == 1 and not formulas, "XLSX", "a sheet without formulas", formulas)


def _write_html(page, words, title):
    from lxml import html

    from ocr_crnn.formats.html import write_html

    path = scratch() / "page.html"
    write_html([(page, np.zeros((*page.size, 3), np.uint8))], path, title=title)
    tree = html.fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
    _expect(len(tree.findall(".//script")) == 1 and len(tree.findall(".//section")) == 1, "HTML", "one script", title)
    found = ["".join(word.itertext()) for word in tree.xpath("//span[starts-with(@class, 'w')]")]
    _expect(found == words, "HTML", words, found)


def _write_pdf(page, title):
    import pikepdf

    from ocr_crnn.formats.searchable_pdf import write_searchable_pdf, write_text_pdf

    path = scratch() / "page.pdf"
    write_searchable_pdf([(page, np.zeros((*page.size, 3), np.uint8))], path, title=title, pdfa=len(page) % 2 == 0)
    shown = "".join(text for lines in page.block_lines() for rows in lines for text in map(plain_text, page.texts[rows]))
    for _ in range(2):
        with pikepdf.open(path) as document:
            problems = document.check_pdf_syntax() if hasattr(document, "check_pdf_syntax") else document.check()
            _expect(not problems, "PDF", "no problems", problems)
            strings = [str(operand.__bytes__(), "utf-16-be", "replace") for operand in _strings(document.pages[0])]
        _expect("".join(strings).replace(" ", "") == shown.replace(" ", ""), "PDF", shown, strings)
        write_text_pdf(page, path)


def _strings(page):
    import pikepdf

    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tj":
            yield operands[0]


def _expect(holds, kind, wanted, found):
    if not holds:
        raise RuntimeError(f"{kind} says what the page says. Received: {found!r:.500} for {wanted!r:.500}")


def seed_errors():
    from ocr_crnn.commands.read.errors import format_errors

    rows = [("a.png", None, "An image has to be whole. Received: a.png."), ("가 나.pdf", 2, 'a "b", c\nd'), ("=x.png", 1, "\0\x1b[2J")]
    text = format_errors(rows)
    yield text.encode("utf-8", "backslashreplace")
    yield text.replace(",", ";").encode()
    yield text.replace(",", "\t").encode("utf-16")
    yield text.encode("cp949", "replace")
    yield b""
    yield b"path,page\n"


@target(seed_errors)
def errors_csv(contents):
    """The list of an earlier run, as Excel, an editor or a full disk has left it: it is understood, or said to be foreign."""
    from ocr_crnn.commands.read.errors import parse_errors

    for _, page, _ in parse_errors(contents)[0]:
        if page is not None and not isinstance(page, int):
            raise TypeError(f"A page is a number. Received: {page!r}.")


def seed_messages():
    for text in TEXTS:
        yield json.dumps([["a.png", 1, text], [f"{text}.png", None, "x"]]).encode()


@target(seed_messages, mutate=mutate_json)
def errors_written(contents):
    """Messages and names of files into errors.csv: no cell is a formula, and the file is read back."""
    from ocr_crnn.commands.read.errors import format_errors

    try:
        rows = [(name, page, text) for name, page, text in json.loads(contents)]
    except Exception:
        return
    if not all(isinstance(name, str) and isinstance(text, str) and isinstance(page, int | None) for name, page, text in rows):
        return
    text = format_errors(rows).encode("utf-8").decode().removeprefix("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    formulas = [cell for cell in cells if re.match(r"[=+@\t\r]|-\D", cell)]
    _expect(not formulas, "CSV", "no formulas", formulas)


def seed_pages_asked():
    return [b"1-3,5,8-", b"1", b"2-2", b" 1 - 3 , 7 ", "１-３".encode(), "²".encode(), b"1-99999999999999999999", b"-1", b"0", b""]


@target(seed_pages_asked, errors=(ValueError,))
def page_ranges(contents):
    """`--pages`."""
    from ocr_crnn.commands.read.batch import choose_pages, parse_pages

    choose_pages(parse_pages(contents.decode("utf-8", "surrogateescape")), 1000)
