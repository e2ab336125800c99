"""Lone digits in the cells of tables, read end to end: `python benchmarks/lone_digits.py [--fonts PATH…] [--faces 6] [--turns 0 1 2 3]`.

Pages are rendered: a label and ten digits a row, four rows, in each face and size; 720 digits with six faces and three sizes. A digit is
right where the one word in its cell is that digit. `turned` counts pages whose labels are not read where they stand. Faces are those of
print; families that are kept for measuring what no training has seen are left out.
"""

import argparse
from collections import Counter

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from ocr_crnn.reading.orientation import turn_page
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.recipes.experiment import HELD_OUT_FONTS
from ocr_crnn.synthesis import fonts

ROWS = [("번호", "1234567890"), ("건수", "3692581470"), ("수량", "7418529630"), ("점수", "9876543210")]
SIZES_PX = (26, 38, 54)


def draw_table(face, size_px, rows=ROWS):
    """uint8 `(height, width, 3)` and its cells as `[(left, top, right, bottom, text)]`: ruled, the text in the middle of each."""
    font = ImageFont.truetype(face.path, size_px, index=face.index)
    label, cell, height, margin = 3 * size_px, int(2.4 * size_px), 2 * size_px, 2 * size_px
    size = (2 * margin + label + cell * len(rows[0][1]), 2 * margin + height * len(rows))
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    cells = []
    for row, (name, digits) in enumerate(rows):
        left, top = margin, margin + row * height
        for text in (name, *digits):
            width = label if text == name else cell
            draw.rectangle((left, top, left + width, top + height), outline="black", width=2)
            draw.text((left + width / 2, top + height / 2), text, fill="black", font=font, anchor="mm")
            cells.append((left, top, left + width, top + height, text))
            left += width
    return np.asarray(picture), cells


def judge(page, cells):
    """Counts of digits `right`, `wrong` and `missed`, and 1 as `turned` where no label is read in its place."""
    centres = page.quads.mean(axis=1) if len(page) else np.zeros((0, 2))
    counts, labels = Counter(), 0
    for left, top, right, bottom, text in cells:
        inside = (centres > (left, top)).all(axis=1) & (centres < (right, bottom)).all(axis=1)
        found = " ".join(page.texts[row] for row in np.flatnonzero(inside))
        if len(text) > 1:
            labels += found == text
        else:
            counts["right" if found == text else "wrong" if found else "missed"] += 1
    counts["turned"] = int(labels == 0)
    return counts


def choose_faces(paths, count):
    """Faces of print, as many families as can be, regular before bold."""
    faces = [face for face in fonts.load_faces(paths, exclude=HELD_OUT_FONTS, holds="번호건수량점0123456789") if not face.is_bold]
    families = {face.family: face for face in sorted(faces, key=lambda face: (face.style != "Regular", face.style), reverse=True)}
    chosen = sorted(families.values(), key=lambda face: (-face.weight, face.family))
    return chosen[:count]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system and fonts/ by default")
    parser.add_argument("--faces", type=int, default=6)
    parser.add_argument("--turns", type=int, nargs="*", default=[0], help="quarter turns by which each page is given")
    parser.add_argument("--detector", help="preset or folder; the shipped one by default")
    parser.add_argument("--recognizer", help="preset or folder; the shipped one by default")
    args = parser.parse_args()
    faces = choose_faces(fonts.find_fonts(args.fonts) if args.fonts else fonts.find_fonts() + fonts.find_fonts(["fonts"]), args.faces)
    reader = DocumentReader.from_preset(args.detector, args.recognizer)
    table = Table("face", "turns", "digits", "right", "wrong", "missed", "pages", "turned")
    total = Counter()
    for face in faces:
        for turns in args.turns:
            counts = Counter()
            for size_px in SIZES_PX:
                pixels, cells = draw_table(face, size_px)
                page = reader.read_page(np.ascontiguousarray(np.rot90(pixels, turns)))
                counts += judge(turn_page(page, -turns), cells) + Counter(pages=1)
            total += counts
            add_row(table, face.family, turns, counts)
    add_row(table, "all", " ".join(map(str, args.turns)), total)
    Console(width=120).print(table)


def add_row(table, name, turns, counts):
    digits = counts["right"] + counts["wrong"] + counts["missed"]
    table.add_row(name, str(turns), *map(str, (digits, *(counts[kind] for kind in ("right", "wrong", "missed", "pages", "turned")))))


if __name__ == "__main__":
    main()
