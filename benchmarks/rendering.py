"""Rendering lines: `python benchmarks/rendering.py [--corpus FOLDER …] [--lines 2000]`.

Lines a second of each step on one core, in processor time (best of the rounds, glyphs cached by a first round), beside Pillow
drawing the same text with the same face on a blank image; then what `ocr-crnn render lines` does with two processes, PNG and
JSON written.
"""

import argparse
import os
import platform
import resource
import tempfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from timing import measure, timed

from ocr_crnn.synthesis.fonts import find_fonts, load_faces, load_latin_faces
from ocr_crnn.synthesis.line.dataset import render_line_dataset
from ocr_crnn.synthesis.line.ink import set_type
from ocr_crnn.synthesis.line.rendering import draw_numbered_line, render_line
from ocr_crnn.synthesis.text.corpus import draw_text, read_corpus


def draw_with_pillow(parameters):
    """One line, black on white: what every simple generator does, without degradation, cut, marks or quads."""
    face = parameters.faces[0]
    font = ImageFont.truetype(face.path, round(parameters.em_px), index=face.index, layout_engine=ImageFont.Layout.BASIC)
    left, top, right, bottom = font.getbbox(parameters.text)
    image = Image.new("L", (max(1, int(right - left) + 8), max(1, int(bottom - top) + 8)), 255)
    ImageDraw.Draw(image).text((4 - left, 4 - top), parameters.text, font=font, fill=0)
    return np.asarray(image)


def cpu_ms(function, values, rounds=5):
    """Milliseconds of processor time a value, the best of the rounds."""
    times = measure(lambda: [function(value) for value in values], rounds, warm_ups=0)
    return 1000 * times.least().processor / len(values)


def print_row(name, ms, note=""):
    print(f"| {name} | {ms:.2f} | {1000 / ms:,.0f} | {note} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", nargs="*", type=Path, default=[], help="text files or folders; templates only without")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system and of fonts/ by default")
    parser.add_argument("--lines", type=int, default=2000)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    files = find_fonts(args.fonts) if args.fonts else find_fonts() + find_fonts([Path(__file__).parents[1] / "fonts"])
    faces, latin_faces, corpus = load_faces(files), load_latin_faces(files), read_corpus(args.corpus)
    source = partial(draw_text, corpus=corpus)
    draw = partial(draw_numbered_line, 1, faces=faces, draw_text=source, latin_faces=latin_faces)
    drawn, drawing = timed(lambda: [draw(index) for index in range(args.lines)])
    images, rendering = timed(lambda: [render_line(parameters) for parameters in drawn])
    cold_ms = 1000 * (drawing.processor + rendering.processor) / args.lines
    pixels = np.mean([image.size for image in images])
    characters = np.mean([len(parameters.text) for parameters in drawn])
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {len(faces)} faces, {len(corpus):,} sentences, "
        f"{args.lines} lines of {characters:.0f} characters and {pixels / 1000:.0f} thousand pixels on average\n"
    )
    print("| step | CPU ms a line | lines/s and core | |\n|---|---|---|---|")
    print_row("text and parameters", cpu_ms(draw, range(args.lines)))
    print_row("type setting, quads", cpu_ms(set_type, drawn))
    print_row("whole line", cpu_ms(render_line, drawn), "type, paper, marks, degradation")
    print_row("PNG", cpu_ms(partial(cv2.imencode, ".png"), images))
    print_row("Pillow, black on white", cpu_ms(draw_with_pillow, drawn), "peer: type only")
    print_row("first lines of a process", cold_ms, "draw and render with no glyph cached")
    measure_data_set(args.lines * 10, faces, corpus, latin_faces)


def measure_data_set(count, faces, corpus, latin_faces):
    """The command's own work with two processes, their start included, by processor time and by the clock."""
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        render = partial(render_line_dataset, Path(folder) / "lines", count, faces, corpus, latin_faces=latin_faces, workers=2)
        _, spent = timed(render)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print_row(f"{count:,} lines on disk, 2 processes", 1000 * cpu / count, f"{count / spent.wall:,.0f} lines/s by the clock")


if __name__ == "__main__":
    main()
