"""Syllables that no training line holds, in clean lines: `python benchmarks/withheld.py --corpus PATH… [--run RUN]`.

One syllable of a sentence of the corpus makes way for a withheld one; read right means that this very place is read as that syllable.
Beside them as a control: syllables as rare in the corpus that the random words of the training do hold. The seed of the withheld ones
is the recipe's, so they are those of every training with this corpus.
"""

import argparse
from dataclasses import replace

import numpy as np
from bench_lines import load_recognizer
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

from ocr_crnn.recipes.experiment import HELD_OUT_FONTS
from ocr_crnn.recognition.recognizer import DEFAULT_PRESET
from ocr_crnn.synthesis import fonts
from ocr_crnn.synthesis.line.rendering import UncoveredTextError, draw_line_parameters, render_line
from ocr_crnn.synthesis.text import corpus
from ocr_crnn.training.rendered import draw_withheld


def draw_lines(sentences, faces, syllables, lines_each, seed):
    """`[(image, text, place, em_px)]`: clean lines with one of the syllables at a place of each text."""
    lines = []
    for number, syllable in enumerate(syllables * lines_each):
        rng = np.random.default_rng([seed, number])
        while True:
            text = corpus.draw_span(rng, sentences, longest=8)
            places = [i for i, character in enumerate(text) if "가" <= character <= "힣"]
            if not places:
                continue
            place = int(rng.choice(places))
            text = text[:place] + syllable + text[place + 1 :]
            try:
                drawn = draw_line_parameters(rng, faces, text, degrade=False)
            except UncoveredTextError:
                continue
            drawn = replace(drawn, marks=(), rule=None, rotation_deg=0.0, margins_em=(0.1, 0.1, 0.1, 0.1), neighbours_em=(0.0, 0.0))
            lines.append((render_line(drawn), text, place, drawn.em_px))
            break
    return lines


def is_read(text, place, read):
    """Whether the alignment of fewest edits keeps this character of the text."""
    return any(op.tag == "equal" and op.src_start <= place < op.src_end for op in Levenshtein.opcodes(text, read))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", nargs="+", metavar="PATH", required=True)
    parser.add_argument("--preset", default=DEFAULT_PRESET)
    parser.add_argument("--run", help="a run folder of train.py, in place of the preset")
    parser.add_argument("--weights", default="best")
    parser.add_argument("--lines-each", type=int, default=3)
    args = parser.parse_args()

    recognizer = load_recognizer(args)
    sentences = [s for s in corpus.read_corpus(args.corpus) if recognizer.alphabet.covers(s)]
    withheld = draw_withheld(np.random.default_rng(0), corpus.read_corpus(args.corpus), 100)
    control = draw_withheld(np.random.default_rng(1), corpus.read_corpus(args.corpus), 120)
    groups = {"withheld": withheld, "control": "".join(c for c in control if c not in withheld)[:100]}
    files = fonts.find_fonts(None)
    training_faces = fonts.load_faces(files, exclude=HELD_OUT_FONTS)
    faces = {"training": training_faces, "held out": [face for face in fonts.load_faces(files) if face not in training_faces]}
    table = Table("syllables", "fonts", "lines", "read right", "lines of em ≥ 20 px", "read right", "CER of the other characters")
    for group, syllables in groups.items():
        for name, group_faces in faces.items():
            if not group_faces:
                continue
            lines = draw_lines(sentences, group_faces, syllables, args.lines_each, seed=len(name))
            read = [line.text for line in recognizer([image for image, *_ in lines])]
            right = np.array([is_read(text, place, got) for (_, text, place, _), got in zip(lines, read, strict=True)])
            large = np.array([em_px >= 20 for *_, em_px in lines])
            edits = sum(Levenshtein.distance(text, got) for (_, text, *_), got in zip(lines, read, strict=True)) - (~right).sum()
            others = sum(len(text) - 1 for _, text, *_ in lines)
            row = [f"{len(lines)}", f"{right.mean():.3f}", f"{large.sum()}", f"{right[large].mean():.3f}", f"{edits / others:.4f}"]
            table.add_row(group, name, *row)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
