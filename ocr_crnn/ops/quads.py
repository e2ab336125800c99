"""Quads `(n, 4, 2)` in graph, clockwise: what geometry.py, detection/detector.py and reading/orientation.py do in NumPy."""

import math

import tensorflow as tf


def measure_quads(quads):
    """`(n, 4, 2)` → `(n, 2)` of (width, height): the mean length of the sides along and across the text."""
    sides = tf.norm(tf.roll(quads, -1, axis=1) - quads, axis=-1)  # (n, 4): top, right, bottom, left
    return tf.stack([(sides[:, 0] + sides[:, 2]) / 2, (sides[:, 1] + sides[:, 3]) / 2], axis=-1)


def expand_quads(quads, margin):
    """Quads `(n, 4, 2)` made larger by `margin` of their shorter side on every side, along and across the text."""
    return _expand(quads, margin * tf.reduce_min(measure_quads(quads), axis=1))


def expand_lines(quads, margin, narrow):
    """Quads `(n, 4, 2)` of lines made larger by `margin` of their height, or where that is above `narrow` widths, of their width."""
    sizes = measure_quads(quads)
    return _expand(quads, margin * tf.where(sizes[:, 1] <= narrow * sizes[:, 0], sizes[:, 1], tf.reduce_min(sizes, axis=1)))


def grow_quads(quads, share):
    """Quads `(n, 4, 2)` made larger by `share` of their height on every side."""
    return _expand(quads, share * measure_quads(quads)[:, 1])


def _expand(quads, step):
    sizes = tf.maximum(measure_quads(quads), 1e-6)
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2 / sizes[:, :1]
    down = (quads[:, 3] - quads[:, 0] + quads[:, 2] - quads[:, 1]) / 2 / sizes[:, 1:]
    along, down = along * step[:, None], down * step[:, None]
    return quads + tf.stack([-along - down, along - down, along + down, -along + down], axis=1)  # (n, 4, 2)


def inset_quads(quads, inset_px):
    """Rectangles `(n, 4, 2)` whose sides are moved inwards by `inset_px`, but never by more than a quarter of the width or height."""
    shares = tf.minimum(inset_px / tf.maximum(measure_quads(quads), 1e-6), 0.25)  # (n, 2)
    along = (quads[:, 1] - quads[:, 0]) * shares[:, :1]
    down = (quads[:, 3] - quads[:, 0]) * shares[:, 1:]
    return quads + tf.stack([along + down, down - along, -along - down, along - down], axis=1)


def first_parts(quads, reach):
    """Quads `(n, 4, 2)` → of each, from its first corner, a part at most `reach` times as long as thick; as orientation.first_parts."""
    sizes = tf.maximum(measure_quads(quads), 1e-6)
    shares = tf.minimum(reach * tf.reduce_min(sizes, axis=1, keepdims=True) / sizes, 1.0)  # (n, 2)
    a, b, c, d = tf.unstack(quads, axis=1)
    b, c = a + (b - a) * shares[:, :1], d + (c - d) * shares[:, :1]
    c, d = b + (c - b) * shares[:, 1:], a + (d - a) * shares[:, 1:]
    return tf.stack([a, b, c, d], axis=1)


def fit_quads(quads, logits, labels, own, places, reach, steps):
    """Rectangles `(n, 4, 2)` in cells, their sides moved to where the text ends by the logits `(height, width)` of its region.

    labels: int32 `(height, width)`. own: int32 `(n,)`. The twin of kernels.fit_quads, which says how; places, reach and steps are its
    constants.
    """
    sides = tf.roll(quads, -1, axis=1) - quads  # (n, 4, 2)
    lengths = tf.norm(sides, axis=-1, keepdims=True)
    outwards = tf.stack([sides[..., 1], -sides[..., 0]], axis=-1) / tf.maximum(lengths, 1e-6)
    inside = tf.minimum(reach, tf.roll(lengths, -1, axis=1) / 2)  # (n, 4, 1)
    step = (inside + reach) / steps
    distances = tf.range(steps + 1, dtype=tf.float32) * step - inside  # (n, 4, steps + 1)
    feet = quads[:, :, None] + sides[:, :, None] * tf.constant(places)[:, None]  # (n, 4, places, 2)
    points = feet[:, :, None] + (outwards[:, :, None] * distances[..., None])[:, :, :, None]  # (n, 4, steps + 1, places, 2)
    samples = sample_map(tf.sigmoid(logits), points - 0.5, labels, own[:, None, None, None])  # (n, 4, steps + 1, places)
    values = tf.unstack(tf.reduce_mean(samples, axis=-1), steps + 1, axis=-1)
    for index in range(steps):
        values[index + 1] = tf.minimum(values[index], values[index + 1])
    extents = (tf.add_n(values) - (values[0] + values[-1]) / 2)[..., None] * step - inside
    moves = outwards * extents
    return quads + moves + tf.roll(moves, 1, axis=1)


def fit_sides(quads, region, threshold, places, bound):
    """The twin of detection.characters.fit_sides, which says how; places and bound are its constants."""
    sides = tf.roll(quads, -1, axis=1) - quads  # (n, 4, 2)
    lengths = tf.norm(sides, axis=-1, keepdims=True)
    outwards = tf.stack([sides[..., 1], -sides[..., 0]], axis=-1) / tf.maximum(lengths, 1e-6)
    points = quads[:, :, None] + sides[:, :, None] * tf.constant(places)[:, None] - 0.5  # (n, 4, places, 2)
    region, nobody = tf.clip_by_value(region, -bound, bound), tf.zeros(tf.shape(region), tf.int32)
    step = outwards[:, :, None] * 0.5
    inside, outside = (tf.reduce_max(sample_map(region, points + way, nobody, 0), axis=-1) for way in (-step, step))  # (n, 4)
    crossing = tf.clip_by_value((inside - threshold) / tf.maximum(inside - outside, 1e-3), 0.0, 1.0) - 0.5
    moves = outwards * tf.where(inside > outside, crossing, 0.0)[..., None]
    return quads + moves + tf.roll(moves, 1, axis=1)


def sample_map(values, points, labels, own):
    """A map `(height, width)` at points `(…, 2)` of (x, y), cell centres at whole numbers; bilinear, constant beyond the border.

    A cell counts as 0 whose label is neither 0 nor `own`, which broadcasts against the points."""
    height, width = tf.unstack(tf.shape(values))
    points = tf.clip_by_value(points, 0.0, tf.cast(tf.stack([width, height]) - 1, tf.float32))
    whole = tf.cast(points, tf.int32)
    (x, y), (right, down) = (tf.unstack(part, axis=-1) for part in (whole, points - tf.cast(whole, tf.float32)))
    below, beside = tf.minimum(y + 1, height - 1), tf.minimum(x + 1, width - 1)
    flat, labels = tf.reshape(values, [-1]), tf.reshape(labels, [-1])

    def at(row, column):
        label = tf.gather(labels, row * width + column)
        return tf.where((label == 0) | (label == own), tf.gather(flat, row * width + column), 0.0)

    upper = at(y, x) * (1 - right) + at(y, beside) * right
    return upper * (1 - down) + (at(below, x) * (1 - right) + at(below, beside) * right) * down


def order_quads(quads):
    """Clockwise quads begun at the corner from which text would run to the right: the first side within −45 to 45 degrees."""
    sides = tf.cast(tf.roll(quads, -1, axis=1) - quads, tf.float64)
    lengths = tf.norm(sides, axis=-1)
    towards_right = tf.math.divide_no_nan(sides[..., 0] + 1e-4 * sides[..., 1], lengths)  # (n, 4); at 45 degrees the lower one
    starts = tf.argmax(towards_right, axis=1, output_type=tf.int32)
    return tf.gather(quads, (starts[:, None] + tf.range(4)) % 4, axis=1, batch_dims=1)


def level_narrow(quads, tilt, ratios):
    """Quads of a height to width within two ratios that lean by more than `tilt` as level boxes; as geometry.level_narrow."""
    width, height = tf.unstack(measure_quads(quads), axis=1)
    across, down = tf.unstack(tf.abs(quads[:, 1] - quads[:, 0]), axis=1)
    least, most = ratios
    leans = (least * width < height) & (height <= most * width) & (down > tilt * across)
    (left, top), (right, bottom) = (tf.unstack(end(quads, axis=1), axis=1) for end in (tf.reduce_min, tf.reduce_max))
    boxes = tf.reshape(tf.stack([left, top, right, top, right, bottom, left, bottom], axis=1), [-1, 4, 2])
    return tf.where(leans[:, None, None], boxes, quads)


def said_turns(quads):
    """The quarter turns, 0..3, that a page asks for whose texts begin at their own first corners; as orientation.said_turns."""
    along = quads[:, 1] - quads[:, 0]
    quarters = tf.cast(tf.round(tf.atan2(along[:, 1], along[:, 0]) / (math.pi / 2)), tf.int32) % 4
    lengths = tf.reduce_max(measure_quads(quads), axis=1)
    return tf.argmax(tf.math.unsorted_segment_sum(lengths, quarters, 4), output_type=tf.int32)


def turn_quads(quads, size, turns):
    """Quads on a page of `size` (height, width) → on that page turned by 0..3 quarters, counter-clockwise; corners keep their order."""
    height, width = (tf.cast(side, quads.dtype) for side in tf.unstack(size))
    x, y = quads[..., 0], quads[..., 1]
    ways = [(x, y), (y, width - x), (width - x, height - y), (height - y, x)]
    return tf.switch_case(turns, [lambda way=way: tf.stack(way, axis=-1) for way in ways])


def turn_image(image, turns):
    """`(height, width[, channels])` turned by 0..3 quarters, counter-clockwise."""
    image = tf.convert_to_tensor(image)

    def transpose():
        return tf.transpose(image, [1, 0, *range(2, image.shape.rank)])

    ways = [lambda: image, lambda: transpose()[::-1], lambda: image[::-1, ::-1], lambda: transpose()[:, ::-1]]
    return tf.switch_case(turns, ways)
