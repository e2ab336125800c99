"""Fine-tuning measured on fresh material: `python benchmarks/finetune.py lines --face FILE [--fonts PATH…]`, `… pages [--fonts PATH…]`.

lines: so many lines are rendered in one face that no rehearsal line is set in, the recogniser is tuned on them with rehearsal and, as a
peer, without, and each reads fresh lines of that face and of the other fonts, as `ocr-crnn read` runs it. pages: so many pages on squared
paper, which the detector has never seen; F of boxes at IoU 0.5 on fresh ones, and on pages as they are rendered.
"""

import argparse
import json
import tempfile
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table
from timing import timed

from ocr_crnn.quiet import start_tensorflow

start_tensorflow()

from ocr_crnn.granularity import segments  # noqa: E402
from ocr_crnn.ops.frames import count_frames  # noqa: E402
from ocr_crnn.reading.loading import load_detector, load_recognizer  # noqa: E402
from ocr_crnn.recipes.experiment import HELD_OUT_FONTS  # noqa: E402
from ocr_crnn.recipes.finetune import finetune  # noqa: E402
from ocr_crnn.recipes.rehearsal import find_rehearsal_fonts  # noqa: E402
from ocr_crnn.synthesis import fonts  # noqa: E402
from ocr_crnn.synthesis.page.numbered import draw_sentences, render_numbered_page  # noqa: E402
from ocr_crnn.synthesis.text import corpus  # noqa: E402
from ocr_crnn.training.page_error import measure_missed  # noqa: E402
from ocr_crnn.training.recognition import measure_cer_of  # noqa: E402
from ocr_crnn.training.rendered import RenderedLines  # noqa: E402

OWN, FRESH, OTHERS = 5, 6, 7  # seeds
FRESH_LINES, FRESH_PAGES = 400, 12
SQUARES_PX, SQUARE_INK = 18, 120  # of squared paper at 120 dpi: 4 mm


def draw_lines(faces, sentences, seed, count, codec, **drawn):
    source = RenderedLines(seed, tuple(faces), codec, lambda width: count_frames(width, stride=4), sentences=tuple(sentences), **drawn)
    return [source.draw_line(np.random.default_rng([seed, number])) for number in range(count)]


def write_lines(folder, lines):
    """Images with a .txt of the same name each."""
    folder.mkdir()
    for number, (image, text) in enumerate(lines):
        cv2.imwrite(str(folder / f"{number:04d}.png"), image)
        (folder / f"{number:04d}.txt").write_text(text, encoding="utf-8")


def draw_pages(faces, sentences, seed, count, squared):
    pages = []
    for number in range(count):
        image, page, _ = render_numbered_page(seed, number, faces, sentences, dpi=120)
        if squared:
            image = image.copy()
            image[::SQUARES_PX] = np.minimum(image[::SQUARES_PX], SQUARE_INK)
            image[:, ::SQUARES_PX] = np.minimum(image[:, ::SQUARES_PX], SQUARE_INK)
        pages.append((image, segments(page)))
    return pages


def write_pages(folder, pages):
    """As PaddleOCR's Label.txt."""
    folder.mkdir()
    rows = []
    for number, (image, page) in enumerate(pages):
        cv2.imwrite(str(folder / f"{number:04d}.png"), image[..., ::-1])
        shapes = [
            {"transcription": text or "###", "points": quad.round().astype(int).tolist()}
            for text, quad in zip(page.texts, page.quads, strict=True)
        ]
        rows.append(f"{number:04d}.png\t{json.dumps(shapes, ensure_ascii=False)}\n")
    (folder / "Label.txt").write_text("".join(rows), encoding="utf-8")


def measure_lines(args, files, sentences, folder):
    """Rows of the table, and what they are of."""
    (face, *_) = fonts.load_faces([args.face])
    others = fonts.load_faces(files, exclude=(*HELD_OUT_FONTS, *face.names))
    codec = load_recognizer().codec
    write_lines(folder / "own", draw_lines([face], sentences, OWN, args.count or 200, codec))
    sets = [draw_lines([face], sentences, FRESH, FRESH_LINES, codec), draw_lines(others, sentences, OTHERS, FRESH_LINES, codec)]
    measure = lambda preset: [measure_cer_of(load_recognizer(preset).for_crops(), lines) for lines in sets]  # noqa: E731
    return measure, face.names, f"CER, {face.family}", "CER, other fonts"


def measure_pages(args, files, sentences, folder):
    faces = fonts.load_faces(files, exclude=HELD_OUT_FONTS)
    sentences = sentences or draw_sentences(np.random.default_rng(0))
    write_pages(folder / "own", draw_pages(faces, sentences, OWN, args.count or 20, squared=True))
    sets = [draw_pages(faces, sentences, FRESH, FRESH_PAGES, True), draw_pages(faces, sentences, OTHERS, FRESH_PAGES, False)]
    measure = lambda preset: [1 - measure_missed(load_detector(preset), pages) for pages in sets]  # noqa: E731
    return measure, (), "F, squared paper", "F, other pages"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("lines", "pages"))
    parser.add_argument("--face", help="of lines: a font file that the recogniser reads badly")
    parser.add_argument("--fonts", nargs="*", help="of everything else; those of the system by default")
    parser.add_argument("--corpus", nargs="*", default=[], help="text of all that is rendered, a sentence a line")
    parser.add_argument("--count", type=int, help="own lines (200) or pages (20)")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--minutes", type=float, default=12)
    parser.add_argument("--rehearsal", type=float, nargs="*", default=[0.5, 0.0], help="shares, one run each")
    args = parser.parse_args()
    files = find_rehearsal_fonts(args.fonts)
    sentences = corpus.read_corpus(args.corpus)
    with tempfile.TemporaryDirectory() as folder:
        prepare = {"lines": measure_lines, "pages": measure_pages}[args.kind]
        measure, excluded, own, other = prepare(args, files, sentences, Path(folder))
        table = Table("", own, "", other, "", "share", "batches", "minutes")
        before = measure(None)
        table.add_row("before", f"{before[0]:.2%}", "", f"{before[1]:.2%}", "", "", "", "")
        for rehearsal in args.rehearsal:
            to, options = Path(folder) / f"tuned{rehearsal}", {"steps": args.steps, "minutes": args.minutes, "corpus": args.corpus or None}
            options["rehearsal"] = rehearsal
            call = lambda to=to, options=options: finetune(  # noqa: E731
                args.kind, Path(folder) / "own", to, fonts=files, exclude_fonts=list(excluded), **options
            )
            outcome, seconds = timed(call)
            after = measure(str(to)) if outcome.folder else before
            changes = [f"× {now / then:.2f}" for now, then in zip(after, before, strict=True)]
            row = [f"{after[0]:.2%}", changes[0], f"{after[1]:.2%}", changes[1], f"{outcome.share:.0%}", str(outcome.steps)]
            table.add_row(f"rehearsal {rehearsal:.0%}", *row, f"{seconds.wall / 60:.1f} ({seconds.processor / 60:.1f} of processor)")
            tried = (f"{share:.0%}: own {mine:.2%}, rendered {other:.2%}" for share, (mine, other) in outcome.tried.items())
            print(outcome, *tried, sep="\n")
    Console().print(table)


if __name__ == "__main__":
    main()
