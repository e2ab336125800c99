"""Reading order in graph: reading/order.py, where each rule is explained, in stock operations.

Recursion becomes refinement: the order is a sequence of groups, and while one has several members, the first such is replaced by
its parts. Boxes are float64 `(n, 5)` of (left, top, right, bottom, width of the text); parts are numbered 0, 1, … in reading order.
"""

import tensorflow as tf


def order_texts(quads, cells, rules):
    """Quads float32 `(n, 4, 2)` and their ruled_cells.Cells → order and blocks, int32 `(n,)` each.

    rules: reading.settings.OrderRules. blocks: of the texts in their order, 0, 1, …
    """
    angle = skew(quads)
    boxes = turned_boxes(quads, angle)
    heights = boxes[:, 3] - boxes[:, 1]
    # Units: texts outside cells one by one, then cells with all their texts.
    is_free = cells.numbers < 0
    free_count = tf.reduce_sum(tf.cast(is_free, tf.int32))
    distinct, _ = tf.unique(tf.sort(tf.boolean_mask(cells.numbers, ~is_free)))
    units = tf.where(is_free, tf.cumsum(tf.cast(is_free, tf.int32)) - 1, free_count + tf.searchsorted(distinct, cells.numbers))
    unit_count = free_count + tf.size(distinct)
    unit_boxes = _unite(boxes, units, unit_count)
    by_rules = _unite(turned_boxes(cells.quads, angle), units, unit_count)
    by_rules = tf.concat([by_rules[:, :4], unit_boxes[:, 4:]], axis=1)
    has_rules = tf.math.unsorted_segment_max(tf.cast(cells.rectangular, tf.int32), units, unit_count) > 0
    unit_boxes = tf.where(has_rules[:, None], by_rules, unit_boxes)
    unit_order = cut(unit_boxes, tf.zeros_like(unit_boxes[:, 0], tf.int32), tf.fill([unit_count], median(heights)), rules)
    ranks = tf.gather(tf.math.invert_permutation(unit_order), units)
    order = cut(boxes, ranks, tf.gather(segment_medians(heights, ranks, unit_count), ranks), rules)

    boxes, ranks, is_free = tf.gather(boxes, order), tf.gather(ranks, order), tf.gather(is_free, order)
    same_cell = ranks[1:] == ranks[:-1]
    joined = same_cell | (is_free[1:] & is_free[:-1] & _continues(boxes[:-1], boxes[1:], rules))
    begins = tf.concat([tf.zeros([tf.minimum(tf.size(order), 1)], tf.int32), tf.cast(~joined, tf.int32)], axis=0)
    return order, tf.cumsum(begins)


def _unite(boxes, owners, count):
    low = tf.math.unsorted_segment_min(boxes[:, :2], owners, count)
    high = tf.math.unsorted_segment_max(boxes[:, 2:4], owners, count)
    return tf.concat([low, high, high[:, :1] - low[:, :1]], axis=1)


def skew(quads):
    """The median direction of texts, quads `(n, 4, 2)`, that run across the page, the longer ones counting for more: float64 radians."""
    quads = tf.cast(quads, tf.float64)
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]) / 2
    level = tf.boolean_mask(along, tf.abs(along[:, 0]) > tf.abs(along[:, 1]))
    slopes, weights = level[:, 1] / level[:, 0], tf.abs(level[:, 0])
    by_slope = tf.argsort(slopes)
    half = tf.searchsorted(tf.cumsum(tf.gather(weights, by_slope)), tf.reduce_sum(weights)[None] / 2)
    middle = tf.gather(slopes, by_slope)[tf.minimum(half[0], tf.size(slopes) - 1) :][:1]
    return tf.reduce_sum(tf.atan(middle))  # 0 where nothing is level


def turned_boxes(quads, angle):
    """Quads `(n, 4, 2)` → boxes `(n, 5)` on the page turned back by an angle."""
    x, y = tf.unstack(tf.cast(quads, tf.float64), axis=-1)
    x, y = tf.cos(angle) * x + tf.sin(angle) * y, tf.cos(angle) * y - tf.sin(angle) * x
    left, right = tf.reduce_min(x, 1), tf.reduce_max(x, 1)
    return tf.stack([left, tf.reduce_min(y, 1), right, tf.reduce_max(y, 1), right - left], axis=1)


def cut(boxes, groups, line_heights, rules):
    """Boxes in reading order, int32 `(n,)`, within groups int32 `(n,)` that keep their order; a line height for each, by its group."""
    order = tf.argsort(groups, stable=True)
    starts, done = _bounds(tf.gather(groups, order))

    def has_more(order, starts, done):
        return ~tf.reduce_all(done)

    def refine(order, starts, done):
        first = tf.argmin(tf.cast(done, tf.int32), output_type=tf.int32)
        length = tf.size(tf.where(tf.cumsum(tf.cast(starts[first:], tf.int32)) == 1))
        last = first + length
        members = tf.sort(order[first:last])
        parts = divide(tf.gather(boxes, members), line_heights[members[0]], rules)
        by_part = tf.argsort(parts, stable=True)
        part_starts, part_done = _bounds(tf.gather(parts, by_part))
        new = (tf.gather(members, by_part), part_starts, part_done)
        return tuple(tf.concat([old[:first], part, old[last:]], axis=0) for old, part in zip((order, starts, done), new, strict=True))

    shapes = (tf.TensorShape([None]),) * 3
    return tf.while_loop(has_more, refine, (order, starts, done), shapes, parallel_iterations=1)[0]


def _bounds(groups):
    """Numbers in order → whether each begins a group, and whether it is alone in it."""
    differs = groups[1:] != groups[:-1]
    edge = tf.ones([tf.minimum(tf.size(groups), 1)], tf.bool)
    starts = tf.concat([edge, differs], axis=0)
    return starts, starts & tf.concat([differs, edge], axis=0)


def divide(boxes, line_height, rules):
    """The parts of a group of two or more boxes: `_cut` of the Python version, one step of it."""
    rows = split(boxes, axis=1, line_height=line_height)
    columns = join_between_spans(boxes, split(boxes, axis=0), rules)

    def by_columns():
        return tf.cond(tf.reduce_max(columns) > 0, lambda: columns, lambda: sweep(boxes))

    return tf.cond(tf.reduce_max(rows) > 0, lambda: divide_bands(boxes, rows, line_height, rules), by_columns)


def join_between_spans(boxes, columns, rules):
    """Columns, with those joined that stand between boxes as tall as all of them together."""
    count = tf.reduce_max(columns) + 1
    heights = boxes[:, 3] - boxes[:, 1]
    tall = heights >= rules.spanning * (tf.reduce_max(boxes[:, 3]) - tf.reduce_min(boxes[:, 1]))
    alone = tf.gather(tf.math.bincount(columns, minlength=count, maxlength=count), columns) == 1
    spans = tf.math.unsorted_segment_max(tf.cast(tall & alone, tf.int32), columns, count) > 0
    begins = tf.concat([[False], spans[1:] | spans[:-1]], axis=0)
    joined = tf.gather(tf.cumsum(tf.cast(begins, tf.int32)), columns)
    return tf.where(tf.reduce_any(spans) & ~tf.reduce_all(spans), joined, columns)


def split(boxes, axis, line_height=None, overlap=0.3):
    """The part of each box: parts are sets of boxes whose intervals along the axis (0: x, 1: y, with a line height) do not touch."""
    start, end = _interval(boxes, axis, line_height, overlap)
    order = tf.argsort(start, stable=True)
    start, end = tf.gather(start, order), tf.gather(end, order)
    begins = ~tf.reduce_any(_earlier(tf.size(start)) & (end[None, :] > start[:, None]), axis=1)
    return tf.gather(tf.cumsum(tf.cast(begins, tf.int32)) - 1, tf.math.invert_permutation(order))


def _interval(boxes, axis, line_height, overlap=0.3):
    start, end = boxes[:, axis], boxes[:, axis + 2]
    shrink = overlap / 2 * tf.minimum(end - start, line_height) if axis == 1 else 0.0
    return start + shrink, end - shrink


def _earlier(count):
    """bool `(count, count)`: whether j < i."""
    return tf.range(count)[None, :] < tf.range(count)[:, None]


def divide_bands(boxes, rows, line_height, rules):
    """Parts by rows, or by columns where a gutter runs through consecutive rows with running text on both its sides."""
    row_count = tf.reduce_max(rows) + 1
    by_left = tf.argsort(boxes[:, 0], stable=True)
    ordered, rows = tf.gather(boxes, by_left), tf.gather(rows, by_left)  # restored at the end
    extent = tf.reduce_min(boxes[:, 0]), tf.reduce_max(boxes[:, 2])

    def add_band(first, parts):
        ends = tf.range(first + 1, row_count + 1)  # candidates: rows first .. end − 1
        inside = (rows >= first) & (rows < ends[:, None])  # (ends, boxes)
        has_gutter, columns, likely = _survey(ordered, inside, extent, line_height, rules)
        reach = tf.maximum(tf.reduce_sum(tf.cast(has_gutter, tf.int32)), 1)
        likely &= tf.range(tf.size(ends)) < reach

        def test(place):
            return are_columns(ordered, inside[place], columns[place], line_height, rules)

        def is_open(place, found):
            return (place >= 0) & ~found

        def try_shorter(place, found):
            found = tf.cond(likely[place], lambda: test(place), lambda: tf.constant(False))
            return tf.where(found, place, place - 1), found

        place, found = tf.while_loop(is_open, try_shorter, (reach - 1, tf.constant(False)))
        place = tf.maximum(place, 0)
        numbers = tf.where(found, columns[place], rows)
        parts = tf.where(inside[place], numbers + tf.reduce_max(parts) + 1, parts)  # numbers of rows only grow
        return ends[place], parts

    state = (0, tf.fill(tf.shape(rows), -1))
    _, parts = tf.while_loop(lambda first, _: first < row_count, add_band, state, parallel_iterations=1)
    return tf.gather(parts, tf.math.invert_permutation(by_left))


def _survey(boxes, inside, extent, line_height, rules):
    """For sets of boxes in order of their left sides, bool `(sets, boxes)`: has a gutter `(sets,)`, columns `(sets, boxes)`, `(sets,)`.

    The last says whether the columns may be columns of text, by what is quickly computed: see `are_columns`.
    """
    left, right = tf.where(inside, boxes[:, 0], extent[1]), tf.where(inside, boxes[:, 2], extent[0])
    reach = running_max(tf.pad(right, [[0, 0], [1, 0]], constant_values=-1e300))  # of all boxes before, (sets, boxes + 1)
    gaps = tf.pad(left, [[0, 0], [0, 1]], constant_values=extent[1]) - tf.maximum(reach, extent[0])
    counted = tf.pad(inside, [[0, 0], [0, 1]], constant_values=True)
    has_gutter = tf.reduce_any(counted & (gaps >= rules.gutter * line_height), axis=1)

    begins = inside & (boxes[:, 0] >= tf.where(tf.cumsum(tf.cast(inside, tf.int32), axis=1, exclusive=True) > 0, reach[:, :-1], -1e300))
    columns = tf.cumsum(tf.cast(begins, tf.int32), axis=1) - 1
    sets, size = tf.shape(inside)[0], tf.shape(inside)[1]
    owners = tf.reshape(tf.where(inside, columns + tf.range(sets)[:, None] * size, -1), [-1])
    is_long = tf.cast(boxes[:, 4] >= rules.column_line * line_height, tf.int32) + tf.zeros_like(columns)

    def totals(values):
        return tf.reshape(tf.math.unsorted_segment_sum(tf.reshape(values, [-1]), owners, sets * size), [sets, size])

    counts, long_counts = totals(tf.ones_like(columns)), totals(is_long)
    fits = (counts >= rules.column_rows) & (2 * long_counts >= counts)
    used = counts > 0
    several = tf.reduce_sum(tf.cast(used, tf.int32), axis=1) >= 2
    return has_gutter, columns, several & tf.reduce_all(fits | ~used, axis=1)


def are_columns(boxes, inside, columns, line_height, rules):
    """True if there are several columns and every one holds several rows of running text."""
    boxes, columns = tf.boolean_mask(boxes, inside), tf.boolean_mask(columns, inside)
    count = tf.reduce_max(columns) + 1
    top, bottom = _interval(boxes, 1, line_height)
    order = tf.argsort(top, stable=True)
    top, bottom, owners = tf.gather(top, order), tf.gather(bottom, order), tf.gather(columns, order)
    same = owners[:, None] == owners[None, :]
    begins = ~tf.reduce_any(_earlier(tf.size(top)) & same & (bottom[None, :] > top[:, None]), axis=1)
    row_counts = tf.math.unsorted_segment_sum(tf.cast(begins, tf.int32), owners, count)
    widths = segment_medians(boxes[:, 4], columns, count)
    return (count >= 2) & tf.reduce_all(row_counts >= rules.column_rows) & tf.reduce_all(widths >= rules.column_line * line_height)


def sweep(boxes):
    """Boxes that cannot be cut apart: by the middle of the line, then from left to right. Every box a part."""
    middles, heights = (boxes[:, 1] + boxes[:, 3]) / 2, boxes[:, 3] - boxes[:, 1]
    order = tf.argsort(middles, stable=True)
    middles, heights = tf.gather(middles, order), tf.gather(heights, order)
    places = tf.range(tf.size(order))

    def mark(first, lines):
        below = middles - middles[first] > 0.5 * tf.minimum(heights, heights[first])
        following = tf.where(below & (places > first))[:, 0]
        start = tf.concat([tf.cast(following, tf.int32), [tf.size(order)]], axis=0)[0]
        return start, lines + tf.cast(places >= start, tf.int32)

    _, lines = tf.while_loop(lambda first, _: first < tf.size(order), mark, (0, tf.zeros_like(order)))
    by_left = tf.argsort(tf.gather(boxes[:, 0], order), stable=True)
    by_line = tf.gather(by_left, tf.argsort(tf.gather(lines, by_left), stable=True))
    return tf.math.invert_permutation(tf.gather(order, by_line))


def running_max(values):
    """The greatest so far along the last axis, by doubling."""

    def reach_further(distance, values):
        shifted = tf.pad(values[..., :-distance], [[0, 0], [distance, 0]], constant_values=values.dtype.min)
        return 2 * distance, tf.maximum(values, shifted)

    shapes = (tf.TensorShape([]), tf.TensorShape([None, None]))
    return tf.while_loop(lambda distance, values: distance < tf.shape(values)[-1], reach_further, (1, values), shapes)[1]


def median(values):
    """As numpy.median; of none 0."""
    return tf.reduce_sum(segment_medians(values, tf.zeros_like(values, tf.int32), 1))


def segment_medians(values, owners, count):
    """Medians `(count,)` of float64 values `(n,)` by their owners 0 .. count − 1; of none 0."""
    by_value = tf.argsort(values, stable=True)
    order = tf.gather(by_value, tf.argsort(tf.gather(owners, by_value), stable=True))
    ordered = tf.concat([tf.gather(values, order), tf.zeros((1,), values.dtype)], axis=0)
    counts = tf.math.bincount(owners, minlength=count, maxlength=count)
    starts = tf.cumsum(counts, exclusive=True)
    lower, upper = starts + tf.maximum(counts - 1, 0) // 2, starts + counts // 2
    medians = (tf.gather(ordered, lower) + tf.gather(ordered, upper)) / 2
    return tf.where(counts > 0, medians, tf.zeros_like(medians))


def _continues(before, after, rules):
    """Whether the lines `after`, boxes `(n, 4)`, go on with the paragraphs of those before."""
    heights = tf.stack([before[:, 3] - before[:, 1], after[:, 3] - after[:, 1]])
    height, taller = tf.reduce_min(heights, axis=0), tf.reduce_max(heights, axis=0)
    overlap = tf.minimum(before[:, 2], after[:, 2]) - tf.maximum(before[:, 0], after[:, 0])
    gap = after[:, 1] - before[:, 3]
    near = (gap >= -0.5 * height) & (gap <= rules.paragraph_gap * height)
    return near & (taller <= rules.height_change * height) & (overlap > 0)
