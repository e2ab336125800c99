"""Decoding of images and the resize of line images in graph."""

import tensorflow as tf

STRIP_ROWS = 256


def decode_image(contents):
    """Encoded JPEG, PNG, BMP or the first GIF frame, a string scalar → uint8 `(height, width, 3)`. EXIF is not applied."""
    image = tf.io.decode_image(contents, channels=3, expand_animations=False)
    image.set_shape((None, None, 3))
    return image


def cut_strips(image):
    """How many strips of STRIP_ROWS rows an image `(height, …)` has, at least 1, and a function from 0, 1, … to each."""
    return tf.maximum(-(-tf.shape(image)[0] // STRIP_ROWS), 1), lambda number: image[number * STRIP_ROWS : (number + 1) * STRIP_ROWS]


def in_strips(function, image):
    """`function`, of whose result each row depends on the same row alone, of an image `(height, …)` strip by strip.

    What it holds meanwhile, in wider types, does not grow with the image. It gives uint8.
    """
    count, strip = cut_strips(image)
    parts = tf.TensorArray(tf.uint8, count, infer_shape=False)
    step = lambda number, parts: (number + 1, parts.write(number, function(strip(number))))  # noqa: E731
    return tf.while_loop(lambda number, _: number < count, step, (0, parts), parallel_iterations=1)[1].concat()


def fit_width(image_size, height, max_width):
    """The width of an image `(height, width)` brought to `height` pixels with its aspect kept, in 1..max_width."""
    scale = tf.cast(height, tf.float32) / tf.cast(tf.maximum(image_size[0], 1), tf.float32)
    width = tf.cast(tf.round(tf.cast(image_size[1], tf.float32) * scale), tf.int32)
    return tf.clip_by_value(width, 1, max_width)


def resize_and_pad(image, height, width, pad_value=255.0):
    """Bring a line image to `height` keeping its aspect, then pad on the right to `width`.

    image: `(image_height, image_width, channels)`, any real dtype, any size. A line longer than `width` is squeezed
    to it, never cut: choose `width` by bucket so that this does not happen.
    Returns float32 `(height, width, channels)` in the range of the input, and the int32 width that holds the line.
    Bilinear with antialiasing, so that 300 dpi print brought to 32 px keeps its thin strokes.
    """
    content_width = fit_width(tf.shape(image)[:2], height, width)
    resized = tf.image.resize(image, tf.stack([height, content_width]), antialias=True)
    padded = tf.pad(resized, [[0, 0], [0, width - content_width], [0, 0]], constant_values=pad_value)
    return padded, content_width


def to_time_major(image):
    """`(height, width, channels)` → `(width, height, channels)`: a line is a sequence over its width."""
    return tf.transpose(image, (1, 0, 2))
