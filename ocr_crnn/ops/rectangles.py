"""Minimum-area rectangles of labelled pixels in graph: row spans → convex hulls → the best hull edge, all labels at once."""

import tensorflow as tf

from ocr_crnn.ops.components import enumerate_ranges


def min_area_rectangles(rows, begins, ends, owners, count):
    """The smallest rectangle around the pixels of each of `count` instances.

    rows, begins, ends, owners: int32 `(spans,)`. A span is a row of an instance from its first pixel, `begin`, to its last,
    `end - 1`; spans stand in order of their owner, 0 .. count - 1, then of the row. Each owner has at least one span.
    Returns float32 quads `(count, 4, 2)` of (x, y): clockwise, the first side within −45 (excluded) to 45 degrees of the
    x axis; the centre of pixel (0, 0) is (0.5, 0.5). Each side lies half a pixel outside the outermost pixel centres.
    """
    x, y, owners, sizes = find_hulls(rows, begins, ends, owners, count)
    starts = tf.cumsum(sizes, exclusive=True)
    edges_x, edges_y = find_directions(x, y, owners, sizes, starts, count)
    along = tf.gather(edges_x, owners) * x + tf.gather(edges_y, owners) * y
    across = tf.gather(edges_x, owners) * y - tf.gather(edges_y, owners) * x
    left, right = tf.math.segment_min(along, owners) - 0.5, tf.math.segment_max(along, owners) + 0.5
    top, bottom = tf.math.segment_min(across, owners) - 0.5, tf.math.segment_max(across, owners) + 0.5
    u = tf.stack([left, right, right, left], axis=-1)  # (count, 4)
    v = tf.stack([top, top, bottom, bottom], axis=-1)
    ux, uy = edges_x[:, None], edges_y[:, None]
    quads = tf.stack([u * ux - v * uy, u * uy + v * ux], axis=-1) + 0.5  # (count, 4, 2)
    return tf.ensure_shape(quads, (None, 4, 2))


def find_hulls(rows, begins, ends, owners, count):
    """Clockwise hulls from the right end of the top row: float32 x, y `(points,)`, int32 owners `(points,)`, sizes `(count,)`.

    A pixel inside the line between its neighbours on the right (left) side is no corner of the hull. All such pixels are dropped at
    once, and again, until there are none.
    """
    side = tf.concat([owners, owners + count], axis=0)  # the right sides, then the left sides mirrored
    x = tf.concat([ends - 1, -begins], axis=0)
    y = tf.concat([rows, rows], axis=0)
    single = tf.concat([tf.zeros_like(rows, tf.bool), ends - begins == 1], axis=0)

    def drop_inner(side, x, y, single, _):
        same = (side[1:-1] == side[:-2]) & (side[1:-1] == side[2:])
        dx, dy = tf.cast(x[1:-1] - x[:-2], tf.int64), tf.cast(y[1:-1] - y[:-2], tf.int64)
        next_dx, next_dy = tf.cast(x[2:] - x[:-2], tf.int64), tf.cast(y[2:] - y[:-2], tf.int64)
        inner = tf.pad(same & (dx * next_dy <= dy * next_dx), [[1, 1]])[: tf.size(x)]  # no point: nothing to drop
        kept = tf.where(~inner)[:, 0]
        return (*(tf.gather(values, kept) for values in (side, x, y, single)), tf.reduce_any(inner))

    points = (side, x, y, single, tf.size(x) > 0)
    shapes = (*[tf.TensorShape([None])] * 4, tf.TensorShape([]))
    side, x, y, single, _ = tf.while_loop(lambda *state: state[-1], drop_inner, points, shape_invariants=shapes)

    kept = tf.where(~single)[:, 0]  # a pixel alone in its row would be a corner of both sides
    side, x, y = (tf.gather(values, kept) for values in (side, x, y))
    sizes = tf.math.bincount(side, minlength=2 * count, maxlength=2 * count)
    right, left = sizes[:count], sizes[count:]
    starts = tf.cumsum(right + left, exclusive=True)
    is_left = side >= count
    owner = tf.where(is_left, side - count, side)
    place = tf.range(tf.size(side)) - tf.gather(tf.cumsum(sizes, exclusive=True), side)
    place = tf.where(is_left, tf.gather(right + left, owner) - 1 - place, place)  # the left side runs upwards
    order = tf.math.invert_permutation(tf.gather(starts, owner) + place)
    x = tf.cast(tf.gather(tf.where(is_left, -x, x), order), tf.float32)
    return x, tf.cast(tf.gather(y, order), tf.float32), tf.gather(owner, order), right + left


def find_directions(x, y, owners, sizes, starts, count):
    """The unit direction `(count,)`, `(count,)` of the hull edge with the smallest rectangle.

    Of rectangles within 0.01 % of the smallest the first counts, so that rounding does not decide between equals.
    """
    corners = tf.range(tf.size(x))
    following = corners + 1
    following = tf.where(following == tf.gather(starts + sizes, owners), tf.gather(starts, owners), following)
    edges_x, edges_y = tf.gather(x, following) - x, tf.gather(y, following) - y
    lengths = tf.sqrt(edges_x**2 + edges_y**2)
    is_point = lengths == 0
    edges_x = tf.where(is_point, 1.0, tf.math.divide_no_nan(edges_x, lengths))
    edges_y = tf.math.divide_no_nan(edges_y, lengths)

    edge, corner = enumerate_ranges(tf.gather(sizes, owners), tf.gather(starts, owners))  # every edge with every corner of its hull
    dx, dy = tf.gather(x, corner) - tf.gather(x, edge), tf.gather(y, corner) - tf.gather(y, edge)
    ux, uy = tf.gather(edges_x, edge), tf.gather(edges_y, edge)
    along, across = ux * dx + uy * dy, ux * dy - uy * dx
    widths = tf.math.segment_max(along, edge) - tf.math.segment_min(along, edge)
    areas = (widths + 1) * (tf.math.segment_max(across, edge) + 1)

    limits = tf.math.segment_min(areas, owners) * (1 + 1e-4)
    good = tf.where(areas <= tf.gather(limits, owners), corners, tf.int32.max)
    best = tf.math.segment_min(good, owners)
    ux, uy = tf.gather(edges_x, best), tf.gather(edges_y, best)
    for _ in range(3):  # quarter turns until the direction points right
        turn = ~((ux > 0) & (uy - ux < 1e-6) & (uy + ux > 1e-6))
        ux, uy = tf.where(turn, -uy, ux), tf.where(turn, ux, uy)
    return ux, uy
