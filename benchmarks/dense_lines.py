"""Lines whose ink nearly touches: how well they are found, by leading, by size of type and by resolution.

    python benchmarks/dense_lines.py [--preset NAME | --run RUN --weights last] [--fonts PATH…] [--pages N] [--seed N]
                                     [--families NAME…] [--dpis DPI…] [--read]

Pages are rendered, clean: paragraphs, bullets, label rows and cells full of notes at 100 to 120 % leading, 8 to 11 pt, 150 and 300 dpi, in
families that no training sees; N pages of each of the 40 kinds. The texts are segments: runs of words in one line of one cell or column.
A merge is a box that holds characters of several texts, a split a text in several boxes; both are given in per cent of the texts.
"""

import argparse
import os
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from rich.console import Console
from rich.table import Table

from ocr_crnn.detection.detector import DEFAULT_PRESET, TextDetector
from ocr_crnn.evaluation.detection import match_rows, measure_detection
from ocr_crnn.evaluation.end_to_end import measure_end_to_end
from ocr_crnn.geometry import quad_ious
from ocr_crnn.granularity import segments
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.recipes.experiment import HELD_OUT_FONTS
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.flow import a4, draw_look
from ocr_crnn.synthesis.page.notes import bullets, label_rows, note_table, paragraphs
from ocr_crnn.synthesis.page.numbered import draw_sentences
from ocr_crnn.synthesis.page.rendering import render_page
from ocr_crnn.synthesis.page.words import Words
from ocr_crnn.training.run import load_network

LEADINGS = (1.0, 1.05, 1.1, 1.15, 1.2)
SIZES_PT = (8.0, 9.0, 10.0, 11.0)
DPIS = (150, 300)
COLUMNS = ("pages", "texts", "P@0.5", "R@0.5", "F@0.5", "F@0.7", "IoU of matches", "merges %", "splits %")


def draw_dense_page(rng, face, leading, size_pt, dpi):
    """`(image uint8 (height, width, 3), Page of segments)`: blocks at one leading, one below the other without room between them."""
    look = draw_look(rng, [face])
    body = replace(look.body, size_pt=size_pt, stretch=1.0, spacing_em=0.0)
    look = replace(look, body=body, heading=replace(body, bold_em=0.02), leading=leading)
    layout, column = a4(rng, look, dpi, "dense")
    words = Words(rng, draw_sentences(rng, 200))
    blocks = [paragraphs, bullets, lambda *given: note_table(*given, leading=leading), label_rows]
    while column.room(4 * size_pt):
        blocks[rng.choice(4, p=[0.35, 0.3, 0.25, 0.1])](rng, column, words)
    image, page = render_page(layout)
    return image, segments(page)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default=DEFAULT_PRESET, help="name or folder; %(default)s by default")
    parser.add_argument("--run", help="run folder of a training, instead of a preset")
    parser.add_argument("--weights", default="best", help="of the run: best, last, or an epoch's number")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system by default")
    parser.add_argument("--pages", type=int, default=1, help="of each leading, size and resolution; %(default)s by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--families", nargs="+", metavar="NAME", help="in place of those that no training sees")
    parser.add_argument("--dpis", nargs="+", type=int, default=DPIS, metavar="DPI")
    parser.add_argument("--read", action="store_true", help="read the pages end to end, with the preset as the detector")
    args = parser.parse_args()
    files = find_fonts(args.fonts)
    training = load_faces(files, exclude=HELD_OUT_FONTS)
    faces = [face for face in load_faces(files) if face not in training and not face.is_bold]
    if args.families:
        faces = [face for face in training if face.family in args.families and not face.is_bold]
    if not faces:
        parser.error(f"Held-out families are needed: {', '.join(HELD_OUT_FONTS)}. Received: none of them. Install one or name it: --fonts.")
    if args.read:
        reader = DocumentReader.from_preset(args.preset)
        print_reading(measure(reader.read_page, faces, args.pages, args.seed, args.dpis))
        return
    if args.run:
        weights = int(args.weights) if args.weights.isdigit() else args.weights
        network = load_network(args.run, weights)[0]
        detector, name = TextDetector(network.fold()), f"{Path(args.run).name}, weights {weights}"
    else:
        detector, name = TextDetector.from_preset(args.preset), Path(args.preset).name
    print(f"{name}; in {', '.join(sorted({face.family for face in faces}))}")
    print_tables(measure(detector.detect_page, faces, args.pages, args.seed, args.dpis))


def measure(find, faces, pages, seed, dpis=DPIS):
    """Pairs of pages (truth, found) by what they show: ("leading", 1.05), ("pt", 8), ("dpi", 150), ("all", "")."""
    pairs = defaultdict(list)
    for leading in LEADINGS:
        for size_pt in SIZES_PT:
            for dpi in dpis:
                for number in range(pages):
                    rng = np.random.default_rng([seed, round(100 * leading), round(size_pt), dpi, number])
                    image, truth = draw_dense_page(rng, faces[rng.integers(len(faces))], leading, size_pt, dpi)
                    pair = truth, find(image)
                    for kind in (("leading %", round(100 * leading)), ("pt", round(size_pt)), ("dpi", dpi), ("all", "")):
                        pairs[kind].append(pair)
    return pairs


def print_reading(pairs):
    """What is read, by leading: bag-of-words F1, CER within lines, exact lines."""
    table = Table("pages with", "", "pages", "bow F1", "line CER", "exact lines")
    for (kind, value), of_kind in sorted(pairs.items(), key=str):
        if kind in ("leading %", "all"):
            figures = measure_end_to_end(of_kind)
            names = ("bow_f1", "line_cer", "exact_lines")
            table.add_row(kind, str(value), str(len(of_kind)), *(f"{figures[name]:.4f}" for name in names))
    Console(width=100).print(table)


def print_tables(pairs):
    table = Table("pages with", "", *COLUMNS)
    last = None
    for what, value in sorted(pairs, key=lambda kind: (("leading %", "pt", "dpi", "all").index(kind[0]), kind[1])):
        if last not in (None, what):
            table.add_section()
        last = what
        scores = measure_detection(pairs[what, value])
        figures = [f"{scores[column]:.3f}" for column in ("precision@0.5", "recall@0.5", "hmean@0.5", "hmean@0.7")]
        figures.append(f"{mean_iou(pairs[what, value]):.3f}")
        figures += [f"{100 * scores[key] / scores['texts']:.2f}" for key in ("merges", "splits")]
        table.add_row(what, str(value), str(scores["pages"]), f"{scores['texts']:,}", *figures)
    Console(width=140).print(table)


def mean_iou(pairs):
    """Mean IoU of the matches at 0.5."""
    ious = []
    for truth, found in pairs:
        rows = match_rows(truth, found)
        hit = np.flatnonzero(rows >= 0)
        ious += quad_ious(truth.quads[hit], found.quads[rows[hit]]).diagonal().tolist()
    return float(np.mean(ious)) if ious else 0.0


if __name__ == "__main__":
    main()
