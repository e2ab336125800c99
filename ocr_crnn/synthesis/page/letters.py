"""Pages that are mostly sentences: contracts, official letters, notices, certificates, vertical writing."""

from dataclasses import replace

from ocr_crnn.synthesis.page.flow import a4, draw_look
from ocr_crnn.synthesis.page.furniture import (
    PAPERS,
    approval_box,
    decorate,
    drawn_table,
    frame,
    items,
    page_foot,
    parties,
    pick,
    rows_of_labels,
    running_head,
    seal,
    title,
    underline,
)
from ocr_crnn.synthesis.page.layout import Picture, Rule
from ocr_crnn.synthesis.page.phrases import (
    CERTIFICATES,
    CONTRACTS,
    FORM_LABELS,
    HEADINGS,
    LETTER_SUBJECTS,
    LETTER_TOPICS,
    MARKERS,
    NOTICES,
    PARTIES,
)
from ocr_crnn.synthesis.page.table import Cell, draw_grid, set_table
from ocr_crnn.synthesis.page.words import Words
from ocr_crnn.synthesis.text.marks import mark, unmark
from ocr_crnn.synthesis.text.vocabulary import ARTICLE_TITLES


def contract(rng, faces, corpus, dpi):
    """A contract: title, preamble, clauses (제1조 …) with numbered items and a table among them, date, parties with seals."""
    look = draw_look(rng, faces)
    layout, column = a4(rng, look, dpi, "contract", pick(rng, PAPERS))
    words = Words(rng, corpus)
    names = pick(rng, PARTIES)
    if rng.random() < 0.3:
        running_head(rng, layout, look, words)
    first = 1
    if rng.random() < 0.65:
        title(rng, column, pick(rng, CONTRACTS))
        first_party, second_party = (f'{words("company")}(이하 "{name}"이라 한다)' for name in names)
        preamble = f"{first_party}와 {second_party}은 다음과 같이 계약을 체결한다."
        column.paragraph(preamble, indent=pick(rng, [0, look.body.size_pt]))
        if rng.random() < 0.4:
            column.skip(0.5)
            labelled_table(rng, column, words, int(rng.integers(2, 7)))
    else:
        first = int(rng.integers(2, 16))
    clauses(rng, column, words, first)
    if column.room(look.body.size_pt * look.leading * 8):
        column.skip(1)
        column.paragraph(words("date"), align=pick(rng, ["center", "center", "right"]), kind="date")
        column.skip(0.7)
        parties(rng, column, words, names)
    page_foot(rng, layout, look, words)
    decorate(rng, layout, look)
    return layout


def clauses(rng, column, words, first):
    """Clauses from number `first` on, until the column or the clauses run out; the last third of the page may stay free."""
    bold_lead = rng.random() < 0.5
    series = pick(rng, MARKERS[:6])
    shape = pick(rng, ["제{}조({})", "제{}조 ({})", "제 {} 조 【{}】", "제{}조 [{}]", "{}. {}"])
    gap = float(rng.uniform(0, 0.7))
    end = column.bottom - (rng.uniform(0.15, 0.4) * (column.bottom - column.y) if rng.random() < 0.5 else 0)
    for number, topic in enumerate(rng.permutation(ARTICLE_TITLES).tolist(), first):
        if column.y > end:
            return
        if rng.random() < 0.08:
            column.skip(0.4)
            column.heading(f"제{number}장 {topic}", align=pick(rng, ["left", "center"]))
        head = shape.format(number, topic)
        if bold_lead:
            fits = column.paragraph(words.prose(int(rng.integers(1, 4))), lead=head, kind="clause")
        else:
            fits = column.heading(head) and column.paragraph(words.prose(int(rng.integers(1, 4))), kind="clause")
        if fits and rng.random() < 0.45:
            fits = items(rng, column, words, int(rng.integers(2, 6)), series)
        if fits and rng.random() < 0.08:
            drawn_table(rng, column, words, int(rng.integers(2, 5)))
        if not fits:
            return
        column.skip(gap)


def labelled_table(rng, column, words, rows, wide=None):
    """Two- or four-column table of labels and values."""
    look = column.look
    wide = rng.random() < 0.4 if wide is None else wide
    tint = (236, 236, 236) if rng.random() < 0.5 else None
    label_style = replace(look.body, bold_em=0.02) if rng.random() < 0.4 else look.body
    spread = pick(rng, ["center", "distribute", "left"])
    order = rng.permutation(len(FORM_LABELS))
    cells = []
    for number in range(rows):
        row = []
        for index in order[number * 2 : number * 2 + (2 if wide else 1)] % len(FORM_LABELS):
            label, field = FORM_LABELS[index]
            row += [Cell(label, spread, label_style, tint, kind="label"), Cell(words(field), "left", kind="value")]
        cells.append(row)
    widths = [1.3, 2.4] * 2 if wide else [float(rng.uniform(0.8, 1.5)), 4]
    set_table(column, [row for row in cells if row], widths, draw_grid(rng, look), float(rng.choice([0, 16, 22])))
    column.skip(0.6)


def official_letter(rng, faces, corpus, dpi):
    """공문: letterhead, 수신 · 경유 · 제목, numbered body, 붙임, the sender's name with its seal, and the rows at the foot."""
    look = draw_look(rng, faces, (9.5, 13))
    layout, column = a4(rng, look, dpi, "official_letter")
    words = Words(rng, corpus)
    em = look.body.size_pt
    office = words("organisation")
    if rng.random() < 0.7:
        if rng.random() < 0.4:
            kind = pick(rng, ["logo", "emblem"])
            color = tuple(int(value) for value in rng.integers(0, 150, 3))
            layout.pictures.append(Picture(kind, (column.x, column.y, column.x + 34, column.y + 34), color, int(rng.integers(2**31))))
        column.paragraph(office, replace(look.heading, size_pt=em * rng.uniform(1.5, 2.2)), "center", kind="letterhead")
        column.skip(0.8)
    if rng.random() < 0.15:
        approval_box(rng, column, words)
    topic = pick(rng, LETTER_TOPICS)
    shape = pick(rng, LETTER_SUBJECTS)
    year = _marked_year(pick(rng, ["2023년", "2024년", "2025학년도", "상반기", "제3차", ""]))
    subject = shape.format(f"{year} {topic}".strip())
    x = em * float(rng.uniform(2.6, 4))
    bold = replace(look.body, bold_em=0.02)
    for label, value in (("수신", f"{words('company')} ({words('department')})"), ("(경유)", ""), ("제목", subject)):
        column.row([(label, 0, x, "left"), (value, x, column.width - x, "left")], bold if label == "제목" and rng.random() < 0.5 else None)
    column.rule(float(rng.choice([0.5, 1.0, 2.0])))
    body_items(rng, column, words, [["1.", "2.", "3.", "4.", "5."], list("가나다라마바"), ["1)", "2)", "3)", "4)"]], 0)
    if rng.random() < 0.3:
        drawn_table(rng, column, words, int(rng.integers(2, 6)))
    column.skip(0.8)
    column.paragraph(f"{words.short()} 1부.  끝.", marker=pick(rng, ["붙임", "붙임 1.", "첨부"]))
    column.skip(float(rng.uniform(1, 4)))
    sender = replace(look.heading, size_pt=em * float(rng.uniform(1.5, 2.2)), spacing_em=float(rng.choice([0, 0.1, 0.3])))
    top = column.y
    if column.paragraph(f"{office}장", sender, "center", kind="sender") and rng.random() < 0.8:
        x = column.x + column.width / 2 + em * rng.uniform(4, 9)
        seal(rng, layout, x, (top + column.y) / 2, em * rng.uniform(4, 7), f"{office}장의인"[-9:], look.heading.faces[0], office=True)
    column.skip(float(rng.uniform(0.5, 2)))
    column.y = max(column.y, column.bottom - em * 8 * 0.9 * look.leading) if rng.random() < 0.7 else column.y
    letter_foot(rng, column, words)
    decorate(rng, layout, look, 0.1)
    return layout


def _marked_year(text):
    return mark("DATE", text) if text[:1] == "2" else text


def body_items(rng, column, words, series, depth):
    """Nested numbering of letters: 1. 가. 1)."""
    em = column.look.body.size_pt
    for marker in series[depth][: int(rng.integers(2, 6 - depth))]:
        offset = depth * em * 1.4
        inner = column.part(offset, column.width - offset)
        inner.bottom = column.bottom - em * 14
        text = words.prose(1) if depth == 0 else words.item_text()
        mark = marker if marker[-1] in ".)" else marker + "."
        fits = inner.paragraph(text, marker=mark, kind="list")
        column.y = inner.y
        if not fits:
            return
        if depth < 2 and rng.random() < (0.6 if depth == 0 else 0.25):
            body_items(rng, column, words, series, depth + 1)


def letter_foot(rng, column, words):
    """The small rows at the foot: 기안자, 시행, 우편번호, 전화."""
    column.look = replace(column.look.sized(float(rng.uniform(0.8, 1.0))), leading=float(rng.uniform(1.05, 1.5)))
    column.rule(float(rng.choice([0.5, 1.5, 3.0])), gap=0.3)
    width = column.width
    if rng.random() < 0.7:
        ranks = pick(rng, [["주무관", "팀장", "과장"], ["교사", "교감", "교장"], ["담당", "부장", "이사"]])
        parts = [(f"{rank} {words('person')}", index * width / 3, width / 3, "left") for index, rank in enumerate(ranks)]
        column.row(parts, kind="footer")
        column.row([("협조자", 0, width, "left")], kind="footer")
    number = f"시행 {words('department')}-{int(rng.integers(1, 20000))} ({words('date')})"
    column.row([(number, 0, width / 2, "left"), ("접수 (        )", width / 2, width / 2, "left")], kind="footer")  # fmt: skip
    address = mark("ADDRESS", f"우 {int(rng.integers(10000, 64000))}  {unmark(words('address'))}")
    column.row([(address, 0, width, "left")], kind="footer")
    column.row([(f"전화 {words('phone')}", 0, width / 3, "left"), (f"전송 {words('phone')}", width / 3, width / 3, "left"),
                (f"{words('email')} / 대국민 공개", width * 2 / 3, width / 3, "left")], kind="footer")  # fmt: skip


def notice(rng, faces, corpus, dpi):
    """A public notice: title, number, numbered headings with items, a table, the date and the issuer at the end."""
    look = draw_look(rng, faces)
    layout, column = a4(rng, look, dpi, "notice", pick(rng, PAPERS))
    words = Words(rng, corpus)
    office = words("organisation")
    if rng.random() < 0.3:
        running_head(rng, layout, look, words)
    column.paragraph(f"{office} 공고 제{int(rng.integers(2019, 2027))}-{int(rng.integers(1, 2000))}호", align="left")
    title(rng, column, pick(rng, NOTICES))
    column.paragraph(words.prose(int(rng.integers(1, 3))), indent=look.body.size_pt)
    series = pick(rng, [MARKERS[0], MARKERS[17], MARKERS[13], MARKERS[6]])
    inner = pick(rng, MARKERS)
    for marker, topic in zip(series, rng.permutation(HEADINGS).tolist(), strict=False):
        column.skip(float(rng.uniform(0.2, 0.9)))
        if not column.heading(f"{marker} {topic}"):
            break
        if rng.random() < 0.12:
            underline(layout, layout.texts[-1])
        if rng.random() < 0.25:
            drawn_table(rng, column, words, int(rng.integers(2, 6)))
        elif rng.random() < 0.3:
            pairs = [FORM_LABELS[index] for index in rng.integers(len(FORM_LABELS), size=int(rng.integers(2, 5)))]
            rows_of_labels(rng, column, words, pairs)
        elif rng.random() < 0.75:
            items(rng, column, words, int(rng.integers(2, 6)), inner, 1)
        else:
            column.paragraph(words.prose(int(rng.integers(1, 4))))
        if column.y > column.bottom - 90 and rng.random() < 0.5:
            break
    if column.room(80):
        column.skip(1)
        column.paragraph(words("date"), align="center", kind="date")
        column.skip(0.5)
        column.heading(f"{office}장", 1.5, "center", kind="sender")
    page_foot(rng, layout, look, words)
    decorate(rng, layout, look)
    return layout


def certificate(rng, faces, corpus, dpi):
    """A certificate: a frame, a large title, few large lines, an emblem and an office seal."""
    look = draw_look(rng, faces, (12, 17))
    layout, column = a4(rng, look, dpi, "certificate", pick(rng, PAPERS))
    words = Words(rng, corpus)
    height, width = layout.size_pt
    for step in range(int(rng.integers(0, 4))):
        inset = 18 + 5 * step
        frame(layout, (inset, inset, width - inset, height - inset), float(rng.uniform(0.5, 3)), look.accent)
    column.paragraph(f"제 {int(rng.integers(2010, 2027))} - {int(rng.integers(1, 999)):03d} 호", align="left")
    column.skip(1.5)
    title(rng, column, pick(rng, CERTIFICATES), float(rng.uniform(2, 3.4)))
    column.skip(1)
    pairs = [FORM_LABELS[index] for index in rng.choice(len(FORM_LABELS), int(rng.integers(2, 6)), replace=False)]
    rows_of_labels(rng, column, words, pairs, 7)
    column.skip(1.5)
    column.paragraph(words.prose(int(rng.integers(1, 3))), leading=2.0, indent=look.body.size_pt)
    column.skip(2)
    column.paragraph(words("date"), align="center", kind="date")
    column.skip(1.5)
    top = column.y
    column.heading(f"{words('company')} 대표이사 {words('person')}", 1.3, "center", kind="sender")
    if rng.random() < 0.85:
        x = column.x + column.width * rng.uniform(0.65, 0.95)
        seal(rng, layout, x, (top + column.y) / 2, float(rng.uniform(45, 75)), "대표이사인", look.body.faces[0], rng.random() < 0.6)
    if rng.random() < 0.4:
        side = float(rng.uniform(80, 220))
        box = (width / 2 - side / 2, height / 2 - side / 2, width / 2 + side / 2, height / 2 + side / 2)
        layout.pictures.append(Picture("emblem", box, look.accent, int(rng.integers(2**31)), False, float(rng.uniform(0.08, 0.3))))
    return layout


def vertical(rng, faces, corpus, dpi):
    """세로쓰기: columns of upright characters from the right to the left, under or beside a horizontal heading."""
    look = draw_look(rng, faces, (10, 18))
    layout, column = a4(rng, look, dpi, "vertical", pick(rng, PAPERS))
    words = Words(rng, corpus)
    em = look.body.size_pt
    if rng.random() < 0.6:
        title(rng, column, pick(rng, NOTICES + CERTIFICATES))
    pitch = em * float(rng.uniform(1.5, 2.4))
    advance = float(rng.uniform(1.02, 1.25))
    per_column = int((column.bottom - column.y) / (advance * em)) - 1
    ruled = rng.random() < 0.25
    x = column.x + column.width - em
    while x > column.x + (column.width * rng.uniform(0, 0.3)) and per_column > 3:
        text = words.prose(int(rng.integers(1, 4)))
        block = layout.new_block()
        for start in range(0, min(len(text), per_column * 6), per_column):
            if x < column.x:
                break
            layout.stacked_text(text[start : start + per_column].strip(), look.body, x, column.y, advance, "vertical", block)
            if ruled:
                layout.rules.append(Rule((x - pitch / 2, column.y, x - pitch / 2, column.bottom), 0.3, look.body.color))
            x -= pitch
        x -= pitch * float(rng.uniform(0, 0.8))
    page_foot(rng, layout, look, words)
    decorate(rng, layout, look, 0.3)
    return layout


def vertical_pillars(rng, column, words, count):
    """A few vertical labels of different sizes, as on banners and the edges of forms."""
    for index in range(count):
        style = replace(column.look.heading, size_pt=column.look.heading.size_pt * float(rng.uniform(0.9, 2.0)))
        advance = float(rng.uniform(1.02, 1.3))
        x, y = column.x + column.width * (index + 0.5) / count, column.y + float(rng.uniform(0, 30))
        longest = int((column.bottom - y) / (advance * style.size_pt))
        column.layout.stacked_text(words.short()[: min(10, longest)], style, x, y, advance)
