"""Vertical writing in graph: upright characters one below the other, laid side by side; reading/stacked.py in NumPy.

All of it on a grey column: where print is coloured, ink and paper may differ from the Python version's by a level.
"""

import tensorflow as tf

CONTRAST = 24  # grey levels between ink and paper; less is blank


def unstack(column, settings):
    """The upright grey image of a column, uint8 `(height, width)` → uint8 `(width, length)`, its characters side by side.

    `(width, 0)` where there are not two characters. settings: SpotterSettings.
    """
    ink = ink_mask(column)
    inked = tf.cast(tf.where(tf.reduce_any(ink, axis=0)), tf.float64)
    ink_width = tf.reduce_sum(inked[-1:] - inked[:1] + 1)  # 0 of a blank column
    tops, bottoms = find_characters(tf.reduce_any(ink, axis=1), settings.merged * ink_width)
    nothing = tf.zeros(tf.stack([tf.shape(column)[1], 0]), tf.uint8)
    return tf.cond(tf.size(tops) >= 2, lambda: lay_side_by_side(column, tops, bottoms, settings.space, settings.side), lambda: nothing)


def ink_mask(image):
    """bool `(height, width)` of a grey image: the darker or the lighter part by Otsu's threshold, whichever is the smaller."""
    counts = tf.cast(count_levels(image), tf.float64)
    levels = tf.range(256, dtype=tf.float64)
    shares, moments = tf.cumsum(counts), tf.cumsum(counts * levels)  # of the pixels up to a level
    total, moment = shares[-1], moments[-1]
    between = tf.math.divide_no_nan((moment * shares - total * moments) ** 2, shares * (total - shares))
    dark = tf.cast(image, tf.int32) <= tf.argmax(between, output_type=tf.int32)
    is_light = 2 * tf.reduce_sum(tf.cast(dark, tf.int32)) > tf.size(image)
    pixels = tf.cast(image, tf.int32)
    has_contrast = tf.reduce_max(pixels) - tf.reduce_min(pixels) >= CONTRAST
    return (dark != is_light) & has_contrast


def count_levels(image):
    """uint8 `(height, width)` → int32 `(256,)`, how many pixels have each level."""
    return tf.math.bincount(tf.cast(tf.reshape(image, [-1]), tf.int32), minlength=256, maxlength=256)


def find_characters(inked, longest):
    """bool `(rows,)` → first and last + 1 row of each character, int32 `(characters,)` each.

    Runs of inked rows are joined as long as they fit into `longest`, a float64 scalar.
    """
    changes = tf.where(tf.pad(inked, [[1, 0]]) != tf.pad(inked, [[0, 1]]))[:, 0]
    runs = tf.reshape(tf.cast(changes, tf.int32), [-1, 2])

    def top_of(top, run):
        """The first row of the character that a run belongs to; `top` is that of the run before."""
        return tf.where(tf.cast(run[1] - top, tf.float64) <= longest, top, run[0])

    far_above = tf.constant(-(2**30))
    tops = tf.scan(top_of, runs, far_above)
    begins = tops == runs[:, 0]
    bottoms = tf.math.segment_max(runs[:, 1], tf.cumsum(tf.cast(begins, tf.int32)) - 1)
    return tf.boolean_mask(tops, begins), bottoms


def lay_side_by_side(column, tops, bottoms, space, side):
    """The characters of a column between rows `tops` and `bottoms`, each in a square with paper around it: uint8 `(width, length)`."""
    width = tf.shape(column)[1]
    near = tf.maximum(tf.cast(side * tf.cast(width, tf.float64), tf.int32), 1)  # paper before a character, and after the last
    far = tf.maximum(tf.cast(2 * space * tf.cast(width, tf.float64), tf.int32), 1)
    is_near = tf.cast(tops[1:] - bottoms[:-1], tf.float64) < space * tf.cast(width, tf.float64)
    gaps = tf.concat([near[None], tf.where(is_near, near, far)], axis=0)
    ends = tf.cumsum(gaps + width)
    x = tf.range(ends[-1] + near)
    owners = tf.minimum(tf.searchsorted(ends, x, side="right"), tf.size(ends) - 1)
    columns = x - tf.gather(ends - width, owners)  # of a character's square

    heights = tf.minimum(bottoms - tops, width)
    above = (width - heights) // 2  # paper in the square
    rows = tf.range(width)[:, None] - tf.gather(above, owners)  # (width, length)
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < tf.gather(heights, owners))
    places = tf.stack([tf.where(inside, rows + tf.gather(tops, owners), 0), tf.where(inside, columns, 0)], axis=-1)
    return tf.where(inside, tf.gather_nd(column, places), paper_level(column))


def paper_level(image):
    """The median of the levels of an image, uint8; between two levels the lower."""
    up_to = tf.cumsum(count_levels(image))
    middles = tf.stack([tf.size(image) - 1, tf.size(image)]) // 2
    return tf.cast(tf.reduce_sum(tf.searchsorted(up_to, middles, side="right")) // 2, tf.uint8)
