"""Tables of contents, indexes and price lists: a text at the left, a number at the right, and between them a leader, which is no text."""

from dataclasses import replace

from ocr_crnn.synthesis.page.flow import a4, draw_dash, draw_look
from ocr_crnn.synthesis.page.furniture import PAPERS, band, decorate, page_foot, pick, running_head
from ocr_crnn.synthesis.page.layout import LEADER, Rule
from ocr_crnn.synthesis.page.phrases import HEADINGS
from ocr_crnn.synthesis.page.typeset import printable, text_width
from ocr_crnn.synthesis.page.words import Words

LEADERS = ["·", "·", "·", ".", ".", ". ", "…", "…", "⋯", "‥", "‧", "ㆍ", "-", "- ", "· ", "_", "•"]
SERIES = [  # how the entries of a depth are numbered
    ["{}. ", "제{}장 ", "{} ", "Ⅰ. ", "{}) ", "제{}조 ", "제{}절 ", ""],
    ["{}. ", "{}) ", "({}) ", "가. ", "1.{} ", "- ", "○ ", "□ "],
]


def contents_page(rng, faces, corpus, dpi):
    """Tables of contents or lists of prices in one column or two, with little else on the page."""
    look = draw_look(rng, faces, (7.5, 13))
    layout, page = a4(rng, look, dpi, "contents", pick(rng, PAPERS))
    words = Words(rng, corpus)
    if rng.random() < 0.3:
        running_head(rng, layout, look, words)
    top, count = page.y, 2 if rng.random() < 0.2 else 1
    for number in range(count):
        column = page.part(number * page.width / count, page.width / count - 14 * (count - 1))
        column.y = top
        while column.room(6 * look.body.size_pt):
            contents(rng, column, words)
            column.skip(float(rng.uniform(0.3, 2)))
            if rng.random() < 0.3 and not column.paragraph(words.prose(1)):
                break
    page_foot(rng, layout, look, words)
    decorate(rng, layout, look, 0.04)
    return layout


def contents(rng, column, words):
    """A heading and 4 to 20 entries: titles with their pages, or goods with their prices, all with the same kind of leader."""
    look = column.look
    if rng.random() < 0.3:
        band(rng, column, pick(rng, ["차례", "목 차", "목차", "CONTENTS", "가격 안내", *HEADINGS]))
    elif rng.random() < 0.7:
        head = pick(rng, ["차례", "목 차", "목차", "표 차례", "CONTENTS"])
        column.heading(head, float(rng.uniform(1.0, 1.8)), pick(rng, ["center", "left"]))
    leader = draw_leader(rng, look)
    series = [pick(rng, shapes) for shapes in SERIES]
    field = pick(rng, ["page", "page", "page", "page", "price", "blank page"])
    shape = pick(rng, ["{}", "{}", "{}", "{}", "{}", "- {} -", "{}쪽", "p.{}", "({})"])
    page, tall = int(rng.integers(1, 40)) if rng.random() < 0.3 else 1, float(rng.choice([1.0, 1.0, 1.2, 1.5]))
    for number in range(1, int(rng.integers(5, 21))):
        page += int(rng.integers(0, 9))
        depth = int(rng.random() < 0.3)
        text = series[depth].format(number) + words.short()
        value = words("price") if field == "price" else shape.format(page)
        if field == "blank page" and rng.random() < 0.4:
            value = ""
        if not entry(column, text, value, leader, depth * 1.5 * look.body.size_pt, tall * look.leading):
            return


def draw_leader(rng, look):
    """What leads from one to the other: (characters or None, their Style, dashes of a rule or None, gaps beside it in points)."""
    em = look.body.size_pt
    style = replace(look.body, spacing_em=float(rng.uniform(0, 0.6)) if rng.random() < 0.4 else look.body.spacing_em)
    gaps = tuple(em * float(rng.uniform(0.0, 1.2)) for _ in range(2))
    kind = rng.random()
    if kind < 0.1:
        return None, style, None, gaps
    if kind < 0.3:
        return None, style, pick(rng, [draw_dash(rng), (0.8, 3.0)]), gaps
    return pick(rng, LEADERS), style, None, gaps


def entry(column, text, value, leader, indent, leading):
    """One line of a table of contents. False when the room is used up."""
    unit, style, dash_pt, gaps = leader
    layout, body = column.layout, column.look.body
    first, top = len(layout.texts), column.y
    value_width = text_width(printable(value, body.faces)[0], body)
    room = column.width - indent - value_width - 2.3 * body.size_pt  # a segment ends at 2.2
    if room < 4 * body.size_pt:
        return False
    parts = [(text, indent, room, "left"), (value, column.width - value_width, value_width + 0.01, "right")]
    if not column.row([part for part in parts if part[0]], leading=leading):
        return False
    runs = layout.texts[first:]
    if not runs or runs[0].origin[0] > column.x + column.width / 2:
        return True
    start = runs[0].origin[0] + runs[0].boxes()[:, 2].max() + gaps[0]
    end = (runs[1].origin[0] if len(runs) > 1 else column.x + column.width) - gaps[1]
    if dash_pt is not None and end > start:
        y = top + (column.y - top) / 2 + 0.3 * body.size_pt
        layout.rules.append(Rule((start, y, end, y), 0.6, body.color, dash_pt))
    elif unit is not None and printable(unit, style.faces)[0] == unit:
        count = int((end - start) / max(text_width(unit + unit, style) - text_width(unit, style), 0.05 * body.size_pt))
        if count > 0:
            _lead(layout, unit * count, style, start, runs)
    return True


def _lead(layout, text, style, x, runs):
    """Set a leader between the runs of a line: after the first, so that it parts their segments."""
    later = [layout.texts.pop() for _ in runs[1:]]
    layout.text(text, style, x, runs[0].origin[1], kind=LEADER, block=runs[0].block, line=runs[0].line)
    layout.texts += later
