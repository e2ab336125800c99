"""Ruled cells in graph: document/cells.py, where the rules are explained, in stock operations and by runs instead of pixels."""

import tensorflow as tf

from ocr_crnn.ops.components import enumerate_ranges, label_runs, layout_of
from ocr_crnn.ops.pixel_aggregation import place_values

WINDOW = 31  # pixels, odd, of the surroundings that a rule is darker than
GAP = 2  # pixels by which rules grow on all sides, to meet


def find_cells_of_quads(image, quads, rule_length, darkness):
    """A grey page uint8 `(height, width)` and quads `(n, 4, 2)` → the ruled cell of each, int32 `(n,)`, −1 for none.

    rule_length: of the longer side of the page. darkness: grey levels by which rules are darker than their surroundings.
    """
    is_tiny = tf.reduce_min(tf.shape(image)) <= WINDOW // 2
    none = tf.fill(tf.shape(quads)[:1], -1)

    def find():
        longer = tf.cast(tf.reduce_max(tf.shape(image)), tf.float64)
        length = tf.maximum(tf.cast(rule_length * longer, tf.int32), 8)
        return cells_of_quads(find_rules(image, length, darkness), length, quads)

    return tf.cond(is_tiny, lambda: none, find)


def find_rules(image, length, darkness):
    """bool `(height, width)`: dark strokes of at least `length` pixels, horizontal and vertical, grown by `GAP`."""
    grey = tf.cast(image, tf.int32)
    around = tf.pad(grey, [[WINDOW // 2] * 2] * 2, mode="REFLECT")
    for axis in (1, 0):
        sums = tf.cumsum(tf.pad(around, [[1, 0], [0, 0]] if axis == 0 else [[0, 0], [1, 0]]), axis=axis)
        around = sums[WINDOW:] - sums[:-WINDOW] if axis == 0 else sums[:, WINDOW:] - sums[:, :-WINDOW]
    mean = (2 * around + WINDOW**2) // (2 * WINDOW**2)  # rounded
    dark = mean - grey > darkness
    rules = keep_long_runs(dark, length) | tf.transpose(keep_long_runs(tf.transpose(dark), length))
    height, width = tf.unstack(tf.shape(rules))
    for axis in (0, 1):
        padded = tf.pad(rules, [[GAP, GAP], [0, 0]] if axis == 0 else [[0, 0], [GAP, GAP]])
        parts = [padded[s : s + height] if axis == 0 else padded[:, s : s + width] for s in range(2 * GAP + 1)]
        rules = tf.reduce_any(tf.stack(parts), axis=0)
    return rules


def keep_long_runs(mask, length):
    """Runs along the rows of a mask `(height, width)` that are `length` pixels long: opening by a line as OpenCV computes it.

    Beyond the border everything counts as set, and a line of even length, which has no middle, moves what it keeps by a pixel.
    """
    layout = layout_of(mask[None])
    flat = layout.flatten(mask[None], padding=False)
    boundaries = tf.reshape(tf.cast(tf.where(flat[1:] != flat[:-1])[:, 0], tf.int32) + 1, [-1, 2])  # (runs, 2): start, end
    anchor = length // 2
    shortest = tf.minimum(tf.minimum(anchor + 1, length - anchor), layout.width)  # that is kept anywhere
    long = boundaries[:, 1] - boundaries[:, 0] >= shortest
    boundaries = tf.boolean_mask(boundaries, long)
    _, _, starts = layout.coordinates(boundaries[:, 0])
    ends = starts + boundaries[:, 1] - boundaries[:, 0]
    at_left, at_right = starts == 0, ends == layout.width
    needed = tf.where(at_left, length - anchor, tf.where(at_right, anchor + 1, length))
    needed = tf.where(at_left & at_right, 0, needed)
    shift = 2 * anchor - length + 1  # 0 or 1
    first = boundaries[:, 0] + tf.where(at_left, 0, shift)
    last = boundaries[:, 1] + tf.where(at_right, 0, shift)
    kept = (ends - starts >= needed) & (last > first)
    first, last = tf.boolean_mask(first, kept), tf.boolean_mask(last, kept)
    _, pixels = enumerate_ranges(last - first, first)
    return layout.restore(place_values(pixels, tf.ones_like(pixels, tf.bool), False, tf.shape(flat)))[0]


def cells_of_quads(rules, length, quads):
    """The cell that most of nine points inside each quad lie in, int32 `(n,)`, −1 for none; numbers in no particular order."""
    layout = layout_of(rules[None])
    runs = label_runs(layout.flatten(~rules[None], padding=False), layout.stride)
    _, rows, columns = layout.coordinates(runs.starts)
    lengths = runs.ends - runs.starts
    at_border = (rows == 0) | (rows == layout.height - 1) | (columns == 0) | (columns + lengths == layout.width)
    areas = tf.math.unsorted_segment_sum(lengths, runs.components, runs.count)
    at_border = tf.math.unsorted_segment_max(tf.cast(at_border, tf.int32), runs.components, runs.count) > 0
    page_area = tf.cast(layout.height * layout.width, tf.float64)
    is_cell = ~at_border & (tf.cast(areas, tf.float64) <= 0.5 * page_area) & (areas >= length * length // 4)

    points = tf.cast(tf.round(nine_points(tf.cast(quads, tf.float64))), tf.int32)  # (n, 9, 2)
    x, y = tf.clip_by_value(points[..., 0], 0, layout.width - 1), tf.clip_by_value(points[..., 1], 0, layout.height - 1)
    pixels = tf.reshape((y + 1) * layout.stride + x, [-1])
    run = tf.maximum(tf.searchsorted(runs.starts, pixels, side="right") - 1, 0)
    run = tf.where(tf.size(runs.starts) > 0, run, 0)
    starts, ends, components = (tf.pad(values, [[0, 1]]) for values in (runs.starts, runs.ends, runs.components))
    inside = (tf.gather(starts, run) <= pixels) & (pixels < tf.gather(ends, run))
    components = tf.gather(components, run)
    cells = tf.where(inside & tf.gather(tf.pad(is_cell, [[0, 1]]), components), components, -1)
    cells = tf.reshape(cells, [-1, 9])
    votes = tf.reduce_sum(tf.cast(cells[:, :, None] == cells[:, None, :], tf.int32), axis=2)
    return tf.reduce_max(tf.where((votes >= 5) & (cells >= 0), cells, -1), axis=1)


def nine_points(quads):
    """Quads `(n, 4, 2)` → `(n, 9, 2)`: a grid of three by three inside each."""
    across = tf.constant([0.1, 0.5, 0.9], quads.dtype)[:, None]
    down = tf.constant([0.25, 0.5, 0.75], quads.dtype)[:, None, None]
    top = quads[:, None, 0] + across * (quads[:, None, 1] - quads[:, None, 0])  # (n, 3, 2)
    bottom = quads[:, None, 3] + across * (quads[:, None, 2] - quads[:, None, 3])
    return tf.reshape(top[:, None] + down * (bottom - top)[:, None], [-1, 9, 2])
