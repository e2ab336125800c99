"""Evaluating a reader or a detector of pages: Page against Page, sliced, with pictures of the worst pages."""

from itertools import islice

import numpy as np
from PIL import Image, ImageDraw

from ocr_crnn.evaluation import detection, end_to_end
from ocr_crnn.evaluation.detection import is_dont_care, match_rows, measure_detection
from ocr_crnn.evaluation.end_to_end import measure_end_to_end
from ocr_crnn.evaluation.lines import read_batch, slice_keys
from ocr_crnn.evaluation.report import Example, Report
from ocr_crnn.evaluation.text import measure_by

DETECTION_HEADLINE = ("texts", "precision@0.5", "recall@0.5", "hmean@0.5", "hmean@0.7", "char_hmean", "splits", "merges")
READING_HEADLINE = ("texts", "hmean@0.5", "char_hmean", "e2e_hmean@0.5", "bow_f1", "page_cer", "line_cer", "exact_lines")
PICTURE_SIZE_PX = 1200
COLORS = {"found": (30, 150, 60), "missed": (220, 30, 30), "false": (240, 140, 0), "don't care": (130, 130, 130)}


def evaluate_pages(read, samples, title="Pages", batch_size=4, worst=12, max_slices=20):
    """Read the samples and measure what was found → Report.

    read: a function of a list of page images that returns a Page for each; pages without any text are those of a
        detector, and then only boxes and characters found are measured.
    samples: an iterable of (image, truth Page, attributes), image uint8 `(height, width, 3)`, attributes a dict whose
        values make the slices (kind of page, degradation). An image that is None (its file cannot be read) is left out, and the
        report says how many.
    worst: so many pages with the lowest hmean at IoU 0.5 become pictures: found green, missed red, false orange.
    """
    samples = iter(samples)
    page_pairs, attributes, hardest, unread = [], [], [], 0
    while batch := list(islice(samples, batch_size)):
        unread += sum(image is None for image, _, _ in batch)
        batch = [sample for sample in batch if sample[0] is not None]
        if not batch:
            continue
        for (image, truth, known), prediction in zip(batch, read_batch(read, [image for image, _, _ in batch]), strict=True):
            hmean = measure_detection([(truth, prediction)], min_ious=(0.5,))["hmean@0.5"]
            hardest.append((hmean, len(page_pairs), shrink(image) if hmean < 1 else None, image.shape[1]))
            hardest = sorted(hardest, key=lambda entry: entry[:2])[:worst]
            page_pairs.append((truth, prediction))
            attributes.append(known or {})
    reads = any(text for _, prediction in page_pairs for text in prediction.texts)
    measure = _measure_reading if reads else measure_detection
    return Report(
        title,
        measure(page_pairs),
        detection.DEFINITIONS | end_to_end.DEFINITIONS,
        READING_HEADLINE if reads else DETECTION_HEADLINE,
        slices={name: measure_by(page_pairs, keys, measure) for name, keys in slice_keys(attributes, max_slices).items()},
        rows=[
            {"image": truth.image_path or ""} | known | measure([(truth, prediction)])
            for (truth, prediction), known in zip(page_pairs, attributes, strict=True)
        ],
        examples=[_example(image, width, *page_pairs[index], hmean) for hmean, index, image, width in hardest if image is not None],
        notes=[f"{unread:,} samples without a readable image were left out."] if unread else [],
    )


def draw_page(image, truth, prediction, scale=1.0, min_iou=0.5):
    """The page image, uint8 `(height, width, 3)`, with its quads in COLORS: scale is image pixels per page pixel."""
    matched = match_rows(truth, prediction, min_iou)
    careless = is_dont_care(truth)
    hit = np.isin(np.arange(len(prediction)), matched)
    groups = {"don't care": truth.quads[careless], "found": prediction.quads[hit], "false": prediction.quads[~hit]}
    picture = Image.fromarray(np.asarray(image, np.uint8)).convert("RGB")
    canvas = ImageDraw.Draw(picture)
    for name, quads in (groups | {"missed": truth.quads[(matched < 0) & ~careless]}).items():
        for quad in quads:
            canvas.polygon([tuple(corner) for corner in (quad * scale).tolist()], outline=COLORS[name], width=2)
    return np.asarray(picture)


def shrink(image):
    """The image with its longer side at most PICTURE_SIZE_PX."""
    picture = Image.fromarray(np.asarray(image, np.uint8))
    picture.thumbnail((PICTURE_SIZE_PX, PICTURE_SIZE_PX))
    return np.asarray(picture)


def _example(image, width, truth, prediction, hmean):
    picture = draw_page(image, truth, prediction, scale=image.shape[1] / width)
    return Example(picture, f"{truth.image_path or '(in memory)'}\nhmean@0.5 {hmean:.3f} · found green, missed red, false orange")


def _measure_reading(page_pairs):
    return measure_detection(page_pairs) | measure_end_to_end(page_pairs)
