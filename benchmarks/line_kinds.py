"""How well rendered lines of each kind are read: `python benchmarks/line_kinds.py --fonts FOLDER … --corpus FOLDER [--new-fonts FOLDER …]`.

Prose, words a stroke apart, figures by themselves, acronyms, units, rare marks, Hanja and random syllables, a few hundred lines each of
a seed that no training draws from, in the faces of FONTS without the held-out ones, clean and degraded, and in those of NEW_FONTS.
Several presets or folders with LiteRT files (`--recognizer A B …`) read the same lines: by this and the development lines the share of
a training that ships is chosen (`ocr_crnn/training/shipping.py --share`).
"""

import argparse
from dataclasses import replace

import numpy as np
from rich.console import Console
from rich.table import Table

from ocr_crnn.evaluation.text import measure_cer, measure_exact
from ocr_crnn.ops.lines import resize_line
from ocr_crnn.reading.loading import load_recognizer
from ocr_crnn.recipes.experiment import HELD_OUT_FONTS
from ocr_crnn.recognition.recognizer import DEFAULT_PRESET
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.line.rendering import UncoveredTextError, draw_line_parameters, render_line
from ocr_crnn.synthesis.text import confusable, corpus
from ocr_crnn.synthesis.text.figures import draw_figures
from ocr_crnn.synthesis.text.hanja import draw_hanja_line

HEIGHT, TIGHTEST_EM, LOOSEST_EM, NARROWEST = 32, -0.06, 0.1, 0.8  # print as most is: what is set closer has benchmarks of its own


def draw_near_words(rng):
    """Three words that exist, each of which a stroke makes another one or none."""
    return " ".join(confusable.NEAR_WORDS[i] for i in rng.integers(len(confusable.NEAR_WORDS), size=3))


def kinds_of_lines(sentences):
    """{name: (draw, whether it is drawn in new faces and degraded too)}."""
    return {
        "prose": (lambda rng: corpus.draw_span(rng, sentences, 8), True),
        "words a stroke apart": (draw_near_words, True),
        "figures": (draw_figures, True),
        "acronyms": (confusable.draw_acronyms, False),
        "units": (confusable.draw_units, False),
        "rare marks": (confusable.draw_marks, False),
        "Hanja": (draw_hanja_line, False),
        "random syllables": (corpus.draw_syllables, False),
    }


def draw_lines(draw, faces, degrade, count, seed):
    """[(image, text)] of the texts that the faces cover."""
    lines, number = [], 0
    while len(lines) < count:
        rng = np.random.default_rng([seed, number])
        number += 1
        try:
            drawn = draw_line_parameters(rng, faces, draw(rng), degrade=degrade)
        except UncoveredTextError:
            continue
        spacing = float(np.clip(drawn.letter_spacing_em, TIGHTEST_EM, LOOSEST_EM))
        drawn = replace(drawn, letter_spacing_em=spacing, width_scale=max(drawn.width_scale, NARROWEST), rule=None)
        lines.append((resize_line(render_line(drawn), HEIGHT), drawn.text))
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", nargs="+", required=True)
    parser.add_argument("--new-fonts", nargs="*", default=[])
    parser.add_argument("--corpus", nargs="+", required=True)
    parser.add_argument("--recognizer", nargs="+", default=[DEFAULT_PRESET], metavar="PRESET")
    parser.add_argument("--lines", type=int, default=300, help="of each kind")
    parser.add_argument("--seed", type=int, default=2**20)
    args = parser.parse_args()
    faces = {"": load_faces(find_fonts(args.fonts), exclude=HELD_OUT_FONTS)}
    if args.new_fonts:
        faces["new faces"] = load_faces(find_fonts(args.new_fonts))
    recognizers = {name: load_recognizer(name, engine="litert") for name in args.recognizer}
    table = Table("lines", *recognizers, title=f"CER and lines without an error, per cent; {args.lines} lines each")
    for place, (name, (draw, everywhere)) in enumerate(kinds_of_lines(corpus.read_corpus(args.corpus)).items()):
        for among, some in faces.items():
            for degrade in (False, True) if everywhere else (False,):
                if among and not everywhere:
                    continue
                lines = draw_lines(draw, some, degrade, args.lines, args.seed + place)
                row = []
                for recognizer in recognizers.values():
                    pairs = [(text, line.text) for (_, text), line in zip(lines, recognizer([image for image, _ in lines]), strict=True)]
                    row.append(f"{100 * measure_cer(pairs):.2f}, {100 * measure_exact(pairs):.1f}")
                table.add_row(", ".join(part for part in (name, "degraded" if degrade else "clean", among) if part), *row)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
