"""Masking: how many numbers of persons are hidden, and what else is, on rendered lines and forms that are read with the shipped reader.

    python benchmarks/documents_masking.py [--fonts FOLDER …] [--lines 6200] [--forms 40] [--dpi 300] [--misses 20]

A number counts as hidden when the middle of every character that mask_policy.py names lies under a cover, so a number that was found but
covered beside its place is a miss. Recall: of the numbers, those that are hidden. Precision: of the masks, those that lie on a number.
On true text the same is asked of the texts as they were printed. Look-alikes are dates, amounts, telephones, orders, parcels, bar codes,
numbers of companies, codes. The fonts of the repository are the default; FOLDER may hold fonts that nothing was trained on.
"""

import argparse
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from masking_numbers import LABELS, draw_look_alike, draw_number

from ocr_crnn.reading.identifiers import Identifier, find_identifiers
from ocr_crnn.reading.mask_policy import hidden_places
from ocr_crnn.reading.masking import mask_page
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.line.rendering import UncoveredTextError, draw_line_parameters, render_line_with_quads
from ocr_crnn.synthesis.text.fields import choose

FONTS = Path(__file__).parent.parent / "fonts"
NUMBERS_A_LINE, LOOK_ALIKES_A_LINE = 0.38, 4  # the share of lines with a number; look-alikes of the others
BATCH = 32
COLONS = (" ", " ", ": ", " : ", ":", "  ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, nargs="+", default=[FONTS])
    parser.add_argument("--lines", type=int, default=6200)
    parser.add_argument("--forms", type=int, default=40)
    parser.add_argument("--dpi", type=int, default=300, help="of the forms")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--misses", type=int, default=0, help="how many to print of each sort")
    args = parser.parse_args()
    faces = load_faces(find_fonts(args.fonts))
    print(f"{len({face.family for face in faces})} families in {', '.join(folder.name for folder in args.fonts)}, seed {args.seed}")
    start = time.monotonic()
    for name, measure in (("lines", measure_lines), ("forms", measure_forms)):
        tally = Tally(args.misses)
        measure(args, faces, tally)
        print(f"\n## {name}, {time.monotonic() - start:.0f} s\n")
        tally.print()


class Tally:
    """Counts by what a line or page went through. found: hidden whole; wrong: masks on nothing of a person."""

    def __init__(self, shown):
        self.numbers, self.found, self.masks, self.wrong, self.look_alikes = Counter(), Counter(), Counter(), Counter(), Counter()
        self.true_numbers, self.true_found, self.true_masks, self.true_wrong = Counter(), Counter(), Counter(), Counter()
        self.missed, self.mistaken, self.shown = [], [], shown

    def print(self):
        print("| | numbers | recall | masks | precision | look-alikes | masked of them |")
        print("|---|---|---|---|---|---|---|")
        for key in ("", *sorted(key for key in self.numbers | self.look_alikes if key)):
            self._row(key or "all", self.numbers[key], self.found[key], self.masks[key], self.wrong[key], self.look_alikes[key])
        self._row("true text", self.true_numbers[""], self.true_found[""], self.true_masks[""], self.true_wrong[""], self.look_alikes[""])
        for title, rows in (("missed", self.missed), ("masked by mistake", self.mistaken)):
            for row in rows[: self.shown]:
                print(f"{title}: {row}")

    @staticmethod
    def _row(name, numbers, found, masks, wrong, look_alikes):
        recall = f"{100 * found / numbers:.2f} %" if numbers else "–"
        precision = f"{100 * (1 - wrong / masks):.2f} %" if masks else "–"
        share = f"{wrong} ({100 * wrong / look_alikes:.2f} %)" if look_alikes else f"{wrong}"
        print(f"| {name} | {numbers} | {recall} | {masks} | {precision} | {look_alikes} | {share} |")

    def add(self, condition, truth, masks, read, font=""):
        """truth: (kind, written, character quads) of the numbers of an image. masks: records of "masks" of its Page."""
        covers = [np.array(quad, np.float32) for mask in masks for quad in mask["quads"]]
        for kind, written, quads in truth:
            hidden = _hidden_of(kind, written)
            whole = all(_is_covered(quads[i].mean(axis=0), covers) for i in hidden)
            for key in ("", condition, kind):
                self.numbers[key] += 1
                self.found[key] += whole
            if not whole:
                self.missed.append(f"{kind} {written} [{condition}] {font}: {read}")
        for mask in masks:
            right = any(_touch(mask["quads"], quads) for _, _, quads in truth)
            for key in ("", condition):
                self.masks[key] += 1
                self.wrong[key] += not right
            if not right:
                self.mistaken.append(f"{mask['kind']} by {mask['rule']} {mask['label']} [{condition}]: {read}")

    def add_text(self, text, spans):
        """The same for a text as it was printed. spans: (kind, start, end) of its numbers."""
        from ocr_crnn.reading.masking import DEFAULT

        found = find_identifiers(text, DEFAULT)
        for kind, start, end in spans:
            self.true_numbers[""] += 1
            self.true_numbers[kind] += 1
            self.true_found[""] += any(one.start <= start and end <= one.end for one in found)
        for one in found:
            self.true_masks[""] += 1
            self.true_wrong[""] += not any(one.start < end and start < one.end for _, start, end in spans)


def _hidden_of(kind, written):
    return hidden_places(written, Identifier(kind, 0, len(written), "", None, "label", None))


def _is_covered(point, covers):
    return any(cv2.pointPolygonTest(cover, (float(point[0]), float(point[1])), False) >= 0 for cover in covers)


def _touch(covers, quads):
    return any(_is_covered(quad.mean(axis=0), [np.array(cover, np.float32)]) for cover in covers for quad in quads)


# --- lines ---------------------------------------------------------------------------------------------------------------------


def draw_text(rng):
    """(text, [(kind, start, end)] of its numbers, how many look-alikes)."""
    with_number = rng.random() < NUMBERS_A_LINE
    drawn = [(*draw_look_alike(rng), False) for _ in range(1 if with_number else int(rng.integers(4, 7)))]
    if with_number:
        drawn.insert(int(rng.integers(len(drawn) + 1)), (*draw_number(rng), True))
    text, spans = "", []
    between = choose(rng, ("  ", "   ", ", ", " / ", "  "))
    for kind, label, written, is_number in drawn:
        text += (between if text else "") + (f"{label}{choose(rng, COLONS)}" if label else "")
        if is_number:
            spans.append((kind, len(text), len(text) + len(written)))
        text += written
    return text, spans, len(drawn) - with_number


def measure_lines(args, faces, tally):
    from ocr_crnn.reading.lines import LineReader

    reader, waiting = LineReader.from_preset(), []
    for index in range(args.lines):
        rng = np.random.default_rng([args.seed, index])
        text, spans, look_alikes = draw_text(rng)
        tally.add_text(text, spans)
        text, spans = _single_spaces(text, spans)
        try:
            parameters = draw_line_parameters(rng, faces, text)
        except UncoveredTextError:
            continue
        image, quads = render_line_with_quads(parameters, channels=3)
        tally.look_alikes.update({"": look_alikes, parameters.condition: look_alikes})
        truth = [(kind, text[start:end], quads[start:end]) for kind, start, end in spans]
        waiting.append((image, truth, parameters))
        if len(waiting) == BATCH:
            _read_lines(reader, waiting, tally)
            waiting = []
    _read_lines(reader, waiting, tally)


def _single_spaces(text, spans):
    """A text with runs of spaces as one, as a line is rendered, and its spans there."""
    kept = [i for i, character in enumerate(text) if character != " " or (i and text[i - 1] != " ")]
    place = {old: new for new, old in enumerate(kept)}
    text = "".join(text[i] for i in kept)
    return text.strip(), [(kind, place[start], place[end - 1] + 1) for kind, start, end in spans]


def _read_lines(reader, waiting, tally):
    for page, (_, truth, parameters) in zip(reader.read_pages([image for image, _, _ in waiting]) if waiting else (), waiting, strict=True):
        masked = mask_page(page)
        tally.add(parameters.condition, truth, masked.records["masks"], page.text, parameters.faces[0].family)


# --- forms ---------------------------------------------------------------------------------------------------------------------


def draw_form(rng, faces, dpi):
    """A Layout of forms with a label beside each value, and tables with a header above, and its numbers: (kind, written)."""
    from ocr_crnn.synthesis.page.flow import a4, draw_look
    from ocr_crnn.synthesis.page.table import Cell, draw_grid, set_table

    look = draw_look(rng, faces, (8, 11))
    layout, column = a4(rng, look, dpi, "form")
    numbers, look_alikes = [], 0
    cells = []
    for _ in range(int(rng.integers(8, 14))):
        row = []
        for _ in range(2):
            is_number = rng.random() < 0.45
            kind, label, written = draw_number(rng) if is_number else draw_look_alike(rng)
            row += [Cell(label or "비고", "center", kind="label"), Cell(written, kind="number" if is_number else "value")]
            numbers += [(kind, written)] * is_number
            look_alikes += not is_number
        cells.append(row)
    set_table(column, cells, [1.2, 2.2, 1.2, 2.2], draw_grid(rng, look), 16)
    column.skip(1.5)
    kinds = [str(kind) for kind in rng.choice(["rrn", "foreigner", "card", "licence", "passport"], 2, replace=False)]
    head = ["번호", "성명", *(choose(rng, LABELS[kind]) for kind in kinds), "주문번호", "금액"]
    rows = [[Cell(text, "center", kind="label") for text in head]]
    for place in range(int(rng.integers(4, 10))):
        drawn = [_of_kind(rng, kind) for kind in kinds]
        order, amount = draw_of(rng, "order"), draw_of(rng, "amount")
        rows.append([Cell(str(place + 1)), Cell("홍길동"), *(Cell(written, kind="number") for written in drawn), Cell(order), Cell(amount)])
        numbers += list(zip(kinds, drawn, strict=True))
        look_alikes += 2
    set_table(column, rows, [0.5, 0.8, 2, 2, 2, 1.8], draw_grid(rng, look.sized(0.8)), 14)
    return layout, numbers, look_alikes


def _of_kind(rng, kind):
    from masking_numbers import NUMBERS

    return NUMBERS[kind](rng)[0]


def draw_of(rng, kind):
    from masking_numbers import LOOK_ALIKES

    return LOOK_ALIKES[kind](rng)[1]


def measure_forms(args, faces, tally):
    from ocr_crnn.reading.reader import DocumentReader
    from ocr_crnn.synthesis.damage.page import degrade_page
    from ocr_crnn.synthesis.page.rendering import render_page

    reader = DocumentReader.from_preset()
    for index in range(args.forms):
        rng = np.random.default_rng([args.seed, 1, index])
        layout, numbers, look_alikes = draw_form(rng, faces, args.dpi)
        image, page = render_page(layout)
        image, page = degrade_page(rng, image, page, "clean" if index % 2 else None, args.dpi)
        condition = page.attributes[0]["degradation"]
        tally.look_alikes.update({"": look_alikes, condition: look_alikes})
        truth = _printed(page, numbers)
        _add_true_page(tally, page, truth)
        read = reader.read_page(image)
        masked = mask_page(read)
        tally.add(condition, truth, masked.records["masks"], f"page {index}", page.attributes[0]["font"])


def _printed(page, numbers):
    """(kind, text, character quads) of each number on a page of truth: words of number cells, joined; those that cannot be seen are left
    out."""
    kinds = {"".join(written.split()): kind for kind, written in numbers}
    rows = [row for row in range(len(page)) if page.attributes[row]["kind"] == "number" and page.texts[row]]
    cells = {}
    for row in rows:
        cells.setdefault(int(page.blocks[row]), []).append(row)
    printed = []
    for own in cells.values():
        written = "".join(page.texts[row] for row in own)
        if written in kinds:
            printed.append((kinds[written], written, np.concatenate([page.characters[row].quads for row in own])))
    return printed


def _add_true_page(tally, page, truth):
    """The same search on the words as they were printed, in their places."""
    rows = np.array([row for row in range(len(page)) if page.texts[row]], np.int64)
    masks = mask_page(page.take(rows)).records["masks"]
    covers = [np.array(quad, np.float32) for mask in masks for quad in mask["quads"]]
    for kind, written, quads in truth:
        tally.true_numbers[""] += 1
        tally.true_found[""] += all(_is_covered(quads[i].mean(axis=0), covers) for i in _hidden_of(kind, written))
    tally.true_masks[""] += len(masks)
    tally.true_wrong[""] += sum(not any(_touch(mask["quads"], quads) for _, _, quads in truth) for mask in masks)


if __name__ == "__main__":
    main()
