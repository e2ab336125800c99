"""Ruled cells in graph: reading/cells.py, where the rules are explained, in stock operations and by runs instead of pixels."""

from typing import NamedTuple

import tensorflow as tf

from ocr_crnn.ops.components import enumerate_ranges, label_runs, layout_of
from ocr_crnn.ops.pixel_aggregation import place_values
from ocr_crnn.ops.quads import inset_quads, measure_quads
from ocr_crnn.ops.rectangles import min_area_rectangles

WINDOW = 31  # pixels, odd, of the surroundings that a rule is darker than
GAP = 2  # pixels by which rules grow on all sides, to meet


class Cells(NamedTuple):
    """Of n texts: the ruled cell of each, int32 `(n,)`, −1 for none; the smallest rectangle around that cell, float32 `(n, 4, 2)`; and
    whether the cell is rectangular enough for it to mean anything, bool `(n,)`."""

    numbers: tf.Tensor
    quads: tf.Tensor
    rectangular: tf.Tensor


def find_cells_of_quads(image, quads, rule_length, darkness, rectangular, longest_px):
    """A grey page uint8 `(height, width)` and the quads of its texts `(n, 4, 2)` → `Cells`, numbered in no particular order.

    rule_length: of the longer side of the page. darkness: grey levels by which rules are darker than their surroundings.
    rectangular: the part of its smallest rectangle that a rectangular cell fills. longest_px: longer side of the mask in which rules are
    looked for; it is halved until it has no more.
    """
    is_tiny = tf.reduce_min(tf.shape(image)) <= WINDOW // 2

    def find():
        level, upright, pixels = shrink(find_dark(image, darkness), longest_px)
        longer = tf.cast(tf.reduce_max(tf.shape(level)), tf.float64)
        length = tf.maximum(tf.cast(rule_length * longer, tf.int32), 8)
        small = (tf.cast(quads, tf.float64) + 0.5) / tf.cast(pixels, tf.float64) - 0.5
        cells = cells_of_quads(find_rules(level, upright, length), length, small, rectangular)
        return cells._replace(quads=(cells.quads + 0.5) * tf.cast(pixels, tf.float32) - 0.5)

    def find_none():
        count = tf.shape(quads)[0]
        return Cells(tf.fill([count], -1), tf.zeros_like(quads), tf.fill([count], False))

    return tf.cond(is_tiny, find_none, find)


def find_dark(image, darkness):
    """bool `(height, width)`: pixels darker than the mean of their surroundings by more than `darkness` grey levels."""
    grey = tf.cast(image, tf.int32)
    around = tf.pad(grey, [[WINDOW // 2] * 2] * 2, mode="REFLECT")
    for axis in (1, 0):
        sums = tf.cumsum(tf.pad(around, [[1, 0], [0, 0]] if axis == 0 else [[0, 0], [1, 0]]), axis=axis)
        around = sums[WINDOW:] - sums[:-WINDOW] if axis == 0 else sums[:, WINDOW:] - sums[:, :-WINDOW]
    mean = (2 * around + WINDOW**2) // (2 * WINDOW**2)  # rounded
    return mean - grey > darkness


def shrink(dark, longest_px):
    """A mask `(height, width)` → a mask of level strokes, a transposed mask of upright strokes, and the side of one of their places in
    page pixels."""

    def is_long(level, upright, pixels):
        return (tf.reduce_max(tf.shape(level)) > longest_px) & (tf.reduce_min(tf.shape(level)) > WINDOW)

    def halve_both(level, upright, pixels):
        return halve(level), halve(upright), 2 * pixels

    shapes = (tf.TensorShape([None, None]), tf.TensorShape([None, None]), tf.TensorShape([]))
    return tf.while_loop(is_long, halve_both, (dark, tf.transpose(dark), 1), shapes)


def halve(mask):
    """A mask of level strokes at half the size: a place is set where both pixels of one of its two rows are."""
    height, width = tf.unstack(tf.shape(mask) // 2)
    places = tf.reshape(mask[: 2 * height, : 2 * width], (height, 2, width, 2))
    return tf.reduce_any(tf.reduce_all(places, axis=3), axis=1)


def find_rules(level, upright, length):
    """bool `(height, width)`: level and, from the transposed mask, upright strokes of at least `length` pixels, upright ones between
    rules too where they are half as long; all grown by `GAP`."""
    across, down = find_level_rules(level, length), upright
    bars = bars_between(find_level_rules(down, length // 2), tf.transpose(across))
    rules = across | tf.transpose(find_level_rules(down, length) | bars)
    return grow(grow(rules, GAP, 0), GAP, 1)


def grow(mask, reach, axis):
    """Every pixel that has a set one at most `reach` away along an axis."""
    size = tf.shape(mask)[axis]
    padded = tf.pad(mask, [[reach, reach], [0, 0]] if axis == 0 else [[0, 0], [reach, reach]])
    grown = mask
    for start in range(2 * reach + 1):
        grown |= padded[start : start + size] if axis == 0 else padded[:, start : start + size]
    return grown


def find_level_rules(dark, length):
    """Level strokes at least `length` long in a mask `(height, width)`; gaps of half of that are closed. Strokes grow by a pixel first."""
    layout = layout_of(dark[None])
    flat = layout.flatten(grow(dark, 1, 0)[None], padding=False)
    starts, ends = close_gaps(*long_runs(*runs_of(flat), layout, length), layout, length // 2)
    return paint_runs(starts, ends, layout, tf.shape(flat))


def runs_of(flat):
    """Starts and ends, int32 `(runs,)` each, of the runs of True in a flat mask."""
    boundaries = tf.reshape(tf.cast(tf.where(flat[1:] != flat[:-1])[:, 0], tf.int32) + 1, [-1, 2])
    return boundaries[:, 0], boundaries[:, 1]


def paint_runs(starts, ends, layout, size):
    """bool `(height, width)` of runs in a flat mask of a size."""
    _, pixels = enumerate_ranges(ends - starts, starts)
    return layout.restore(place_values(pixels, tf.ones_like(pixels, tf.bool), False, size))[0]


def long_runs(starts, ends, layout, length):
    """Runs of at least `length` pixels: an opening by a line as OpenCV computes it.

    Beyond the border everything counts as set, and a line of even length, which has no middle, moves what it keeps by a pixel.
    """
    anchor = length // 2
    shortest = tf.minimum(tf.minimum(anchor + 1, length - anchor), layout.width)  # that is kept anywhere
    starts, ends = _keep(ends - starts >= shortest, starts, ends)
    at_left, at_right = _at_borders(starts, ends, layout)
    needed = tf.where(at_left, length - anchor, tf.where(at_right, anchor + 1, length))
    kept = (ends - starts >= needed) | (at_left & at_right)
    starts, ends = _shift(starts, ends, at_left, at_right, length)
    return _keep(kept & (ends > starts), starts, ends)


def close_gaps(starts, ends, layout, length):
    """Runs joined where fewer than `length` pixels are between them: a closing by a line as OpenCV computes it."""
    anchor = length // 2
    rows = starts // layout.stride
    parted = (rows[1:] != rows[:-1]) | (starts[1:] - ends[:-1] >= length)
    edge = tf.ones([tf.minimum(tf.size(starts), 1)], tf.bool)
    starts = tf.boolean_mask(starts, tf.concat([edge, parted], axis=0))
    ends = tf.boolean_mask(ends, tf.concat([parted, edge], axis=0))
    left = starts // layout.stride * layout.stride
    right = left + layout.width
    starts = tf.where(starts - left < length - anchor, left, starts)
    ends = tf.where(right - ends <= anchor, right, ends)
    return _shift(starts, ends, starts == left, ends == right, length)


def _at_borders(starts, ends, layout):
    columns = starts - starts // layout.stride * layout.stride
    return columns == 0, columns + ends - starts == layout.width


def _shift(starts, ends, at_left, at_right, length):
    step = 2 * (length // 2) - length + 1  # 1 for a line of even length
    return starts + tf.where(at_left, 0, step), ends + tf.where(at_right, 0, step)


def _keep(kept, *columns):
    return tuple(tf.boolean_mask(column, kept) for column in columns)


def bars_between(bars, rules, reach=5):
    """Those level strokes of a mask that begin and end at upright `rules`, both bool `(height, width)`."""
    layout = layout_of(bars[None])
    flat = layout.flatten(bars[None], padding=False)
    runs = label_runs(flat, layout.stride)
    _, rows, lefts = layout.coordinates(runs.starts)
    rights = lefts + runs.ends - runs.starts
    low, high = (tf.math.unsorted_segment_min, tf.math.unsorted_segment_max)
    top, bottom = low(rows, runs.components, runs.count), high(rows, runs.components, runs.count) + 1
    left, right = low(lefts, runs.components, runs.count), high(rights, runs.components, runs.count)
    bar, row = enumerate_ranges(bottom - top, top)

    def touches(column):
        """Whether there is a rule from `reach` before a column to `reach` after it, in any row of the bar."""
        places = tf.gather(column, bar)[:, None] + tf.range(-reach, reach)
        columns = tf.clip_by_value(places, 0, layout.width - 1)
        found = tf.gather_nd(rules, tf.stack([row[:, None] + tf.zeros_like(places), columns], axis=-1))
        found &= (places >= 0) & (places < layout.width)
        return high(tf.cast(tf.reduce_any(found, axis=1), tf.int32), bar, runs.count) > 0

    kept = tf.gather(touches(left) & touches(right), runs.components)
    return paint_runs(*_keep(kept, runs.starts, runs.ends), layout, tf.shape(flat))


def cells_of_quads(rules, length, quads, rectangular):
    """The cell that most of nine points inside each quad lie in, as `Cells`."""
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
    starts, ends, components = (tf.pad(values, [[0, 1]]) for values in (runs.starts, runs.ends, runs.components))
    inside = (tf.gather(starts, run) <= pixels) & (pixels < tf.gather(ends, run))
    components = tf.gather(components, run)
    numbers = tf.where(inside & tf.gather(tf.pad(is_cell, [[0, 1]]), components), components, -1)
    numbers = tf.reshape(numbers, [-1, 9])
    votes = tf.reduce_sum(tf.cast(numbers[:, :, None] == numbers[:, None, :], tf.int32), axis=2)
    numbers = tf.reduce_max(tf.where((votes >= 5) & (numbers >= 0), numbers, -1), axis=1)
    return Cells(numbers, *rectangles_of_cells(runs, rows, columns, numbers, rectangular))


def rectangles_of_cells(runs, rows, columns, numbers, rectangular):
    """The smallest rectangles `(n, 4, 2)` around cells `(n,)`, through the middles of their outermost pixels, and whether they are full."""
    wanted = tf.boolean_mask(numbers, numbers >= 0)
    is_wanted = tf.math.bincount(wanted, minlength=runs.count, maxlength=runs.count) > 0
    places = tf.cumsum(tf.cast(is_wanted, tf.int32)) - 1  # of a wanted cell among the wanted ones
    count = tf.reduce_sum(tf.cast(is_wanted, tf.int32))
    of_cells = tf.where(tf.gather(is_wanted, runs.components))[:, 0]
    order = tf.gather(of_cells, tf.argsort(tf.gather(tf.gather(places, runs.components), of_cells), stable=True))
    owner, row, begin = tf.gather(tf.gather(places, runs.components), order), tf.gather(rows, order), tf.gather(columns, order)
    end = begin + tf.gather(runs.ends - runs.starts, order)
    is_new = tf.concat([tf.ones([tf.minimum(tf.size(row), 1)], tf.bool), (owner[1:] != owner[:-1]) | (row[1:] != row[:-1])], axis=0)
    span = tf.cumsum(tf.cast(is_new, tf.int32)) - 1
    owner, row, begin = _keep(is_new, owner, row, begin)
    end = tf.math.segment_max(end, span)
    filled = tf.math.unsorted_segment_sum(tf.cast(end - begin - 1, tf.float32), owner, count)
    heights = tf.cast(tf.math.bincount(owner, minlength=count, maxlength=count), tf.float32)

    def measure():
        quads = inset_quads(min_area_rectangles(row, begin, end, owner, count), 0.5) - 0.5
        return quads, filled * (heights - 1) / heights >= rectangular * tf.reduce_prod(measure_quads(quads), axis=1)

    quads, is_filled = tf.cond(count > 0, measure, lambda: (tf.zeros((0, 4, 2)), tf.zeros((0,), tf.bool)))
    quads, is_filled = tf.pad(quads, [[0, 1], [0, 0], [0, 0]]), tf.pad(is_filled, [[0, 1]])
    place = tf.where(numbers >= 0, tf.gather(tf.pad(places, [[0, 1]]), tf.maximum(numbers, 0)), count)
    return tf.gather(quads, place), tf.gather(is_filled, place)


def nine_points(quads):
    """Quads `(n, 4, 2)` → `(n, 9, 2)`: a grid of three by three inside each."""
    across = tf.constant([0.1, 0.5, 0.9], quads.dtype)[:, None]
    down = tf.constant([0.25, 0.5, 0.75], quads.dtype)[:, None, None]
    top = quads[:, None, 0] + across * (quads[:, None, 1] - quads[:, None, 0])  # (n, 3, 2)
    bottom = quads[:, None, 3] + across * (quads[:, None, 2] - quads[:, None, 3])
    return tf.reshape(top[:, None] + down * (bottom - top)[:, None], [-1, 9, 2])
