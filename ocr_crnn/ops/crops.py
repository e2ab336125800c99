"""Page image and quads → upright grey lines of a recogniser's height, in graph; reading/crops.py and ops/lines.py in NumPy."""

import tensorflow as tf

from ocr_crnn.ops.images import in_strips
from ocr_crnn.ops.quads import measure_quads

WEIGHT_BITS = 22  # of Pillow's weights in fixed point: products with 8 bits fit into 32


def crop_sizes(quads):
    """Whole pixels `(n, 2)` of (width, height), int32, at least 1, of the upright images of quads `(n, 4, 2)`."""
    return tf.cast(tf.maximum(tf.round(measure_quads(quads)), 1), tf.int32)


def line_widths(sizes, height, max_width):
    """The widths `(n,)` int32 of images `(n, 2)` (width, height) brought to `height` with their aspect kept, in 1..max_width."""
    sizes = tf.cast(sizes, tf.float64)
    return tf.cast(tf.clip_by_value(tf.round(sizes[:, 0] * height / tf.maximum(sizes[:, 1], 1)), 1, max_width), tf.int32)


def to_grey_levels(image):
    """uint8 `(height, width, 3)` → uint8 `(height, width)`: ITU-R BT.601 luma in 16-bit fixed point, as Pillow computes it."""

    def grey(strip):
        red, green, blue = tf.unstack(tf.cast(strip, tf.int32), axis=-1)
        return tf.cast((red * 19595 + green * 38470 + blue * 7471 + 0x8000) // 65536, tf.uint8)

    return tf.ensure_shape(in_strips(grey, image), (None, None))


def crop_quad(image, quad, size):
    """The upright image of a quad `(4, 2)` of a grey page: uint8 `(height, width)`, at the resolution of the page.

    image: uint8 `(page height, page width)`. size: int32 (width, height) of the crop, see `crop_sizes`.
    An axis-aligned quad is a slice of the page, at whole pixels; anything else is warped. What lies beyond the page repeats its edge.
    """
    width, height = size[0], size[1]
    extent = tf.cast(size, tf.float32) * [[0, 0], [1, 0], [1, 1], [0, 1]]  # (4, 2)
    corner = tf.cast(tf.round(quad[0]), tf.int32)
    page = tf.reverse(tf.shape(image)[:2], [0])  # width, height
    upright = tf.reduce_max(tf.abs(quad - quad[0] - extent)) <= 1

    def cut():
        columns = tf.clip_by_value(tf.range(corner[0], corner[0] + width), 0, page[0] - 1)
        rows = tf.clip_by_value(tf.range(corner[1], corner[1] + height), 0, page[1] - 1)
        return tf.gather(tf.gather(image, rows), columns, axis=1)

    return tf.cond(upright, cut, lambda: warp_quad(image, quad, size))


def warp_quad(image, quad, size):
    """`crop_quad` of a quad in any position, bilinear."""
    page = tf.cast(tf.reverse(tf.shape(image)[:2], [0]), tf.float32)
    low = tf.clip_by_value(tf.floor(tf.reduce_min(quad, axis=0)) - 2, 0, page - 1)
    high = tf.clip_by_value(tf.math.ceil(tf.reduce_max(quad, axis=0)) + 2, low + 1, page)
    (left, top), (right, bottom) = tf.unstack(tf.cast(low, tf.int32)), tf.unstack(tf.cast(high, tf.int32))
    part = tf.cast(image[top:bottom, left:right], tf.float32)[None, :, :, None]
    warped = tf.raw_ops.ImageProjectiveTransformV3(
        images=part,
        transforms=_pixel_transform(quad - low, size)[None],
        output_shape=tf.reverse(size, [0]),
        interpolation="BILINEAR",
        fill_mode="NEAREST",
        fill_value=0.0,
    )
    return tf.cast(tf.round(warped[0, :, :, 0]), tf.uint8)


def _pixel_transform(quad, size):
    """From pixels of the crop to pixels of the page, both whole at their centres: float32 `(8,)` for ImageProjectiveTransformV3.

    The homography of the unit square onto a quad (Heckbert, 1989), with the sizes and the half pixels multiplied in.
    """
    quad = tf.cast(quad, tf.float64)
    a, b, c, d = tf.unstack(quad)
    sums, right, down = a - b + c - d, b - c, d - c
    area = right[0] * down[1] - down[0] * right[1]
    g = tf.math.divide_no_nan(sums[0] * down[1] - down[0] * sums[1], area)
    h = tf.math.divide_no_nan(right[0] * sums[1] - sums[0] * right[1], area)
    rows = [[b[i] - a[i] + g * b[i], d[i] - a[i] + h * d[i], a[i]] for i in (0, 1)]
    square = tf.stack([*map(tf.stack, rows), tf.stack([g, h, tf.ones((), tf.float64)])])  # (3, 3)
    width, height = tf.unstack(tf.cast(size, tf.float64))
    scale = tf.stack([[1 / width, 0.0, 0.5 / width], [0.0, 1 / height, 0.5 / height], [0.0, 0.0, 1.0]])
    shift = tf.constant([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]], tf.float64)
    matrix = tf.reshape(shift @ square @ tf.cast(scale, tf.float64), (9,))
    return tf.cast(matrix[:8] / matrix[8], tf.float32)


def resize_levels(image, size):
    """uint8 `(height, width, channels)` → uint8 of a size (height, width): triangle filter with antialiasing.

    Level for level what Pillow makes of it in ops/lines.py and detection/detector.py: along the rows first and rounded, then along the
    columns and rounded, with weights in fixed point. tf.image.resize rounds one pixel in a thousand to the next level, and a network torn
    between two characters would then read one here and the other there.
    """
    return _resize_axis(_resize_axis(image, size[1], 1), size[0], 0)


def resize_line(image, height, width):
    """uint8 `(image height, image width)` → uint8 `(height, width)`, see `resize_levels`."""
    return resize_levels(image[..., None], tf.stack([height, width]))[..., 0]


def _resize_axis(image, size, axis):
    """uint8 `(height, width, channels)` brought to a size along one axis."""
    starts, weights = _filter_taps(tf.shape(image)[axis], size)
    last = tf.shape(image)[axis] - 1
    across = [1, -1, 1] if axis == 1 else [-1, 1, 1]

    def add_tap(tap, sums):
        values = tf.gather(image, tf.minimum(starts + tap, last), axis=axis)  # what lies beyond has no weight
        return tap + 1, sums + tf.cast(values, tf.int32) * tf.reshape(weights[:, tap], across)

    sums = tf.zeros_like(tf.gather(image, starts, axis=axis), tf.int32) + 2 ** (WEIGHT_BITS - 1)  # to round
    shapes = tf.TensorShape([]), tf.TensorShape([None, None, image.shape[2]])
    _, sums = tf.while_loop(lambda tap, _: tap < tf.shape(weights)[1], add_tap, (0, sums), shapes, parallel_iterations=1)
    return tf.cast(tf.bitwise.right_shift(sums, WEIGHT_BITS), tf.uint8)


def _filter_taps(given, size):
    """Of each of `size` pixels out of `given`: the first pixel it is made of, int32 `(size,)`, and weights in 2^−22, int32 `(size, taps)`.

    As Pillow's Resample.c has them: a triangle as wide as the step, cut off at the border, its sum 1.
    """
    step = tf.cast(given, tf.float64) / tf.cast(size, tf.float64)
    reach = tf.maximum(step, 1.0)
    middles = (tf.range(size, dtype=tf.float64) + 0.5) * step
    starts = tf.maximum(tf.cast(middles - reach + 0.5, tf.int32), 0)
    ends = tf.minimum(tf.cast(middles + reach + 0.5, tf.int32), given)
    places = starts[:, None] + tf.range(tf.reduce_max(ends - starts))
    distances = tf.abs((tf.cast(places, tf.float64) - middles[:, None] + 0.5) * (1 / reach))
    weights = tf.where(places < ends[:, None], tf.maximum(1 - distances, 0), 0)
    return starts, tf.cast(weights / tf.reduce_sum(weights, axis=1, keepdims=True) * 2**WEIGHT_BITS + 0.5, tf.int32)
