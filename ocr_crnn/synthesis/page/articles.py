"""Pages that are read like books: two and three columns, manuals with code, reports with figures, small print, slides."""

from dataclasses import replace

import numpy as np

from ocr_crnn.synthesis.page.contents import contents
from ocr_crnn.synthesis.page.flow import Column, a4, draw_look
from ocr_crnn.synthesis.page.furniture import (
    PAPERS,
    TINTS,
    band,
    decorate,
    drawn_table,
    frame,
    items,
    light,
    page_foot,
    photograph,
    pick,
    running_head,
    title,
    underline,
)
from ocr_crnn.synthesis.page.layout import Fill, Layout, Rule
from ocr_crnn.synthesis.page.letters import vertical_pillars
from ocr_crnn.synthesis.page.phrases import COMMANDS, HEADINGS, IDENTIFIERS, MARKERS, NOTICES
from ocr_crnn.synthesis.page.words import Words
from ocr_crnn.synthesis.text.vocabulary import ARTICLE_TITLES


def columns(rng, faces, corpus, dpi):
    """Two or three columns of text under a title: papers, newsletters, terms in small print."""
    small_print = rng.random() < 0.35
    look = draw_look(rng, faces, (5.5, 7.5) if small_print else (7.5, 10.5))
    layout, page = a4(rng, look, dpi, "columns", pick(rng, PAPERS))
    words = Words(rng, corpus)
    if rng.random() < 0.4:
        running_head(rng, layout, look, words)
    if rng.random() < 0.7:
        title(rng, page, pick(rng, NOTICES + [words.short()]))
    if rng.random() < 0.3:
        page.paragraph(words.prose(int(rng.integers(2, 5))), kind="abstract")
        page.skip(1)
    count = 3 if rng.random() < (0.4 if small_print else 0.12) else 2
    gutter = float(rng.uniform(10, 26))
    width = (page.width - gutter * (count - 1)) / count
    ruled = rng.random() < 0.25
    top = page.y
    clause = int(rng.integers(1, 20)) if rng.random() < 0.5 else None
    stop = page.bottom - rng.uniform(0, 200) if rng.random() < 0.3 else page.bottom
    for index in range(count):
        column = page.part(index * (width + gutter), width)
        if ruled and index:
            x = column.x - gutter / 2
            layout.rules.append(Rule((x, top, x, page.bottom), 0.4, look.body.color))
        column.bottom = stop if index == count - 1 else page.bottom
        clause = article(rng, column, words, clause)
    page_foot(rng, layout, look, words)
    decorate(rng, layout, look, 0.06)
    return layout


def article(rng, column, words, clause=None):
    """Fill a column with sections until its room is used up; `clause`: the number of the next clause, None for plain headings."""
    series = pick(rng, MARKERS)
    gap = float(rng.uniform(0, 0.8))
    indent = pick(rng, [0, column.look.body.size_pt])
    fits = True
    while fits and column.room(column.look.body.size_pt * column.look.leading):
        if clause is not None:
            fits = column.paragraph(words.prose(int(rng.integers(1, 4))), lead=f"제{clause}조({pick(rng, ARTICLE_TITLES)})", kind="clause")
            clause += 1
        elif rng.random() < 0.35:
            fits = column.heading(pick(rng, HEADINGS), float(rng.uniform(0.95, 1.3)))
        kind = rng.random()
        if not fits:
            break
        if kind < 0.25:
            fits = items(rng, column, words, int(rng.integers(2, 6)), series)
        elif kind < 0.31:
            drawn_table(rng, column, words, int(rng.integers(2, 6)))
        elif kind < 0.35:
            photograph(rng, column, float(rng.uniform(40, 120)), column.width * float(rng.uniform(0.5, 1)))
            fits = column.paragraph(
                f"그림 {int(rng.integers(1, 30))}. {words.short()}", column.look.sized(0.85).body, "center", kind="caption"
            )
        elif clause is None or kind > 0.8:
            fits = column.paragraph(words.prose(int(rng.integers(2, 7))), indent=indent)
        column.skip(gap)
    return clause


def manual(rng, faces, corpus, dpi):
    """A manual or technical document: headings at several depths, paragraphs, bullets, grey boxes of commands, notes, contents."""
    look = draw_look(rng, faces, (8.5, 11.5))
    layout, column = a4(rng, look, dpi, "manual", pick(rng, PAPERS))
    words = Words(rng, corpus)
    if rng.random() < 0.6:
        running_head(rng, layout, look, words)
    chapter = int(rng.integers(1, 15))
    if rng.random() < 0.5:
        column.heading(f"{chapter}장. {pick(rng, HEADINGS)}", float(rng.uniform(1.4, 2.2)), kind="title")
        column.skip(0.5)
    if rng.random() < 0.12:
        contents(rng, column, words)
    section = int(rng.integers(1, 6))
    while column.room(40):
        kind = rng.random()
        if kind < 0.22:
            column.skip(0.5)
            column.heading(f"{chapter}.{section}. {words.short()}", float(rng.uniform(1.0, 1.4)))
            section += 1
            if rng.random() < 0.2:
                underline(layout, layout.texts[-1])
        elif kind < 0.55:
            column.paragraph(words.prose(int(rng.integers(1, 5))))
        elif kind < 0.75:
            items(rng, column, words, int(rng.integers(2, 7)), pick(rng, MARKERS[6:12]))
        elif kind < 0.9:
            commands(rng, column)
        elif kind < 0.95:
            note(rng, column, words)
        else:
            drawn_table(rng, column, words, int(rng.integers(2, 6)))
        column.skip(float(rng.uniform(0.2, 0.7)))
    page_foot(rng, layout, look, words)
    decorate(rng, layout, look, 0.03)
    return layout


def commands(rng, column):
    """Lines of code on a coloured ground, or light on dark."""
    look = column.look
    dark = rng.random() < 0.15
    style = replace(
        look.body, size_pt=look.body.size_pt * float(rng.uniform(0.8, 1.0)), stretch=float(rng.choice([1.0, 1.1])), spacing_em=0.05
    )
    if dark:
        style = replace(style, color=(235, 235, 235))
    lines = [pick(rng, COMMANDS).format(pick(rng, IDENTIFIERS)) for _ in range(int(rng.integers(1, 8)))]
    leading = float(rng.uniform(1.05, 1.5)) * style.size_pt
    height = leading * len(lines) + 8
    if not column.room(height):
        return
    column.fill(height, (40, 44, 52) if dark else pick(rng, TINTS))
    column.y += 4
    block = column.layout.new_block()
    for line in lines:
        indent = look.body.size_pt * float(rng.choice([0.3, 0.3, 1.5]))
        column.layout.text(line, style, column.x + indent, column.baseline(style.size_pt, leading), kind="code", block=block)
        column.y += leading
    column.y += 4


def note(rng, column, words):
    """A framed or tinted note."""
    top = column.y
    fills = len(column.layout.fills)
    inner = column.part(8, column.width - 16)
    inner.y += 4
    inner.heading(pick(rng, ["참고", "주의", "알림", "경고", "도움말", "NOTE", "중요"]))
    inner.paragraph(words.prose(int(rng.integers(1, 3))))
    column.y = inner.y + 4
    box = (column.x, top, column.x + column.width, column.y)
    if rng.random() < 0.5:
        column.layout.fills.insert(fills, Fill(box, light(column.look.accent, 0.88)))
    else:
        frame(column.layout, box, 0.6, column.look.accent)


def report(rng, faces, corpus, dpi):
    """A report: sections of paragraphs, figures with captions, tables, a boxed summary, footnotes."""
    look = draw_look(rng, faces, (8.5, 13))
    layout, column = a4(rng, look, dpi, "report", pick(rng, PAPERS))
    words = Words(rng, corpus)
    if rng.random() < 0.3:
        running_head(rng, layout, look, words)
    if rng.random() < 0.5:
        title(rng, column, words.short())
        column.row([(f"{words('department')} {words('person')} ({words('date')})", 0, column.width, "right")], kind="byline")
    footnote = rng.random() < 0.25
    if footnote:
        column.bottom -= look.body.size_pt * 5
    if rng.random() < 0.3:
        note(rng, column, words)
        column.skip(0.5)
    deep = [pick(rng, [MARKERS[13], MARKERS[12], MARKERS[0], MARKERS[14]]), pick(rng, [MARKERS[8], MARKERS[12], MARKERS[6]])]
    fits = True
    while fits and column.room(50):
        kind = rng.random()
        if kind < 0.1:
            fits = band(rng, column, f"{pick(rng, deep[0])} {pick(rng, HEADINGS)}")
        elif kind < 0.3:
            fits = column.heading(f"{pick(rng, deep[0])} {pick(rng, HEADINGS)}", float(rng.uniform(1, 1.3)))
        elif kind < 0.55:
            fits = items(rng, column, words, int(rng.integers(2, 5)), deep[1])
        elif kind < 0.8:
            fits = column.paragraph(words.prose(int(rng.integers(2, 6))), indent=look.body.size_pt)
        elif kind < 0.9:
            drawn_table(rng, column, words)
        elif photograph(rng, column, float(rng.uniform(60, 200)), column.width * float(rng.uniform(0.4, 1))):
            caption = f"{pick(rng, ['<그림', '[그림'])} {int(rng.integers(1, 9))}{'>'} {words.short()}"
            fits = column.paragraph(caption, look.sized(0.85).body, "center", kind="caption")
        column.skip(float(rng.uniform(0.2, 0.8)))
    if footnote:
        column.y, column.bottom = column.bottom, 1e9
        layout.rules.append(Rule((column.x, column.y, column.x + 120, column.y), 0.5, look.body.color))
        column.look = look.sized(0.75)
        items(rng, column, words, 2, MARKERS[1])
    page_foot(rng, layout, look, words)
    decorate(rng, layout, look)
    return layout


def slide(rng, faces, corpus, dpi):
    """A slide, poster or banner: large type of many sizes, coloured grounds, light text on dark, vertical labels."""
    look = draw_look(rng, faces, (13, 22))
    dark = rng.random() < 0.3
    ground = tuple(int(value) for value in (rng.integers(10, 90, 3) if dark else rng.integers(200, 256, 3)))
    ink = tuple(int(value) for value in (rng.integers(220, 256, 3) if dark else rng.integers(0, 80, 3)))
    look = replace(look, body=replace(look.body, color=ink), heading=replace(look.heading, color=ink))
    layout = Layout((405.0, 720.0) if rng.random() < 0.6 else (842.0, 595.0), dpi, "slide", ground)
    words = Words(rng, corpus)
    height, width = layout.size_pt
    margin = float(rng.uniform(24, 60))
    column = Column(layout, look, margin, margin * 0.7, width - 2 * margin, height - margin * 0.6)
    title(rng, column, words.short(), float(rng.uniform(1.3, 2.6)))
    if rng.random() < 0.25:
        vertical_pillars(rng, column.part(column.width * 0.8, column.width * 0.2), words, int(rng.integers(1, 4)))
        column.width *= 0.75
    parts = int(rng.integers(1, 4)) if rng.random() < 0.5 else 1
    pitch = column.width / parts
    ends = []
    for index in range(parts):
        part = column.part(index * pitch, pitch - 12)
        if parts > 1 and rng.random() < 0.6:
            layout.fills.append(
                Fill((part.x - 4, part.y, part.x + part.width + 4, height - margin * 0.6), light(ground, -0.12 if dark else 0.5))
            )
            part.y += 4
        part.heading(pick(rng, HEADINGS), float(rng.uniform(0.9, 1.3)), pick(rng, ["left", "center"]))
        if rng.random() < 0.7:
            items(rng, part, words, int(rng.integers(2, 6)))
        else:
            part.paragraph(words.prose(1))
        if rng.random() < 0.4:
            photograph(rng, part, float(rng.uniform(50, 160)))
        ends.append(part.y)
    column.y = max(ends)
    if rng.random() < 0.25:
        drawn_table(rng, column, words, int(rng.integers(2, 5)))
    decorate(rng, layout, look, 0.03)
    return layout


def lonely(rng, faces, corpus, dpi):
    """A page with hardly anything on it: the end of a document, a cover, a divider, now and then nothing at all."""
    look = draw_look(rng, faces)
    layout, column = a4(rng, look, dpi, "lonely", pick(rng, PAPERS))
    words = Words(rng, corpus)
    for _ in range(int(rng.integers(0, 6))):
        column.y += float(rng.uniform(0, 160))
        if rng.random() < 0.6:
            column.heading(words.short(), float(np.exp(rng.uniform(-0.2, 1.2))), pick(rng, ["left", "center", "right"]))
        else:
            column.paragraph(words.prose(1), align=pick(rng, ["left", "center", "right"]))
    if rng.random() < 0.7:
        page_foot(rng, layout, look, words)
    decorate(rng, layout, look, 0.15)
    return layout
