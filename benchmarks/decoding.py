"""Decoding a batch of 64 lines over 11,500 classes: greedy, beams, and what one reading of the logits costs at least.

python benchmarks/decoding.py [--frames 62 160] [--repeats 7]
"""

import argparse
import os
from functools import partial

import numpy as np
from rich.console import Console
from rich.table import Table
from timing import compare

from ocr_crnn.decoding.alignment import align
from ocr_crnn.decoding.beam_search import decode_beams
from ocr_crnn.decoding.greedy import decode_greedy

LINES, CLASSES = 64, 11_500


def trained_logits(rng, frames):
    """Logits as a trained network gives them: blank leads but for a character at every fourth frame, for one frame or two."""
    logits = rng.standard_normal((LINES, frames, CLASSES), np.float32)
    logits[:, :, -1] += 16
    for line in logits:
        for start in 2 * rng.choice(frames // 2, frames // 4, replace=False):
            line[start : start + rng.integers(1, 3), rng.integers(CLASSES - 1)] += 18 + 4 * rng.random()
    return logits


def cautious(prefixes, candidates):
    """A stand-in for a language model that costs nothing itself: every id is as probable as any other."""
    return np.full(candidates.shape, -np.log(CLASSES))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, nargs="+", default=[62, 160])
    parser.add_argument("--repeats", type=int, default=7)
    args = parser.parse_args()
    load = os.getloadavg()[0]
    table = Table(title=f"{LINES} lines, {CLASSES:,} classes; {os.cpu_count()} cores, load {load:.1f} at the start")
    for column in ("frames", "what", "median ms", "least ms", "least CPU ms"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for frames in args.frames:
        logits = trained_logits(np.random.default_rng(0), frames)
        noise = np.random.default_rng(0).standard_normal(logits.shape, np.float32)
        texts = [line.ids for line in decode_greedy(logits)]
        alternatives = {
            "NumPy argmax of the logits, one core": partial(logits.argmax, axis=2),
            "decode_greedy, scores and spans": partial(decode_greedy, logits),
            "decode_beams, 10 beams": partial(decode_beams, logits),
            "decode_beams, 10 beams, language model": partial(decode_beams, logits, language_model=cautious),
            "decode_beams, 10 beams, untrained network": partial(decode_beams, noise),
            "align a known text": partial(align, logits, texts),
        }
        for name, times in compare(alternatives, args.repeats).items():
            figures = times.median().wall, times.least().wall, times.least().processor
            table.add_row(str(frames), name, *(f"{1e3 * seconds:.0f}" for seconds in figures))
        table.add_section()
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
