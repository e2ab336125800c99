"""In which script a line is written: how often the small network is right, what it costs, and what sending lines to other weights gains.

    python benchmarks/documents_scripts.py --fonts FOLDER … [--corpus FOLDER] [--lines 300] [--words 150] [--seed 9] [--own-fonts]

Rendered lines, clean and degraded, in the faces of the FOLDERs that the training of the preset scripts_ko kept out
(script_lines.TEST_FONTS; in all faces where there is none of them). A line of one script is right where its script is; of a mixed line
each letter, digit and sign that is no space counts, at the place where it was printed. Words of the stage are read by the recogniser that
ships. --own-fonts: in faces of the training.
"""

import argparse
import os
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from rich.console import Console
from rich.table import Table
from script_lines import draw_script_line, load_sources
from timing import compare, timed

from ocr_crnn.alphabet import Alphabet, hanja
from ocr_crnn.evaluation.text import measure_cer
from ocr_crnn.ops.lines import fit_line_width
from ocr_crnn.presets import preset_file, read_preset
from ocr_crnn.reading.line_scripts import find_line_scripts, find_spans, main_script, px_per_frame, scripts_at
from ocr_crnn.reading.loading import load_recognizer
from ocr_crnn.reading.script_network import (
    CLASSES,
    HEIGHT,
    PRESET,
    SCRIPTS,
    UNKNOWN,
    has_ink,
    level_line,
    load_script_network,
    script_shares,
)  # fmt: skip
from ocr_crnn.reading.script_recognizer import ScriptRecognizer
from ocr_crnn.reading.scripts import DOUBTED, count_scripts, script_of, settle
from ocr_crnn.recognition.recognizer import DEFAULT_PRESET

ALPHABET = Alphabet.load(preset_file(*read_preset(DEFAULT_PRESET, "recognition"), "alphabet.txt"))
KINDS = (*SCRIPTS, "mixed", UNKNOWN)


def draw_lines(args, sources, degrade):
    """`{kind: [ScriptLine]}`, of each of KINDS as many."""
    return {
        kind: [draw_script_line(1000 * args.seed + place, number, sources, kind, degrade) for number in range(args.lines)]
        for place, kind in enumerate(KINDS)
    }


def right_places(lines, shares):
    """Of each printed character that is no space and of a known script, whether the network has it right at its place, and its class."""
    right, kinds = [], []
    for line, found in zip(lines, shares, strict=True):
        scale = px_per_frame(line.image.shape, len(found))
        kept = line.classes < len(SCRIPTS)
        at = scripts_at(found, line.edges[kept] / max(scale, 1e-9))
        right += [script == CLASSES[kind] for script, kind in zip(at, line.classes[kept], strict=True)]
        kinds += line.classes[kept].tolist()
    return np.array(right), np.array(kinds)


def show(title, head, rows):
    table = Table(title=title, title_justify="left")
    for name in head:
        table.add_column(name)
    for row in rows:
        table.add_row(*map(str, row))
    Console(width=160).print(table)


def per_cent(values):
    return f"{100 * np.mean(values):.2f}" if len(values) else "–"


def measure_scripts(conditions):
    lines_right, places_right, confusions = {}, {}, np.zeros((len(CLASSES), len(CLASSES)), int)
    for name, of_kinds in conditions.items():
        for kind, lines in of_kinds.items():
            shares = [script_shares(line.image) for line in lines]
            if kind != "mixed":
                found = [main_script(one)[0] for one in shares]
                lines_right[name, kind] = np.array(found) == kind
                for script in found:
                    confusions[CLASSES.index(kind), CLASSES.index(script)] += 1
            if kind != UNKNOWN:
                places_right[name, kind] = right_places(lines, shares)
    rows = []
    for name in conditions:
        every = np.concatenate([lines_right[name, script] for script in SCRIPTS])
        rows.append([name, *(per_cent(lines_right[name, kind]) for kind in CLASSES), per_cent(every)])
    show("Lines of one script, and of none: per cent right", ["", *CLASSES, "all but unknown"], rows)
    rows = [[kind, *row] for kind, row in zip(CLASSES, confusions, strict=True)]
    show("Lines of each script (rows), and what they were taken for, clean and degraded", ["", *CLASSES], rows)
    rows = []
    for name in conditions:
        right, kinds = places_right[name, "mixed"]
        rows.append([f"{name}, mixed lines", *(per_cent(right[kinds == k]) for k in range(len(SCRIPTS))), per_cent(right)])
        of_one = [places_right[name, script][0] for script in SCRIPTS]
        rows.append([f"{name}, lines of one script", *map(per_cent, of_one), per_cent(np.concatenate(of_one))])
    show("Characters, at their places: per cent right", ["", *SCRIPTS, "all"], rows)


def measure_cost(lines):
    """Processor and wall time of a line and of each part of it, by how wide lines are."""
    network = load_script_network()
    lines = [line.image for of_kind in lines.values() for line in of_kind[:20] if has_ink(line.image)]
    widths = np.array([fit_line_width(*image.shape[:2], HEIGHT) for image in lines])
    rows = []
    for least, most in ((0, 128), (128, 256), (256, 512), (512, np.inf), (0, np.inf)):
        images = [image for image, width in zip(lines, widths, strict=True) if least < width <= most]
        if not images:
            continue
        levelled = [level_line(image) for image in images]
        shares = [network(one) for one in levelled]
        calls = {
            "preparing": partial(_each, level_line, images),
            "network": partial(_each, network, levelled),
            "decoding": partial(_each, lambda one: (main_script(one), find_spans(one)), shares),
            "all": partial(_each, find_line_scripts, images),
        }
        times = compare(calls, 7, 2)
        mean = widths[(widths > least) & (widths <= most)].mean()
        parts = [f"{1e3 * time.least().processor / len(images):.2f}" for time in times.values()]
        wall = f"{1e3 * times['all'].least().wall / len(images):.2f}"
        rows.append([f"to {most:.0f} px" if most < np.inf else f"over {least} px", len(images), f"{mean:.0f}", *parts, wall])
    head = ["width at 32 px", "lines", "mean px", *(f"{name}, ms" for name in calls), "all, wall ms"]
    show("Processor time of a line and its parts, the least of 7 rounds", head, rows)
    folder, config = read_preset(PRESET)
    print(f"{config['parameters']:,} parameters, {sum((folder / name).stat().st_size for name in config['sha256']):,} bytes")


def _each(function, values):
    return [function(value) for value in values]


def measure_words(args, conditions, recognizer):
    """The stage: script of words by text, by the network, and by both."""
    rows = []
    for name, of_kinds in conditions.items():
        for script in SCRIPTS:
            lines = of_kinds[script][: args.words]
            read = recognizer([line.image for line in lines])
            texts = [line.text for line in read]
            by_text = [script_of(text, count_scripts(text)) if text else UNKNOWN for text in texts]
            by_text = ["digit" if found == "symbol" else found for found in by_text]
            seen = [find_line_scripts(line.image) for line in lines]
            both = [settle(*pair) for pair in zip(by_text, seen, strict=True)]
            doubted = np.array([line.score < DOUBTED for line in read])
            stage = np.where(doubted, both, by_text)
            found = [by_text, [one.script for one in seen], both, stage]
            rows.append([f"{name}, {script}", *(per_cent(np.array(one) == script) for one in found), per_cent(doubted)])
    head = ["", "by its text", "by the network", "by both", "stage: both, where doubted", "doubted"]
    show("Script of what was read: per cent right", head, rows)


def holds_hanja(least):
    """A `tell` for ScriptRecognizer: "hanja" for lines of which `least` of the letters or more are Hanja, else the script of most."""

    def tell(images):
        return [_least_hanja(script_shares(image), least) for image in images]

    return tell


def _least_hanja(shares, least):
    letters = shares[:, [SCRIPTS.index(script) for script in ("hangul", "latin", "hanja", "kana")]].sum(axis=0)
    return "hanja" if letters[2] >= least * letters.sum() > 0 else main_script(shares)[0]


def measure_routes(args, conditions, recognizer):
    plain = recognizer.without(hanja())
    routes = {
        "default, Hanja on": recognizer,
        "Hanja off": plain,
        "by most letters": ScriptRecognizer({"hangul": plain, "hanja": recognizer}),
        "by 5 % of Hanja": ScriptRecognizer({"hangul": plain, "hanja": recognizer}, holds_hanja(0.05)),
    }
    kinds = ("hangul", "latin", "digit", "hanja", "mixed")
    rows = []
    for name, of_kinds in conditions.items():
        lines = {kind: [line for line in of_kinds[kind] if ALPHABET.covers(line.text)][: args.words] for kind in kinds}
        count = sum(map(len, lines.values()))
        for route, reads in routes.items():
            images = [[line.image for line in of_kind] for of_kind in lines.values()]
            read, seconds = timed(partial(lambda reads, images: [reads(of_kind) for of_kind in images], reads, images))
            pairs = [[(one.text, other.text) for one, other in zip(*both, strict=True)] for both in zip(lines.values(), read, strict=True)]
            cers = [f"{100 * measure_cer(of_kind):.2f}" for of_kind in pairs]
            rows.append([f"{name}, {route}", *cers, f"{1e3 * seconds.processor / count:.1f}"])
    show("CER of lines, per cent, by where they are sent", ["", *kinds, "processor ms a line"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", nargs="*", default=[str(Path(__file__).parents[1] / "fonts")])
    parser.add_argument("--corpus")
    parser.add_argument("--lines", type=int, default=300, help="of each kind, clean and degraded each")
    parser.add_argument("--words", type=int, default=150, help="of them, those that are read; with 0 no line is")
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--own-fonts", action="store_true")
    args = parser.parse_args()
    sources = load_sources(args.fonts, args.corpus, tested=not args.own_fonts)
    conditions = {name: draw_lines(args, sources, degrade) for name, degrade in (("clean", False), ("degraded", True))}
    print(f"{args.lines} lines of each kind in {', '.join(sorted({face.family for face in sources[0]}))}")
    measure_scripts(conditions)
    measure_cost(conditions["degraded"])
    if not args.words:
        return
    recognizer = load_recognizer(engine="litert").for_crops()
    measure_words(args, conditions, recognizer)
    measure_routes(args, conditions, recognizer)


if __name__ == "__main__":
    main()
