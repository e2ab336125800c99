"""Images of lines without labels as a source of training, and batches of labelled lines with two views of unlabelled ones beside them."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from ocr_crnn.data.line_variation import vary_line
from ocr_crnn.data.validation import ValidationReport
from ocr_crnn.images import UnreadableError, read_images
from ocr_crnn.images.finding import find_files
from ocr_crnn.ops.lines import fit_line_width, resize_line, stack_lines
from ocr_crnn.training import line_batches
from ocr_crnn.training.line_batches import GROUP_BATCHES, draw_group

WIDEST = 4096  # pixels of a line: a file of 2 kB may be a million wide
SHIFT_PX = 1.0  # of the weak view, up or down
MOST_TRUTH = 1 << 16  # bytes of a text beside an image


class UnlabelledLines:
    """The images of lines in folders, patterns or files, brought to the height; a source as training/line_batches.py takes it.

    All are read once in the beginning; those beyond `cache_bytes` are read again each time. What is no line that can be learnt from is left
    out: `.report` tells what and why. frames_for_width: the network's; a line of no frames is too wide for it.
    Raises FileNotFoundError for a path that matches nothing, ValueError where no line is left.
    """

    withheld, easy_groups = "", 0

    def __init__(self, paths, codec, frames_for_width, seed=0, height=32, cache_bytes=4 << 30):
        self.codec, self.frames_for_width, self.seed, self.height = codec, frames_for_width, seed, height
        self.report, skipped = ValidationReport(), []
        found = find_files(paths, recursive=True, skipped=skipped)
        for path in skipped:
            if path.suffix.lower() != ".txt":  # a text beside an image is its truth
                self.report.add("no_file", path, "no image")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            lines = list(pool.map(self._read_or_report, found))
        self.paths = [path for path, line in zip(found, lines, strict=True) if line is not None]
        lines = [line for line in lines if line is not None]
        ends = np.cumsum([line.size for line in lines], dtype=np.int64)
        self._held = lines[: int(np.searchsorted(ends, cache_bytes, "right"))]
        self.report.facts["unlabelled_lines"] = len(self.paths)
        if not self.paths:
            raise ValueError(
                f"At least one image of a line is learnt from without a label. Received: {', '.join(map(str, paths))}, of which none of "
                f"{len(found)} images is usable:\n{self.report}\nName a folder of images of lines."
            )

    def __len__(self):
        return len(self.paths)

    def _read_or_report(self, path):
        """The line of a file, or None."""
        try:
            image = next(read_images(path)).pixels
        except (UnreadableError, OSError, StopIteration) as error:
            self.report.add("image_unreadable", path, error)
            return None
        width = fit_line_width(*image.shape[:2], self.height)
        if width > WIDEST or not self.frames_for_width(width):
            self.report.add("too_wide", path, f"{width} px")
            return None
        return resize_line(image, self.height)

    def line(self, number):
        """uint8 `(height, width)` of a line by its number. Raises OSError where its file has gone since the beginning."""
        if number < len(self._held):
            return self._held[number]
        line = self._read_or_report(self.paths[number])
        if line is None:
            raise OSError(f"Images of lines stay as they are while they are learnt from. Received: {self.paths[number]}, unreadable now")
        return line

    def draw_line(self, rng, easy=False):
        return self.line(int(rng.integers(len(self)))), ""

    def known(self, most):
        """`[(image, text)]` of the first lines beside which lies a .txt of their name: to measure, never to learn from."""
        texts = ((number, _read_truth(path)) for number, path in enumerate(self.paths))
        found = [(number, text) for number, text in texts if text is not None][:most]
        return [(self.line(number), text) for number, text in found]


def _read_truth(path):
    beside = Path(path).with_suffix(".txt")
    try:
        return beside.read_bytes()[:MOST_TRUTH].decode("utf-8").strip() or None if beside.is_file() else None
    except (OSError, UnicodeDecodeError):
        return None


def weak_view(rng, image):
    """The line itself, moved up or down by at most a pixel: uint8 `(height, width)` of the same size."""
    move = np.array([[1, 0, 0], [0, 1, rng.uniform(-SHIFT_PX, SHIFT_PX)]], np.float32)
    return cv2.warpAffine(image, move, image.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def draw_views(rng, lines, frames_for_width):
    """Weak and strong views of lines, as `weak_image`, `weak_width`, `strong_image`, `strong_width`. The strong one cuts no character."""
    views = {"weak": [weak_view(rng, line) for line in lines], "strong": [vary_line(rng, line) for line in lines]}
    # What no longer fits into the network stays as it is.
    views["strong"] = [
        strong if frames_for_width(strong.shape[1]) else weak for weak, strong in zip(views["weak"], views["strong"], strict=True)
    ]
    stacked = {view: stack_lines(images) for view, images in views.items()}
    return {f"{view}_{part}": array for view, arrays in stacked.items() for part, array in zip(("image", "width"), arrays, strict=True)}


def iterate_batches(labelled, unlabelled, columns, ratio=1.0, steps=1, first=0):
    """Endless batches from number `first` on: `columns` of labelled lines and `ratio` times as many of unlabelled ones, in two views.

    ratio: μ, by pixel columns, for lines differ in width; 0 leaves the unlabelled out. steps: of the network for a label, where its codec
    has `whole_inputs`. Yields `(inputs, labels)` as SeqFixMatch takes them.
    """
    batches = line_batches.iterate_batches(labelled, columns, first)
    if not ratio:
        yield from batches
    codec, drawn_of = labelled.codec, None
    for step, (inputs, labels) in enumerate(batches, first):
        number, place = divmod(step, GROUP_BATCHES)
        if number != drawn_of:
            group, drawn_of = draw_group(unlabelled, number, ratio * columns), number
        rng = np.random.default_rng([unlabelled.seed, number, place, 3])
        views = draw_views(rng, [line for line, _ in group[place]], unlabelled.frames_for_width)
        added = codec.inputs(np.full((1, steps), -1, np.int32), rng) if codec.whole_inputs else {}
        views |= {f"unlabelled_{name}": added[name] for name in codec.whole_inputs}
        yield {**inputs, **views}, labels


def unlabelled_dataset(labelled, unlabelled, columns, ratio=1.0, steps=1, first=0):
    """The batches of `iterate_batches` as a `tf.data.Dataset`."""
    import tensorflow as tf

    lines = tf.TensorSpec((None, None, labelled.height, 1), tf.uint8), tf.TensorSpec((None,), tf.int32)
    inputs = line_batches.input_specs(labelled.codec, labelled.height)
    if ratio:
        inputs |= {f"{view}_{part}": spec for view in ("weak", "strong") for part, spec in zip(("image", "width"), lines, strict=True)}
        inputs |= {f"unlabelled_{name}": inputs[name] for name in labelled.codec.whole_inputs}
    batches = tf.data.Dataset.from_generator(
        lambda: iterate_batches(labelled, unlabelled, columns, ratio, steps, first),
        output_signature=(inputs, tf.TensorSpec((None, None), tf.int32)),
    )
    return batches.prefetch(2)
