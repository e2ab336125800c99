"""Reading pages end to end: a network that finds and reads, beside the detector and the recogniser of two networks, on the same pages.

    python benchmarks/spotting.py [--preset NAME | --run RUN --weights last] [--rendered N] [--seed N] [--fonts PATH…]

F is that of whole words: found at IoU 0.5, one to one, and read exactly (NFC). The slices are words by the height of their letters' box in
pixels of the page as networks see it, whose shorter side is 1,120 px; recall alone, for what is read besides has no such height. Seconds
are processor time of a page, all cores together, from the image to its words.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np

from ocr_crnn.detection.detector import page_scale
from ocr_crnn.evaluation.detection import match_rows, measure_detection
from ocr_crnn.evaluation.end_to_end import measure_end_to_end
from ocr_crnn.evaluation.text import squash
from ocr_crnn.geometry import quad_sizes
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.spotting.text_spotter import TextSpotter
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.numbered import draw_sentences, render_numbered_page
from ocr_crnn.training.run import load_network
from ocr_crnn.training.shipping import settings_before

SEED = 31_000  # of the rendered pages; no training starts from it
SHORT_SIDE_PX = 1120
HEIGHTS_PX = ((0, 14), (14, 18), (18, 24), (24, 1000))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="pan_spotter_ko", help="name or folder; %(default)s by default")
    parser.add_argument("--run", help="run folder of a training, instead of a preset")
    parser.add_argument("--weights", default="best", help="of the run: best, last, or an epoch's number")
    parser.add_argument("--rendered", type=int, default=24, help="rendered pages; %(default)s by default")
    parser.add_argument("--seed", type=int, default=SEED, help="of the rendered pages; %(default)s by default")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system by default")
    args = parser.parse_args()
    if args.run:
        network, alphabet = load_network(args.run, int(args.weights) if args.weights.isdigit() else args.weights)
        spotter = TextSpotter(network.fold(), alphabet).adjust(**settings_before([args.run], args.run, "kernels"))
        name, one = f"{Path(args.run).name}, weights {args.weights}", DocumentReader(spotter, None)
    else:
        name, one = Path(args.preset).name, DocumentReader.from_preset(args.preset)
    readers = {name: one, "pan_light_ko + attention_ctc_ko, Keras": DocumentReader.from_preset(engine="keras")}
    faces = load_faces(find_fonts(args.fonts))
    pages = [render_page(args.seed, index, faces) for index in range(args.rendered)]
    slices = [f"{low}–{high} px" for low, high in HEIGHTS_PX[:-1]] + [f"from {HEIGHTS_PX[-1][0]} px"]
    print(f"{len(pages)} pages, {sum(len(truth) for _, truth in pages):,} words; {len(faces)} faces; seed {args.seed}\n")
    print(f"| reader | E2E P | E2E R | E2E F | found F | page CER | CPU s a page | {' | '.join(f'R {one}' for one in slices)} |")
    print("|---" * (7 + len(slices)) + "|")
    for title, reader in readers.items():
        print_reader(title, reader, pages)


def print_reader(title, reader, pages):
    reader.read_page(pages[0][0])  # what the first page pays for alone
    begun, pairs = time.process_time(), []
    for image, truth in pages:
        pairs.append((truth, reader.read_page(image)))
    seconds = (time.process_time() - begun) / max(len(pages), 1)
    scores, found = measure_end_to_end(pairs), measure_detection(pairs)
    figures = [scores[f"e2e_{name}@0.5"] for name in ("precision", "recall", "hmean")] + [found["hmean@0.5"], scores["page_cer"]]
    shown = [f"{figure:.3f}" for figure in figures] + [f"{seconds:.2f}"]
    shown += [f"{right / max(there, 1):.3f} of {there}" for right, there in recall_by_height(pairs)]
    print(f"| {title} | {' | '.join(shown)} |", flush=True)


def recall_by_height(pairs):
    """`(read exactly, there)` of the words of each of HEIGHTS_PX."""
    right, there = np.zeros(len(HEIGHTS_PX), int), np.zeros(len(HEIGHTS_PX), int)
    for truth, prediction in pairs:
        rows, heights = match_rows(truth, prediction), quad_sizes(truth.quads).min(axis=1) * page_scale(*truth.size, SHORT_SIDE_PX)
        for row, (text, height) in enumerate(zip(truth.texts, heights, strict=True)):
            if text is None:
                continue
            place = next(place for place, (low, high) in enumerate(HEIGHTS_PX) if height < high or place == len(HEIGHTS_PX) - 1)
            there[place] += 1
            right[place] += rows[row] >= 0 and squash(text) == squash(prediction.texts[rows[row]] or "")
    return list(zip(right.tolist(), there.tolist(), strict=True))


def render_page(seed, index, faces):
    """A rendered page of that number and its words."""
    image, truth, _ = render_numbered_page(seed, index, faces, draw_sentences(np.random.default_rng([seed, index])))
    return image, truth


if __name__ == "__main__":
    main()
