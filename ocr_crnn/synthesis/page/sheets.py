"""Pages of cells with one character or a short number: answer keys, score sheets, surveys, accounts with nil in them, numbers in boxes."""

from dataclasses import replace

from ocr_crnn.synthesis.page.flow import a4, draw_dash, draw_look
from ocr_crnn.synthesis.page.furniture import NILS, PAPERS, TINTS, draw_ground, frame, page_foot, pick, running_head, title
from ocr_crnn.synthesis.page.phrases import NOTICES
from ocr_crnn.synthesis.page.table import Cell, draw_grid, set_table
from ocr_crnn.synthesis.page.words import Words
from ocr_crnn.synthesis.text.marks import unmark

LABELS = ["번호", "건수", "수량", "점수", "정답", "문항", "학년", "반", "등급", "순위", "인원", "횟수", "구분", "합계", "계", "비고",
          "월", "일", "계좌번호", "등록번호", "전화번호", "성명", "생년월일"]  # fmt: skip
MARKS = ["-", "-", "○", "×", "△", "◎", "√", "∨", "Ⅰ", "①", "②", "③", "④", "⑤", "가", "나", "A", "B", "X", "무", "유", "남", "여"]


def sheet(rng, faces, corpus, dpi):
    """Tables of lone characters, one below the other, a heading or a line of text between them."""
    look = draw_look(rng, faces, (8, 14))
    layout, page = a4(rng, look, dpi, "sheet", pick(rng, PAPERS))
    words = Words(rng, corpus)
    if rng.random() < 0.3:
        running_head(rng, layout, look, words)
    if rng.random() < 0.5:
        title(rng, page, pick(rng, NOTICES))
    while page.room(6 * look.body.size_pt):
        pick(rng, [lone_characters, lone_characters, comb, boxes, boxes, accounts, accounts, accounts, accounts])(rng, page, words)
        page.skip(float(rng.uniform(0.4, 1.5)))
        if rng.random() < 0.3 and not page.paragraph(words.prose(1)):
            break
    page_foot(rng, layout, look, words)
    return layout


def lone_characters(rng, column, words):
    """Rows of a label and 4 to 14 cells: digits mostly, or marks; sometimes all of one digit, or short numbers among them."""
    count = int(rng.integers(4, 15))
    style = replace(column.look.body, size_pt=column.look.body.size_pt * float(rng.uniform(0.8, 1.3)))
    grid = replace(draw_grid(rng, column.look), pad=float(rng.uniform(1.0, 6.0)))
    tint = pick(rng, TINTS) if rng.random() < 0.3 else None
    kind, align = rng.random(), pick(rng, ["center", "center", "center", "left", "right"])
    rows = []
    for _ in range(int(rng.integers(2, 9))):
        cells = [Cell(_character(rng, kind), align, style) for _ in range(count)]
        rows.append([Cell(pick(rng, LABELS), "center", style, tint, kind="label"), *cells])
    set_table(column, rows, [float(rng.uniform(1.5, 3)), *[1.0] * count], grid)


def _character(rng, kind):
    if rng.random() < 0.06:
        return ""
    if kind < 0.6:
        return pick(rng, "0123456789117")  # the narrow ones are what is missed
    return pick(rng, MARKS) if kind < 0.8 else str(int(rng.integers(0, 120)))


def accounts(rng, column, words):
    """Rows of a label and two to six amounts, many of them nil: a dash, a nought, a ring, the same in the whole table."""
    count = int(rng.integers(2, 7))
    style = replace(column.look.body, size_pt=column.look.body.size_pt * float(rng.uniform(0.75, 1.0)))
    grid = draw_grid(rng, column.look)
    tint = pick(rng, TINTS) if rng.random() < 0.3 else None
    nil, share, align = pick(rng, NILS), float(rng.uniform(0.2, 0.8)), pick(rng, ["right", "right", "center", "center", "left"])
    ground, ink = (tint, style.color) if rng.random() < 0.7 else draw_ground(rng)
    head = replace(style, color=ink, bold_em=0.02)
    names = rng.permutation(["당기", "전기", "금액", "비고", "증감", "예산", "결산", "1분기", "2분기", "2024", "2023", "합계"])[:count]
    rows = [[Cell("구분", "center", head, ground), *(Cell(name, pick(rng, ["center", align]), head, ground) for name in names)]]
    for _ in range(int(rng.integers(2, 12))):
        cells = [Cell(nil if rng.random() < share else _amount(rng), align, style) for _ in range(count)]
        rows.append([Cell(words.short(2), pick(rng, ["left", "left", "center"]), style, kind="label"), *cells])
    set_table(column, rows, [float(rng.uniform(1.2, 2.5)), *[1.0] * count], grid)


def _amount(rng):
    number = f"{int(10 ** rng.uniform(0, 7)):,}"
    return pick(rng, ["{}", "{}", "{}", "{}", "△{}", "-{}", "({})", "{}%"]).format(number)


def boxes(rng, column, words):
    """A name, a number or an address, a character to a box; the boxes touch or stand apart, dashes between groups have none."""
    em = column.look.body.size_pt
    style = replace(column.look.body, size_pt=em * float(rng.uniform(0.9, 1.5)), spacing_em=0.0)
    side, gap = style.size_pt * float(rng.uniform(1.15, 2.6)), pick(rng, [0.0, 0.0, 0.0, em * float(rng.uniform(0.1, 0.8))])
    height, width_pt = style.size_pt * float(rng.uniform(1.25, 2.2)), float(rng.uniform(0.25, 1.2))
    dash_pt = draw_dash(rng) if rng.random() < 0.1 else None
    color = pick(rng, [column.look.body.color, (0, 0, 0), (140, 140, 140), (60, 90, 160)])
    label_width = em * float(rng.uniform(4, 7)) if rng.random() < 0.6 else 0.0
    for _ in range(int(rng.integers(1, 5))):
        if not column.room(height):
            return
        baseline = column.baseline(style.size_pt, height)
        if label_width:
            column.layout.text(pick(rng, LABELS), column.look.body, column.x, column.baseline(em, height), kind="label")
        x = column.x + label_width
        for character in _boxed_text(rng, words):
            if x + side > column.x + column.width:
                break
            bare = character in "- "
            step = side * (0.5 if bare else 1)
            if character != " ":
                column.layout.text(character, style, x, baseline, step, "center", "cell")
            if not bare:
                frame(column.layout, (x, column.y, x + step, column.y + height), width_pt, color, dash_pt)
            x += step + gap
        column.y += height + em * float(rng.uniform(0.2, 1.2))


def _boxed_text(rng, words):
    field = pick(rng, ["person", "resident_number", "phone", "account", "business_number", "address", "company", "digits"])
    if field == "digits":
        return "".join(map(str, rng.integers(10, size=int(rng.integers(4, 15)))))
    text = unmark(words(field))
    return text if rng.random() < 0.5 else "".join(character for character in text if character.isalnum())


def comb(rng, column, words):
    """A label and a number or a name, a character to a box."""
    style = replace(column.look.body, size_pt=column.look.body.size_pt * float(rng.uniform(0.9, 1.4)))
    grid = replace(draw_grid(rng, column.look), pad=float(rng.uniform(1.0, 4.0)), upright=True, level=True)
    text = "".join(str(digit) for digit in rng.integers(10, size=14)) if rng.random() < 0.7 else words.prose(1).replace(" ", "")
    text = text[: int(rng.integers(6, 15))]
    label = Cell(pick(rng, LABELS), "center", column.look.body, kind="label")
    boxes = [Cell(character, "center", style) for character in text]
    set_table(column, [[label, *boxes]], [float(rng.uniform(2.5, 4)), *[1.0] * len(text)], grid)
