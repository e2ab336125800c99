"""Tables of rendered pages, found and there: F of the neighbourhoods of cells, ruled and unruled, on clean pages and scans.

    python benchmarks/documents_tables.py --fonts FOLDER … [--pages 8] [--dpi 150] [--no-read]

Every page has a title, prose, a list and two or three tables, half of them with spans: headings over several columns, labels beside
several rows, totals. FOLDERs hold fonts that no network was trained with. With "true words" the stage gets the words of the truth, in
reading order; "read" is the shipped reader. Definitions: ocr_crnn/evaluation/tables.py. Of pages of other kinds it is counted how many
tables are found where there are none.
"""

import argparse
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from timing import timed

from ocr_crnn.evaluation.tables import count_neighbourhoods, f_score, same_words, tables_of_truth
from ocr_crnn.reading.order import order_page
from ocr_crnn.reading.tables import find_tables
from ocr_crnn.synthesis.damage.page import degrade_page
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.flow import a4, draw_look
from ocr_crnn.synthesis.page.furniture import drawn_table, items, page_foot, pick, title
from ocr_crnn.synthesis.page.kinds import PAGE_KINDS
from ocr_crnn.synthesis.page.numbered import draw_sentences
from ocr_crnn.synthesis.page.phrases import HEADINGS, NOTICES, TABLES
from ocr_crnn.synthesis.page.rendering import render_page
from ocr_crnn.synthesis.page.table import Cell, draw_grid, set_table
from ocr_crnn.synthesis.page.words import Words
from ocr_crnn.synthesis.text.corpus import read_corpus

GRIDS = {
    "ruled": [{"upright": True, "level": True, "sides": True}, {"upright": True, "level": True, "sides": False}],
    "unruled": [{"upright": False, "level": True, "sides": False}, {"upright": False, "level": False, "sides": False, "outer": 0.0}],
}
DAMAGE = ("clean", "scan")
# Receipts are left out: whether their rows of items are a table is not said.
OTHERS = (
    "contract", "official_letter", "notice", "certificate", "vertical", "card", "columns", "manual", "report", "slide", "lonely", "notes",
)  # fmt: skip


def draw_page_of_tables(rng, faces, corpus, dpi, ruling):
    """A Layout of prose and tables that are all ruled, or all not. ruling: a key of GRIDS."""
    look = draw_look(rng, faces, (8, 11))
    layout, column = a4(rng, look, dpi, "tables")
    words = Words(rng, corpus)
    title(rng, column, pick(rng, NOTICES))
    for number in range(int(rng.integers(2, 4))):
        column.skip(0.8)
        column.heading(f"{number + 1}. {pick(rng, HEADINGS)}")
        if rng.random() < 0.5:
            column.paragraph(words.prose(int(rng.integers(1, 4))))
        elif rng.random() < 0.5:
            items(rng, column, words, 3)
        column.skip(0.8)
        if not column.room(150):
            break
        grid = replace(draw_grid(rng, look), dash_pt=None, pad=float(rng.uniform(2, 5)), **{"outer": 0.8} | pick(rng, GRIDS[ruling]))
        if rng.random() < 0.5:
            spanned_table(rng, column, words, grid)
        else:
            wide = [schema for schema in TABLES if sum(width for *_, width, _ in schema) * 2.2 * look.body.size_pt < column.width]
            drawn_table(rng, column, words, int(rng.integers(3, 12)), pick(rng, wide or TABLES[1:2]), grid)
    page_foot(rng, layout, look, words)
    return layout


def spanned_table(rng, column, words, grid):
    """A table with spans of rows and columns: groups of headings over pairs of figures, labels beside two or three rows, a total."""
    groups = int(rng.integers(1, 3))
    heads = ["전년도", "당해 연도", "예산", "집행", "계획", "실적", "상반기", "하반기"]
    order = rng.permutation(len(heads))
    head = partial(Cell, align="center", kind="table_heading")
    over = [head(heads[order[group]], columns=2) for group in range(groups)]
    top = [head("구분", rows=2), head("항목", rows=2), *over, head("비고", rows=2)]
    rows = [top, [head(name) for _ in range(groups) for name in ("건수", "금액")]]
    for _ in range(int(rng.integers(2, 5))):
        height = int(rng.integers(2, 4))
        for number in range(height):
            figures = [Cell(words(field), "right") for _ in range(groups) for field in ("count", "number")]
            label = [Cell(words("department"), "center", rows=height)] if number == 0 else []
            rows.append([*label, Cell(words("item")[:10], "left"), *figures, Cell(words("blank")[:8], "left")])
    rows.append([head("합계", columns=2), *(Cell(words("number"), "right") for _ in range(2 * groups)), Cell("", "left")])
    set_table(column, rows, [2.2, 2.6, *[1.2, 2.2] * groups, 1.4], grid)


def count_page(page, image, truth):
    found, spent = timed(lambda: find_tables(page, image))
    return count_neighbourhoods(found, found.records["tables"], truth, tables_of_truth(truth)), spent.processor


def in_order(page, image):
    """The truth as a reader would give it: words, in reading order."""
    known = np.flatnonzero([bool(text) for text in page.texts])
    return order_page(replace(page.take(known), attributes=None), image)


def count_false(kind, faces, corpus, dpi, pages, seed):
    """(tables found, those of them that are none) on pages of a kind, clean, true words: most of their words stand in no table."""
    tables = false = 0
    for number in range(pages):
        rng = np.random.default_rng([seed, number])
        image, truth = render_page(PAGE_KINDS[kind][0](rng, faces, corpus, dpi))
        page = find_tables(in_order(truth, image), image)
        in_cells = {word for table in tables_of_truth(truth) for cell in table["cells"] for word in cell["words"]}
        is_true = np.array([int(word) in in_cells for word in same_words(page, truth)])
        shares = [is_true[[word for cell in table["cells"] for word in cell["words"]]].mean() for table in page.records["tables"]]
        tables, false = tables + len(shares), false + sum(share < 0.5 for share in shares)
    return tables, false


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", nargs="*", default=[str(Path(__file__).parents[1] / "fonts")])
    parser.add_argument("--corpus", nargs="*", help="files or folders of text; sentences of templates if left out")
    parser.add_argument("--pages", type=int, default=8, help="of each ruling and damage")
    parser.add_argument("--dpi", type=float, default=150)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--read", action=argparse.BooleanOptionalAction, default=True)
    args = parser.parse_args()
    faces = load_faces(find_fonts(args.fonts))
    corpus = read_corpus(args.corpus) if args.corpus else draw_sentences(np.random.default_rng(0))
    reader = None
    if args.read:
        from ocr_crnn.reading.reader import DocumentReader

        reader = DocumentReader.from_preset()
    print(f"{args.pages} pages each, {args.dpi:g} dpi, {len(faces)} faces, {os.cpu_count()} cores; F of neighbourhoods, precision, recall")
    print(f"{'':18}{'true words':>24}{'read':>24}{'ms a page':>12}")
    for ruling in GRIDS:
        for damage in DAMAGE:
            counts, seconds = {"true": np.zeros(3), "read": np.zeros(3)}, []
            for number in range(args.pages):
                rng = np.random.default_rng([args.seed, number, DAMAGE.index(damage)])
                image, truth = render_page(draw_page_of_tables(rng, faces, corpus, args.dpi, ruling))
                image, truth = degrade_page(rng, image, truth, damage, args.dpi)
                pages = {"true": in_order(truth, image)} | ({"read": reader.read_page(image)} if reader else {})
                for name, page in pages.items():
                    count, spent = count_page(page, image, truth)
                    counts[name] += count
                    seconds.append(spent)
            shown = [f"{f_score(r, f, t):.3f} {r / max(f, 1):.3f} {r / max(t, 1):.3f}" for r, f, t in counts.values()]
            row = f"{ruling + ', ' + damage:18}{shown[0]:>24}{shown[1] if reader else '-':>24}{1000 * np.median(seconds):12.0f}"
            print(row, flush=True)
    counts = [count_false(kind, faces, corpus, args.dpi, args.pages, args.seed) for kind in OTHERS]
    tables, false = np.sum(counts, axis=0)
    print(f"on {args.pages * len(OTHERS)} clean pages of other kinds {tables} tables, {false} of them where there is none:")
    print(", ".join(f"{kind} {wrong}" for kind, (_, wrong) in zip(OTHERS, counts, strict=True) if wrong) or "none")


if __name__ == "__main__":
    main()
