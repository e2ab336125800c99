"""Texts found in graph: a TextDetector whose decoder is in graph_decoders.py as TensorFlow functions, page in, quads out."""

import tensorflow as tf

from ocr_crnn.detection import doubtful
from ocr_crnn.detection.detector import FACTOR_STEPS, MAX_SIDE_PX
from ocr_crnn.ops.crops import resize_levels
from ocr_crnn.ops.quads import measure_quads
from ocr_crnn.serving.graph_decoders import DECODE, WITH_CHARACTERS
from ocr_crnn.serving.graph_lines import ONCE


class GraphDetector(tf.Module):
    """A TextDetector as a module of TensorFlow functions."""

    def __init__(self, detector):
        super().__init__(name="detector")
        self.detector = detector
        self.finds_characters = type(detector.decoder) in WITH_CHARACTERS
        self.weights = [variable.value for variable in detector.network.variables]

    def __call__(self, image):
        """uint8 `(height, width, 3)` → float32 quads `(n, 4, 2)` in page pixels and scores `(n,)`, as TextDetector; behind them
        FoundCharacters of a detector that finds characters."""
        sides = tf.cast(tf.shape(image)[:2], tf.float64)
        scale = tf.minimum(self.detector.short_side_px / tf.maximum(tf.reduce_min(sides), 1), self.detector.max_scale)
        found = self.look(image, scale)
        better = scale * second_look(found[0], scale, tf.reduce_max(sides), self.detector.ordinary_px, self.detector.typical_px)
        return tf.cond(better == scale, lambda: found, lambda: self.look(image, better))

    @tf.function(
        autograph=False,
        input_signature=[tf.TensorSpec((None, None, 3), tf.uint8), tf.TensorSpec((), tf.float64)],
        experimental_attributes=ONCE,
    )
    def look(self, image, scale):
        """What is seen at a scale of the page."""
        found = self.decode(self.predict_maps(scale_page(image, scale)), image, scale)
        return (found.quads, found.scores, found.characters) if self.finds_characters else (found.quads, found.scores)

    def decode(self, maps, image, scale):
        """Maps of a page that was scaled by `scale` for the network → Found, without the doubtful ones that do not look like texts."""
        decoder = self.detector.decoder
        found = DECODE[type(decoder)](maps, decoder, self.detector.engine.stride, scale)
        if found.sure is None:
            return found
        kept = keep_clear(image, found.quads, found.sure)
        return found._replace(quads=tf.boolean_mask(found.quads, kept), scores=tf.boolean_mask(found.scores, kept), sure=None)

    def predict_maps(self, image):
        """float32 `(height, width, 3)` → maps `(⌈height / stride⌉, ⌈width / stride⌉, channels)`; a large page in tiles."""
        size = tf.shape(image)[:2]
        is_small = tf.reduce_all(size <= self.detector.tile_px)
        return tf.cond(is_small, lambda: self._predict(image), lambda: self._predict_tiles(image))

    def _predict_tiles(self, image):
        """Tiles, each seeing `margin_px` more than it answers for, joined along the rows and the rows of tiles one below the other."""
        height, width = tf.unstack(tf.shape(image)[:2])
        channels = self.detector.network.output_shape[-1]
        margin, stride = self.detector.margin_px, self.detector.engine.stride
        step = self.detector.tile_px - 2 * margin

        def window(start):
            first = tf.maximum(start - margin, 0)
            return slice(first, start + step + margin), slice((start - first) // stride, (start - first + step) // stride)

        def join(axis, length, others, part_at):
            """The parts at 0, step, 2 · step, … end to end."""
            nothing = tf.zeros(tf.stack([0, others, channels] if axis == 0 else [others, 0, channels]))
            shapes = (tf.TensorShape([]), tf.TensorShape([None, None, channels]))
            return tf.while_loop(
                lambda start, _: start < length,
                lambda start, maps: (start + step, tf.concat([maps, part_at(start)], axis=axis)),
                (0, nothing), shapes, parallel_iterations=1,
            )[1]  # fmt: skip

        def row_of_tiles(top):
            rows, kept_rows = window(top)

            def tile(left):
                columns, kept_columns = window(left)
                return self._predict(image[rows, columns])[kept_rows, kept_columns]

            kept = tf.minimum(height - top, step)
            return join(1, width, -(-kept // stride), tile)

        return join(0, height, -(-width // stride), row_of_tiles)

    def _predict(self, image):
        maps = self.detector.network(image[None], training=False)[0]
        return tf.ensure_shape(maps, (None, None, self.detector.network.output_shape[-1]))


def scale_page(image, scale):
    """As detection.detector.scale_page."""
    size = tf.cast(tf.maximum(tf.round(tf.cast(tf.shape(image)[:2], tf.float64) * scale), 1), tf.int32)
    return resize_levels(image, size)


def keep_clear(image, quads, sure):
    """As detection.doubtful.keep_clear."""

    def compare():
        contrasts, heights = measure_contrasts(image, quads), tf.reduce_min(measure_quads(quads), axis=1)
        dark = contrasts >= doubtful.CONTRAST * middle(tf.boolean_mask(contrasts, sure))
        return sure | (dark & (heights >= doubtful.HIGH * middle(tf.boolean_mask(heights, sure))))

    return tf.cond(tf.reduce_any(sure), compare, lambda: sure)


def measure_contrasts(image, quads):
    """As detection.doubtful.measure_contrasts."""
    a, b, d = (quads[:, corner, None, None] for corner in (0, 1, 3))  # (n, 1, 1, 2)
    x = ((tf.range(doubtful.COLUMNS, dtype=tf.float32) + 0.5) / doubtful.COLUMNS)[:, None]
    y = ((tf.range(doubtful.ROWS, dtype=tf.float32) + 0.5) / doubtful.ROWS)[:, None, None]
    points = tf.cast(tf.floor(a + (b - a) * x + (d - a) * y), tf.int32)  # (n, rows, columns, 2)
    last = tf.shape(image)[1::-1] - 1
    points = tf.clip_by_value(points, 0, last)
    levels = tf.reduce_sum(tf.cast(tf.gather_nd(image, points[..., ::-1]), tf.int32), axis=-1)
    levels = tf.sort(tf.reshape(levels, [-1, doubtful.ROWS * doubtful.COLUMNS]), axis=1)
    return tf.cast(levels[:, doubtful.LIGHT] - levels[:, doubtful.DARK], tf.float32)


def middle(values):
    """The lower median of values `(n,)`, n ≥ 1."""
    return tf.sort(values)[(tf.size(values) - 1) // 2]


def second_look(quads, scale, longer_px, ordinary_px, typical_px):
    """The factor, float64, by which to look again at a page of `longer_px` whose print is very large or very small: see TextDetector."""

    def factor():
        sizes = measure_quads(quads)
        heights = tf.cast(tf.reduce_min(sizes, axis=1), tf.float64) * scale
        order = tf.argsort(heights, stable=True)
        weights = tf.cumsum(tf.gather(tf.cast(tf.reduce_max(sizes, axis=1), tf.float64), order))  # the lengths of texts
        middle = tf.searchsorted(weights, weights[-1:] / 2)[0]
        height = tf.gather(heights, order)[middle]
        ordinary = (height >= ordinary_px[0]) & (height <= ordinary_px[1])
        one = tf.ones((), tf.float64)
        factor = tf.clip_by_value(typical_px / height, 0.2 * one, MAX_SIDE_PX / longer_px / scale)
        return tf.where(ordinary, one, tf.maximum(tf.floor(factor * FACTOR_STEPS), 1) / FACTOR_STEPS)

    return tf.cond(tf.shape(quads)[0] > 0, factor, lambda: tf.ones((), tf.float64))
