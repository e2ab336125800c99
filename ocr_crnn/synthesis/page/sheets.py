"""Pages of tables whose cells hold one character or a short number: answer keys, score sheets, surveys, account numbers in boxes."""

from dataclasses import replace

from ocr_crnn.synthesis.page.flow import a4, draw_look
from ocr_crnn.synthesis.page.furniture import PAPERS, TINTS, page_foot, pick, running_head, title
from ocr_crnn.synthesis.page.phrases import NOTICES
from ocr_crnn.synthesis.page.table import Cell, draw_grid, set_table
from ocr_crnn.synthesis.page.words import Words

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
        pick(rng, [lone_characters, lone_characters, comb])(rng, page, words)
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


def comb(rng, column, words):
    """A label and a number or a name, a character to a box."""
    style = replace(column.look.body, size_pt=column.look.body.size_pt * float(rng.uniform(0.9, 1.4)))
    grid = replace(draw_grid(rng, column.look), pad=float(rng.uniform(1.0, 4.0)), upright=True, level=True)
    text = "".join(str(digit) for digit in rng.integers(10, size=14)) if rng.random() < 0.7 else words.prose(1).replace(" ", "")
    text = text[: int(rng.integers(6, 15))]
    label = Cell(pick(rng, LABELS), "center", column.look.body, kind="label")
    boxes = [Cell(character, "center", style) for character in text]
    set_table(column, [[label, *boxes]], [float(rng.uniform(2.5, 4)), *[1.0] * len(text)], grid)
