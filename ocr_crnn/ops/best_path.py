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
    blank = tf.shape(logits)[2] - 1
    ids = tf.argmax(logits, axis=-1, output_type=tf.int32)
    peaks = tf.reduce_max(logits, axis=-1)
    ids = tf.where(tf.range(tf.shape(logits)[1]) < frame_counts[:, None], ids, blank)
    found, surest = _collapse(ids, peaks, blank)
    places = tf.stack([found.lines, surest], axis=1)
    rows = tf.gather_nd(logits, places)  # (characters, classes)
    return found._replace(scores=1 / tf.reduce_sum(tf.exp(rows - tf.gather_nd(peaks, places)[:, None]), axis=-1))


def decode_frames(logits, places, lines, time):
    """As `decode_best_path`, where only some frames have logits and all others are blank.

    logits: `(frames, classes)`, blank last. places: int32 `(frames, 2)`, the line and the time of each.
    """
    blank = tf.shape(logits)[1] - 1
    best = tf.argmax(logits, axis=-1, output_type=tf.int32)
    ids = tf.tensor_scatter_nd_update(tf.fill([lines, time], blank), places, best)
    peaks, scores = (
        tf.scatter_nd(places, tf.gather(values, best, batch_dims=1), [lines, time]) for values in (logits, tf.nn.softmax(logits))
    )
    found, surest = _collapse(ids, peaks, blank)
    return found._replace(scores=tf.gather_nd(scores, tf.stack([found.lines, surest], axis=1)))


def _collapse(ids, peaks, blank):
    """ids, peaks `(lines, time)`: the best class of every frame and its logit → Characters without scores, and the surest frame of each."""
    time = tf.shape(ids)[1] + 1  # a frame of blank after each line ends its last character
    ids = tf.reshape(tf.pad(ids, [[0, 0], [0, 1]], constant_values=blank), [-1])  # (lines * time,)
    peaks = tf.reshape(tf.pad(peaks, [[0, 0], [0, 1]]), [-1])
    is_start = tf.concat([[True], ids[1:] != ids[:-1]], axis=0)[: tf.size(ids)]
    is_text = ids != blank
    starts = tf.cast(tf.where(is_start & is_text)[:, 0], tf.int32)
    runs = tf.cumsum(tf.cast(is_start & is_text, tf.int32)) - 1
    inside = tf.cast(tf.where(is_text)[:, 0], tf.int32)  # frames of characters, in the order of their runs
    runs, peaks = tf.gather(runs, inside), tf.gather(peaks, inside)
    count = tf.size(starts)
    highest = tf.math.unsorted_segment_max(peaks, runs, count)
    surest = tf.math.unsorted_segment_min(tf.where(peaks == tf.gather(highest, runs), inside, tf.int32.max), runs, count)
    ends = tf.math.unsorted_segment_max(inside, runs, count) + 1
    lines = starts // time
    return Characters(lines, tf.gather(ids, starts), None, starts - lines * time, ends - lines * time), surest - lines * time


def join_texts(strings, owners, count):
    """Strings `(n,)` of the same owner 0 .. count − 1 joined in their order → `(count,)`, empty where there is none."""
    return tf.strings.unsorted_segment_join(strings, owners, count)
