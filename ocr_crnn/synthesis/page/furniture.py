"""What pages of every kind share: titles, running heads, page numbers, lists, tables of drawn content, signature blocks, stamps."""

from colorsys import hsv_to_rgb
from dataclasses import replace

import numpy as np

from ocr_crnn.synthesis.page.flow import Column
from ocr_crnn.synthesis.page.layout import Fill, Picture, Rule
from ocr_crnn.synthesis.page.phrases import MARKERS, TABLES, WATERMARKS
from ocr_crnn.synthesis.page.table import Cell, draw_grid, set_table
from ocr_crnn.synthesis.page.typeset import break_text, printable, text_width
from ocr_crnn.synthesis.text.marks import mark, unmark

SEAL_RED = [(200, 30, 40), (215, 50, 50), (180, 20, 30), (220, 70, 60), (190, 30, 70)]
TINTS = [
    (240, 240, 240),
    (225, 225, 225),
    (210, 215, 225),
    (222, 234, 246),
    (226, 239, 217),
    (255, 242, 204),
    (251, 229, 214),
    (237, 237, 255),
]
NILS = ["-", "-", "-", "-", "–", "—", "0", "○", "×", "·"]  # what a cell without a value holds
PAPERS = [(255, 255, 255)] * 8 + [(252, 250, 240), (255, 253, 245), (248, 248, 248), (250, 244, 230), (240, 246, 250)]


def pick(rng, values):
    """One of a list of anything."""
    return values[int(rng.integers(len(values)))]


def title(rng, column, text, factor=None):
    """The title of a page: centred mostly, often with its syllables set apart, at times underlined, boxed or on a coloured ground."""
    look = column.look
    factor = factor or float(rng.uniform(1.4, 2.6))
    if rng.random() < 0.35 and len(text) <= 8:
        text = (" " if rng.random() < 0.6 else "  ").join(text.replace(" ", ""))
    style = replace(look.heading, size_pt=look.heading.size_pt * factor)
    if rng.random() < 0.2:
        style = replace(style, spacing_em=float(rng.uniform(0.1, 0.5)))
    decor = rng.random()
    top = column.y
    if decor < 0.1:
        ground, ink = draw_ground(rng)
        style = replace(style, color=ink)
    align = "center" if rng.random() < 0.8 else "left"
    mark = len(column.layout.texts)
    column.paragraph(text, style, align, kind="title", leading=1.5)
    lines = column.layout.texts[mark:]
    if decor < 0.1:
        column.layout.fills.append(Fill((column.x - 4, top, column.x + column.width + 4, column.y), ground))
    elif decor < 0.2:
        for line in lines:
            underline(column.layout, line, double=rng.random() < 0.4)
    elif decor < 0.28:
        box = (column.x, top - 2, column.x + column.width, column.y + 2)
        frame(column.layout, box, look.rule_pt * 2, look.body.color)
    column.skip(float(rng.uniform(0.4, 1.6)))


def underline(layout, run, double=False, gap_em=0.18):
    """A rule under a run, from its first to its last ink."""
    boxes = run.boxes()
    inked = boxes[boxes[:, 2] > boxes[:, 0]]
    if run.angle or run.stacked or len(inked) == 0:
        return
    size = run.style.size_pt
    for step in range(2 if double else 1):
        y = run.origin[1] + (gap_em + 0.1 * step) * size
        layout.rules.append(Rule((run.origin[0] + inked[0, 0], y, run.origin[0] + inked[-1, 2], y), max(0.3, 0.05 * size), run.style.color))


def frame(layout, box, width_pt, color=(0, 0, 0), dash_pt=None):
    """Four rules around a box."""
    x0, y0, x1, y1 = box
    for edge in ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)):
        layout.rules.append(Rule(edge, width_pt, color, dash_pt))


def running_head(rng, layout, look, words):
    """A line at the top of the page, at times with a rule under it."""
    column = Column(layout, look.sized(float(rng.uniform(0.7, 0.9))), 40, float(rng.uniform(18, 32)), layout.size_pt[1] - 80, 100)
    parts = [(words.short(), 0, column.width, pick(rng, ["left", "right", "center"]))]
    if rng.random() < 0.4:
        parts = [(words.short(), 0, column.width / 2, "left"), (words("date"), column.width / 2, column.width / 2, "right")]
    column.row(parts, kind="header")
    if rng.random() < 0.5:
        column.rule(gap=0.1)


def page_foot(rng, layout, look, words):
    """The page number, at times with the name of the organisation or a footnote rule beside it."""
    column = Column(
        layout, look.sized(float(rng.uniform(0.75, 1.0))), 40, layout.size_pt[0] - float(rng.uniform(26, 40)), layout.size_pt[1] - 80, 1e9
    )
    number = int(rng.integers(1, 60)) if rng.random() < 0.7 else int(rng.integers(1, 10))
    shape = pick(rng, ["- {} -", "{}", "- {} -", "-{}-", "{} / 12", "{}쪽", "Page {}", "〈{}〉", "{}/{}"])
    align = pick(rng, ["center", "center", "right", "left"])
    parts = [(shape.format(number, number + 3), 0, column.width, align)]
    if rng.random() < 0.25 and align != "left":
        parts.insert(0, (words("company"), 0, column.width / 3, "left"))
    column.row(parts, kind="footer")


def items(rng, column, words, count, series=None, depth=0):
    """A list of sentences under one series of markers, with lists inside it at times. False when the room is used up."""
    series = series or pick(rng, MARKERS)
    em = column.look.body.size_pt
    offset = depth * em * float(rng.uniform(0.8, 2.0))
    inner = column.part(offset, column.width - offset)
    hang = em * float(rng.uniform(1.2, 2.2)) if rng.random() < 0.7 else None
    for marker in series[:count]:
        fits = inner.paragraph(words.item_text(), marker=marker, hang=hang, kind="list")
        if fits and depth < 2 and rng.random() < 0.15:
            column.y = inner.y
            fits = items(rng, column, words, int(rng.integers(2, 4)), None, depth + 1)
            inner.y = column.y
        column.y = inner.y
        if not fits:
            return False
    return True


def drawn_table(rng, column, words, rows=None, schema=None, grid=None):
    """A table of one of the known column sets with drawn content: tinted headings, zebra stripes, totals, empty and one-digit cells.

    schema: of TABLES, drawn if left out; grid: how it is ruled, likewise.
    """
    look = column.look
    # A column set that leaves no room for its texts is not used, as nobody would print it.
    roomy = [columns for columns in TABLES if sum(width for *_, width, _ in columns) * 2.2 * look.body.size_pt < column.width]
    schema = schema or pick(rng, roomy or [TABLES[1]])
    rows = rows or int(rng.integers(2, 12))
    small = replace(look.body, size_pt=look.body.size_pt * float(rng.uniform(0.75, 1.0)))
    bold = replace(small, faces=look.heading.faces, bold_em=max(0.02, look.heading.bold_em))
    tint = pick(rng, TINTS) if rng.random() < 0.6 else None
    if tint is not None and rng.random() < 0.2:
        tint, ink = draw_ground(rng)
        bold = replace(bold, color=ink)
    zebra = pick(rng, TINTS) if rng.random() < 0.15 else None
    spread = pick(rng, ["center", "center", "center", "left", "distribute"])
    cells = [[Cell(heading, spread, bold, tint, kind="table_heading") for heading, *_ in schema]]
    digits = rng.random() < 0.3  # tables in which every number is one digit
    nil, nils = pick(rng, NILS), rng.uniform(0.1, 0.7) if rng.random() < 0.4 else 0.0
    for number in range(rows):
        fill = zebra if number % 2 else None
        row = []
        for _, field, _, align in schema:
            text = str(number + 1) if field == "count" else words("digit" if digits and field in ("number", "price") else field)
            if field in ("number", "price", "percent", "digit", "blank", "count") and rng.random() < nils:
                text = nil
            elif field == "price":
                text = mark("MONEY", text)
            row.append(Cell(text, align, small, fill))
        cells.append(row)
    if rng.random() < 0.3 and schema[-2][1] in ("number", "price") and len(schema) > 3:
        total = [Cell(pick(rng, ["합계", "합 계", "계", "총계"]), "center", bold, tint, columns=len(schema) - 2)]
        cells.append([*total, Cell(words(schema[-2][1]), "right", bold), Cell(words(schema[-1][1]), schema[-1][3], small)])
    set_table(column, cells, [width for *_, width, _ in schema], grid or draw_grid(rng, look), float(rng.choice([0, 0, 18, 24])))
    column.skip(float(rng.uniform(0.4, 1.2)))


def draw_ground(rng):
    """(ground, ink), RGB: light print on a ground of any colour, orange and gold too, or print of its own colour on a pale one."""
    while True:
        hue, kind = float(rng.uniform(0, 1)), rng.random()
        hue = float(rng.uniform(0.05, 0.16)) if kind < 0.4 else hue  # from orange to yellow, where white stands out least
        if kind < 0.85:
            ground = hsv_to_rgb(hue, float(rng.uniform(0.4, 1)), float(rng.uniform(0.35, 1)))
            ink = pick(rng, [(1, 1, 1), (1, 1, 1), (1, 1, 0.93), hsv_to_rgb(hue, 0.12, 1)])
        else:
            ground = hsv_to_rgb(hue, float(rng.uniform(0.04, 0.3)), 1)
            ink = hsv_to_rgb(hue, float(rng.uniform(0.3, 1)), float(rng.uniform(0.3, 0.9)))
        contrast = abs(np.dot(np.subtract(ink, ground), (0.299, 0.587, 0.114)))
        if contrast > 0.17:
            return tuple(tuple(round(255 * part) for part in color) for color in (ground, ink))


def band(rng, column, text):
    """A heading on a coloured band across the column, or as wide as its text. False when the room is used up."""
    look = column.look
    ground, ink = draw_ground(rng)
    size = look.body.size_pt * float(rng.uniform(0.95, 1.5))
    style = replace(look.heading, color=ink, size_pt=size)
    height = size * float(rng.uniform(1.2, 2.2))
    text = next(iter(break_text(printable(text, style.faces)[0], style, column.width - size)), "")
    if not column.room(height):
        return False
    align, pad = pick(rng, ["left", "left", "center"]), size * float(rng.uniform(0.2, 0.8))
    width = column.width if rng.random() < 0.7 else min(text_width(text, style) + 2 * pad, column.width)
    column.layout.fills.append(Fill((column.x, column.y, column.x + width, column.y + height), ground))
    column.layout.text(text, style, column.x + pad, column.baseline(size, height), width - 2 * pad, align, "heading")
    column.y += height
    column.skip(float(rng.uniform(0.1, 0.6)))
    return True


def seal(rng, layout, x, y, size_pt, text, face, office=False):
    """A red seal with its centre at (x, y), over the text."""
    box = (x - size_pt / 2, y - size_pt / 2, x + size_pt / 2, y + size_pt / 2)
    kind = "office_seal" if office else "seal"
    layout.pictures.append(
        Picture(kind, box, pick(rng, SEAL_RED), int(rng.integers(2**31)), True, float(rng.uniform(0.55, 1.0)), unmark(text), face)
    )


def signature(rng, layout, x, y, width_pt):
    """A signature written over whatever stands at (x, y)."""
    box = (x, y - width_pt * 0.2, x + width_pt, y + width_pt * 0.2)
    color = pick(rng, [(20, 20, 60), (10, 10, 10), (20, 40, 140), (40, 40, 40)])
    layout.pictures.append(Picture("signature", box, color, int(rng.integers(2**31)), True, float(rng.uniform(0.7, 1.0))))


def parties(rng, column, words, names):
    """The block at the end of a contract: each party's address, name and (인), with seals and signatures."""
    em = column.look.body.size_pt
    label_width = em * float(rng.uniform(4, 7))
    value_x = label_width + em * float(rng.uniform(0.5, 2))
    for name in names:
        person = words("person")
        rows = [("주소", words("address")), ("상호", words("company")), ("대표자", person), ("연락처", words("phone"))]
        rows = [rows[index] for index in sorted(rng.choice(4, int(rng.integers(2, 5)), replace=False))]
        head = pick(rng, ['"{}"', "({})", "{}", "[{}]", "{} :"]).format(name)
        column.row([(head, 0, column.width, "left")], kind="party")
        for label, value in rows:
            top = column.y
            label_align = pick(rng, ["left", "distribute"])
            parts = [(label, em, label_width - em, label_align), (value, value_x, column.width - value_x, "left")]
            if not labelled_row(column, parts, kind="party"):
                return
            if label in ("상호", "대표자") and rng.random() < 0.75:
                x = min(value_x + em * (len(value) + 2), column.width - 3 * em)
                mark = pick(rng, ["(인)", "(서명)", "(서명 또는 인)", "㊞", "印"])
                column.layout.text(mark, column.look.body, column.x + x, top + (column.y - top) / 2 + 0.36 * em, kind="party")
                if rng.random() < 0.6:
                    seal(
                        rng,
                        column.layout,
                        column.x + x + em * rng.uniform(-1, 1.5),
                        (top + column.y) / 2,
                        em * rng.uniform(2.6, 5.5),
                        person,
                        column.look.body.faces[0],
                    )
                elif rng.random() < 0.5:
                    signature(rng, column.layout, column.x + x - 2 * em, (top + column.y) / 2, em * rng.uniform(4, 8))
        column.skip(float(rng.uniform(0.3, 1.2)))


def decorate(rng, layout, look, stamp=0.12):
    """Now and then: a watermark, a logo or code in a corner, a stray stamp over the text."""
    height, width = layout.size_pt
    face = look.body.faces[0]
    if rng.random() < 0.08:
        box = (width * 0.1, height * 0.25, width * 0.9, height * 0.75)
        color = pick(rng, [(120, 120, 120), (200, 80, 80), (90, 120, 190)])
        text = pick(rng, WATERMARKS)
        if face.covers(text):
            opacity = float(rng.uniform(0.08, 0.25))
            layout.pictures.append(Picture("watermark", box, color, int(rng.integers(2**31)), False, opacity, text, face))
    if rng.random() < 0.1:
        kind = pick(rng, ["logo", "emblem", "matrix_code", "bar_code"])
        w, h = (60, 20) if kind == "bar_code" else (26, 26)
        x = pick(rng, [12, width - 12 - w])
        color = (0, 0, 0) if "code" in kind else tuple(int(value) for value in rng.integers(0, 160, 3))
        layout.pictures.append(Picture(kind, (x, 8, x + w, 8 + h), color, int(rng.integers(2**31))))
    if rng.random() < stamp:
        x, y = rng.uniform(0.15, 0.85) * width, rng.uniform(0.2, 0.9) * height
        seal(
            rng,
            layout,
            x,
            y,
            float(rng.uniform(35, 80)),
            pick(rng, ["접수", "결재", "검인", "수령인", "확인", "직인생략"]),
            face,
            rng.random() < 0.4,
        )


def approval_box(rng, column, words):
    """The approval grid (결재란) at the top right: ranks over empty boxes for signatures."""
    ranks = pick(
        rng, [["담당", "팀장", "부장"], ["담당", "과장", "국장", "시장"], ["작성", "검토", "승인"], ["계", "대리", "과장", "부장", "사장"]]
    )
    look = column.look.sized(0.8)
    width = len(ranks) * 42 + 16
    inner = Column(column.layout, look, column.x + column.width - width, column.y, width, column.bottom)
    grid = replace(draw_grid(rng, look), upright=True, level=True, outer=0.6, inner=0.4, sides=True)
    rows = [[Cell("결재", "center", stacked=True, rows=2), *(Cell(rank, "center") for rank in ranks)], [Cell("") for _ in ranks]]
    boxes = set_table(inner, rows, [16] + [42] * len(ranks), grid, 15)
    column.y = inner.y
    for index in range(len(ranks)):
        if boxes and rng.random() < 0.5:
            x, y = boxes[-1][0] + 16 + 42 * (index + 0.5), (boxes[-1][1] + boxes[-1][3]) / 2
            if rng.random() < 0.5:
                signature(rng, column.layout, x - 16, y, 32)
            else:
                seal(rng, column.layout, x, y, 16, words("person"), look.body.faces[0])
    column.skip(0.6)


def rows_of_labels(rng, column, words, pairs, label_em=6.0):
    """Label and value lines without rules: "성 명 : 홍길동"."""
    em = column.look.body.size_pt
    colon = pick(rng, [" : ", ": ", "", " "])
    for label, field in pairs:
        value = words(field)
        if rng.random() < 0.5 or text_width(printable(value, column.look.body.faces)[0], column.look.body) > column.width - em * label_em:
            mark = len(column.layout.texts)
            fits = column.paragraph(f"{label}{colon or ' '}{value}", kind="label")
            note_pair(column.layout, mark, f"{label}{colon or ' '}")
        else:
            align = pick(rng, ["left", "distribute"])
            parts = [(label, 0, em * label_em * 0.8, align), (value, em * label_em, column.width - em * label_em, "left")]
            fits = labelled_row(column, parts)
        if not fits:
            return False
    return True


def labelled_row(column, parts, kind="label", style=None):
    """A row of labels and values in turn, as `Column.row`, with the note of which belong together."""
    mark = len(column.layout.texts)
    fits = column.row(parts, style, kind=kind)
    runs = column.layout.texts[mark:]
    if len(runs) == len(parts):
        for place in range(0, len(parts) - 1, 2):
            number = column.layout.new_pair()
            column.layout.facts.setdefault(mark + place, {})["label"] = number
            column.layout.facts.setdefault(mark + place + 1, {})["value"] = number
    return fits


def note_pair(layout, mark, label):
    """Note that the paragraph of the runs from number `mark` on begins with a label, and that the rest of it is its value."""
    if len(layout.texts) > mark:
        number = layout.new_pair()
        layout.note(mark, value=number)
        layout.facts[mark] = {"pair": (number, len(label.split()))}


def photograph(rng, column, height_pt, width_pt=None, align=0.5):
    """A picture or chart with room of its own in the column."""
    width_pt = min(width_pt or column.width, column.width)
    if not column.room(height_pt):
        return False
    x = column.x + (column.width - width_pt) * align
    kind = pick(rng, ["photograph", "chart"])
    column.layout.pictures.append(Picture(kind, (x, column.y, x + width_pt, column.y + height_pt), (0, 0, 0), int(rng.integers(2**31))))
    column.y += height_pt
    column.skip(0.3)
    return True


def light(color, amount=0.9):
    """A tint of a colour: `amount` of white, or of black where it is negative."""
    mixed = np.asarray(color) * (1 - abs(amount)) + 255 * max(amount, 0)
    return tuple(int(value) for value in mixed)
