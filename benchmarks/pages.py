"""Rendered pages a second, by kind and by degradation, on one process and on two.

    python benchmarks/pages.py --corpus FOLDER [--fonts FOLDER …] [--dpi 150] [--pages 8]

Seconds are CPU time of this process, the median over the pages of a kind, so that a loaded machine shows the same figures; pages
a second of one and two processes are by the clock, writing included.
"""

import argparse
import os
import platform
import tempfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table
from timing import timed

from ocr_crnn.commands.rendered_pages import write_pages
from ocr_crnn.granularity import segments
from ocr_crnn.synthesis.damage.page import DEGRADATIONS, degrade_page
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.kinds import PAGE_KINDS
from ocr_crnn.synthesis.page.rendering import draw_page, render_page
from ocr_crnn.synthesis.text.corpus import read_corpus


def measure_kinds(faces, corpus, dpi, pages):
    """Rows of (kind, words, segments, seconds to draw, seconds to render, seconds of everything with a drawn degradation)."""
    for kind in PAGE_KINDS:
        rows = []
        for seed in range(pages):
            rng = np.random.default_rng([seed, 1])
            layout, draw = timed(partial(draw_page, rng, faces, corpus, dpi, kind))
            (image, page), render = timed(partial(render_page, layout))
            _, degrade = timed(partial(degrade_page, rng, image, page, None, dpi))
            everything = draw.processor + render.processor + degrade.processor
            rows.append((len(page), len(segments(page)), draw.processor, render.processor, everything))
        yield kind, *np.median(rows, axis=0)


def measure_degradations(faces, corpus, dpi, pages):
    """Rows of (degradation, seconds) on contracts."""
    rendered = [render_page(draw_page(np.random.default_rng(seed), faces, corpus, dpi, "contract")) for seed in range(pages)]
    for kind in DEGRADATIONS:
        seconds = []
        for seed, (image, page) in enumerate(rendered):
            _, spent = timed(partial(degrade_page, np.random.default_rng([seed, 2]), image, page, kind, dpi))
            seconds.append(spent.processor)
        yield kind, float(np.median(seconds))


def measure_processes(faces, corpus, dpi, count, workers):
    """Pages a second on disk, by the clock, start of the processes left out."""
    with tempfile.TemporaryDirectory() as folder:
        pages = write_pages(Path(folder), count + 4 * workers, faces, corpus, 5, 0, dpi, workers=workers)
        for _ in range(4 * workers):
            next(pages)
        done, spent = timed(lambda: sum(1 for _ in pages))
        return done / spent.wall


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", nargs="+", required=True)
    parser.add_argument("--fonts", nargs="*", default=[str(Path(__file__).parents[1] / "fonts")])
    parser.add_argument("--dpi", type=float, default=150)
    parser.add_argument("--pages", type=int, default=8, help="pages of each kind")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    faces, corpus = load_faces(find_fonts(args.fonts)), read_corpus(args.corpus)
    # Pages are measured once before, so that the metrics of the glyphs are known, as they are after the first few pages.
    list(measure_kinds(faces, corpus, 40, 2))
    console = Console(width=110)
    console.print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {args.dpi:g} dpi, "
        f"{len(faces)} faces, {args.pages} pages of each kind; CPU seconds, medians, OpenCV with one thread"
    )
    table = Table("kind", "words", "segments", "draw", "render", "with degradation", "pages/s and core")
    for kind, words, parts, draw, render, everything in measure_kinds(faces, corpus, args.dpi, args.pages):
        table.add_row(kind, f"{words:.0f}", f"{parts:.0f}", f"{draw:.3f}", f"{render:.3f}", f"{everything:.3f}", f"{1 / everything:.1f}")
    console.print(table)
    table = Table("degradation of a contract", "seconds")
    for kind, seconds in measure_degradations(faces, corpus, args.dpi, args.pages):
        table.add_row(kind, f"{seconds:.3f}")
    console.print(table)
    table = Table("processes", "pages/s on disk, by the clock")
    for workers in (1, 2):
        table.add_row(str(workers), f"{measure_processes(faces, corpus, args.dpi, 8 * args.pages, workers):.1f}")
    console.print(table)


if __name__ == "__main__":
    main()
