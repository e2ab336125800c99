"""Pages that are mostly cells: forms, statements and tables, invoices, receipts."""

from dataclasses import replace
from functools import partial

import numpy as np

from ocr_crnn.synthesis.page.flow import Column, a4, draw_dash, draw_look
from ocr_crnn.synthesis.page.furniture import (
    PAPERS,
    TINTS,
    approval_box,
    decorate,
    drawn_table,
    items,
    labelled_row,
    note_pair,
    page_foot,
    photograph,
    pick,
    running_head,
    seal,
    signature,
    title,
)
from ocr_crnn.synthesis.page.layout import Fill, Layout, Picture
from ocr_crnn.synthesis.page.letters import labelled_table
from ocr_crnn.synthesis.page.phrases import (
    CHECKS,
    FORM_LABELS,
    FORMS,
    GREETINGS,
    GROUPS,
    INVOICES,
    NOTICES,
    RECEIPT_LABELS,
    RECEIPT_TITLES,
    RECEIPT_TOTALS,
    TABLES,
)
from ocr_crnn.synthesis.page.table import Cell, draw_grid, set_table
from ocr_crnn.synthesis.page.typeset import face_of, text_width
from ocr_crnn.synthesis.page.words import Words
from ocr_crnn.synthesis.text.marks import mark


def form(rng, faces, corpus, dpi):
    """A form: grouped cells with upright labels at the side, check boxes, a declaration, date and signature."""
    look = draw_look(rng, faces, (7.5, 11))
    layout, column = a4(rng, look, dpi, "form", pick(rng, PAPERS))
    words = Words(rng, corpus)
    if rng.random() < 0.4:
        column.paragraph(f"■ {words.short()} [별지 제{int(rng.integers(1, 60))}호서식]", column.look.sized(0.85).body, kind="header")
    if rng.random() < 0.3:
        approval_box(rng, column, words)
    title(rng, column, pick(rng, FORMS))
    grid = replace(draw_grid(rng, look), upright=True, level=True, inner=0.4)
    tint = pick(rng, TINTS) if rng.random() < 0.5 else None
    for group in rng.permutation(GROUPS).tolist()[: int(rng.integers(2, 6))]:
        group_table(rng, column, words, group, grid, tint)
        column.skip(pick(rng, [0, 0, 0.5, 1.0]))
    if rng.random() < 0.7:
        column.skip(0.5)
        column.paragraph(words.prose(int(rng.integers(1, 3))))
        column.skip(1)
        column.paragraph(words("date"), align=pick(rng, ["right", "center"]), kind="date")
        top = column.y
        name = words("person")
        em = look.body.size_pt
        parts = [
            (f"신청인  {name}", column.width * 0.5, column.width * 0.3, "left"),
            (pick(rng, ["(서명 또는 인)", "(인)"]), column.width * 0.8, column.width * 0.2, "left"),
        ]
        if column.row(parts, kind="party") and rng.random() < 0.7:
            x = column.x + column.width * rng.uniform(0.7, 0.9)
            if rng.random() < 0.5:
                seal(rng, layout, x, (top + column.y) / 2, em * rng.uniform(2.5, 5), name, look.body.faces[0])
            else:
                signature(rng, layout, x - 30, (top + column.y) / 2, em * rng.uniform(5, 9))
        column.heading(f"{words('company')} 귀하", 1.2)
    if rng.random() < 0.6:
        column.look = look.sized(0.8)
        items(rng, column, words, int(rng.integers(1, 5)))
    page_foot(rng, layout, look, words)
    decorate(rng, layout, look)
    return layout


def group_table(rng, column, words, group, grid, tint):
    """Rows of labels and values beside one upright or turned group label, with check boxes among the values."""
    rows = int(rng.integers(2, 6))
    group_cell = Cell(
        group, "center", None, tint, rows=rows, kind="label", **pick(rng, [{"stacked": True}, {"stacked": True}, {"angle": 270}, {}])
    )
    order = rng.permutation(len(FORM_LABELS))
    spread = pick(rng, ["center", "distribute", "left"])
    cells = []
    for number in range(rows):
        row = [group_cell] if number == 0 else []
        kind = rng.random()
        label, field = FORM_LABELS[order[2 * number]]
        if kind < 0.05:
            row += [Cell(label, spread, None, tint, kind="label"), Cell(words("check"), "left", columns=3, kind="check")]
        elif kind < 0.2:
            choices = "  ".join(f"{pick(rng, ['□', '□', '☐', '■', '☑', '[ ]', '[√]'])} {choice}" for choice in pick(rng, CHECKS))
            row += [Cell(label, spread, None, tint, kind="label"), Cell(choices, "left", columns=3, kind="check")]
        elif kind < 0.35:
            row += [Cell(label, spread, None, tint, kind="label"), Cell(words(field), "left", columns=3, kind="value")]
        else:
            other, other_field = FORM_LABELS[order[2 * number + 1]]
            row += [Cell(label, spread, None, tint, kind="label"), Cell(words(field) if rng.random() < 0.8 else "", "left", kind="value"),
                    Cell(other, spread, None, tint, kind="label"),
                    Cell(words(other_field) if rng.random() < 0.8 else "", "left", kind="value")]  # fmt: skip
        cells.append(row)
    label_width = float(rng.uniform(1.0, 1.6))
    narrow = 0.35 if group_cell.stacked or group_cell.angle else 1.0
    set_table(column, cells, [narrow, label_width, 2.4, label_width, 2.4], grid, float(rng.choice([0, 16, 20, 26])))


def statement(rng, faces, corpus, dpi):
    """One or several tables under short headings: statements of account, lists, check lists, timetables, marks."""
    look = draw_look(rng, faces, (7, 11))
    layout, column = a4(rng, look, dpi, "statement", pick(rng, PAPERS))
    words = Words(rng, corpus)
    if rng.random() < 0.4:
        running_head(rng, layout, look, words)
    if rng.random() < 0.75:
        title(
            rng,
            column,
            pick(rng, NOTICES + FORMS + ["거래내역 조회", "성적표", "시간표", "재고 현황", "급여 명세서", "손익 계산서", "점검 결과표"]),
        )
    if rng.random() < 0.3:
        approval_box(rng, column, words)
    for _ in range(int(rng.integers(1, 5))):
        if not column.room(60):
            break
        if rng.random() < 0.6:
            column.heading(f"{pick(rng, ['■', '○', '▣', '1.', '※', '[표 1]', '<표 2>'])} {words.short()}")
        if rng.random() < 0.2:
            column.row([("(단위 : 천원)", 0, column.width, "right")], column.look.sized(0.8).body)
        kind = rng.random()
        if kind < 0.3:
            digit_grid(rng, column, words)
        elif kind < 0.42:
            labelled_table(rng, column, words, int(rng.integers(2, 8)))
        else:
            drawn_table(rng, column, words, int(rng.integers(3, 26)))
        if rng.random() < 0.3:
            column.paragraph(words.prose(1), column.look.sized(0.85).body, marker=pick(rng, ["※", "주)", "*"]))
    page_foot(rng, layout, look, words)
    decorate(rng, layout, look)
    return layout


def digit_grid(rng, column, words):
    """A grid of single characters: marks, counts, ○ and ×, one in a cell, some cells empty."""
    look = column.look
    columns = int(rng.integers(4, 14))
    alphabet = pick(rng, ["0123456789", "0123456789", "0123456789", "12345", "○×△", "OX", "ABCDF", "✓○-", "상중하", "01"])
    head = [Cell(str(number + 1) if number else pick(rng, ["구분", "문항", "반", "No"]), "center") for number in range(columns)]
    cells = [head]
    for _ in range(int(rng.integers(2, 12))):
        row = [Cell(words("short"), "left")]
        row += [Cell(pick(rng, alphabet) if rng.random() < 0.8 else "", "center") for _ in range(columns - 1)]
        cells.append(row)
    set_table(column, cells, [3.0, *[1.0] * (columns - 1)], draw_grid(rng, look), float(rng.choice([0, 14, 20])))
    column.skip(0.8)


def invoice(rng, faces, corpus, dpi):
    """An invoice: supplier and customer boxes beside each other, a grid of goods, totals in figures and words, a seal."""
    look = draw_look(rng, faces, (7.5, 10.5))
    layout, column = a4(rng, look, dpi, "invoice", pick(rng, PAPERS))
    words = Words(rng, corpus)
    color = pick(rng, [(0, 0, 0), (0, 0, 0), (30, 60, 170), (190, 40, 50)])  # tax invoices are printed in blue or red
    column.look = look = replace(look, body=replace(look.body, color=color), heading=replace(look.heading, color=color))
    title(rng, column, pick(rng, INVOICES))
    grid = replace(draw_grid(rng, look), upright=True, level=True, inner=0.5, outer=1.0, color=color)
    supplier = words("person")
    tint = pick(rng, TINTS) if rng.random() < 0.4 else None
    top = column.y
    sides = []
    for index, name in enumerate(("공급자", "공급받는자")):
        half = column.part(index * column.width / 2, column.width / 2)
        person = supplier if index == 0 else words("person")
        stacked = {"stacked": True} if rng.random() < 0.8 else {"angle": 270}
        label = partial(Cell, align="center", fill=tint, kind="label")
        value = partial(Cell, align="center", kind="value")
        rows = [
            [label(name, rows=4, **stacked), label("등록번호"), value(words("business_number"), columns=3)],
            [label("상호"), value(words("company")), label("성명"), value(f"{person} (인)")],
            [label("주소"), value(words("address"), align="left", columns=3)],
            [label("업태"), value(words("short")), label("종목"), value(words("item"))],
        ]
        set_table(half, rows, [0.5, 1.2, 2.5, 0.9, 2.2], grid)
        sides.append(half.y)
    column.y = max(sides)
    if rng.random() < 0.8:
        x = column.x + column.width * rng.uniform(0.4, 0.48)
        seal(rng, layout, x, top + (column.y - top) * 0.4, float(rng.uniform(26, 46)), supplier, look.body.faces[0], rng.random() < 0.5)
    column.skip(0.3)
    if rng.random() < 0.7:
        in_words = mark("MONEY", "일금 " + words("amount_words"))
        value = Cell(f"{in_words} ({words('amount')})", "left", kind="value")
        total = [[Cell("합계금액", "center", None, tint, kind="label"), value]]
        set_table(column, total, [1, 5], grid, 20)
    if rng.random() < 0.5:
        digit_cells(rng, column, grid, tint)
    column.skip(0.3)
    drawn_table(rng, column, words, int(rng.integers(3, 18)), pick(rng, [TABLES[0], TABLES[9]]))
    bank = f"입금계좌 : {words('bank')} {words('account')} (예금주 {words('person')})"
    first = len(layout.texts)
    column.paragraph(bank)
    note_pair(layout, first, "입금계좌 : ")
    if rng.random() < 0.5:
        column.paragraph(words.prose(1), marker="※")
    page_foot(rng, layout, look, words)
    decorate(rng, layout, look, 0.15)
    return layout


def digit_cells(rng, column, grid, tint):
    """An amount with one digit in each cell, as on tax invoices."""
    units = ["십억", "억", "천", "백", "십", "만", "천", "백", "십", "일"]
    amount = str(int(10 ** rng.uniform(4, 10)))[-10:].rjust(10)
    style = replace(column.look.body, size_pt=column.look.body.size_pt * 0.8)
    rows = [
        [Cell("작성", "center", None, tint), *(Cell(unit, "center", style) for unit in units)],
        [Cell(f"{int(rng.integers(1, 13))}월", "center"), *(Cell(digit.strip(), "center") for digit in amount)],
    ]
    set_table(column, rows, [2.0, *[1.0] * 10], grid)


def receipt(rng, faces, corpus, dpi):
    """A till receipt: one narrow column, rules of dashes, labels at the left and figures at the right."""
    look = draw_look(rng, faces, (7, 10.5))
    look = replace(look, align="left", leading=float(rng.uniform(1.0, 1.5)))
    words = Words(rng, corpus)
    width = float(rng.choice([164, 215, 227]))  # 58 and 80 mm paper
    paper = pick(rng, [(255, 255, 255), (252, 252, 250), (245, 244, 240), (248, 248, 252)])
    layout = Layout((float(rng.uniform(280, 760)), width), dpi, "receipt", paper)
    margin = float(rng.uniform(6, 14))
    column = Column(layout, look, margin, float(rng.uniform(10, 40)), width - 2 * margin, layout.size_pt[0] - 14)
    if rng.random() < 0.2:
        layout.pictures.append(Picture("logo", (width / 2 - 18, 6, width / 2 + 18, 36), (0, 0, 0), int(rng.integers(2**31))))
        column.y = max(column.y, 40)
    column.heading(pick(rng, RECEIPT_TITLES), float(rng.uniform(1.0, 1.7)), "center", kind="title")
    separator = pick(rng, ["-", "=", "", "rule", draw_dash(rng)])
    order = np.sort(rng.choice(len(RECEIPT_LABELS), int(rng.integers(3, 8)), replace=False))
    for index in order:
        label, field = RECEIPT_LABELS[index]
        mark, begin = len(layout.texts), f"{label}{pick(rng, [': ', ' : ', ' '])}"
        column.paragraph(f"{begin}{words(field)}", kind="label")
        note_pair(layout, mark, begin)
    separate(column, separator)
    goods(rng, column, words, separator)
    for label in [label for label in RECEIPT_TOTALS if rng.random() < 0.4] + ["합계"]:
        style = replace(look.heading, size_pt=look.body.size_pt * float(rng.uniform(1, 1.6))) if label == "합계" else None
        parts = [(label, 0, column.width / 2, "left"), (words("price"), column.width / 3, column.width * 2 / 3, "right")]
        labelled_row(column, parts, "total", style)
    separate(column, separator)
    for index in rng.permutation(len(GREETINGS))[: int(rng.integers(1, 5))]:
        column.paragraph(GREETINGS[index], align=pick(rng, ["center", "left"]))
    if rng.random() < 0.4:
        code = pick(rng, ["bar_code", "matrix_code"])
        w, h = (column.width * 0.7, 26) if code == "bar_code" else (48, 48)
        column.skip(0.5)
        if column.room(h):
            x = column.x + (column.width - w) / 2
            layout.pictures.append(Picture(code, (x, column.y, x + w, column.y + h), (0, 0, 0), int(rng.integers(2**31))))
            column.y += h + 4
            column.row([(words("code"), 0, column.width, "center")])
    layout.size_pt = (min(layout.size_pt[0], column.y + float(rng.uniform(10, 60))), width)  # the printer cuts the paper here
    if rng.random() < 0.15:
        seal(
            rng,
            layout,
            width * rng.uniform(0.3, 0.8),
            layout.size_pt[0] * rng.uniform(0.3, 0.9),
            float(rng.uniform(28, 50)),
            "수령인",
            look.body.faces[0],
        )
    return layout


def separate(column, separator):
    """A line across the receipt: of characters (which are text), a rule, or a broken one of so many points on and off.

    A rule stands in for a character that no face has.
    """
    if len(separator) == 1 and face_of(column.look.body.faces, separator) is None:
        column.layout.missing.append(separator)
        separator = "rule"
    if separator == "rule":
        column.rule(0.5)
    elif isinstance(separator, tuple):
        column.rule(0.5, dash_pt=separator)
    elif separator:
        count = int(column.width / text_width(separator, column.look.body))
        column.row([(separator * count, 0, column.width, "center")], kind="separator")
    else:
        column.skip(0.5)


def goods(rng, column, words, separator):
    """The bought things: name, count and amount in one line, or the name above the figures."""
    width = column.width
    two_lines = rng.random() < 0.4
    places = [(0, width * 0.5, "left"), (width * 0.5, width * 0.12, "right"), (width * 0.62, width * 0.38, "right")]
    column.row([(head, *place) for head, place in zip(("상품명", "수량", "금액"), places, strict=True)], kind="table_heading")
    separate(column, separator)
    for _ in range(int(rng.integers(2, 14))):
        item, count, amount = words("item"), words("digit"), words("price")
        if two_lines:
            fits = column.row([(item, 0, width, "left")]) and column.row(
                [
                    (words("price"), width * 0.2, width * 0.25, "right"),
                    (count, width * 0.5, width * 0.12, "right"),
                    (amount, width * 0.62, width * 0.38, "right"),
                ]
            )
        else:
            fits = column.row([(text, *place) for text, place in zip((item[:9], count, amount), places, strict=True)])
        if not fits:
            return
    separate(column, separator)


def card(rng, faces, corpus, dpi):
    """A small sheet: business cards, labels, tickets, with few lines of many sizes on a coloured ground."""
    look = draw_look(rng, faces, (6.5, 11))
    words = Words(rng, corpus)
    width, height = float(rng.uniform(180, 420)), float(rng.uniform(110, 300))
    layout = Layout((height, width), dpi, "card", tuple(int(value) for value in rng.integers(215, 256, 3)))
    column = Column(layout, look, 16, 12, width - 32, height - 6)
    if rng.random() < 0.4:
        layout.fills.append(Fill((0, 0, width, height * 0.22), look.accent))
        style = replace(look.heading, color=(255, 255, 255), size_pt=min(look.heading.size_pt * 1.3, height * 0.15))
        column.paragraph(words("company"), style, kind="title", leading=1.3)
        column.y = max(column.y, height * 0.26)
    else:
        column.heading(words("company"), float(rng.uniform(1, 2)))
    if rng.random() < 0.4:
        photograph(rng, column, height * 0.25, width * 0.25, float(rng.uniform(0, 1)))
    for field in ["position", "person", "phone", "email", "address", "code", "date", "number"][int(rng.integers(0, 3)) :]:
        style = replace(look.body, size_pt=look.body.size_pt * float(rng.choice([0.8, 1.0, 1.0, 1.5])))
        if not column.paragraph(words(field), style, pick(rng, ["left", "left", "center", "right"])):
            break
    return layout
