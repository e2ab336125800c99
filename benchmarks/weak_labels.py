"""What a detector learns from pages whose characters nobody has labelled, in fonts and on paper that it has never seen.

    python benchmarks/weak_labels.py --hidden-fonts PATH… --fonts PATH… [--preset craft_light_ko] [--pages 60] [--steps 300]
                                     [--arms weak slices equal truth] [--ratio 1:1] [--relabel-every 96] [--out FOLDER]

The pages are rendered in the hidden fonts on squared paper, of which the synthesis knows nothing, with faded ink and a soft focus. Their
words keep boxes and texts. Each arm learns from them, mixed with ordinary rendered pages in --fonts, for the same steps with the same
crops:

    weak    characters labelled by the network in training, again every --relabel-every steps (docs/weak_labels.md)
    slices  all words cut by the widths of their letters, boxes around the ink; equal: into equal parts as in CRAFT, not around the ink
    truth   with the characters that the others have to do without: no labels can do better

All are measured on other such pages, and on ordinary ones, so that what is forgotten shows too. Arms that --out has results of are not
trained again. Weights are averages of --ema; texts are segments, characters apart from spaces, both matched at an IoU of 0.5.
"""

import argparse
import json
import os
import time
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import keras
import numpy as np
from detection import measure_characters, render_page

from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.evaluation.detection import measure_detection
from ocr_crnn.geometry import quad_ious
from ocr_crnn.granularity import as_segments, segments
from ocr_crnn.synthesis.damage.page import median_em_px
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.numbered import draw_sentences, render_numbered_page
from ocr_crnn.synthesis.text.corpus import read_corpus
from ocr_crnn.training.fit import fit
from ocr_crnn.training.labelling import Labelling, interval_pages, interval_steps
from ocr_crnn.training.optimizers import make_optimizer, make_schedule
from ocr_crnn.training.pages import PageSource, crops_dataset
from ocr_crnn.training.pseudo_labels import equal_advances, label_characters
from ocr_crnn.training.weak_pages import LabelFiles, PagesByTurns, WeakPages

ARMS = ("weak", "slices", "equal", "truth")
LEARNT, MEASURED, ORDINARY = 40_000, 41_000, 20_000  # seeds of the pages
BATCH, CROPS = 4, 6
COLUMNS = ["characters: recall", "precision", "segments: F", "recall, ordinary pages", "F, ordinary pages"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="craft_light_ko", help="the detector to begin with, which finds characters")
    parser.add_argument("--hidden-fonts", nargs="+", required=True, metavar="PATH", help="of the pages without characters")
    parser.add_argument("--fonts", nargs="+", required=True, metavar="PATH", help="of the ordinary pages")
    parser.add_argument("--corpus", nargs="*", default=[], metavar="PATH", help="text of the ordinary pages, beside the templates")
    parser.add_argument("--pages", type=int, default=60, help="to learn from")
    parser.add_argument("--measured", type=int, default=12, help="other such pages, and half as many ordinary ones")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--ratio", default="1:1", help="crops of these pages to ordinary ones")
    parser.add_argument("--relabel-every", type=int, default=96, help="steps")
    parser.add_argument("--learning-rate", type=float, default=5e-4, help="at first; to 0 along a cosine")
    parser.add_argument("--ema", type=float, default=0.99)
    parser.add_argument("--crop", type=int, default=448)
    parser.add_argument("--out", type=Path, default=Path("weak_labels"), help="folder of pages and results; %(default)s by default")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    hidden, faces = (load_faces(find_fonts(paths)) for paths in (args.hidden_fonts, args.fonts))
    print(f"{args.preset}; hidden: {', '.join(sorted({face.family for face in hidden}))}; {len(faces)} ordinary faces", flush=True)
    pages = [write_page(args.out / "pages", hidden, LEARNT, number) for number in range(args.pages)]
    measured = {
        "hidden": [squared_page(hidden, MEASURED, number) for number in range(args.measured)],
        "ordinary": [render_page(ORDINARY, number, faces) for number in range(args.measured // 2)],
    }
    print_labels(TextDetector.from_preset(args.preset), pages[:10])
    rows = {}
    for arm in ("before", *args.arms):
        rows[arm] = finish(args, arm, lambda arm=arm: measure(train(args, arm, pages, faces), measured))
    print(f"\n| | {' | '.join(COLUMNS)} | CPU min |\n|{'---|' * (len(COLUMNS) + 2)}")
    for arm, (figures, seconds) in rows.items():
        print(f"| {arm} | {' | '.join(f'{figure:.3f}' for figure in figures)} | {seconds / 60:.1f} |")


def squared_page(faces, seed, number):
    """A page of segments on squared paper, with its characters → (image, Page)."""
    image, page = squared_words(faces, seed, number)
    return image, segments(page)


def squared_words(faces, seed, number):
    """A page of words: faded ink on a grid of blue lines, out of focus, then noise and JPEG."""
    rng = np.random.default_rng([seed, number, 1])
    sentences = draw_sentences(np.random.default_rng([seed, number]), 200)
    image, page, _ = render_numbered_page(seed, number, faces, sentences, dpi=126, degradation="clean")
    em = median_em_px(page)
    paper = np.full(image.shape, 250, np.float32)
    pitch, x0, y0 = rng.uniform(0.9, 1.6) * em, *rng.uniform(0, em, 2)
    shade = rng.uniform(25, 60) * np.array([1.0, 0.6, 0.2])  # RGB that a blue line takes away
    for place in np.arange(x0, image.shape[1], pitch):
        paper[:, int(place)] -= shade
    for place in np.arange(y0, image.shape[0], pitch):
        paper[int(place)] -= shade
    ink = (255 - image.astype(np.float32)) * rng.uniform(0.6, 0.9)
    image = cv2.GaussianBlur(np.clip(paper - ink, 0, 255), (0, 0), rng.uniform(0.04, 0.07) * em)
    image = np.clip(image + rng.normal(0, rng.uniform(3, 9), image.shape), 0, 255).astype(np.uint8)
    _, coded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 70))])
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1].copy(), page


def write_page(folder, faces, seed, number):
    """The Page of words, its image in a file, which is read again for every crop."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{number:04d}.png"
    image, page = squared_words(faces, seed, number)
    cv2.imwrite(str(path), image[..., ::-1])
    return replace(page, image_path=str(path))


def print_labels(detector, pages):
    """How well labels lie on the truth: the mean IoU of their characters."""
    found, texts = defaultdict(list), defaultdict(int)
    for page in pages:
        image, bare = cv2.imread(page.image_path)[..., ::-1].copy(), replace(page, characters=None)
        ways = {", around the ink": (detector, None, True), "": (detector, None, False)}
        ways |= {"all cut by widths": (None, None, False), "all cut equally": (None, equal_advances, False)}
        for way, (by, widths, to_ink) in ways.items():
            labelled, _ = label_characters(by, image, bare, widths=widths, to_ink=to_ink)
            for mine, truth in zip(labelled.characters, page.characters, strict=True):
                if mine is None or truth is None or len(mine) != len(truth):
                    continue
                name = way if by is None else ("seen" if mine.scores[0] == 1 else "not seen, so cut by widths") + way
                found[name] += [quad_ious(a[None], b[None])[0, 0] for a, b in zip(mine.quads, truth.quads, strict=True)]
                texts[name] += 1
    print(f"\nLabels of {len(pages)} pages\n\n| | texts | mean IoU with the truth | share above 0.5 |\n|---|---|---|---|")
    for name, ious in found.items():
        print(f"| {name} | {texts[name]:,} | {np.mean(ious):.3f} | {np.mean(np.array(ious) >= 0.5):.3f} |", flush=True)
    print(flush=True)


def finish(args, arm, work):
    """What `work` gives and the processor seconds that it took, from the folder where it has been done before."""
    path = args.out / f"{arm}.json"
    settings = {name: str(value) for name, value in vars(args).items() if name not in ("arms", "out")}
    kept = json.loads(path.read_text()) if path.exists() else None
    if kept and kept["settings"] == settings:
        return kept["figures"], kept["seconds"]
    began = time.process_time()
    kept = {"figures": work(), "seconds": time.process_time() - began, "settings": settings}
    path.write_text(json.dumps(kept, indent=1) + "\n")
    print(f"{arm}: {', '.join(f'{figure:.3f}' for figure in kept['figures'])}; {kept['seconds']:.0f} CPU-s", flush=True)
    return kept["figures"], kept["seconds"]


def train(args, arm, pages, faces):
    """The detector after an arm's training; as it was for "before"."""
    detector = TextDetector.from_preset(args.preset)
    if arm == "before":
        return detector
    keras.utils.set_random_seed(0)
    model, steps = detector.network, interval_steps(args.relabel_every, BATCH, CROPS)
    sentences = tuple(read_corpus(args.corpus) or draw_sentences(np.random.default_rng(0)))
    ordinary = CachedPages(0, tuple(faces), sentences, model.targets, side_px=args.crop, crops_per_page=CROPS)
    folder = args.out / arm
    folder.mkdir(exist_ok=True)
    files, known = LabelFiles(str(folder), interval_pages(steps, BATCH, CROPS)), pages
    if arm != "truth":
        known = [replace(page, characters=None) for page in pages]
    if arm in ("slices", "equal"):
        ways = {"widths": equal_advances, "to_ink": False} if arm == "equal" else {}
        known = [label_characters(None, cv2.imread(page.image_path), page, **ways)[0] for page in known]
    weak = WeakPages(
        0, tuple(known), model.targets, detector.short_side_px, detector.max_scale, args.crop, CROPS, files if arm == "weak" else None,
        as_segments,
    )  # fmt: skip
    a, b = map(int, args.ratio.split(":"))
    source = PagesByTurns(weak, ordinary, Fraction(a, a + b))
    callbacks = [Labelling(TextDetector(model, detector.decoder), source, steps)] if arm == "weak" else []
    rate = make_schedule("cosine", args.learning_rate, args.steps, min(20, args.steps // 4))
    model.compile(make_optimizer("adamw", rate, 1.0, 0.01, args.ema), jit_compile=False)

    def batches(first):
        for callback in callbacks:
            callback.begin(first)
        return crops_dataset(source, BATCH, first, 0)

    began = time.monotonic()
    (log,) = fit(model, batches, steps_per_epoch=args.steps, epochs=1, callbacks=callbacks)
    print(f"{arm}: loss {log['loss']:.4f}, {(time.monotonic() - began) / args.steps:.2f} s a step", flush=True)
    return detector


class CachedPages(PageSource):
    """A PageSource that keeps its crops: every arm sees the same."""

    def draw_crops(self, number):
        return cached_crops(self, number)


@cache
def cached_crops(source, number):
    return PageSource.draw_crops(source, number)


def measure(detector, measured):
    """The figures of COLUMNS."""
    figures = []
    for name, pages in measured.items():
        pairs = [(truth, detector.detect_page(image)) for image, truth in pages]
        recall, precision, *_ = measure_characters(pairs)
        found = measure_detection(pairs, (0.5,))["hmean@0.5"]
        figures += [recall, precision, found] if name == "hidden" else [recall, found]
    return figures


if __name__ == "__main__":
    main()
