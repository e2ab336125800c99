"""From run folders to a preset: `python -m ocr_crnn.training.shipping RUN [RUN …] --to FOLDER [--after CARD] [--notes FILE]`.

The weights are those of the last run; the runs, oldest first, are the stages that the model card tells of. Where the first run
began with the weights of a preset, the stages of its card come before: `--after ocr_crnn/presets/NAME/README.md`.
"""

import argparse
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd

from ocr_crnn.detection.decoders import decoder_config
from ocr_crnn.detection.detector import KEPT as OF_DETECTORS
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.presets import CONFIG, WEIGHTS, read_preset
from ocr_crnn.presets import read_config as read_preset_config
from ocr_crnn.presets.engine_files import LiteRTError
from ocr_crnn.recognition.recognizer import KEPT as OF_RECOGNIZERS
from ocr_crnn.spotting.text_spotter import KEPT as OF_SPOTTERS
from ocr_crnn.spotting.text_spotter import TextSpotter
from ocr_crnn.training.checks import PUBLISHED
from ocr_crnn.training.mixing import TASKS, mix_weights
from ocr_crnn.training.options import real
from ocr_crnn.training.quantise import quantise_preset
from ocr_crnn.training.rare_syllables import lower_rare_syllables
from ocr_crnn.training.run import load_network, make_recognizer, read_config

TOLD = ("loss", "val_loss", "cer", "cer_new_fonts", "cer_new_syllables", "val_detection", "val_reading", "val_misread")


def describe_stage(run):
    """Markdown of one run: its command, with folders by their last name, how far it went, the figures of its last epochs."""
    run = Path(run)
    config = read_config(run)
    given = (word for word in shlex.split(config["command"]) if word != "--background")
    words = [Path(word).name if "/" in word else word for word in given]  # no folder of the training machine
    batches = int(pd.read_csv(run / "log.csv")["iteration"].max()) + 1
    versions, commit = config["versions"], (config["commit"] or "unknown")[:12]
    text = (
        f"```\n{shlex.join(words)}\n```\n"
        f"Seed {config['arguments']['seed']}; {batches:,} batches; {config['arguments']['precision']}; "
        f"Keras {versions['keras']}, TensorFlow {versions['tensorflow']}; source {commit}."
    )
    if not (run / "history.csv").exists():  # stopped within its first epoch
        return text
    history = pd.read_csv(run / "history.csv", index_col=0)
    columns = [name for name in TOLD if name in history]
    few = history.iloc[np.unique(np.linspace(0, len(history) - 1, min(8, len(history))).astype(int))]
    rows = [[str(epoch + 1), *(f"{row[name]:.4f}" for name in columns)] for epoch, row in few.iterrows()]
    table = [["epoch", *columns], ["---"] * (len(columns) + 1), *rows]
    return "\n".join([text, "", *(f"| {' | '.join(row)} |" for row in table)])


def describe_recognizer(name, task):
    """How the model card of a recogniser begins."""
    return f"""Reads lines of printed Korean documents: {len(task.alphabet.characters):,} characters, lines of any width.
{type(task.network).__name__}, {task.network.count_params():,} parameters, kept in float16.

```python
from ocr_crnn import TextRecognizer

recognizer = TextRecognizer.from_preset("{name}")
for line in recognizer(["line.png"]):
    print(line.text, line.score)
```

## Training

Lines rendered by `ocr_crnn.synthesis`; the averaged weights (EMA). Figures on rendered lines of another seed, per character: `cer` in
fonts of the training, `cer_new_fonts` in fonts that no training line is set in, `cer_new_syllables` on clean words around a
syllable that no training line holds."""


def describe_detector(name, task):
    """How the model card of a detector begins."""
    return f"""Finds text-line segments (a run of words in one line of one cell or column) on scanned and photographed documents.
{type(task.network).__name__}, {task.network.count_params():,} parameters, kept in float16, batch normalisation folded.

```python
from ocr_crnn import TextDetector

found = TextDetector.from_preset("{name}")("page.png")
print(found.quads, found.scores)
```

## Training

Crops of pages rendered and degraded by `ocr_crnn.synthesis`; the averaged weights (EMA). `loss` and `val_loss` are the network's own, the
second on pages of another seed."""


def describe_spotter(name, task):
    """How the model card of a network that finds and reads begins."""
    return f"""Finds text-line segments on documents and reads them, in one network: {len(task.codec.alphabet.characters):,} characters.
{type(task.network).__name__}, {task.network.count_params():,} parameters, kept in 8 bits, batch normalisation folded.

```python
from ocr_crnn import DocumentReader

page = DocumentReader.from_preset("{name}")("page.png")[0]
print(page.text)
```

## Training

Crops of pages rendered and degraded by `ocr_crnn.synthesis`; the averaged weights (EMA). `detection` and `reading` are the parts of the
loss, the second per character; `misread` is the share of the regions of the truth that are not read exactly, `val_` on pages of another
seed."""


def stages_of(card):
    """The stages that a model card tells of, a list of Markdown texts without their headings."""
    told = re.split(r"^### Stage \d+\n", card, flags=re.M)[1:]
    return [re.split(r"^#+ ", stage, flags=re.M)[0].strip() for stage in told]


def kept_settings(config):
    """What a preset's config.json keeps besides the network: what its TextDetector or TextRecognizer takes as settings."""
    names = {"detection": OF_DETECTORS, "recognition": OF_RECOGNIZERS, "spotting": OF_SPOTTERS}[config["task"]]
    return {name: config[name] for name in names if name in config} | config.get("decoder_arguments", {})


def settings_before(runs, folder, decoder=None):
    """The settings of the preset that the oldest of the runs began with, of that in the folder where it began with none; else none.

    decoder: the name of a detector's. What the preset says of another one is left out.
    """
    began = read_config(runs[0])["arguments"].get("weights")
    if began and not began.endswith((".h5", *PUBLISHED)):
        config = read_preset(began)[1]
    elif (Path(folder) / CONFIG).is_file():
        config = read_preset_config(folder)
    else:
        return {}
    if decoder and config.get("decoder", decoder) != decoder:
        config = {**config, "decoder_arguments": {}}
    return kept_settings(config)


def ship(runs, folder, weights="best", notes="", earlier=(), settings=None, share=1.0, lower_rare=0.0):
    """Write the preset of the last run, of the task that its network says.

    earlier: Markdown of the stages before the runs, as `stages_of` finds them in a card.
    settings: dict of what goes with the weights: a detector's settings (`TextDetector.adjust`), a recogniser's min_score, calibration,
        and whether it prepares lines as people give them (`prepare`). What it leaves out is as in the preset that the training began
        with, in that of the folder where it began with none; what that says of another decoder is left out.
    share: of the run's weights, the rest are those of the preset that the run began with, see mixing.mix_weights.
    lower_rare: nats by which the rare syllables of a recogniser are lowered, see rare_syllables.py. Of a preset that a run begins with and
        that has them lowered, they come along with `share`.
    Returns the TextRecognizer or TextDetector that was written and the bytes of its weights file.
    """
    network, alphabet = load_network(runs[-1], weights)
    if share < 1:
        began = read_config(runs[-1])["arguments"]["weights"]
        mix_weights(network, TASKS[network.task].from_preset(began).network, share)
    if lower_rare:
        lower_rare_syllables(network, alphabet, lower_rare)
    name = Path(folder).name
    settings = settings or {}
    if network.task == "spotting":
        task = TextSpotter(network.fold(), alphabet)
        task = task.adjust(**settings_before(runs, folder, decoder_config(task.decoder)["decoder"]) | settings)
        head = describe_spotter(name, task)
    elif network.task == "detection":
        task = TextDetector(network.fold())
        task = task.adjust(**settings_before(runs, folder, decoder_config(task.decoder)["decoder"]) | settings)
        head = describe_detector(name, task)
    else:
        task = make_recognizer(runs[-1], network, alphabet, **settings_before(runs, folder) | settings)
        head = describe_recognizer(name, task)
    told = [*earlier, *map(describe_stage, runs)]
    stages = "\n\n".join(f"### Stage {number}\n\n{stage}" for number, stage in enumerate(told, 1))
    folder = task.save_to_preset(folder, f"# {name}\n\n{head}\n\n{stages}\n\n{notes}".rstrip() + "\n")
    return task, (folder / WEIGHTS).stat().st_size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", metavar="RUN", help="run folders, oldest stage first")
    parser.add_argument("--to", required=True, metavar="FOLDER")
    parser.add_argument("--weights", default="best", help="best, last, or an epoch's number")
    parser.add_argument("--after", metavar="CARD", help="the model card whose stages come before these runs")
    parser.add_argument("--notes", metavar="FILE", help="Markdown to end the model card with: sources, licences, figures on real lines")
    parser.add_argument("--settings", metavar="JSON", type=json.loads, help='with the weights: \'{"min_score": 0.9}\'')
    parser.add_argument("--share", type=real(0, 1), default=1.0, help="of the run's weights; the rest are the preset's that it began with")
    parser.add_argument("--lower-rare", type=real(0, 10), default=0.0, metavar="NATS", help="lower syllables beyond KS X 1001")
    parser.add_argument("--fonts", nargs="+", help="of the pages that a detector's LiteRT file is measured on; the system's by default")
    args = parser.parse_args()
    weights = int(args.weights) if args.weights.isdigit() else args.weights
    notes = Path(args.notes).read_text(encoding="utf-8") if args.notes else ""
    earlier = stages_of(Path(args.after).read_text(encoding="utf-8")) if args.after else ()
    task, size = ship(args.runs, args.to, weights, notes, earlier, args.settings, args.share, args.lower_rare)
    print(f"{args.to}: {task.network.count_params():,} parameters, {size / 1e6:.1f} MB")
    if task.network.task == "spotting":
        print("Without LiteRT files: Keras alone runs a network that finds and reads.")
        return
    try:
        quantise_preset(args.to, fonts=args.fonts)
    except LiteRTError as error:
        print(f"Without LiteRT files. {error}")


if __name__ == "__main__":
    main()
