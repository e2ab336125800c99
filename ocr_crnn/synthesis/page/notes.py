"""Pages that a word processor sets tight: notes, conditions and cells whose lines nearly touch, bullets that hang, wide gaps in a line."""

from dataclasses import replace

from ocr_crnn.synthesis.page.contents import contents
from ocr_crnn.synthesis.page.flow import a4, draw_dash, draw_look, draw_tight_leading
from ocr_crnn.synthesis.page.furniture import PAPERS, TINTS, band, decorate, drawn_table, labelled_row, page_foot, pick, running_head, title
from ocr_crnn.synthesis.page.phrases import FORM_LABELS, HEADINGS, MARKERS, NOTICES
from ocr_crnn.synthesis.page.table import Cell, draw_grid, set_table
from ocr_crnn.synthesis.page.words import Words
from ocr_crnn.synthesis.text.vocabulary import ARTICLE_TITLES

BULLETS = ["-", "■", "*", "ㅇ", "○", "※", "□", "·", "•", "▶", "->", "①", "1.", "2)", "(3)", "가.", "나)"]
NOTE_TITLES = ["유의사항", "참고사항", "작성 요령", "비고", "안내", "주의사항", "기타", "제출 서류", "처리 절차", "선정 기준", "특기사항"]


def notes(rng, faces, corpus, dpi):
    """Blocks of small print at a leading of 100 to 130 %, hardly any room between them."""
    look = draw_look(rng, faces, (6.5, 11))
    look = replace(look, leading=draw_tight_leading(rng))
    layout, page = a4(rng, look, dpi, "notes", pick(rng, PAPERS))
    words = Words(rng, corpus)
    if rng.random() < 0.3:
        running_head(rng, layout, look, words)
    if rng.random() < 0.4:
        title(rng, page, pick(rng, NOTICES + NOTE_TITLES))
    blocks = [bullets] * 4 + [paragraphs] * 4 + [note_table] * 3 + [banded, banded, label_rows, drawn_table, contents, markers_alone]
    while page.room(4 * look.body.size_pt):
        pick(rng, blocks)(rng, page, words)
        if rng.random() < 0.3:
            page.rule(dash_pt=pick(rng, [None, draw_dash(rng)]), gap=float(rng.uniform(0.1, 0.8)))
        elif rng.random() < 0.5:
            page.skip(float(rng.uniform(0, 0.6)))
    page_foot(rng, layout, look, words)
    decorate(rng, layout, look, 0.05)
    return layout


def widen(rng, text, share=0.15):
    """The text with some of its spaces typed two to eight times, as typists line things up."""
    words = text.split(" ")
    return words[0] + "".join((" " * int(rng.integers(2, 9)) if rng.random() < share else " ") + word for word in words[1:])


def spread_label(rng, label):
    """A label whose syllables stand apart by typed spaces: "성    명"."""
    return (" " * int(rng.integers(1, 7))).join(label) if len(label) <= 4 and rng.random() < 0.5 else label


def bullets(rng, column, words):
    """Items behind hanging marks, others inside them, some with a bold word or two first; no room between items."""
    em = column.look.body.size_pt
    outer, inner = pick(rng, BULLETS), pick(rng, BULLETS)
    for _ in range(int(rng.integers(2, 8))):
        deep = rng.random() < 0.4
        part = column.part(em * float(rng.uniform(0.8, 1.6)) * deep, column.width - 2 * em * deep)
        lead = pick(rng, [*HEADINGS, *ARTICLE_TITLES]) + pick(rng, ["", ":", " :"]) if rng.random() < 0.35 else ""
        text = widen(rng, words.item_text(), 0.03)
        hang = em * float(rng.uniform(0.8, 2.0)) if rng.random() < 0.7 else None
        fits = part.paragraph(text, marker=inner if deep else outer, hang=hang, lead=lead, kind="list")
        column.y = part.y
        if not fits:
            return


def paragraphs(rng, column, words):
    """A heading at times, then prose; the next paragraph begins in the next line."""
    if rng.random() < 0.4:
        column.heading(f"{pick(rng, ['', '■ ', '1. ', '○ ', '<', '['])}{pick(rng, NOTE_TITLES)}", float(rng.uniform(1.0, 1.2)))
    for _ in range(int(rng.integers(1, 4))):
        lead = f"제{int(rng.integers(1, 40))}조({pick(rng, ARTICLE_TITLES)})" if rng.random() < 0.3 else ""
        text = widen(rng, words.prose(int(rng.integers(1, 5))), 0.02)
        if not column.paragraph(text, lead=lead, indent=pick(rng, [0, 0, column.look.body.size_pt])):
            return


def banded(rng, column, words):
    """One to four headings on coloured bands, with a line or two below each, or none."""
    for _ in range(int(rng.integers(1, 5))):
        fits = band(rng, column, f"{pick(rng, ['', '■ ', '1. ', '○ ', '제1장 '])}{pick(rng, [*NOTE_TITLES, words.short()])}")
        if not fits or (rng.random() < 0.6 and not column.paragraph(words.sentence(80))):
            return


def label_rows(rng, column, words):
    """Labels and their values without rules, one pair or two in a row: the label spread over its room, the value after a wide gap."""
    em = column.look.body.size_pt
    pairs = 2 if rng.random() < 0.5 else 1
    pitch = column.width / pairs
    label_width, gap = em * float(rng.uniform(3, 6)), em * float(rng.uniform(2.4, 5))  # a segment ends at 2.2 em
    align = pick(rng, ["left", "distribute", "distribute", "right"])
    for _ in range(int(rng.integers(2, 7))):
        parts = []
        for place in range(pairs):
            label, field = FORM_LABELS[int(rng.integers(len(FORM_LABELS)))]
            value_x = label_width + gap
            parts.append((spread_label(rng, label) if align == "left" else label, place * pitch, label_width, align))
            parts.append((words(field), place * pitch + value_x, max(pitch - value_x - em, 4 * em), "left"))
        if not labelled_row(column, parts):
            return


def note_table(rng, column, words, leading=None):
    """Rows of a label beside a cell full of bulleted notes, and lone marks in a narrow third column. leading: in the cells, or drawn."""
    small = replace(column.look.body, size_pt=column.look.body.size_pt * float(rng.uniform(0.8, 1.0)))
    grid = replace(draw_grid(rng, column.look), leading=leading or draw_tight_leading(rng), pad=float(rng.uniform(0.5, 3.0)))
    tint = pick(rng, TINTS) if rng.random() < 0.4 else None
    third = rng.random() < 0.5
    rows = []
    for number in range(int(rng.integers(1, 6))):
        mark = pick(rng, BULLETS)
        marked = rng.random() < 0.7
        note = "\n".join((f"{mark}\t" if marked else "") + widen(rng, words.item_text(), 0.02) for _ in range(int(rng.integers(1, 5))))
        label = pick(rng, NOTE_TITLES + [f"{number + 1}", words.short(2)])
        row = [Cell(label, "center", small, tint, kind="label"), Cell(note, "left", small)]
        rows.append([*row, Cell(pick(rng, ["-", "-", "○", "", "1", "2", "해당없음", "∨"]), "center", small)] if third else row)
    set_table(column, rows, [1, float(rng.uniform(3, 6)), 0.8] if third else [1, float(rng.uniform(2.5, 6))], grid)


def markers_alone(rng, column, words):
    """Short lines one below the other: a mark, a number, a dash alone, an item beside them; they are what is missed first."""
    series = pick(rng, MARKERS)
    x = column.look.body.size_pt * float(rng.uniform(2.5, 4))
    for marker in series[: int(rng.integers(2, 7))]:
        alone = pick(rng, [marker, "-", "- 1 -", str(int(rng.integers(1, 30)))])
        parts = [(alone, 0, x, pick(rng, ["left", "center"]))]
        if rng.random() < 0.6:
            parts.append((words.short(), 2 * x, column.width - 2 * x, "left"))
        if not column.row(parts):
            return
