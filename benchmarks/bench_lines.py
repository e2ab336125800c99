"""How well line crops are read, by variant: `python benchmarks/bench_lines.py --data FOLDER [--run checkpoints/RUN | --preset NAME]`.

FOLDER holds `lines.json` in the AI Hub font-image shape (`images` with `file_name`, `annotations` with `image_id`, `text`
and `attributes`) and the images. The rows follow `--by`, an attribute of the annotations.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from timing import timed

from ocr_crnn.evaluation.text import measure_cer, measure_exact, measure_spacing
from ocr_crnn.recognition.recognizer import DEFAULT_PRESET, TextRecognizer


def read_lines(folder):
    """`[(path, text, attributes)]` of every annotated image of lines.json."""
    folder = Path(folder)
    content = json.loads((folder / "lines.json").read_text(encoding="utf-8"))
    files = {image["id"]: folder / image["file_name"] for image in content["images"]}
    return [(files[a["image_id"]], a["text"], a.get("attributes", {})) for a in content["annotations"]]


def load_recognizer(args):
    if args.run:
        from ocr_crnn.training import run

        weights = args.weights if not args.weights.isdigit() else int(args.weights)
        recognizer = run.load_recognizer(args.run, weights).freeze()
    else:
        recognizer = TextRecognizer.from_preset(args.preset)
    return TextRecognizer(recognizer.network, recognizer.alphabet) if getattr(args, "logits", False) else recognizer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, metavar="FOLDER")
    parser.add_argument("--run", help="a run folder instead of a preset")
    parser.add_argument("--weights", default="best", help="with --run: best, an epoch's number, or a file")
    parser.add_argument("--preset", default=DEFAULT_PRESET)
    parser.add_argument("--logits", action="store_true", help="not frozen: all logits leave the network, to compare the times")
    parser.add_argument("--by", default="variant")
    parser.add_argument("--worst", type=int, default=0, help="print so many of the worst lines of each row")
    args = parser.parse_args()

    recognizer, lines = load_recognizer(args), read_lines(args.data)
    recognizer([path for path, _, _ in lines[:8]])  # the first call compiles
    read, (wall, cpu) = timed(lambda: recognizer([path for path, _, _ in lines]))

    groups = defaultdict(list)
    for (path, text, attributes), line in zip(lines, read, strict=True):
        groups[str(attributes.get(args.by, ""))].append((text, line.text, path.name))
    everything = [row for rows in groups.values() for row in rows]
    if args.by == "variant":
        worn = [name for name in groups if name != "clean" and not name.startswith("real")]
        groups["all degraded"] = [row for name in worn for row in groups[name]]
    groups["all"] = everything
    table = Table(args.by, "lines", "CER", "CER without spaces", "exact", "spacing F1")
    for name, rows in sorted(groups.items(), key=lambda group: (group[0].startswith("all"), group[0] == "all", group[0])):
        pairs = [row[:2] for row in rows]
        cer, bare, exact = measure_cer(pairs), measure_cer(pairs, spaces=False), measure_exact(pairs)
        table.add_row(name, str(len(rows)), f"{cer:.4f}", f"{bare:.4f}", f"{exact:.3f}", f"{measure_spacing(pairs)[2]:.3f}")
    console = Console(width=120)
    console.print(table)
    speed = f"{len(lines) / wall:.0f} lines/s, {1000 * cpu / len(lines):.1f} CPU ms a line"
    console.print(f"{len(lines)} lines in {wall:.1f} s, {speed}, reading the files included")
    for name, rows in sorted(groups.items()):
        worst = [row for row in sorted(rows, key=lambda row: -measure_cer([row[:2]])) if row[0] != row[1]]
        for truth, text, file in worst[: args.worst if name != "all" else 0]:
            print(f"{name}  {file}\n  truth {truth}\n  read  {text}")


if __name__ == "__main__":
    main()
