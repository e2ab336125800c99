"""Best-path decoding of CTC in graph, and characters to strings; decoding/greedy.py in NumPy."""

from typing import NamedTuple

import tensorflow as tf


class Characters(NamedTuple):
    """The characters of several lines end to end, `(characters,)` each: the lines in order, and within a line as they are read.

    lines: int32. ids: int32. scores: float32, 0..1, the probability at the surest frame. starts, ends: int32 frames, the end excluded.
    """

    lines: tf.Tensor
    ids: tf.Tensor
    scores: tf.Tensor
    starts: tf.Tensor
    ends: tf.Tensor


def decode_best_path(logits, frame_counts):
    """logits: `(lines, time, classes)`, blank last; frame_counts: int32 `(lines,)` → Characters."""
    classes = tf.shape(logits)[2]
    time = tf.shape(logits)[1] + 1  # a frame of blank after each line ends its last character
    ids = tf.argmax(logits, axis=-1, output_type=tf.int32)
    peaks = tf.reduce_max(logits, axis=-1)
    frames = tf.range(time - 1)
    ids = tf.where(frames < frame_counts[:, None], ids, classes - 1)
    ids = tf.reshape(tf.pad(ids, [[0, 0], [0, 1]], constant_values=classes - 1), [-1])  # (lines * time,)
    peaks = tf.reshape(tf.pad(peaks, [[0, 0], [0, 1]]), [-1])

    is_start = tf.concat([[True], ids[1:] != ids[:-1]], axis=0)[: tf.size(ids)]
    is_text = ids != classes - 1
    starts = tf.cast(tf.where(is_start & is_text)[:, 0], tf.int32)
    runs = tf.cumsum(tf.cast(is_start & is_text, tf.int32)) - 1
    inside = tf.cast(tf.where(is_text)[:, 0], tf.int32)  # frames of characters, in the order of their runs
    runs, peaks = tf.gather(runs, inside), tf.gather(peaks, inside)
    count = tf.size(starts)
    highest = tf.math.unsorted_segment_max(peaks, runs, count)
    surest = tf.math.unsorted_segment_min(tf.where(peaks == tf.gather(highest, runs), inside, tf.int32.max), runs, count)
    ends = tf.math.unsorted_segment_max(inside, runs, count) + 1

    lines = starts // time
    rows = tf.gather_nd(logits, tf.stack([lines, surest - lines * time], axis=1))  # (characters, classes)
    scores = 1 / tf.reduce_sum(tf.exp(rows - highest[:, None]), axis=-1)
    return Characters(lines, tf.gather(ids, starts), scores, starts - lines * time, ends - lines * time)


def join_texts(strings, owners, count):
    """Strings `(n,)` of the same owner 0 .. count − 1 joined in their order → `(count,)`, empty where there is none."""
    return tf.strings.unsorted_segment_join(strings, owners, count)
