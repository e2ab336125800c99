"""Endless batches of lines from any source: numbered, so that a run goes on where it stopped, and made in processes of their own.

A source has `seed`, `height`, `codec`, `withheld` (characters that no line holds), `easy_groups` (the first groups of batches hold lines
that are easy) and `draw_line(rng, easy) → (image uint8 (height, width), text)`, a function of the generator. RenderedLines
(training/rendered.py) and TruthLines (training/truth_lines.py) are sources; batches of either are for any network.
"""

from functools import partial

import numpy as np

from ocr_crnn.ops.lines import stack_lines
from ocr_crnn.training.workers import produce

GROUP_BATCHES = 16  # lines are sorted by width over this many batches


def draw_group(source, number, columns):
    """Group `number` of a source: GROUP_BATCHES batches of about `columns` padded pixel columns each, `[[(line, text)]]`.

    Lines are sorted by width before they are cut into batches, so little of a batch is padding; the batches are shuffled.
    """
    easy = number < source.easy_groups
    lines, total = [], 0
    while total < columns * GROUP_BATCHES:
        lines.append(source.draw_line(np.random.default_rng([source.seed, number, len(lines)]), easy))
        total += lines[-1][0].shape[1]
    lines.sort(key=lambda line: line[0].shape[1])
    ends = np.cumsum([line.shape[1] for line, _ in lines])
    cuts = np.searchsorted(ends, total * np.arange(1, GROUP_BATCHES) / GROUP_BATCHES)
    batches = [lines[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    batches = [batch or lines[-1:] for batch in batches]  # one line wider than a batch may leave the next one empty
    return [batches[i] for i in np.random.default_rng([source.seed, number]).permutation(GROUP_BATCHES)]


def encode_batch(codec, batch, rng=None):
    """`[(line, text)]` → inputs `{image, width}` with what the codec adds, and its labels int32 `(batch, length)` padded with −1.

    rng: of what the codec draws.
    """
    images, widths = stack_lines([line for line, _ in batch])
    labels = codec.encode([text for _, text in batch])
    return {"image": images, "width": widths, **codec.inputs(labels, rng)}, labels


def sample_classes(rng, labels, trained, count, last):
    """A sample of the classes for one batch: those of its labels, others by chance up to `count`, and `last`, no character, at the end.

    trained: int array of the classes that may be drawn. A class that no training text holds is never drawn, so that
    the head does not learn to suppress it.
    Returns classes int32 `(sampled,)`, their log_odds float32 (−log of the chance of being drawn) and the labels as
    places in `classes`.
    """
    used = np.unique(labels[(labels >= 0) & (labels != last)])
    others = np.setdiff1d(trained, used, assume_unique=True)
    drawn = rng.choice(others, max(0, min(count - len(used) - 1, len(others))), replace=False)
    classes = np.concatenate([used, drawn, [last]]).astype(np.int32)
    log_odds = np.zeros(len(classes), np.float32)
    log_odds[len(used) : -1] = np.log(len(others) / max(len(drawn), 1))
    places = np.where(labels == last, len(classes) - 1, np.searchsorted(used, labels))
    return classes, log_odds, np.where(labels >= 0, places, -1).astype(np.int32)


def iterate_batches(source, columns, first=0, sampled_classes=0, part=0, parts=1):
    """Endless batches of a source, from number `first` on; of the groups of batches only every `parts`-th.

    sampled_classes: classes of the softmax in each batch, where the network can; 0 takes all.
    Yields `(inputs, labels)` as RecognitionTraining takes them.
    """
    if sampled_classes:
        last = source.codec.classes - 1
        trained = np.setdiff1d(np.arange(last), source.codec.alphabet.encode(source.withheld))
    number = first // GROUP_BATCHES
    while True:
        if number % parts == part:
            batches = draw_group(source, number, columns)
            for place in range(max(0, first - number * GROUP_BATCHES), GROUP_BATCHES):
                drawn = np.random.default_rng([source.seed, number, place, 2])
                inputs, labels = encode_batch(source.codec, batches[place], drawn)
                if sampled_classes:
                    rng = np.random.default_rng([source.seed, number, place, 1])
                    classes, log_odds, labels = sample_classes(rng, labels, trained, sampled_classes, last)
                    inputs.update(classes=classes, log_odds=log_odds)
                yield inputs, labels
        number += 1


def produce_batches(source, columns, first=0, sampled_classes=0, processes=1):
    """`iterate_batches`, made in `processes` other processes ahead of time; in this one where there are none."""
    if not processes:
        return iterate_batches(source, columns, first, sampled_classes)
    batches = partial(iterate_batches, source, columns, sampled_classes=sampled_classes)
    return produce(batches, first, GROUP_BATCHES, processes)


def lines_dataset(source, columns, first=0, sampled_classes=0, processes=1):
    """The batches of a source as a `tf.data.Dataset` that begins with batch `first`. processes: 0 makes them in this one."""
    import tensorflow as tf  # rendering processes import this module and do not need it

    inputs = input_specs(source.codec, source.height)
    if sampled_classes:
        inputs.update(classes=tf.TensorSpec((None,), tf.int32), log_odds=tf.TensorSpec((None,), tf.float32))
    batches = tf.data.Dataset.from_generator(
        lambda: produce_batches(source, columns, first, sampled_classes, processes),
        output_signature=(inputs, tf.TensorSpec((None, None), tf.int32)),
    )
    return batches.prefetch(2)


def fixed_dataset(codec, lines, columns=6000):
    """The lines `[(image, text)]` as a finite `tf.data.Dataset` of batches sorted by width."""
    import tensorflow as tf

    batches, batch = [], []
    for line in sorted(lines, key=lambda line: line[0].shape[1]):
        if batch and line[0].shape[1] * (len(batch) + 1) > columns:
            batches.append(encode_batch(codec, batch))
            batch = []
        batch.append(line)
    batches.append(encode_batch(codec, batch))
    height = lines[0][0].shape[0]
    inputs = input_specs(codec, height)
    return tf.data.Dataset.from_generator(lambda: iter(batches), output_signature=(inputs, tf.TensorSpec((None, None), tf.int32)))


def input_specs(codec, height):
    import tensorflow as tf

    added = codec.inputs(np.zeros((1, 1), np.int32))
    specs = {name: tf.TensorSpec((None, None), tf.int32) for name in added}
    return {"image": tf.TensorSpec((None, None, height, 1), tf.uint8), "width": tf.TensorSpec((None,), tf.int32), **specs}
