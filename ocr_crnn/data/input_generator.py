"""InputGenerator: from ground truth to batches of line images and labels."""

import itertools
import os
from functools import cached_property, lru_cache

import numpy as np
import tensorflow as tf

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.data.line_cache import LineCache
from ocr_crnn.data.line_loader import LineLoader
from ocr_crnn.data.line_table import choose_lines, join_labels, join_words, plan_epoch
from ocr_crnn.data.validation import ValidationReport
from ocr_crnn.ops.frames import lineage_frames

PAD_VALUE = 255
PREPROCESS = (None, "lineage")
# dtype and rank of what a batch is made of
_BATCH = {
    "images": (tf.uint8, 4),
    "widths": (tf.int32, 1),
    "labels": (tf.int32, 2),
    "label_lengths": (tf.int32, 1),
    "frame_counts": (tf.int32, 1),
    "lines": (tf.int32, 1),
}


class Texts(np.ndarray):
    """An array of str that Keras takes for a string tensor, so that a lineage batch may be given to fit as it is."""

    dtype = property(lambda self: tf.string)

    def __repr__(self):
        return f"Texts({self.tolist()})"


def ctc_batch(batch):
    """A plain batch as the `(inputs, outputs)` of the lineage's training model, whose loss is its output `ctc`."""
    inputs = {
        "image_input": batch["images"],
        "label_input": tf.cast(batch["labels"], tf.float32),
        "input_length": tf.cast(batch["frame_counts"], tf.int64)[:, None],
        "label_length": tf.cast(batch["label_lengths"], tf.int64)[:, None],
    }
    return inputs, {"ctc": tf.zeros(tf.shape(batch["widths"]))}


def _filled(batches, size):
    """The same rows in batches of `size`; all batches have one shape but for the number of their rows."""
    rows, count = [], 0
    for batch in batches:
        rows, count = [*rows, batch], count + len(batch[1]["ctc"])
        if count < size:
            continue
        joined = rows[0] if len(rows) == 1 else tf.nest.map_structure(lambda *parts: np.concatenate(parts), *rows)
        for start in range(0, count - size + 1, size):
            yield tf.nest.map_structure(lambda values, start=start: values[start : start + size], joined)
        rest = count % size
        rows, count = ([tf.nest.map_structure(lambda values, rest=rest: values[-rest:], joined)] if rest else []), rest


# Findings of a ValidationReport with which `choose_lines` leaves a line out.
LEFT_OUT = ("unknown_character", "label_too_long", "too_few_frames", "stacked", "too_small", "beyond_image")


def describe_left_out(report):
    """One line that says how many lines were left out and why, or an empty string. report: of `choose_lines`."""
    counts = {kind: report.counts[kind] for kind in LEFT_OUT if report.counts[kind]}
    left_out = sum(counts.values())
    if not left_out:
        return ""
    of = left_out + report.facts["lines"]
    reasons = ", ".join(f"{kind} {count:,}" for kind, count in counts.items())
    help_text = ' An unknown character may be read as another: unknown=" ".' if counts.get("unknown_character") else ""
    return f"{left_out:,} of {of:,} lines left out ({left_out / of:.0%}): {reasons}; see .report.{help_text}"


class InputGenerator:
    """Batches of the lines of a GTUtility for a recogniser.

    gt_util: pages with one line each, or photographs, whose quads are cropped.
    batch_size: lines in a batch; the last batch of a bucket may be smaller.
    alphabet: an Alphabet, or a string of the lineage that ends in "_".
    input_size: (width, height) in pixels. Lines are brought to the height with their aspect kept. width: None makes
        buckets from the data, a list gives them, a number pads every line to it. A line longer than the widest is squeezed,
        never cut, and reported.
    grayscale: one channel, else RGB.
    max_string_len: the length of a label row; longer texts are left out. None: for one width its frames, as the label input
        of the lineage's training model has it; for buckets the longest text.
    concatenate: join words to lines of the widest width, with spaces between them.
    augment: function (image `(height, width, channels)` float32 0–255, seed `(2,)` int32) → the same shape, in graph;
        `augment_line` of data/augmentation.py. None: none.
    seed: of the order and the augmentation; the batch of a step is always the same.
    frames_for_width: the frames that the network has for a width in pixels, for the feasibility of CTC and input_length.
    preprocess: None, or "lineage" for weights that the ssd_detectors lineage trained. What differs:

        ==================  ==========================  =====================================
                            None                        "lineage"
        ==================  ==========================  =====================================
        resize              bilinear, antialiased       bicubic, not antialiased
        contrast of grey    as it is                    darkest pixel 0, brightest 255
        padding             255, paper                  0, black
        line too long       squeezed                    cut off on the right, label unchanged
        ==================  ==========================  =====================================

        Weights from before February 2020 were trained on padding of 1, not 0.
    unknown: a character of the alphabet, " " in the lineage, that stands in for those the alphabet lacks; None leaves such
        lines out. Both are counted.
    cache: "memory", a folder, or None. cache_bytes: lines beyond it are decoded anew each epoch, so memory is bounded.

    Frames: with one width every batch says that all frames of that width count, as in the lineage, so the loss sees the
    padding and the network learns to read nothing there: decode all frames. With buckets `input_length` is each line's own
    count: decode with it (`decode_greedy(…, frame_counts)`), as what stands in the frames behind is undefined.

    What was left out or changed, and why, is in `.report`; how much was left out is printed. Images that turn out unreadable
    join it as they are met.
    Raises ValueError where nothing is left to learn from.
    """

    def __init__(
        self,
        gt_util,
        batch_size,
        alphabet,
        input_size=(None, 32),
        grayscale=True,
        max_string_len=None,
        concatenate=False,
        augment=None,
        seed=0,
        *,
        frames_for_width=lineage_frames,
        cache="memory",
        cache_bytes=4 << 30,
        preprocess=None,
        unknown=None,
    ):
        self.gt_util = gt_util
        self.batch_size = batch_size
        self.alphabet = alphabet if isinstance(alphabet, Alphabet) else Alphabet.from_lineage(alphabet)
        self.width, self.height = input_size
        self.channels = 1 if grayscale else 3
        self.augment = augment
        self.seed = seed
        # With one width all its frames are read, whatever the line holds of them.
        self.frames_for_width = (lambda _: frames_for_width(self.width)) if isinstance(self.width, int) else frames_for_width
        self.preprocess, self.unknown = self._check_preprocess(preprocess), self._check_unknown(unknown)
        self.pad_value = 0 if preprocess == "lineage" else PAD_VALUE
        self.report = ValidationReport()
        self.lines = self._choose_lines(max_string_len)
        by_width = concatenate or isinstance(self.width, int)
        longest = frames_for_width(int(self.lines.buckets[-1])) if by_width else max(map(len, self.lines.labels))
        self.max_string_len = longest if max_string_len is None else max_string_len
        self._space = self._space_id() if concatenate else None
        joining = (self.lines, self._space, self.height, self.max_string_len, self.frames_for_width)
        self._join = join_words(*joining) if concatenate else None
        self._plan = lru_cache(maxsize=4)(self._make_plan)
        self.cache = self._make_cache(cache, cache_bytes)
        self._line = LineLoader(gt_util.pages, self.lines, self.height, self.channels, self.cache, self.report, preprocess)
        left_out = describe_left_out(self.report)
        if left_out:
            print(left_out)

    @cached_property
    def steps_per_epoch(self):
        """Batches an epoch, an int. Joined words make a batch more or less in some epochs; these are cut or begun again."""
        return len(self._plan(0, True).widths)

    def __str__(self):
        padded = sum(self._plan(0, True).widths * np.count_nonzero(self._plan(0, True).lines[:, :, 0] >= 0, axis=1))
        content = self.lines.widths.sum()
        return (
            f"{len(self.lines):,} lines in {self.steps_per_epoch:,} batches of {self.batch_size}; "
            f"widths {self.lines.widths.min()}–{self.lines.widths.max()} px in buckets {self.lines.buckets.tolist()}, "
            f"{1 - content / padded:.0%} of the pixels are padding; labels of {self.max_string_len}\n{self.report}"
        )

    def _choose_lines(self, max_string_len):
        lines = choose_lines(
            self.gt_util.pages, self.alphabet, self.height, self.width, max_string_len, self.frames_for_width, self.report,
            self.unknown, cut=self.preprocess == "lineage",
        )  # fmt: skip
        self.report.facts["lines"] = len(lines)
        if len(lines) == 0:
            raise ValueError(
                f"At least one line has to be left to learn from. Received: {self.gt_util.num_objects} texts, none usable:\n"
                f"{self.report}\nLook at the alphabet, max_string_len and the width."
            )
        return lines

    def _check_preprocess(self, preprocess):
        if preprocess not in PREPROCESS:
            raise ValueError(f"preprocess is None or 'lineage'. Received: {preprocess!r}. Leave it out for weights trained here.")
        return preprocess

    def _check_unknown(self, unknown):
        if unknown is not None and (len(unknown) != 1 or unknown not in self.alphabet):
            raise ValueError(
                f"unknown is one character of the alphabet. Received: {unknown!r} and {self.alphabet}. "
                "Take one that the alphabet has, or None to leave lines with unknown characters out."
            )
        return unknown

    def _make_cache(self, cache, cache_bytes):
        names = (f"{self.gt_util.pages[page].image_path} {row}" for page, row in zip(self.lines.pages, self.lines.rows, strict=True))
        folder = None if cache in (None, "memory") else cache
        budget = 0 if cache is None else cache_bytes
        marks = [str(self.preprocess), *names] if self.preprocess else names
        return LineCache(self.lines.widths, self.height, self.channels, budget, folder, "\n".join(marks) if folder else "")

    def _space_id(self):
        if " " not in self.alphabet:
            raise ValueError(f"Words are joined by a space. Received: concatenate=True and {self.alphabet} without a space. Add it.")
        return int(self.alphabet.encode(" ")[0])

    def _make_plan(self, epoch, shuffled):
        rng = np.random.default_rng([self.seed, epoch]) if shuffled else None
        return plan_epoch(self.lines, self.batch_size, rng, self._join)

    def dataset(self, train=True, endless=False, first_step=0, form=ctc_batch):
        """A tf.data.Dataset of batches, decoded in parallel and read ahead.

        train: shuffled, each epoch differently, and augmented; else in the order of the ground truth, by bucket.
        endless: False is one epoch, and every new iteration is the next epoch, as `fit(dataset, epochs=…)` wants it.
            True goes on for ever, for `fit(…, steps_per_epoch=generator.steps_per_epoch)` and for resuming: the stream
            begins with the batch of step `first_step`, counted from the first batch of epoch 0.
        form: function of the plain batch, a dict of images float32 `(batch, width, height, channels)` 0–255, widths int32
            `(batch,)` of the lines before padding, labels int32 `(batch, max_string_len)` padded with −1, label_lengths,
            frame_counts, lines int32 `(batch,)` (row of `.lines`; the first word's if words are joined). None keeps it.
        """
        steps = self.steps_per_epoch
        if endless:
            dataset = tf.data.Dataset.counter(first_step)
        else:
            epoch_numbers = itertools.count(first_step // steps)
            epochs = tf.data.Dataset.from_tensors(0).map(lambda _: tf.numpy_function(lambda: np.int64(next(epoch_numbers)), [], tf.int64))
            dataset = epochs.flat_map(lambda epoch: tf.data.Dataset.range(epoch * steps, (epoch + 1) * steps))
            dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
        dataset = dataset.map(lambda step: self._batch(step, train, form), os.cpu_count(), deterministic=True)
        return dataset.prefetch(2)

    def generate(self, train=True):
        """Endless `(inputs, outputs)` of the lineage as NumPy arrays, with the texts as inputs["source_str"]; may be given to fit.

        Where all lines have one width, every batch has batch_size lines, as in the lineage: the next epoch fills the last batch of
        one, and a set smaller than a batch stands in it more than once. With buckets the last batch of a bucket may be smaller.
        """
        batches = self.dataset(train, endless=True).as_numpy_iterator()
        for inputs, outputs in batches if len(self.lines.buckets) > 1 else _filled(batches, self.batch_size):
            inputs["source_str"] = np.array([self.alphabet.decode(label) for label in inputs["label_input"]]).view(Texts)
            yield inputs, outputs

    def _batch(self, step, train, form):
        """The batch of a step: NumPy finds, stacks and labels the lines; augmentation and the rest are in graph."""
        values = tf.numpy_function(lambda step: self._load(int(step), train), [step], [dtype for dtype, _ in _BATCH.values()])
        batch = dict(zip(_BATCH, values, strict=True))
        for name, (_, rank) in _BATCH.items():
            batch[name].set_shape((None,) * rank)
        batch["labels"].set_shape((None, self.max_string_len))
        images = tf.cast(batch["images"], tf.float32)
        images.set_shape((None, self.height, self.width if isinstance(self.width, int) else None, self.channels))
        if train and self.augment is not None:
            images = self._augmented(images, batch["widths"], batch["lines"], step)
        batch["images"] = tf.transpose(images, (0, 2, 1, 3))  # (batch, width, height, channels)
        return batch if form is None else form(batch)

    def _augmented(self, images, widths, lines, step):
        """Each line changed by its own seed; the padding stays as it is when reading."""
        epoch = tf.cast((step // self.steps_per_epoch + self.seed * 10_007) % 2**31, tf.int32)
        seeds = tf.stack([tf.fill(tf.shape(lines), epoch), lines], axis=1)  # (batch, 2)
        spec = tf.TensorSpec((self.height, None, self.channels), tf.float32)
        changed = tf.map_fn(lambda pair: self.augment(pair[0], pair[1]), (images, seeds), fn_output_signature=spec)
        inside = tf.range(tf.shape(images)[2])[None, :] < widths[:, None]  # (batch, width)
        return tf.where(inside[:, None, :, None], changed, float(self.pad_value))

    def _load(self, step, train):
        """The NumPy part of a batch. Unreadable lines are left out; if none of the batch is left, the next one stands in."""
        epoch, batch = divmod(step, self.steps_per_epoch)
        plan = self._plan(epoch if train else 0, train)
        for offset in range(len(plan.widths)):
            index = (batch + offset) % len(plan.widths)
            rows = []
            for lines, gaps in zip(plan.lines[index], plan.gaps[index], strict=True):
                images = [self._line(line) for line in lines[lines >= 0]]
                if images and all(image is not None for image in images):
                    rows.append((lines[lines >= 0], gaps, images))
            if rows:
                return self._stack(rows, int(plan.widths[index]))
        raise ValueError(f"At least one image has to be readable. Received: none of {len(self.lines)} lines is.\n{self.report}")

    def _stack(self, rows, width):
        """images, widths, labels, label_lengths, frame_counts, lines of the rows; the order of _BATCH."""
        images = np.full((len(rows), self.height, width, self.channels), self.pad_value, np.uint8)
        labels = np.full((len(rows), self.max_string_len), -1, np.int32)
        widths = np.zeros(len(rows), np.int32)
        for index, (lines, gaps, crops) in enumerate(rows):
            end = 0
            for gap, crop in zip(gaps, crops, strict=False):
                if end:
                    images[index, :, end : end + gap] = np.median(images[index, :, end - 1], axis=0)  # paper between words
                start, end = end + gap, end + gap + crop.shape[1]
                images[index, :, start:end] = crop
            label = join_labels([self.lines.labels[line] for line in lines], self._space)
            labels[index, : len(label)] = label
            widths[index] = end
        frames = np.maximum(1, [self.frames_for_width(int(value)) for value in widths]).astype(np.int32)
        lengths = np.count_nonzero(labels >= 0, axis=1).astype(np.int32)
        return images, widths, labels, lengths, frames, np.array([lines[0] for lines, _, _ in rows], np.int32)
