"""Augmentation of line images, in graph: what printing, scanning, faxing and photographing do to a line of a document.

Every function takes an image `(height, width, channels)`, float32, 0–255, dark text on light, and returns one of that
shape and range. Parameters are drawn first, as one vector from one stateless seed, then applied, so a line and a seed give
the same picture on every machine and in every order.
"""

import tensorflow as tf

# What fraction of the lines each effect touches.
GEOMETRY, INK, RULES, LOW_RESOLUTION, BLUR, LIGHT, NOISE, JPEG = 0.6, 0.35, 0.15, 0.25, 0.3, 0.6, 0.4, 0.25


@tf.autograph.experimental.do_not_convert  # all is TensorFlow's already; AutoGraph takes seconds to find that out
def augment_line(image, seed):
    """One line, changed as its seed says; about one in fifty stays as it is.

    image: `(height, width, channels)`, float32, 0–255. seed: int32 `(2,)`. Returns the same shape and range. The order
    is that of paper: ink, ruled lines, then the camera's geometry, resolution, focus, light, sensor and file format.
    """
    shape = image.shape
    draws = iter(tf.unstack(tf.random.stateless_uniform((28,), seed)))

    def between(low, high):
        return low + (high - low) * next(draws)

    def sometimes(image, share, effect, *arguments):
        return tf.cond(next(draws) < share, lambda: effect(image, *arguments), lambda: image)

    image = sometimes(image, INK, spread_ink, between(-0.7, 0.55))
    image = sometimes(image, RULES, draw_rules, between(0, 255), between(0, 1), between(0, 2), between(0, 1))
    warp = [between(-1, 1) for _ in range(5)]
    image = sometimes(image, GEOMETRY, warp_line, *warp)
    image = sometimes(image, LOW_RESOLUTION, lower_resolution, between(0.4, 0.9))
    image = sometimes(image, BLUR, blur, between(0.3, 1.1))
    image = sometimes(image, LIGHT, change_light, between(0.45, 1.15), between(-50, 25), between(-35, 35))
    image = sometimes(image, NOISE, add_noise, between(1, 14), seed)
    image = sometimes(image, JPEG, compress, between(15, 80))
    image = tf.clip_by_value(image, 0.0, 255.0)
    image.set_shape(shape)
    return image


def spread_ink(image, amount):
    """Ink that ran (amount up to 1: darker, thicker strokes) or flaked off (down to −1); a blend with a 3 × 3 extreme."""
    dark = -tf.nn.max_pool2d(-image[None], 3, 1, "SAME")[0]
    # Thin strokes vanish under a 3 × 3 maximum, so flaking uses 2 × 2.
    light = tf.nn.max_pool2d(image[None], 2, 1, "SAME")[0]
    return image + tf.abs(amount) * (tf.where(amount > 0, dark, light) - image)


def draw_rules(image, gray, place, thickness_px, vertical):
    """A ruled line, as under a form field, over the text at `place` (0 top, 1 bottom), and with vertical > ½ a cell border.

    The line only darkens. gray: its value. thickness_px: up to which it is thick beyond one pixel.
    """
    height, width = tf.unstack(tf.cast(tf.shape(image)[:2], tf.float32))
    # Text stands in the middle; rules in the outer fifths touch it, and do not cross it out.
    row = tf.floor(tf.where(place < 0.3, place * 0.6, 0.78 + (place - 0.3) * 0.3) * height)
    rows, columns = tf.range(height)[:, None], tf.range(width)[None, :]
    mask = tf.logical_and(rows >= row, rows < row + 1 + thickness_px)
    column = tf.floor(tf.where(vertical > 0.75, 0.01, 0.99) * width)
    border = tf.logical_and(tf.logical_and(columns >= column, columns < column + 1 + thickness_px), vertical > 0.5)
    return tf.where(tf.logical_or(mask, border)[..., None], tf.minimum(image, gray * 0.6), image)


def warp_line(image, rise, slant, perspective, shift, stretch):
    """Rotation, slant, perspective, shift and vertical stretch, each from −1 to 1, kept so small that no glyph is cut off.

    Rotation is measured at the ends of the line, not in degrees: at 1 they lie 6 % of the height above and below. At a
    perspective of 1 one end is 12 % higher than the other; both ends stay where they are.
    """
    height, width = tf.unstack(tf.cast(tf.shape(image)[:2], tf.float32))
    middle, rise, slant, scale, c = height / 2, 0.12 * rise * height / width, 0.12 * slant, 1 + 0.08 * stretch, 0.12 * perspective / width
    # Both matrices take (x, y, 1) of the output to where it is read.
    affine = [[1, slant, -slant * middle], [rise, scale, middle * (1 - scale) - rise * width / 2 + 0.04 * shift * height], [0, 0, 1]]
    keystone = [[1 + c * width, 0, 0], [middle * c, 1 + c * width / 2, -middle * c * width / 2], [c, 0, 1]]
    matrix = tf.matmul(_matrix(keystone), _matrix(affine))
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=image[None],
        transforms=tf.reshape(matrix / matrix[2, 2], (1, 9))[:, :8],
        output_shape=tf.shape(image)[:2],
        fill_value=paper(image),
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )[0]


def _matrix(rows):
    return tf.stack([tf.stack([tf.cast(value, tf.float32) for value in row]) for row in rows])


def paper(image):
    """The grey of the paper, a scalar: the mean of the lighter of the two outer rows."""
    return tf.maximum(tf.reduce_mean(image[0]), tf.reduce_mean(image[-1]))


def lower_resolution(image, scale):
    """Sampled at `scale` times the pixels (a fax, a small scan) and brought back by bilinear interpolation."""
    size = tf.shape(image)[:2]
    small = tf.maximum(2, tf.cast(tf.cast(size, tf.float32) * scale, tf.int32))
    return tf.image.resize(tf.image.resize(image, small, "area"), size)


def blur(image, sigma_px):
    """A Gaussian of seven taps each way, as a lens out of focus."""
    taps = tf.exp(-(tf.range(-3.0, 4.0) ** 2) / (2 * sigma_px**2))
    taps /= tf.reduce_sum(taps)
    padded = tf.pad(image, [[3, 3], [3, 3], [0, 0]], "SYMMETRIC")[None]
    channels = image.shape[-1]
    down = tf.tile(taps[:, None, None, None], (1, 1, channels, 1))  # (7, 1, channels, 1)
    blurred = tf.nn.depthwise_conv2d(padded, down, (1, 1, 1, 1), "VALID")
    return tf.nn.depthwise_conv2d(blurred, tf.transpose(down, (1, 0, 2, 3)), (1, 1, 1, 1), "VALID")[0]


def change_light(image, contrast, brightness, gradient):
    """Contrast around white, brightness, and a shade that runs along the line and differs by `gradient` between its ends."""
    along = tf.linspace(-0.5, 0.5, tf.shape(image)[1])[None, :, None]
    return tf.clip_by_value(255 - contrast * (255 - image) + brightness + gradient * tf.cast(along, tf.float32), 0.0, 255.0)


def add_noise(image, deviation, seed):
    """The noise of a sensor: normal, independent in each pixel, the same in all channels."""
    noise = tf.random.stateless_normal(tf.concat([tf.shape(image)[:2], [1]], 0), seed + tf.constant([0, 7919]))
    return image + deviation * noise


def compress(image, quality):
    """JPEG at a quality of 1 to 100 and back."""
    pixels = tf.cast(tf.clip_by_value(tf.round(image), 0.0, 255.0), tf.uint8)
    return tf.cast(tf.image.adjust_jpeg_quality(pixels, tf.cast(quality, tf.int32)), tf.float32)
