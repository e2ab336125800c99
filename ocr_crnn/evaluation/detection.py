"""How well texts were found: boxes one to one at an IoU, and characters by their centres, Page against Page.

A row of the truth whose text is None is don't care: it is not looked for, and what was found on it counts neither for
nor against. All counts are summed over the pages before a share is taken.
"""

from collections import Counter

import numpy as np

from ocr_crnn.evaluation.counts import harmonic_mean, precision_recall_f, share
from ocr_crnn.evaluation.text import squash
from ocr_crnn.geometry import convex_quads, polygon_areas, quad_intersections, quad_sizes

MIN_SHARE_IN_DONT_CARE = 0.5
MIN_AREA_PRECISION = 0.3
MIN_HORIZONTAL_ASPECT = 0.5
MAX_FALSE_CHARACTERS = 10

DEFINITIONS = {
    "pages": "number of pages compared",
    "texts": "number of readable texts of the truth",
    "boxes": "number of boxes found, without those on don't-care texts",
    "precision@T": "share of the boxes that match a text: IoU ≥ T, one to one, best IoU first",
    "recall@T": "share of the texts that a box matches",
    "hmean@T": "harmonic mean of the two",
    "char_precision": "characters found, less one for each further text in one box, over those covered by boxes and false ones (CLEval)",
    "char_recall": "characters found, less one for each further box on one text, over characters of the truth (CLEval)",
    "char_hmean": "harmonic mean of the two",
    "splits": "texts found in more than one box",
    "merges": "boxes that hold more than one text",
    "repeated_characters": "character centres covered by a second box",
}


def measure_detection(page_pairs, min_ious=(0.5, 0.7)):
    """The measures of `DEFINITIONS` over (truth Page, predicted Page) pairs, as a dict of numbers; T is each of `min_ious`."""
    pages, totals = 0, Counter()
    for truth, prediction in page_pairs:
        pages += 1
        shared = quad_intersections(truth.quads, prediction.quads)
        totals.update(_count_characters(truth, prediction, shared))
        for min_iou in min_ious:
            rows = _match(_ious(shared, truth, prediction), min_iou)
            totals.update({f"{key}@{min_iou}": count for key, count in count_boxes(truth, prediction, rows, shared).items()})
    return _scores(pages, totals, min_ious)


def match_rows(truth, prediction, min_iou=0.5):
    """For each row of the truth the row of the prediction that it is matched with, or −1 → int `(n,)`.

    One to one, pairs in the order of falling IoU (ICDAR takes them as they come in the file), ties by row. Don't-care rows
    take part, so that a box on one of them is not free for its neighbour.
    """
    return _match(_ious(quad_intersections(truth.quads, prediction.quads), truth, prediction), min_iou)


def is_dont_care(page):
    """Rows nobody is asked to find, bool `(n,)`: texts that are None, and quads without area, which nothing can match."""
    return np.array([text is None for text in page.texts], bool) | ~(quad_areas(page.quads) > 0)


def quad_areas(quads):
    return polygon_areas(convex_quads(quads))


def share_in_dont_care(truth, prediction, shared):
    """The largest share of each predicted quad that lies in one don't-care quad → `(m,)`. shared: areas `(n, m)`."""
    if not len(truth):
        return np.zeros(len(prediction))
    areas = np.where(is_dont_care(truth)[:, None], shared, 0.0).max(axis=0)
    return _divide(areas, quad_areas(prediction.quads))


def count_boxes(truth, prediction, rows, shared):
    """hits, boxes and texts of one page, given its matched rows `(n,)` and shared areas `(n, m)`.

    A box matched with a don't-care text, or left over with more than half of its area in one, is not counted.
    """
    careless = is_dont_care(truth)
    ignored = share_in_dont_care(truth, prediction, shared) > MIN_SHARE_IN_DONT_CARE
    ignored[rows[~careless & (rows >= 0)]] = False
    ignored[rows[careless & (rows >= 0)]] = True
    return {"hits": int((~careless & (rows >= 0)).sum()), "boxes": int((~ignored).sum()), "texts": int((~careless).sum())}


def character_centres(page):
    """Where the characters of each text are taken to be → float64 `(characters, 2)` and the row of each, int `(characters,)`.

    The middle line of the quad is cut into as many equal parts as the text has characters; their middles are the pseudo
    character centres of CLEval. A quad more than twice as tall as wide is read downwards. Spaces have no centre here (CLEval
    counts them), so that words and lines can be compared. Don't-care rows have none.
    """
    quads = np.asarray(page.quads, np.float64)
    sizes, careless = quad_sizes(page.quads), is_dont_care(page)
    centres, owners = [], []
    for row in np.flatnonzero(~careless):
        text, quad = squash(page.texts[row]), quads[row]
        places = np.array([(i + 0.5) / len(text) for i, character in enumerate(text) if character != " "])
        if sizes[row, 0] >= MIN_HORIZONTAL_ASPECT * sizes[row, 1]:
            start, end = (quad[0] + quad[3]) / 2, (quad[1] + quad[2]) / 2
        else:
            start, end = (quad[0] + quad[1]) / 2, (quad[2] + quad[3]) / 2
        centres.append(start + places.reshape(-1, 1) * (end - start))
        owners.append(np.full(len(places), row))
    if not centres:
        return np.zeros((0, 2)), np.zeros(0, np.int64)
    return np.concatenate(centres), np.concatenate(owners)


def _count_characters(truth, prediction, shared):
    """Counts of the character measure of one page. Source: Baek et al., CLEval (2020), and the published evaluation's thresholds.

    A box and a text belong together if the box covers at least one centre of the text and 0.3 of the box's area is the
    text's; or if the box covers centres of several texts that make up 0.3 of it together. Centres in boxes that do not
    belong to the text do not count. A box without any text counts as round(0.5 + height ÷ width) ≤ 10 false characters.
    Deviations: spaces (see `character_centres`); a box is set aside if 0.3 of it is don't care and it covers no centre
    of a readable text, where the original first cuts the readable texts out of the don't-care areas.
    """
    centres, owners = character_centres(truth)
    of_centre, of_box = _covered(centres, owners, prediction, shared)
    covered = np.zeros(shared.shape, np.int64)
    np.add.at(covered, (owners[of_centre], of_box), 1)

    precision = _divide(shared, quad_areas(prediction.quads)[None])
    linked = (covered > 0) & (precision >= MIN_AREA_PRECISION)
    several = ((covered > 0).sum(axis=0) >= 2) & (np.where(covered > 0, precision, 0).sum(axis=0) >= MIN_AREA_PRECISION)
    belongs = linked | (several & (covered > 0))

    counted = belongs[owners[of_centre], of_box]
    found = len(np.unique(of_centre[counted]))
    boxes_of_text, texts_of_box = belongs.sum(axis=1), belongs.sum(axis=0)
    in_dont_care = precision[is_dont_care(truth)].sum(axis=0) >= MIN_AREA_PRECISION
    false_boxes = (texts_of_box == 0) & ~(in_dont_care & (covered.sum(axis=0) == 0))
    width, height = quad_sizes(prediction.quads)[false_boxes].astype(np.float64).T
    false_characters = np.minimum(np.round(0.5 + 1 / (1e-5 + (width + 1e-5) / (height + 1e-5))), MAX_FALSE_CHARACTERS)
    return {
        "characters": len(centres),
        "found": found,
        "claimed": int(counted.sum() + false_characters.sum()),
        "further_boxes": int(np.maximum(boxes_of_text - 1, 0).sum()),
        "further_texts": int(np.maximum(texts_of_box - 1, 0).sum()),
        "splits": int((boxes_of_text > 1).sum()),
        "merges": int((texts_of_box > 1).sum()),
        "repeated_characters": int(counted.sum()) - found,
    }


def _covered(centres, owners, prediction, shared):
    """Which centres lie in which boxes → (centre indices, box indices), looking only where text and box overlap."""
    counts = np.bincount(owners, minlength=len(shared))
    starts = np.cumsum(counts) - counts
    rows, columns = np.nonzero(shared > 0)
    of_box = np.repeat(columns, counts[rows])
    of_centre = np.repeat(starts[rows] - (np.cumsum(counts[rows]) - counts[rows]), counts[rows]) + np.arange(len(of_box))
    corners = convex_quads(prediction.quads)[of_box]  # (pairs, 4, 2)
    sides, offsets = np.roll(corners, -1, axis=1) - corners, centres[of_centre][:, None] - corners
    inside = (sides[..., 0] * offsets[..., 1] - sides[..., 1] * offsets[..., 0] >= 0).all(axis=1)
    return of_centre[inside], of_box[inside]


def _scores(pages, totals, min_ious):
    first = min_ious[0] if min_ious else None
    scores = {"pages": pages, "texts": totals[f"texts@{first}"], "boxes": totals[f"boxes@{first}"]}
    for min_iou in min_ious:
        figures = precision_recall_f(totals[f"hits@{min_iou}"], totals[f"boxes@{min_iou}"], totals[f"texts@{min_iou}"])
        scores |= {f"{name}@{min_iou}": figure for name, figure in zip(("precision", "recall", "hmean"), figures, strict=True)}
    precision = share(max(0, totals["found"] - totals["further_texts"]), totals["claimed"], totals["characters"])
    recall = share(max(0, totals["found"] - totals["further_boxes"]), totals["characters"], totals["claimed"])
    scores |= {"char_precision": precision, "char_recall": recall, "char_hmean": harmonic_mean(precision, recall)}
    return scores | {key: totals[key] for key in ("splits", "merges", "repeated_characters")}


def _match(ious, min_iou):
    rows, columns = np.nonzero(ious >= min_iou)
    matched, taken = np.full(ious.shape[0], -1), np.zeros(ious.shape[1], bool)
    for index in np.lexsort((columns, rows, -ious[rows, columns])):
        if matched[rows[index]] < 0 and not taken[columns[index]]:
            matched[rows[index]] = columns[index]
            taken[columns[index]] = True
    return matched


def _ious(shared, truth, prediction):
    return _divide(shared, quad_areas(truth.quads)[:, None] + quad_areas(prediction.quads) - shared)


def _divide(shares, wholes):
    """shares ÷ wholes, 0 where there is nothing shared."""
    return np.divide(shares, wholes, out=np.zeros_like(shares), where=shares > 0)
