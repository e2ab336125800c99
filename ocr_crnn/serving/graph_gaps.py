"""Texts parted at their wide gaps in graph, and joined when they have been read: the twin of reading/gaps.py, step by step."""

import tensorflow as tf

from ocr_crnn.ops.quads import measure_quads
from ocr_crnn.reading.gaps import INK, LEAST, MOST, PAD, PER_HEIGHT, Parts
from ocr_crnn.serving.graph_lines import Characters

SPACE = ord(" ")


def part_texts(image, quads, gap):
    """A grey page and quads `(n, 4, 2)` → Parts of tensors, as gaps.part_texts."""
    count = tf.shape(quads)[0]
    lengths, heights = tf.unstack(measure_quads(quads), axis=1)
    wide = tf.cast(tf.where(lengths >= LEAST * heights)[:, 0], tf.int32)
    gaps, stops, starts = find_gaps(image, *(tf.gather(column, wide) for column in (quads, lengths, heights)), gap)
    texts, gaps, every = tf.range(count), tf.gather(wide, gaps), tf.zeros([count])
    rows = tf.sort(tf.concat([texts, gaps], axis=0))
    begins, ends = by_text(texts, every, gaps, starts), by_text(gaps, stops, texts, every + 1)
    a, b, c, d = tf.unstack(tf.gather(quads, rows), axis=1)  # each (m, 2)
    left, right = begins[:, None], ends[:, None]
    corners = [(1 - x) * first + x * second for first, second, x in ((a, b, left), (a, b, right), (d, c, right), (d, c, left))]
    return Parts(tf.stack(corners, axis=1), rows, begins * tf.gather(lengths, rows))


def by_text(first_rows, first, second_rows, second):
    """Two lists of values, text by text, those of the first before those of the second."""
    order = tf.argsort(tf.concat([first_rows, second_rows], axis=0), stable=True)
    return tf.gather(tf.concat([first, second], axis=0), order)


def find_gaps(image, quads, lengths, heights, gap):
    """As gaps.find_gaps: int32 `(gaps,)` and float32 `(gaps,)` twice."""
    em = tf.minimum(lengths / tf.maximum(heights, 1e-6), MOST)
    counts = tf.cast(tf.math.ceil(PER_HEIGHT * em), tf.int32)

    def look():
        owners = tf.repeat(tf.range(tf.size(counts)), counts)  # (columns,)
        firsts, number = tf.cumsum(counts, exclusive=True), tf.size(counts)
        places = tf.cast(tf.range(tf.size(owners)) - tf.gather(firsts, owners), tf.float32)
        x = (places + 0.5) / tf.cast(tf.gather(counts, owners), tf.float32)
        y = (tf.range(PER_HEIGHT, dtype=tf.float32) + 0.5) / PER_HEIGHT
        a, b, d = (tf.gather(quads[:, corner], owners)[:, None] for corner in (0, 1, 3))  # each (columns, 1, 2)
        points = tf.cast(tf.floor(a + (b - a) * x[:, None, None] + (d - a) * y[:, None]), tf.int32)  # (columns, rows, 2)
        points = tf.clip_by_value(points, 0, tf.shape(image)[::-1] - 1)
        levels = tf.cast(tf.gather_nd(image, points[..., ::-1]), tf.int32)
        lowest = tf.math.segment_min(tf.reduce_min(levels, axis=1), owners)
        highest = tf.math.segment_max(tf.reduce_max(levels, axis=1), owners)
        sums = tf.math.unsorted_segment_sum(tf.reduce_sum(levels, axis=1), owners, number)
        light = tf.gather(2 * sums > PER_HEIGHT * counts * (lowest + highest), owners)[:, None]
        lowest, highest = (tf.gather(column, owners)[:, None] for column in (lowest, highest))
        away = tf.where(light, highest - levels, levels - lowest)
        inked = tf.cast(tf.where(tf.reduce_any(INK * away > highest - lowest, axis=1))[:, 0], tf.int32)
        of = tf.gather(owners, inked)
        between = inked[1:] - inked[:-1] - 1
        found = tf.where((tf.cast(between, tf.float32) > gap * PER_HEIGHT) & (of[1:] == of[:-1]))[:, 0]
        rows = tf.gather(of, found)
        edges = tf.stack([tf.gather(inked, found) + 1 + PAD, tf.gather(inked, found + 1) - PAD]) - tf.gather(firsts, rows)
        return rows, *tf.unstack(tf.cast(edges, tf.float32) / tf.cast(tf.gather(counts, rows), tf.float32))

    def none():
        return tf.zeros([0], tf.int32), tf.zeros([0]), tf.zeros([0])

    return tf.cond((tf.reduce_sum(counts) > 0) & (tf.size(image) > 0), look, none)


def join_parts(characters, parts):
    """Characters of Parts → those of the texts, with a space where two parts of a text meet that both have something to read.

    As long_lines.join_lines: the space has the lesser score of its neighbours, and lies between them.
    """
    rows = tf.gather(parts.rows, characters.lines)
    spans = characters.spans + tf.gather(parts.starts, characters.lines)[:, None]
    meets = tf.concat([[False], (characters.lines[1:] != characters.lines[:-1]) & (rows[1:] == rows[:-1])], axis=0)[: tf.size(rows)]
    copies = tf.repeat(tf.range(tf.size(rows)), 1 + tf.cast(meets, tf.int32))
    again = tf.concat([[False], copies[1:] == copies[:-1]], axis=0)[: tf.size(copies)]
    space = tf.gather(meets, copies) & ~again
    before = tf.maximum(copies - 1, 0)
    scores = tf.gather(characters.scores, copies)
    between = tf.stack([tf.gather(spans[:, 1], before), tf.gather(spans[:, 0], copies)], axis=1)
    return Characters(
        tf.gather(rows, copies),
        tf.where(space, SPACE, tf.gather(characters.codes, copies)),
        tf.where(space, tf.minimum(scores, tf.gather(characters.scores, before)), scores),
        tf.where(space[:, None], between, tf.gather(spans, copies)),
    )
