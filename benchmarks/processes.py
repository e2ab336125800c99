"""Training in several processes of this machine against one: `python benchmarks/processes.py [RECIPE …] [--processes 2] [--steps 6]`.

For each recipe, from the same weights over the same batches: the greatest relative difference of a batch's loss and of the weights (to the
largest of their variable), and the median seconds of a step after the first two. The optimiser is SGD: Adam divides a gradient by its own
size, so that one of rounding alone moves a weight as far as any other.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
FONTS = ("--fonts", str(ROOT / "fonts"))
NUMBERS = ("--data", str(ROOT / "data/sample_numbers/3"))
RECIPES = {
    "crnn": ("crnn", *NUMBERS, "--augment", "--batch-size", "16", "--learning-rate", "1e-5"),
    "crnn_rendered": ("crnn_rendered", *FONTS, "--columns", "3000", "--learning-rate", "1e-6"),
    "attention_ctc": ("attention_ctc", *FONTS, *NUMBERS, "--columns", "6000", "--learning-rate", "1e-3", "--ema", "0.9"),
    "pan": ("pan", *FONTS, "--crop", "320", "--learning-rate", "1e-3"),
}


def train(recipe, processes, steps, folder):
    """The run folder of a short training."""
    options = ["--optimizer", "sgd", "--epochs", "1", "--steps-per-epoch", steps, "--processes", processes, "--checkpoints", folder]
    subprocess.run([sys.executable, ROOT / "train.py", *RECIPES[recipe], *map(str, options)], check=True, stdout=subprocess.DEVNULL)
    (run,) = folder.iterdir()
    return run


def read_state(run):
    with np.load(run / "state.npz") as file:
        return [file[name] for name in file.files if name.startswith("variable/")]


def compare(run, other):
    """(greatest relative difference of the losses, of the weights, median seconds of a step of each run)."""
    logs = [pd.read_csv(folder / "log.csv") for folder in (run, other)]
    losses = np.abs(logs[0]["loss"] / logs[1]["loss"] - 1).max()
    pairs = [(a.astype(float), b.astype(float)) for a, b in zip(read_state(run), read_state(other), strict=True) if a.size]
    weights = max(np.abs(a - b).max() / max(np.abs(b).max(), 1e-3) for a, b in pairs)
    return losses, weights, *(float(np.median(np.diff(log["time"])[1:])) for log in logs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", nargs="*", choices=[[], *RECIPES], metavar="RECIPE", help=", ".join(RECIPES))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--steps", type=int, default=6)
    args = parser.parse_args()
    print(f"| recipe | loss differs by | weights by | s a step, 1 process | {args.processes} processes | ratio |")
    print("|---|---|---|---|---|---|")
    for recipe in args.recipes or RECIPES:
        with tempfile.TemporaryDirectory() as folder:
            runs = [train(recipe, processes, args.steps, Path(folder, str(processes))) for processes in (args.processes, 1)]
            losses, weights, several, one = compare(*runs)
        print(f"| {recipe} | {losses:.1e} | {weights:.1e} | {one:.2f} | {several:.2f} | {one / several:.2f} |", flush=True)


if __name__ == "__main__":
    main()
