"""What lines without labels add: `python benchmarks/unlabelled.py --out FOLDER --unseen FONT… [--fonts PATH…] [--corpus PATH…]`.

Lines are rendered into three folders of pairs (name.png, name.txt): `labelled`, in fonts that the recogniser knows, or in the unseen ones
with --labelled-unseen; `unlabelled` and `measured`, in the unseen fonts. The texts of `unlabelled` are never learnt from: they tell how
many of the pseudo-labels are right. The recipe fixmatch goes on from --weights for so many steps with the labels alone, by SeqFixMatch,
with every pseudo-label, and with the true labels; in the arm seqclr with the labels alone, after the recipe seqclr has trained the encoder
on the unlabelled lines. With --alphabet the arms begin from nothing, a network of these characters that has seen no line. Runs that
FOLDER holds are not made again, so --arms may name one at a time. --curve tells how right the pseudo-labels of --weights are at which
threshold, for each confidence.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from finetune import draw_lines, write_lines
from rich.console import Console
from rich.table import Table

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recipes.experiment import HELD_OUT_FONTS
from ocr_crnn.recipes.lines import load_before
from ocr_crnn.recognition.codecs import make_codec
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.synthesis import fonts
from ocr_crnn.synthesis.text import corpus
from ocr_crnn.training.fixmatch import PseudoLabelQuality, SeqFixMatch
from ocr_crnn.training.recognition import measure_cer_of
from ocr_crnn.training.unlabelled_lines import UnlabelledLines

ROOT = Path(__file__).parents[1]
LENGTHS = ((0.5, 1, 8), (0.5, 6, 20))  # of the texts, as of RenderedLines
LABELLED, UNLABELLED, MEASURED = 11, 12, 13  # seeds


class Folders(NamedTuple):
    """Folders of pairs, paths."""

    labelled: Path
    unlabelled: Path
    measured: Path


def find_faces(files, unseen):
    """(known, unseen) faces: those of the files without the unseen and the held-out families, and those of the unseen files."""
    new = fonts.load_faces(fonts.find_fonts(unseen))
    families = {name for face in new for name in face.names}
    return fonts.load_faces(fonts.find_fonts(files), exclude=(*HELD_OUT_FONTS, *families)), new


def make_folders(folder, known, unseen, sentences, codec, counts=(1000, 4000, 300), seed=0, labelled_unseen=False):
    """Render the three folders of lines; those that are there stay.

    folder: Path. known, unseen: faces. codec: lines are of its alphabet. counts: of labelled, unlabelled and measured lines.
    labelled_unseen: the labelled lines are in the unseen faces too. Returns Folders.
    """
    faces = (unseen if labelled_unseen else known, unseen, unseen)
    made = Folders(*(folder / name for name in Folders._fields))
    folder.mkdir(parents=True, exist_ok=True)
    for path, of, number, count in zip(made, faces, (LABELLED, UNLABELLED, MEASURED), counts, strict=True):
        if not path.exists():
            write_lines(path, draw_lines(of, sentences, 100 * seed + number, count, codec, lengths=LENGTHS))
    return made


def arms(folders, args):
    """`{name: options of the recipe}`: the same labelled columns a step in all but the last, twice as many of true labels in the last."""
    labels, unlabelled = ["--data", folders.labelled], ["--unlabelled", folders.unlabelled, "--ratio", args.ratio]
    columns = ["--columns", args.columns]
    return {
        "labels": [*labels, *columns, "--ratio", 0],
        "seqclr": [*labels, *columns, "--ratio", 0],  # of a network whose encoder has been trained without labels before
        "fixmatch": [*labels, *columns, *unlabelled, "--threshold", args.threshold, "--confidence", args.confidence],
        "everything": [*labels, *columns, *unlabelled, "--threshold", 0],
        "truth": [*labels, folders.unlabelled, "--columns", 2 * args.columns, "--ratio", 0, "--validation", 0.02],
    }


def train(name, options, folders, args):
    """The last row of the run's history.csv; the run is made where it is not there."""
    begun = args.weights or begin(folders, args)
    weights = pretrain(begun, folders, args) if name == "seqclr" else begun
    command = ["fixmatch", *options, "--measure", folders.measured, "--weights", weights, "--seed", args.seed]
    command += ["--steps-per-epoch", args.steps // args.epochs, "--epochs", args.epochs, "--learning-rate", args.learning_rate]
    return pd.read_csv(make_run(args.out / f"runs{args.seed}", name, command) / "history.csv").iloc[-1]


def begin(folders, args):
    """A run of the default recogniser for --alphabet whose weights are those it was made with: it has learnt at a rate of 0."""
    command = ["seqclr", "--unlabelled", folders.unlabelled, "--alphabet", args.alphabet, "--columns", 1000, "--seed", args.seed]
    command += ["--steps-per-epoch", 1, "--epochs", 1, "--learning-rate", 0]
    return make_run(args.out / f"begun{args.seed}", "seqclr", command)


def pretrain(begun, folders, args):
    """The run of the recipe seqclr on the unlabelled lines: one for all seeds where all begin with the same weights."""
    command = ["seqclr", "--unlabelled", folders.unlabelled, "--weights", begun, "--columns", args.columns]
    command += ["--steps-per-epoch", args.pretraining // 4, "--epochs", 4, "--learning-rate", args.learning_rate]
    return make_run(args.out / ("pretrained" if args.weights else f"pretrained{args.seed}"), "seqclr", command)


def make_run(runs, name, command):
    """The folder of a run in the folder `runs`; `train.py` makes it where it is not there."""
    if not list(runs.glob(f"*_{name}/best.weights.h5")):
        command = [sys.executable, ROOT / "train.py", *command, "--checkpoints", runs, "--experiment", name]
        subprocess.run(list(map(str, command)), env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
    return sorted(runs.glob(f"*_{name}"))[-1]


def make_curve(folders, network, codec, most=1000):
    """A Table of the share accepted and how right it is, by threshold and confidence."""
    lines = UnlabelledLines([folders.unlabelled], codec, network.count_frames).known(most)
    table = Table("confidence", "threshold", "accepted", "1 − CER", "exact", title=f"{len(lines)} unlabelled lines")
    for confidence in ("mean", "product", "least"):
        model = SeqFixMatch(network, codec, confidence=confidence)
        quality = PseudoLabelQuality(model, {})
        read = quality.read(lines)
        quality.read = lambda _, read=read: read
        for model.threshold in (0.0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.92, 0.95, 0.97, 0.98, 0.99):
            found = quality.measure(lines)
            table.add_row(confidence, f"{model.threshold:g}", *(f"{found[name]:.1%}" for name in ("accepted", "precision", "exact")))
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the lines and the runs")
    parser.add_argument("--unseen", nargs="+", required=True, help="font files or folders of the unlabelled and the measured lines")
    parser.add_argument("--fonts", nargs="*", help="of the labelled lines; those of the system by default")
    parser.add_argument("--corpus", nargs="*", default=[])
    parser.add_argument("--counts", type=int, nargs=3, default=(1000, 20_000, 400), help="labelled, unlabelled, measured lines")
    parser.add_argument("--labelled-unseen", action="store_true", help="the labelled lines are in the unseen fonts too")
    parser.add_argument("--weights", default="attention_ctc_ko")
    parser.add_argument("--alphabet", help="file of the characters of a network that begins from nothing, in place of --weights")
    parser.add_argument("--threshold", type=float, default=0.92)
    parser.add_argument("--confidence", default="mean")
    parser.add_argument("--ratio", type=float, default=1.0)
    parser.add_argument("--columns", type=int, default=3000)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--pretraining", type=int, default=300, help="steps of the recipe seqclr on the unlabelled lines")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--arms", nargs="*", default=["labels", "fixmatch", "everything", "truth"])
    parser.add_argument("--curve", action="store_true", help="the table of thresholds, and no training")
    args = parser.parse_args()
    known, unseen = find_faces(args.fonts, args.unseen)
    if args.alphabet:
        args.weights, network, codec = None, None, make_codec("ctc", Alphabet.load(args.alphabet))
    else:
        network, alphabet = load_before(args.weights)
        codec = make_codec(network.codec, alphabet)
    folders = make_folders(args.out, known, unseen, corpus.read_corpus(args.corpus), codec, args.counts, 0, args.labelled_unseen)
    if args.curve:
        Console(width=120).print(make_curve(folders, network, codec))
        return
    measured = UnlabelledLines([folders.measured], codec, lambda width: 1).known(args.counts[2])
    options = arms(folders, args)
    columns = ("", "CER", "accepted", "1 − CER of these", "exact", "CER of labelled lines")
    table = Table(*columns, title=f"{args.steps} steps, seed {args.seed}")
    if network is not None:
        table.add_row("before", f"{measure_cer_of(TextRecognizer(network, codec), measured):.2%}", "", "", "", "")
    for name in args.arms:
        row = train(name, options[name], folders, args)
        columns = ("accepted_unlabelled", "precision_unlabelled", "exact_unlabelled")
        shown = (f"{row[column]:.1%}" if np.isfinite(row.get(column, np.nan)) else "" for column in columns)
        table.add_row(name, f"{row['cer_measure']:.2%}", *shown, f"{row['cer_data']:.2%}")
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
