"""Evaluating a reader of lines: read every sample, measure, slice, and keep the worst lines with their pictures."""

import heapq
from itertools import islice

from ocr_crnn.evaluation.report import Example, Report
from ocr_crnn.evaluation.text import DEFINITIONS, count_confusions, count_distance, length_bucket, measure_by, measure_text

HEADLINE = ("lines", "cer", "cer_without_spaces", "wer", "jamo_cer", "one_minus_ned", "exact_lines", "spacing_f1")


def evaluate_lines(predict, samples, title="Lines", batch_size=64, worst=50, max_slices=20):
    """Read the samples and measure the readings → Report.

    predict: a function of a list of images that returns their texts, in order; None or "" for a line it cannot read.
    samples: an iterable of (image, truth, attributes), taken batch by batch: image as `predict` wants it, uint8
        `(height, width[, 1 or 3])` for the pictures of the report; attributes a dict, whose values make the slices
        (font, type, degradation). A truth that is None (nobody can read it) and an image that is None (its file cannot
        be opened) are left out, and the report says how many.
    worst: so many lines with the largest edit distance are kept as examples. max_slices: an attribute with more values
        than this, a file name for one, makes no slices.
    """
    samples = iter(samples)
    rows, attributes, hardest, left_out = [], [], [], {"without a readable truth": 0, "without a readable image": 0}
    while batch := list(islice(samples, batch_size)):
        left_out["without a readable truth"] += sum(truth is None for _, truth, _ in batch)
        left_out["without a readable image"] += sum(truth is not None and image is None for image, truth, _ in batch)
        batch = [sample for sample in batch if sample[0] is not None and sample[1] is not None]
        readings = read_batch(predict, [image for image, _, _ in batch]) if batch else []
        for (image, truth, known), reading in zip(batch, readings, strict=True):
            distance = count_distance(truth, reading)
            if distance:
                heapq.heappush(hardest, (distance, -len(rows), image))
                if len(hardest) > worst:
                    heapq.heappop(hardest)
            rows.append({"truth": truth, "read": reading or "", "distance": distance})
            attributes.append(known or {})
    pairs = [(row["truth"], row["read"]) for row in rows]
    slicings = {"length": [length_bucket(truth) for truth, _ in pairs]} | slice_keys(attributes, max_slices)
    hardest.sort(key=lambda entry: (-entry[0], -entry[1]))
    return Report(
        title,
        measure_text(pairs),
        DEFINITIONS,
        HEADLINE,
        slices={name: measure_by(pairs, keys) for name, keys in slicings.items()},
        rows=[row | known for row, known in zip(rows, attributes, strict=True)],
        confusions=count_confusions(pairs),
        examples=[Example(image, _caption(rows[-index], attributes[-index])) for _, index, image in hardest],
        notes=[f"{number:,} samples {what} were left out." for what, number in left_out.items() if number],
    )


def read_batch(read, images):
    """The readings of a batch, one an image. Raises ValueError where the reader returns another number."""
    readings = list(read(images))
    if len(readings) != len(images):
        raise ValueError(f"A reader returns one reading an image. Received: {len(readings)} readings of {len(images)} images.")
    return readings


def slice_keys(attributes, max_slices):
    """{name: the value of each sample} of the attributes that are worth slicing by: 2 to `max_slices` plain values.

    attributes: one dict a sample; a sample without the attribute has the value None.
    """
    slicings = {}
    for name in dict.fromkeys(name for known in attributes for name in known):
        values = [known.get(name) for known in attributes]
        plain = all(value is None or isinstance(value, (str, int, bool)) for value in values)
        if plain and 2 <= len(set(values)) <= max_slices:
            slicings[name] = values
    return slicings


def _caption(row, attributes):
    known = ", ".join(f"{name} {value}" for name, value in attributes.items() if isinstance(value, (str, int, float)))
    return f"GT {row['truth']}\nRT {row['read']}\ndistance {row['distance']}" + (f" · {known}" if known else "")
