"""What the scores of words are worth: `python benchmarks/confidence.py --corpus PATH… [--fonts PATH…]`.

Lines are rendered of another seed than the training's, in the families given but those held out, and read as a document reader reads its
crops. A word's score is the least over its characters and the spaces beside it. A curve is fitted on one half of the lines; the table is of
the other half, with the preset's own curve beside it. The `calibration` belongs into config.json of the recogniser's preset.
"""

import argparse
import json
from difflib import SequenceMatcher

import numpy as np
from rich.console import Console
from rich.table import Table

from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.confidence import calibrate, fit_calibration
from ocr_crnn.reading.loading import load_recognizer
from ocr_crnn.reading.words import split_words
from ocr_crnn.recipes.experiment import HELD_OUT_FONTS
from ocr_crnn.synthesis.fonts import find_fonts, load_faces, load_latin_faces
from ocr_crnn.synthesis.text.corpus import read_corpus
from ocr_crnn.training.rendered import RenderedLines

BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0)


def draw_lines(args, codec):
    """`[(image, text)]`."""
    files = find_fonts(args.fonts)
    source = RenderedLines(
        args.seed, tuple(load_faces(files, HELD_OUT_FONTS)), codec, lambda width: width // 4, tuple(load_latin_faces(files)),
        tuple(read_corpus(args.corpus)),
    )  # fmt: skip
    return [source.draw_line(np.random.default_rng([args.seed, index])) for index in range(args.count)]


def score_words(line, truth):
    """`[(score, whether it is right)]` of the words of a ReadLine: those that the alignment of words with the truth keeps."""
    nowhere = np.zeros((len(line.text), 4, 2))
    row = Page(None, (1, 1), np.zeros((1, 4, 2)), [line.text], [line.score], characters=[Characters(nowhere, line.character_scores)])
    words, right = split_words(row), set()
    for start, _, size in SequenceMatcher(None, list(words.texts), truth.split(), autojunk=False).get_matching_blocks():
        right |= set(range(start, start + size))
    return [(float(score), index in right) for index, score in enumerate(words.scores)] if len(words) else []


def print_table(scores, right, curves):
    """curves: {name: calibration}."""
    table = Table("score", *(f"{what}, {name}" for name in curves for what in ("words", "right")))
    calibrated = [calibrate(scores, curve) for curve in curves.values()]
    ranges = [(low, high, f"{low:.2f} – {high:.2f}") for low, high in zip(BINS, BINS[1:], strict=False)]
    for low, high, name in [*ranges, (0.9, 1.0, "≥ 0.9"), (0.95, 1.0, "≥ 0.95")]:
        inside = [(values >= low) & ((values < high) | (high == 1)) for values in calibrated]
        table.add_row(name, *sum(([f"{some.sum():,}", f"{right[some].mean():.4f}" if some.any() else "–"] for some in inside), []))
    Console(width=130).print(table)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", nargs="+", default=[], help="text files or folders")
    parser.add_argument("--fonts", nargs="+", help="font files or folders; those of the system by default")
    parser.add_argument("--preset")
    parser.add_argument("--engine")
    parser.add_argument("--count", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=20261126)
    args = parser.parse_args()

    recognizer = load_recognizer(args.preset, engine=args.engine).for_crops()
    lines = draw_lines(args, recognizer.codec)
    read = recognizer([image for image, _ in lines])
    words = [score_words(line, text) for line, (_, text) in zip(read, lines, strict=True)]
    fitted = np.array(sum(words[::2], []))
    calibration = tuple(round(value, 3) for value in fit_calibration(fitted[:, 0], fitted[:, 1] > 0))
    print(f"{args.count} lines, fitted on {len(fitted)} words: " + json.dumps({"calibration": calibration}))
    told = np.array(sum(words[1::2], []))
    print_table(told[:, 0], told[:, 1] > 0, {"as read": (1, 0), "as it ships": recognizer.calibration, "fitted": calibration})


if __name__ == "__main__":
    main()
