"""Finding texts: seconds from a page to its boxes, and accuracy on rendered pages and on a folder of pages.

    python benchmarks/detection.py [--preset NAME | --run RUN --weights last] [--bench FOLDER] [--rendered N] [--turned N] [--seed N]
                                   [--repeats N] [--fonts PATH…]

FOLDER is a bench: `gt/*.json`, the images it names, `score.py`, which says what subsets a page belongs to. Lines with more than
four corners are measured as their smallest rectangles. Wall time is that of the machine as it is, with its load; processor time is the
sum over the cores. The texts of rendered pages are segments: runs of words in one line of one cell or column. Of a detector that finds
characters these are measured on the rendered pages too, and of one that says which way a text is read, whether that is right, on pages
that lie all four ways.
"""

import argparse
import os
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import numpy as np
from reading import load
from timing import measure

from ocr_crnn.detection.detector import DEFAULT_PRESET, TextDetector, page_scale, scale_page
from ocr_crnn.detection.ink_characters import fit_characters
from ocr_crnn.detection.pan import PAN
from ocr_crnn.evaluation.detection import match_rows, measure_detection
from ocr_crnn.geometry import polygon_areas, quad_intersections, quad_ious, quad_sizes
from ocr_crnn.granularity import segments
from ocr_crnn.page import Page
from ocr_crnn.reading.orientation import turn_page
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.numbered import draw_sentences, render_numbered_page
from ocr_crnn.training.run import load_network

FONTS = Path(__file__).parents[1] / "fonts"
SEED = 20_000  # of the rendered pages; no training starts from it, but thresholds were chosen on it: --seed for others
SIZE_PX = (1472, 1056)  # as the network sees the page that is timed
SCAN_PX = (1840, 1320)  # as it comes in


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default=DEFAULT_PRESET, help="name or folder; %(default)s by default")
    parser.add_argument("--run", help="run folder of a training, instead of a preset")
    parser.add_argument("--weights", default="best", help="of the run: best, last, or an epoch's number")
    parser.add_argument("--bench", type=Path, help="folder of pages with their truth")
    parser.add_argument("--rendered", type=int, default=24, help="rendered pages to measure; %(default)s by default")
    parser.add_argument("--turned", type=int, default=4, help="of these, pages that are turned; %(default)s by default")
    parser.add_argument("--seed", type=int, default=SEED, help="of the rendered pages; %(default)s by default")
    parser.add_argument("--fonts", nargs="*", metavar="PATH", help="font files and folders; those of the system and of fonts/ by default")
    parser.add_argument("--repeats", type=int, default=7, help="of each timing; %(default)s by default")
    args = parser.parse_args()
    if args.run:
        weights = int(args.weights) if args.weights.isdigit() else args.weights
        detector, name = TextDetector(load_network(args.run, weights)[0].fold()), f"{Path(args.run).name}, weights {weights}"
    else:
        detector, name = TextDetector.from_preset(args.preset), Path(args.preset).name
    faces = load_faces(find_fonts(args.fonts) if args.fonts else find_fonts() + find_fonts([FONTS]))
    print(f"{name}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {len(faces)} faces")
    print_speed(detector, faces, args.repeats)
    print_accuracy(detector, faces, args)


def print_speed(detector, faces, repeats):
    page, _, _ = render_numbered_page(SEED, 0, faces, draw_sentences(np.random.default_rng(SEED)), kind="contract", degradation="clean")
    page = cv2.resize(page, SCAN_PX[::-1], interpolation=cv2.INTER_AREA)
    timed = TextDetector(detector.network, short_side_px=SIZE_PX[1])
    small = scale_page(page, page_scale(*page.shape[:2], SIZE_PX[1]))
    maps = timed.predict_maps(small)
    larger = TextDetector(PAN("resnet18", folded=True))

    def large():
        return larger.predict_maps(small)

    rows = {
        f"{detector.network.backbone}: page in to boxes out": (lambda: timed(page), 250),
        f"{detector.network.backbone}: of which the network": (lambda: timed.predict_maps(small), None),
        f"{detector.network.backbone}: of which maps to boxes": (lambda: timed.decode(maps, 1.0), None),
        "resnet18, untrained: the network": (large, 1700),
    }
    seen = timed(page)
    if seen.characters is not None:
        name = f"{detector.network.backbone}: characters brought to the ink, beside that"
        rows[name] = (lambda: fit_characters(page, seen.quads, seen.characters), None)
    print(f"\npage of {SCAN_PX[0]}×{SCAN_PX[1]} px, seen at {small.shape[0]}×{small.shape[1]} px, {len(seen.quads)} texts found\n")
    print("| what | target ms | median ms | least ms | median CPU ms | least CPU ms |\n|---|---|---|---|---|---|")
    for name, (function, target) in rows.items():
        times = measure(function, repeats if function != large else max(3, repeats // 2))
        median, least = times.median(), times.least()
        figures = " | ".join(f"{1e3 * seconds:,.1f}" for seconds in (median.wall, least.wall, median.processor, least.processor))
        print(f"| {name} | {target or ''} | {figures} |", flush=True)


def print_accuracy(detector, faces, args):
    pairs = defaultdict(list)  # subset → (truth, prediction) pages
    directed = getattr(detector.decoder, "directed", False)
    for index in range(args.rendered):
        image, truth = render_page(args.seed, index, faces)
        pairs["rendered"].append((truth, detector.detect_page(image)))
    if args.bench:
        score = load(args.bench / "score.py")
        for page in score.load_gt(str(args.bench / "gt")).values():
            pair = read_truth(page), detector.detect_page(args.bench / page["image"])
            for subset in score.subsets(page):
                if subset in ("clean", "degraded", "real_photo") or subset.startswith("degraded/"):
                    pairs[subset].append(pair)
    columns = ["precision@0.5", "recall@0.5", "hmean@0.5", "precision@0.7", "recall@0.7", "hmean@0.7"]
    names = ["P@0.5", "R@0.5", "F@0.5", "P@0.7", "R@0.7", "F@0.7"]
    print(f"\n| pages | number | texts | {' | '.join(names)} | IoU of matches | single digits found | splits | merges |")
    print("|---" * (len(columns) + 7) + "|")
    for subset in sorted(pairs, key=lambda name: (name != "rendered", name)):
        scores = measure_detection(pairs[subset])
        iou, found, digits = measure_matches(pairs[subset])
        figures = [subset, scores["pages"], scores["texts"], *(f"{scores[column]:.3f}" for column in columns), f"{iou:.3f}"]
        figures += [f"{found} of {digits}" if digits else "–", scores["splits"], scores["merges"]]
        print(f"| {' | '.join(map(str, figures))} |", flush=True)
    if any(page.characters is not None for _, page in pairs["rendered"]):
        recall, precision, by_kind, lost = measure_characters(pairs["rendered"])
        shown = ", ".join(f"{kind} {found / max(there, 1):.3f} of {there:,}" for kind, (found, there) in by_kind.items())
        print(f"\nCharacters at IoU 0.5: recall {recall:.3f} ({shown}), precision {precision:.3f}; {lost:.3f} lie in no text found.")
    if directed:
        shares = [measure_direction(detector, faces, args, turns) for turns in range(4)]
        shown = ", ".join(f"{share:.3f} of {count} at {90 * turns}°" for turns, (share, count) in enumerate(shares))
        print(f"\nDirection right, of the texts matched at IoU 0.5: {shown}.")
    if hasattr(detector.decoder, "inset_px"):
        across, along = measure_overhang(pairs["rendered"], detector.short_side_px)
        inset_px = detector.decoder.inset_px
        print(f"\nWith inset_px {inset_px}, quads of rendered texts stand out by {across:.2f} px above and below and {along:.2f} px")
        print(f"at the ends (medians, pixels as the network sees them); {inset_px + across:.2f} would leave nothing above and below.")


def render_page(seed, index, faces):
    """A rendered page of that number and its segments."""
    image, truth, _ = render_numbered_page(seed, index, faces, draw_sentences(np.random.default_rng([seed, index])))
    return image, segments(truth)


def measure_characters(pairs):
    """Recall and precision of single characters at an IoU of 0.5, one to one, spaces apart, `{kind: (found, there)}`, and the share that
    lies in no text found, not half of it: these are missed with their texts.

    The truth is the ink of each: of a full stop two or three pixels, as the network sees it."""
    hits, found, kinds, lost = [], 0, [], 0
    for truth, prediction in pairs:
        rows = [row for row, text in enumerate(truth.texts) if text is not None]
        nothing = np.zeros((0, 4, 2), np.float32)
        kept = [truth.characters[row].quads[[not letter.isspace() for letter in truth.texts[row]]] for row in rows]
        quads, seen = np.concatenate([nothing, *kept]), np.concatenate([nothing, *(one.quads for one in prediction.characters)])
        pages = [Page(None, truth.size, some, ["가"] * len(some)) for some in (quads, seen)]
        hits, found = [*hits, *(match_rows(*pages) >= 0)], found + len(seen)
        lost += int((quad_intersections(quads, prediction.quads).max(axis=1, initial=0) < polygon_areas(quads) / 2).sum())
        kinds += [kind_of(letter) for row in rows for letter in truth.texts[row] if not letter.isspace()]
    hits, kinds = np.array(hits, bool), np.array(kinds)
    by_kind = {kind: (int(hits[kinds == kind].sum()), int((kinds == kind).sum())) for kind in ("Hangul", "figures", "letters", "marks")}
    return hits.sum() / max(len(hits), 1), hits.sum() / max(found, 1), by_kind, lost / max(len(hits), 1)


def kind_of(letter):
    if "가" <= letter <= "힣":
        return "Hangul"
    return "figures" if letter.isdigit() else "letters" if letter.isalpha() else "marks"


def measure_direction(detector, faces, args, turns):
    """The share of matched texts that begin at their own first corner, on pages turned by quarters, and how many were matched."""
    right = matched = 0
    for index in range(min(args.turned, args.rendered)):
        image, truth = render_page(args.seed, index, faces)
        truth = turn_page(truth, turns)
        prediction = detector.detect_page(np.ascontiguousarray(np.rot90(image, turns)))
        rows = match_rows(truth, prediction)
        hit = np.flatnonzero(rows >= 0)
        along, other = (quads[:, 1] - quads[:, 0] for quads in (truth.quads[hit], prediction.quads[rows[hit]]))
        lengths = np.linalg.norm(along, axis=1) * np.linalg.norm(other, axis=1)
        right, matched = right + int(((along * other).sum(axis=1) > 0.7 * lengths).sum()), matched + len(hit)
    return right / max(matched, 1), matched


def measure_overhang(pairs, short_side_px):
    """Half of what the matched quads are higher and longer than the truth, medians, in pixels as the network sees pages at first."""
    differences = [np.zeros((0, 2))]
    for truth, prediction in pairs:
        rows = match_rows(truth, prediction)
        hit = np.flatnonzero(rows >= 0)
        larger = np.sort(quad_sizes(prediction.quads[rows[hit]]), axis=1) - np.sort(quad_sizes(truth.quads[hit]), axis=1)
        differences.append(larger / 2 * page_scale(*truth.size, short_side_px))
    return np.median(np.concatenate(differences), axis=0)


def read_truth(page):
    """A page of the bench: its lines as texts, its regions to ignore as unreadable ones."""
    polygons = [line["polygon"] for line in page["lines"]] + page.get("ignore", [])
    quads = [points if len(points) == 4 else cv2.boxPoints(cv2.minAreaRect(np.array(points, np.float32))) for points in polygons]
    texts = [line["text"] for line in page["lines"]] + [None] * len(page.get("ignore", []))
    return Page(page["image"], (page["height"], page["width"]), np.array(quads, np.float32).reshape(-1, 4, 2), texts)


def measure_matches(pairs):
    """Mean IoU of the matches at 0.5, texts of one digit that were matched, and all of them."""
    ious, found, digits = [], 0, 0
    for truth, prediction in pairs:
        rows = match_rows(truth, prediction)
        hit = np.flatnonzero(rows >= 0)
        ious += list(quad_ious(truth.quads[hit], prediction.quads[rows[hit]]).diagonal())
        is_digit = np.array([text is not None and len(text.strip()) == 1 and text.strip().isdigit() for text in truth.texts], bool)
        digits += int(is_digit.sum())
        found += int((rows[is_digit] >= 0).sum())
    return float(np.mean(ious)) if ious else 0.0, found, digits


if __name__ == "__main__":
    main()
