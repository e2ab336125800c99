"""From run folders to a preset: `python -m ocr_crnn.training.shipping RUN [RUN …] --to FOLDER [--notes FILE]`.

The weights are those of the last run; the runs, oldest first, are the stages that the model card tells of.
"""

import argparse
import shlex
from pathlib import Path

import numpy as np
import pandas as pd

from ocr_crnn.presets import WEIGHTS
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.training.run import load_network, read_config


def describe_stage(run):
    """Markdown of one run: its command, with folders by their last name, how far it went, the figures of its last epochs."""
    run = Path(run)
    config = read_config(run)
    given = (word for word in shlex.split(config["command"]) if word != "--background")
    words = [Path(word).name if "/" in word else word for word in given]  # no folder of the training machine
    history = pd.read_csv(run / "history.csv", index_col=0)
    log = pd.read_csv(run / "log.csv")
    columns = [name for name in ("loss", "val_loss", "cer", "cer_new_fonts", "cer_new_syllables") if name in history]
    head = " | ".join(["epoch", *columns])
    versions, commit = config["versions"], (config["commit"] or "unknown")[:12]
    few = history.iloc[np.unique(np.linspace(0, len(history) - 1, min(8, len(history))).astype(int))]
    rows = [" | ".join([str(epoch + 1), *(f"{row[name]:.4f}" for name in columns)]) for epoch, row in few.iterrows()]
    return "\n".join(
        [
            f"```\n{shlex.join(words)}\n```",
            f"Seed {config['arguments']['seed']}; {int(log['iteration'].max()) + 1:,} batches; {config['arguments']['precision']}; "
            f"Keras {versions['keras']}, TensorFlow {versions['tensorflow']}; source {commit}.",
            "",
            f"| {head} |",
            "|---" * (len(columns) + 1) + "|",
            *(f"| {row} |" for row in rows),
        ]
    )


def write_card(name, recognizer, runs, notes=""):
    """The model card, Markdown."""
    stages = "\n\n".join(f"### Stage {number}\n\n{describe_stage(run)}" for number, run in enumerate(runs, 1))
    return f"""# {name}

Reads lines of printed Korean documents: {len(recognizer.alphabet) - 1:,} characters, lines of any width.
{type(recognizer.network).__name__}, {recognizer.network.count_params():,} parameters, kept in float16.

```python
from ocr_crnn import TextRecognizer

recognizer = TextRecognizer.from_preset("{name}")
for line in recognizer(["line.png"]):
    print(line.text, line.score)
```

## Training

Lines rendered by `ocr_crnn.synthesis`; the averaged weights (EMA) of the epoch with the best validation. Figures on rendered
lines of another seed, per character: `cer` in fonts of the training, `cer_new_fonts` in fonts that no training line is set in,
`cer_new_syllables` on clean words around a syllable that no training line holds.

{stages}

{notes}""".rstrip() + "\n"


def ship(runs, folder, weights="best", notes=""):
    """Write the preset; returns the recogniser that was written and the bytes of its weights file."""
    recognizer = TextRecognizer(*load_network(runs[-1], weights))
    folder = recognizer.save_to_preset(folder, write_card(Path(folder).name, recognizer, runs, notes))
    return recognizer, (folder / WEIGHTS).stat().st_size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folders, oldest stage first")
    parser.add_argument("--to", required=True, metavar="FOLDER")
    parser.add_argument("--weights", default="best", help="best, or an epoch's number")
    parser.add_argument("--notes", metavar="FILE", help="Markdown to end the model card with: sources, licences, figures on real lines")
    args = parser.parse_args()
    weights = int(args.weights) if args.weights.isdigit() else args.weights
    notes = Path(args.notes).read_text(encoding="utf-8") if args.notes else ""
    recognizer, size = ship(args.runs, args.to, weights, notes)
    print(f"{args.to}: {recognizer.network.count_params():,} parameters, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
