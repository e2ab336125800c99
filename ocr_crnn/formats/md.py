"""A document as Markdown (CommonMark with pipe tables of GitHub): headings by size, lists, tables, paragraphs in reading order.

For people and for language models. Text stays text: what would be markup in it is escaped.
"""

import re

import numpy as np

from ocr_crnn.files import replacing_file
from ocr_crnn.formats.files import plain_text
from ocr_crnn.formats.flowing_text import join_lines
from ocr_crnn.formats.table_cells import grid_of
from ocr_crnn.geometry import quad_sizes

HEADINGS = ((1.7, "#"), (1.3, "##"), (1.14, "###"))  # heights over that of the body
LONGEST_HEADING = 60  # characters; a shorter line in large type is one
FULL_EM = 2.0  # a line that ends nearer to the right edge of its block is broken there
PROSE_EM = 12.0  # lines of a shorter block are kept as they are
WIDE_EM = 1.5  # a wider gap between two words is kept
WIDE = "    "
_ARTICLE = re.compile(r"제\s?\d+\s?(?:(조)(의\s?\d+)?(\s*[(\[【<][^)\]】>]*[)\]】>])?|[편장절관](의\s?\d+)?\s?\S{0,12}( \S{1,12}){0,4})")
_BULLET = re.compile(r"([-•·∙▪◦‣*ㆍ])\s+(?=\S)")
_MARK = re.compile(
    r"([○●■□◆◇▶▷※☞◎▣▲△▼①-⑳㉠-㉻❶-❿ㅇ]|\(\d{1,2}\)|\(?[가나다라마바사아자차카타파하]\)|[가나다라마바사아자차카타파하]\.|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]\.)\s*(?=\S)"
)
_NUMBER = re.compile(r"(\d{1,3}[.)])\s+(?=\S)")
_LABEL = re.compile(r"\S[^:：]{0,11}[:：](\s|$)")


def format_md(pages):
    """The Markdown of an iterable of Pages as text."""
    return "".join(_format_pages(pages))


def write_md(pages, path):
    """Write it to `path` as UTF-8, page by page; the file appears whole or not at all."""
    with replacing_file(path) as stream:
        for part in _format_pages(pages):
            stream.write(part.encode("utf-8"))


def _format_pages(pages):
    begun = False
    for number, page in enumerate(pages, 1):
        parts = [f"<!-- page {number} -->"] if number > 1 else []
        text = _join_parts(parts + list(_format_blocks(page)))
        if text:
            yield ("\n" if begun else "") + text + "\n"
            begun = True


def _join_parts(parts):
    """Blocks with an empty line between them, but none between items of lists."""
    text = ""
    for before, part in zip(["", *parts], parts, strict=False):
        text += ("\n" if _is_item(before) and _is_item(part) else "\n\n" if text else "") + part
    return text


def _format_blocks(page):
    """The blocks of a page as Markdown; a table stands where its first word does."""
    table_of = {word: table for table in page.records.get("tables", []) for cell in table["cells"] for word in cell["words"]}
    body = _body_height(page, table_of)
    written = set()
    for block in page.block_lines():
        lines = []
        for rows in block:
            free = [row for row in rows if int(row) not in table_of]
            if free:
                lines.append(np.array(free))
            for row in rows:
                table = table_of.get(int(row))
                if table is not None and id(table) not in written:
                    written.add(id(table))
                    yield from _format_block(page, lines, body)
                    lines = []
                    yield format_table(page, table)
        yield from _format_block(page, lines, body)


def _body_height(page, table_of):
    """The height of most of the text outside tables, by characters."""
    rows = [row for row in range(len(page)) if page.texts[row] and row not in table_of]
    rows = rows or [row for row in range(len(page)) if page.texts[row]]
    if not rows:
        return 0.0
    heights = quad_sizes(page.quads[rows])[:, 1]
    order, weights = np.argsort(heights), np.array([len(page.texts[row]) for row in rows])
    return float(heights[order][np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)])


def _format_block(page, lines, body):
    """The paragraphs, list items and headings that a block is made of."""
    if not lines:
        return
    texts = [_line_text(page, rows) for rows in lines]
    heights = [_height(page, rows) for rows in lines]
    level = _heading(texts, np.median(heights), body)
    if level:
        yield f"{level} {_escape(join_lines(texts))}"
        return
    lefts, rights = (np.array([pick(page.quads[rows][..., 0]) for rows in lines]) for pick in (np.min, np.max))
    em = max(float(np.median(heights)), 1e-6)
    prose = rights.max() - lefts.min() >= PROSE_EM * em
    paragraphs = []
    for number, text in enumerate(texts):
        broken = number > 0 and prose and rights.max() - rights[number - 1] <= FULL_EM * em and not _LABEL.match(text)
        if number == 0 or _begins_item(text):
            paragraphs.append([[text]])
        elif broken:
            paragraphs[-1][-1].append(text)
        else:
            paragraphs[-1].append([text])
    items = []
    for paragraph in paragraphs:
        formatted = _format_paragraph([join_lines(parts) for parts in paragraph])
        if items and _is_item(formatted) and _is_item(items[-1]):
            items[-1] += f"\n{formatted}"
        else:
            items.append(formatted)
    yield from items


def _line_text(page, rows):
    """The text of a line; wide gaps are kept: they part labels from values."""
    text, em = plain_text(page.texts[rows[0]]), max(_height(page, rows), 1e-6)
    for before, after in zip(rows, rows[1:], strict=False):
        a, b = page.quads[before].astype(np.float64), page.quads[after].astype(np.float64)
        gap = np.linalg.norm((b[0] + b[3] - a[1] - a[2]) / 2)
        is_wide = gap > WIDE_EM * em and not {page.texts[before], page.texts[after]} & set("-–—~")
        text += (WIDE if is_wide else " ") + plain_text(page.texts[after])
    return text.strip()


def _height(page, rows):
    return float(np.median(quad_sizes(page.quads[rows])[:, 1]))


def _heading(texts, height, body):
    """The mark of a heading, or "": large type and short, or an article of a contract alone in its block."""
    text = join_lines(texts)
    if len(text) > LONGEST_HEADING or len(texts) > 2 or not any(character.isalpha() for character in text):
        return ""
    article = _ARTICLE.fullmatch(text) if len(texts) == 1 else None
    if article:
        return "###" if article[1] == "조" else "##"
    if text.endswith(("다.", "요.", ",")) or len(text) < 2:
        return ""
    return next((mark for share, mark in HEADINGS if body and height >= share * body), "")


def _begins_item(text):
    return bool(_BULLET.match(text) or _MARK.match(text) or _NUMBER.match(text))


def _is_item(formatted):
    return formatted.startswith("- ") or bool(re.match(r"\d+[.)] ", formatted))


def _format_paragraph(lines):
    """Lines that are kept as they are, joined by line breaks; an item of a list where the first begins as one."""
    first, mark, indent = lines[0], "", ""
    if match := _BULLET.match(first):
        mark, first = "- ", first[match.end() :]
    elif _MARK.match(first):
        mark = "- "
    elif match := _NUMBER.match(first):
        mark, first = f"{match[1]} ", first[match.end() :]
    indent = " " * len(mark)
    return mark + f"  \n{indent}".join(_escape(line) for line in [first, *lines[1:]])


def format_table(page, table):
    """A table as a pipe table.

    Its first row is the heading where it is one, or where all of three columns or more have texts in it, none of them figures; else the
    heading is empty.
    """
    grid = grid_of(page, table, lambda lines: "<br>".join(_escape_inline(text) for text in _items(lines)))
    figures = any(re.fullmatch(r"[\d,.%()\- ]*\d[\d,.%()\- ]*", text) for text in grid[0])
    is_heading = any(cell["header"] for cell in table["cells"]) or (len(grid) > 1 and len(grid[0]) > 2 and all(grid[0]) and not figures)
    if not is_heading:
        grid.insert(0, [""] * table["columns"])
    rows = ["| " + " | ".join(row) + " |" for row in grid]
    return "\n".join([rows[0], "|" + " --- |" * table["columns"], *rows[1:]])


def _items(lines):
    """The lines of a cell: joined, but for those that begin an item."""
    items = []
    for line in lines:
        if not items or _begins_item(line):
            items.append([])
        items[-1].append(line)
    return [join_lines(item) for item in items]


_INLINE = re.compile(r"[\\`*_\[\]<|]|~(?=\S)|&(?=#?\w+;)")


def _escape_inline(text):
    return _INLINE.sub(lambda match: f"\\{match[0]}", text)


def _escape(text):
    """A line of text in which nothing is markup."""
    text = _escape_inline(text)
    if text[:1] in "#>=+-":
        return f"\\{text}" if text else text
    return re.sub(r"^(\d{1,9})([.)])(?=\s|$)", r"\1\\\2", text)
