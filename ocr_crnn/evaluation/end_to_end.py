"""How well whole pages were read: words at their places, words anywhere, the text in reading order, and line by line."""

from collections import Counter

import numpy as np

from ocr_crnn.evaluation.counts import precision_recall_f
from ocr_crnn.evaluation.detection import (
    MIN_HORIZONTAL_ASPECT,
    MIN_SHARE_IN_DONT_CARE,
    count_boxes,
    is_dont_care,
    match_rows,
    quad_areas,
    share_in_dont_care,
)
from ocr_crnn.evaluation.text import measure_cer, measure_exact, remove_spaces, squash
from ocr_crnn.geometry import quad_intersections, quad_sizes

MIN_SHARE_IN_LINE = 0.5
LINE_MARGIN = 0.12

DEFINITIONS = {
    "pages": "number of pages compared",
    "e2e_precision@T": "share of the boxes found that match a text (IoU ≥ T, one to one) and read exactly that text (NFC, single spaces)",
    "e2e_recall@T": "share of the texts that were found and read exactly",
    "e2e_hmean@T": "harmonic mean of the two, end to end",
    "bow_precision": "share of the words read that the page has, as often as it has them, wherever they stand",
    "bow_recall": "share of the words of the page that were read, wherever they stand",
    "bow_f1": "harmonic mean of the two, bag of words",
    "page_cer": "character error rate of the whole text of a page in reading order, line breaks as spaces; pooled over pages",
    "page_cer_without_spaces": "the same after removing every space from both",
    "line_cer": "character error rate of lines: what was found in a line's area, in the line's direction, is its reading; pooled",
    "line_cer_without_spaces": "the same after removing every space from both",
    "exact_lines": "share of those lines without any error",
    "lines": "number of lines of the truth",
    "loose_characters": "characters read outside every line of the truth and outside don't-care texts",
}


def measure_end_to_end(page_pairs, min_iou=0.5):
    """The measures of `DEFINITIONS` over (truth Page, predicted Page) pairs, as a dict of numbers; T is `min_iou`."""
    totals, text_pairs, line_pairs = Counter(), [], []
    for truth, prediction in page_pairs:
        totals.update(_count_words(truth, prediction, min_iou) | _count_bag(truth.text, prediction.text))
        text_pairs.append((truth.text, prediction.text))
        pairs, loose = pair_lines(truth, prediction)
        line_pairs += pairs
        totals["loose"] += loose
    words = precision_recall_f(totals["hits"], totals["boxes"], totals["texts"])
    bag = precision_recall_f(totals["bag_hits"], totals["bag_read"], totals["bag_truth"])
    return {
        "pages": len(text_pairs),
        **{f"e2e_{name}@{min_iou}": figure for name, figure in zip(("precision", "recall", "hmean"), words, strict=True)},
        **dict(zip(("bow_precision", "bow_recall", "bow_f1"), bag, strict=True)),
        "page_cer": measure_cer(text_pairs),
        "page_cer_without_spaces": measure_cer(text_pairs, spaces=False),
        "line_cer": measure_cer(line_pairs),
        "line_cer_without_spaces": measure_cer(line_pairs, spaces=False),
        "exact_lines": measure_exact(line_pairs),
        "lines": len(line_pairs),
        "loose_characters": totals["loose"],
    }


def pair_lines(truth, prediction):
    """Pairs (text of a line of the truth, what was read there), and the number of characters read in no line.

    A predicted row belongs to the line that holds most of it, at least half of its area; the line's area is grown by 12 % of
    its height. Rows of one line are ordered along the line and joined by spaces. A line in which nothing was found pairs
    with "". The reading order of the page plays no part, and rows on don't-care texts are left out.
    """
    lines = [rows for block in truth.block_lines() for rows in block]
    texts = [" ".join(truth.texts[rows]) for rows in lines]
    quads, directions = _line_quads(truth, lines)
    ignored = share_in_dont_care(truth, prediction, quad_intersections(truth.quads, prediction.quads)) > MIN_SHARE_IN_DONT_CARE
    shares = quad_intersections(prediction.quads, quads) / np.maximum(quad_areas(prediction.quads), 1e-9)[:, None]  # (m, lines)
    centres = np.asarray(prediction.quads, np.float64).mean(axis=1)
    found, loose = [[] for _ in lines], 0
    for row in np.flatnonzero(~ignored):
        text = prediction.texts[row]
        line = int(shares[row].argmax()) if lines else -1
        if not text:
            continue
        if line >= 0 and shares[row, line] >= MIN_SHARE_IN_LINE:
            found[line].append((centres[row] @ directions[line], text))
        else:
            loose += len(remove_spaces(text))
    return [(text, " ".join(read for _, read in sorted(rows))) for text, rows in zip(texts, found, strict=True)], loose


def _count_words(truth, prediction, min_iou):
    rows = match_rows(truth, prediction, min_iou)
    counts = count_boxes(truth, prediction, rows, quad_intersections(truth.quads, prediction.quads))
    looked_for = np.flatnonzero(~is_dont_care(truth) & (rows >= 0))
    read = [squash(truth.texts[row]) == squash(prediction.texts[rows[row]] or "") for row in looked_for]
    return counts | {"hits": sum(read)}


def _count_bag(truth, prediction):
    truth, prediction = Counter(squash(truth).split()), Counter(squash(prediction).split())
    return {"bag_hits": (truth & prediction).total(), "bag_read": prediction.total(), "bag_truth": truth.total()}


def _line_quads(page, lines):
    """The rectangle around the rows of each line, grown by the margin, and its direction of reading: `(lines, 4, 2)`, `(lines, 2)`.

    The rectangle follows the row with the most characters; a quad more than twice as tall as wide is read downwards.
    """
    sizes = quad_sizes(page.quads)
    quads, directions = np.zeros((len(lines), 4, 2)), np.zeros((len(lines), 2))
    for index, rows in enumerate(lines):
        longest = max(rows, key=lambda row: len(page.texts[row]))
        quad = np.asarray(page.quads[longest], np.float64)
        along = quad[1] - quad[0] + quad[2] - quad[3]
        along /= max(np.linalg.norm(along), 1e-9)
        across = np.array([-along[1], along[0]])
        points = np.asarray(page.quads[rows], np.float64).reshape(-1, 2)
        (left, top), (right, bottom) = [select(np.stack([points @ along, points @ across], axis=1), axis=0) for select in (np.min, np.max)]
        horizontal = sizes[longest, 0] >= MIN_HORIZONTAL_ASPECT * sizes[longest, 1]
        margin = max(1.0, LINE_MARGIN * (bottom - top if horizontal else right - left))
        left, top, right, bottom = left - margin, top - margin, right + margin, bottom + margin
        quads[index] = [x * along + y * across for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))]
        directions[index] = along if horizontal else across
    return quads, directions
