"""Spaces that print does not have: `python benchmarks/false_spaces.py --fonts PATH… [--corpus PATH…] [--lines N] [--seed N]`.

Rendered lines with a figure beside Hangul, of the texts of --corpus, are read once each, and once more without the spaces that
`recognition/false_spaces.py` leaves out. Printed: how many lines that changes, for better and for worse, and the worse ones.
"""

import argparse
import re

from finetune import draw_lines
from rich.console import Console
from rich.table import Table

from ocr_crnn.evaluation.text import measure_cer, measure_exact
from ocr_crnn.reading.loading import load_recognizer
from ocr_crnn.recognition.false_spaces import close_spaces
from ocr_crnn.synthesis import fonts
from ocr_crnn.synthesis.text import corpus

LENGTHS = ((1.0, 12, 40),)
BESIDE = re.compile(r"[0-9] ?[가-힣]")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", nargs="+", required=True)
    parser.add_argument("--corpus", nargs="*", default=[])
    parser.add_argument("--lines", type=int, default=6000, help="drawn; those without a figure beside Hangul are left out")
    parser.add_argument("--seed", type=int, default=31)
    args = parser.parse_args()
    recognizer = load_recognizer(None).for_crops()
    faces = fonts.load_faces(fonts.find_fonts(args.fonts))
    sentences = [sentence for sentence in corpus.read_corpus(args.corpus) if BESIDE.search(sentence)]
    drawn = draw_lines(faces, sentences, args.seed, args.lines, recognizer.codec, lengths=LENGTHS)
    images, truths = zip(*((image, text) for image, text in drawn if BESIDE.search(text)), strict=True)
    read = recognizer(images)
    closed = [close_spaces(line.text, line.character_scores, line.spans_px, image)[0] for line, image in zip(read, images, strict=True)]
    before, after = ([*zip(truths, texts, strict=True)] for texts in ([line.text for line in read], closed))
    changed = [row for row, line in enumerate(read) if line.text != closed[row]]
    gains = {row: measure_cer(before[row : row + 1]) - measure_cer(after[row : row + 1]) for row in changed}
    table = Table("lines", "changed", "for better", "for worse", "exact before", "exact after", "CER before", "CER after")
    counts = sum(gain > 0 for gain in gains.values()), sum(gain < 0 for gain in gains.values())
    shares = (f"{measure_exact(pairs):.4f}" for pairs in (before, after))
    errors = (f"{measure_cer(pairs):.4%}" for pairs in (before, after))
    table.add_row(str(len(read)), str(len(changed)), *map(str, counts), *shares, *errors)
    Console(width=120).print(table)
    for row in [row for row in changed if gains[row] <= 0]:
        print(f"  truth {truths[row]}\n  read  {read[row].text}\n  now   {closed[row]}")


if __name__ == "__main__":
    main()
