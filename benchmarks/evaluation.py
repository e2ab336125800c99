"""What measuring costs: overlaps of rotated quads, detection scores of dense pages, text measures of a test set.

Processor time, so that other work on the machine does not count; the smallest of five runs. Peers that are installed beside
the package are measured on the same input: shapely (pairs from its STRtree), and CLEval's published evaluation where
`cleval`, `Polygon3` and `numba` can be imported.
"""

import os
import sys
import types

import editdistance
import numpy as np
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table
from timing import measure

from ocr_crnn.evaluation.detection import measure_detection
from ocr_crnn.evaluation.text import count_confusions, count_distance, measure_text
from ocr_crnn.geometry import quad_intersections, quad_ious
from ocr_crnn.page import Page


def main():
    rng = np.random.default_rng(0)
    table = Table("what", "size", "s", "peer", "s", title=f"evaluation, {os.cpu_count()} cores, processor time, best of 5")
    for count in (600, 2000):
        truth, found = word_page(rng, count)
        seconds = best_time(lambda truth=truth, found=found: quad_ious(truth.quads, found.quads))
        peer = shapely_time(truth, found)
        table.add_row("IoU of rotated quads", f"{count} × {count}", f"{seconds:.3f}", "shapely", peer)
        seconds = best_time(lambda truth=truth, found=found: measure_detection([(truth, found)]))
        table.add_row("IoU 0.5, 0.7 and characters", f"{count} words", f"{seconds:.3f}", "CLEval characters", cleval_time(truth, found))
    pairs = line_pairs(rng, 20_000)
    table.add_row("every text measure", "20,000 lines", f"{best_time(lambda: measure_text(pairs)):.3f}", "", "")
    table.add_row("confusions", "20,000 lines", f"{best_time(lambda: count_confusions(pairs)):.3f}", "", "")
    distances = {"edit distance": count_distance, "rapidfuzz alone": Levenshtein.distance, "editdistance": editdistance.eval}
    seconds = {name: best_time(lambda d=d: [d(*pair) for pair in pairs]) for name, d in distances.items()}
    for name in ("edit distance", "rapidfuzz alone"):
        table.add_row(name, "20,000 lines", f"{seconds[name]:.3f}", "editdistance", f"{seconds['editdistance']:.3f}")
    Console().print(table)


def word_page(rng, count):
    """Words in rows of a page turned by 2°, and the same words found with 2 px of noise, one in ten missing or cut in half."""
    columns = 25
    place = np.stack([np.arange(count) % columns * 100.0, np.arange(count) // columns * 45.0], axis=1)
    width = rng.uniform(40, 95, count)
    corners = place[:, None] + np.stack([np.array([[0, 0], [w, 0], [w, 30], [0, 30]]) for w in width])
    turn = np.array([[np.cos(0.035), np.sin(0.035)], [-np.sin(0.035), np.cos(0.035)]])
    corners = corners @ turn
    found = corners[rng.random(count) > 0.1] + rng.normal(0, 2, (1, 4, 2))
    middle = (found[::10, [0, 3]] + found[::10, [1, 2]]) / 2
    halves = np.stack([found[::10, 0], middle[:, 0], middle[:, 1], found[::10, 3]], axis=1)
    quads = np.concatenate([found, halves])
    truth = Page(None, (4000, 3000), corners, ["가" * round(w / 20) for w in width])
    return truth, Page(None, (4000, 3000), quads, [None] * len(quads))


def line_pairs(rng, count):
    """Lines of 5 to 50 characters with a space in five, and the same with one character in fifty changed."""
    pairs = []
    for length in rng.integers(5, 50, count):
        codes = np.where(rng.random(length) < 0.2, 0x20, rng.integers(0xAC00, 0xD7A4, length))
        read = np.where(rng.random(length) < 0.02, rng.integers(0xAC00, 0xD7A4, length), codes)
        pairs.append(("".join(map(chr, codes)), "".join(map(chr, read))))
    return pairs


def best_time(work, runs=5):
    return measure(work, runs, warm_ups=0).least().processor


def shapely_time(truth, found):
    """The same IoUs by shapely; also compares the areas. "–" where it is not installed."""
    try:
        import shapely
    except ImportError:
        return "–"

    def work():
        a, b = shapely.polygons(truth.quads.astype(np.float64)), shapely.polygons(found.quads.astype(np.float64))
        rows, columns = shapely.STRtree(b).query(a)
        shared = shapely.area(shapely.intersection(a[rows], b[columns]))
        return rows, columns, shared, shared / (shapely.area(a[rows]) + shapely.area(b[columns]) - shared)

    rows, columns, shared, _ = work()
    difference = np.abs(quad_intersections(truth.quads, found.quads)[rows, columns] - shared).max()
    return f"{best_time(work):.3f} (areas differ by ≤ {difference:.0e} px²)"


def cleval_time(truth, found):
    """CLEval's character scores of the same page; also compares the hmean. "–" where it is not installed."""
    sys.modules.setdefault("cleval.torchmetric", types.SimpleNamespace(CLEvalMetric=None))  # only its PyTorch wrapper needs torch
    try:
        from cleval.box_types import QUAD
        from cleval.data import calculate_rph
        from cleval.eval_functions import evaluation
    except ImportError:
        return "–"
    options = types.SimpleNamespace(
        CASE_SENSITIVE=True, VERTICAL_ASPECT_RATIO_THRESH=0.5, AREA_PRECISION_CONSTRAINT=0.3, PRECISION_GRANULARITY_PENALTY_WEIGHT=1.0,
        RECALL_GRANULARITY_PENALTY_WEIGHT=1.0, E2E=False, ORIENTATION=False, DUMP_SAMPLE_RESULT=False,
    )  # fmt: skip

    def work():
        texts = [QUAD(quad.reshape(-1).tolist(), 0.0, text) for quad, text in zip(truth.quads, truth.texts, strict=True)]
        boxes = [QUAD(quad.reshape(-1).tolist(), 0.0, "") for quad in found.quads]
        scores = evaluation(options, texts, boxes).stats.det
        calculate_rph(scores)
        return scores.hmean

    hmean = work()
    return f"{best_time(work, runs=1):.3f} (hmean {hmean:.4f}, ours {measure_detection([(truth, found)])['char_hmean']:.4f})"


if __name__ == "__main__":
    main()
