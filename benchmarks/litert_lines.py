"""The LiteRT models beside the network they come from: `python benchmarks/litert_lines.py --data FOLDER [--models FOLDER] [--every N]`.

FOLDER is as for bench_lines.py. Each line is read by itself, as on a phone; milliseconds are processor time, resizing and decoding
included. --models keeps what was converted, and takes it from there the next time.
"""

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path

from bench_lines import load_recognizer, read_lines
from rich.console import Console
from rich.progress import track
from rich.table import Table
from timing import timed

from ocr_crnn.evaluation.text import measure_cer, measure_exact
from ocr_crnn.presets import WEIGHTS, find_preset
from ocr_crnn.recognition.recognizer import DEFAULT_PRESET
from ocr_crnn.serving.litert import MODEL, LiteRTRecognizer, export_litert


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, metavar="FOLDER")
    parser.add_argument("--models", type=Path, metavar="FOLDER")
    parser.add_argument("--preset", default=DEFAULT_PRESET)
    parser.add_argument("--every", type=int, default=1, help="read every so many of the lines")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of the interpreter")
    args = parser.parse_args()
    args.run = None
    recognizer, lines = load_recognizer(args), read_lines(args.data)[:: args.every]

    with tempfile.TemporaryDirectory() as temporary:
        folder, sizes = args.models or Path(temporary), {"Keras": (find_preset(args.preset) / WEIGHTS).stat().st_size}
        readers = {"Keras": recognizer}
        for name in ("LiteRT", "LiteRT int8"):
            place = folder / name.replace(" ", "_")
            if not (place / MODEL).exists():
                export_litert(recognizer, place, int8=name.endswith("int8"))
            readers[name] = LiteRTRecognizer(place, args.threads)
            sizes[name] = (place / MODEL).stat().st_size
        texts, seconds = measure(readers, lines)

    table = Table(title=f"{len(lines)} lines, one at a time, {args.threads} threads; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for column in ("model", "MB", "CER", "exact", "as Keras", "CPU ms a line", "lines/CPU s"):
        table.add_column(column, justify="left" if column == "model" else "right")
    for name in readers:
        pairs = [(truth, text) for (_, truth, _), text in zip(lines, texts[name], strict=True)]
        same = sum(a == b for a, b in zip(texts[name], texts["Keras"], strict=True)) / len(lines)
        mean = seconds[name] / len(lines)
        rates = f"{measure_cer(pairs):.4f}", f"{measure_exact(pairs):.3f}", f"{same:.3f}"
        table.add_row(name, f"{sizes[name] / 1e6:.1f}", *rates, f"{1000 * mean:.1f}", f"{1 / mean:.0f}")
    Console(width=110).print(table)


def measure(readers, lines):
    """({name: texts}, {name: processor seconds}); the readers take turns, the shortest lines first, each width once before it counts."""
    order = sorted(lines, key=lambda line: line[0].stat().st_size)
    texts, seconds = {name: {} for name in readers}, dict.fromkeys(readers, 0.0)
    for path, _, _ in track(order, "lines"):
        for name, read in readers.items():
            read([path])  # the first time compiles, or lays out memory
            (line,), spent = timed(partial(read, [path]))
            texts[name][path] = line.text
            seconds[name] += spent.processor
    return {name: [read[path] for path, _, _ in lines] for name, read in texts.items()}, seconds


if __name__ == "__main__":
    main()
