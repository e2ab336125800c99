"""The engines beside each other, Keras and LiteRT, by processor time and by what they give: `python benchmarks/engines.py --bench FOLDER`.

Pages are those of the bench as the detector sees them; flips are cells whose logit has another sign than in Keras, per cell that Keras
holds for text. Lines are its crops, in the batches of TextRecognizer. A first pass over each kind warms up.
"""

import argparse
import json
import os
from functools import partial
from pathlib import Path

import numpy as np
from bench_lines import read_lines
from rich.console import Console
from rich.table import Table
from timing import timed

from ocr_crnn.detection.detector import TextDetector, page_scale, scale_page
from ocr_crnn.evaluation.text import measure_cer
from ocr_crnn.images import read_images
from ocr_crnn.presets import find_preset, read_preset
from ocr_crnn.reading.engine import load_detection_engine, load_recognition_engine
from ocr_crnn.recognition import recognizer as recognition
from ocr_crnn.recognition.recognizer import TextRecognizer, load_line


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--detector", default="pan_light_ko")
    parser.add_argument("--recognizer", default=recognition.DEFAULT_PRESET)
    parser.add_argument("--every", type=int, default=4, help="look at every so many of the pages")
    args = parser.parse_args()
    console = Console(width=110)
    console.print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    console.print(compare_detectors(args.detector, sorted((args.bench / "gt").glob("*.json"))[:: args.every], args.bench))
    for table in compare_recognizers(args.recognizer, read_lines(args.bench / "crops")):
        console.print(table)


def compare_detectors(preset, truths, bench):
    keras = TextDetector.from_preset(preset)
    engines = {"Keras": keras.engine, "LiteRT": load_detection_engine(*read_preset(preset, "detection"), threads=1)}
    files = [bench / json.loads(truth.read_text(encoding="utf-8"))["image"] for truth in truths]
    pages = [next(read_images(file)).pixels for file in files]
    pages = [scale_page(page, page_scale(*page.shape[:2], keras.short_side_px, keras.max_scale))[None] for page in pages]
    maps, seconds = run(engines, pages, lambda engine, page: engine(page)[0])
    table = Table("detector", "MB", "CPU ms a page", "region flips", "kernel flips", title=f"{len(pages)} pages")
    for name in engines:
        flips = [
            sum(((a[..., k] > 0) != (b[..., k] > 0)).sum() for a, b in zip(maps[name], maps["Keras"], strict=True))
            / sum((b[..., k] > 0).sum() for b in maps["Keras"])
            for k in (0, 1)
        ]
        table.add_row(name, size(preset, name), f"{1000 * seconds[name] / len(pages):.0f}", *(f"{share:.2%}" for share in flips))
    return table


def compare_recognizers(preset, lines):
    keras = TextRecognizer.from_preset(preset)
    light = TextRecognizer.from_preset(preset, load_recognition_engine(*read_preset(preset, "recognition")))
    images = [load_line(path) for path, _, _ in lines]
    texts, seconds = run({"Keras": keras, "LiteRT": light}, [images], lambda reader, images: [line.text for line in reader(images)])
    table = Table("recogniser", "MB", "CPU ms a line", "CER", "texts as Keras", title=f"{len(lines)} lines")
    cers = {name: cer_by_variant(lines, read) for name, (read,) in texts.items()}
    for name, (read,) in texts.items():
        same = np.mean([a == b for a, b in zip(read, texts["Keras"][0], strict=True)])
        table.add_row(name, size(preset, name), f"{1000 * seconds[name] / len(lines):.1f}", f"{cers[name]['all']:.5f}", f"{same:.1%}")
    subsets = Table("lines", *cers, "difference in points", title="CER by subset")
    for subset in cers["Keras"]:
        one, other = cers["Keras"][subset], cers["LiteRT"][subset]
        subsets.add_row(subset, f"{one:.5f}", f"{other:.5f}", f"{100 * (other - one):+.3f}")
    return table, subsets


def cer_by_variant(lines, read):
    """`{variant: CER}` of the lines of the bench, and of all."""
    groups = {}
    for (_, truth, attributes), text in zip(lines, read, strict=True):
        for subset in (attributes.get("variant", ""), "all"):
            groups.setdefault(subset, []).append((truth, text))
    return {subset: measure_cer(groups[subset]) for subset in sorted(groups)}


def run(engines, inputs, call):
    """({name: results}, {name: processor seconds}); the engines take turns, each input once before it counts."""
    results, seconds = {name: [] for name in engines}, dict.fromkeys(engines, 0.0)
    for one in inputs:
        for name, engine in engines.items():
            call(engine, one)
            result, spent = timed(partial(call, engine, one))
            results[name].append(result)
            seconds[name] += spent.processor
    return results, seconds


def size(preset, name):
    files = find_preset(preset).glob("*.tflite" if name == "LiteRT" else "*.npz")
    return f"{sum(file.stat().st_size for file in files) / 1e6:.1f}"


if __name__ == "__main__":
    main()
