"""Lines read doubtfully, read again in graph: the twin of Spotter.read_again."""

import tensorflow as tf

from ocr_crnn.ops.quads import expand_lines, measure_quads
from ocr_crnn.serving.graph_lines import Characters, join_lines, keep_characters, sort_characters


def read_doubted(read_quads, quads, read, settings):
    """Lines of n texts, of those that are doubted what most readings say.

    read_quads: rows `(m,)` of the quads `(n, 4, 2)`, and margins `(m,)` → Lines. The first margin is read once more with the others.
    """
    margins = settings.margins
    doubted = tf.where(is_doubted(read, settings))[:, 0]

    def compare():
        again = read_quads(doubted, tf.fill(tf.shape(doubted), margins[0]))
        rows = tf.boolean_mask(doubted, again.texts != tf.gather(read.texts, doubted))
        return tf.cond(tf.size(rows) > 0, lambda: vote(read_quads, quads, read, rows, settings), lambda: read)

    return tf.cond(tf.size(doubted) > 0, compare, lambda: read)


def vote(read_quads, quads, read, rows, settings):
    """The Lines of texts, those of `rows` read with all margins, and of each what most readings say."""
    count, ways = tf.size(rows), len(settings.margins)
    tiled, margins = tf.tile(rows, [ways]), tf.repeat(tf.constant(settings.margins), count)
    more = read_quads(tiled, margins)
    best = agreed(
        *(tf.concat([tf.gather(usual, rows)[None], tf.reshape(other, [ways, count])], axis=0)
          for usual, other in ((read.texts, more.texts), (read.scores, more.scores)))
    )  # fmt: skip
    kept = tf.tensor_scatter_nd_update(tf.ones([tf.size(read.scores)], tf.bool), rows[:, None], best == 0)
    part = keep_characters(more.characters, tf.tile(best, [ways]) == tf.repeat(tf.range(1, ways + 1), count))
    usual, other = (
        tf.gather(measure_quads(expand_lines(tf.gather(quads, tiled), wide, settings.narrow))[:, 0], part.lines)
        for wide in (settings.margin, margins)
    )
    spans = tf.clip_by_value(part.spans + ((usual - other) / 2)[:, None], 0.0, usual[:, None])
    part = part._replace(lines=tf.gather(tf.cast(tiled, tf.int32), part.lines), spans=spans)
    both = zip(keep_characters(read.characters, kept), part, strict=True)
    return join_lines(sort_characters(Characters(*(tf.concat(pair, axis=0) for pair in both))), tf.size(read.scores))


def is_doubted(read, settings):
    """bool `(n,)`: as recognition.doubted.is_doubted, of Lines."""
    least = tf.math.unsorted_segment_min(read.characters.scores, read.characters.lines, tf.size(read.scores))
    return (tf.strings.strip(read.texts) != "") & (read.scores >= settings.min_score) & (least < settings.doubted)


def agreed(texts, scores):
    """Of n texts read several ways, `(ways, n)` each, the way to keep, int32 `(n,)`: as recognition.doubted.agreed."""
    same = tf.where(texts[:, None] == texts[None], scores[None], 0.0)  # (ways, ways, n)
    return tf.argmax(tf.reduce_sum(same, axis=1), axis=0, output_type=tf.int32)
