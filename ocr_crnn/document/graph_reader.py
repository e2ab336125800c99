"""The reader as one TensorFlow graph of stock operations: encoded images in, texts out. reader.py is the same in Python.

What document/reader.py does with NumPy, Pillow, OpenCV and the compiled aggregation is done here by their twins in `ops`, step by
step and with the same settings, so that a SavedModel reads what the Python API reads.
"""

from typing import NamedTuple

import tensorflow as tf

from ocr_crnn.detection.detector import MARGIN_PX, MAX_SCALE
from ocr_crnn.detection.pan import STRIDE
from ocr_crnn.document.crops import MARGIN
from ocr_crnn.document.reader import DOUBTFUL, PROBED, TALL
from ocr_crnn.layers.masking import count_frames
from ocr_crnn.ops.best_path import Characters, decode_best_path, join_texts
from ocr_crnn.ops.crops import crop_quad, crop_sizes, expand_quads, line_widths, measure_quads, resize_line, to_grey_levels
from ocr_crnn.ops.encoded_images import read_upright
from ocr_crnn.ops.pixel_aggregation import aggregate_pixels

MAX_PIXELS = 100_000_000  # of an image, as its header has it: an A2 sheet at 300 dpi has 35 million
WIDTH_STEP = 32  # batches of lines are padded to a multiple, as in ops/lines.py


class Lines(NamedTuple):
    """What was read in n images of lines. texts: string `(n,)`. scores: float32 `(n,)`. characters: of all lines."""

    texts: tf.Tensor
    scores: tf.Tensor
    characters: Characters


class GraphReader(tf.Module):
    """A DocumentReader as a module of TensorFlow functions. max_pixels: a larger image is refused before it is decoded."""

    def __init__(self, reader, max_pixels=MAX_PIXELS):
        super().__init__(name="reader")
        self.detector = reader.detector
        self.recognizer = reader.recognizer
        self.min_score = reader.min_score
        self.max_pixels = max_pixels
        networks = (reader.detector.network, reader.recognizer.network)
        self.weights = [variable.value for network in networks for variable in network.variables]
        self.table = tf.constant([*reader.recognizer.alphabet.characters, ""])  # (classes,)

    def detect(self, image):
        """uint8 `(height, width, 3)` → float32 quads `(n, 4, 2)` in page pixels and scores `(n,)`, as TextDetector."""
        settings = self.detector
        size = tf.cast(tf.shape(image)[:2], tf.float64)
        scale = tf.minimum(settings.short_side_px / tf.maximum(tf.reduce_min(size), 1), MAX_SCALE)
        seen_size = tf.cast(tf.maximum(tf.round(size * scale), 1), tf.int32)
        seen = tf.round(tf.image.resize(image, seen_size, antialias=True))
        maps = self.predict_maps(seen)
        found = aggregate_pixels(maps[None], min_score=settings.min_score, max_distance=settings.max_distance)
        quads, scores = found.quads.flat_values * tf.cast(STRIDE / scale, tf.float32), found.scores.flat_values
        sides = tf.norm(tf.roll(quads, -1, axis=1) - quads, axis=-1) * tf.cast(scale, tf.float32)  # (n, 4)
        tall_enough = tf.reduce_min(sides, axis=1) >= settings.min_height_px
        return tf.boolean_mask(quads, tall_enough), tf.boolean_mask(scores, tall_enough)

    def predict_maps(self, image):
        """float32 `(height, width, 3)` → maps `(⌈height / 4⌉, ⌈width / 4⌉, 6)`; a long page goes through in tiles along its length.

        The short side is at most `short_side_px`, so there is one row or one column of tiles, each with `MARGIN_PX` around it.
        """
        step = self.detector.tile_px - 2 * MARGIN_PX
        is_wide = tf.shape(image)[1] > tf.shape(image)[0]
        length = tf.reduce_max(tf.shape(image)[:2])

        def predict(image):
            return self.detector.network(image[None], training=False)[0]

        def predict_tile(start, maps):
            first = tf.maximum(start - MARGIN_PX, 0)
            window = slice(first, start + step + MARGIN_PX)
            tile = predict(tf.cond(is_wide, lambda: image[:, window], lambda: image[window]))
            tile = tf.cond(is_wide, lambda: tf.transpose(tile, (1, 0, 2)), lambda: tile)
            tile = tile[(start - first) // STRIDE :][: step // STRIDE]
            return start + step, tf.concat([maps, tile], axis=0)

        def predict_tiles():
            across = (tf.reduce_min(tf.shape(image)[:2]) + STRIDE - 1) // STRIDE
            nothing = tf.zeros(tf.stack([0, across, self.detector.network.output_shape[-1]]))
            shapes = (tf.TensorShape([]), tf.TensorShape([None, None, nothing.shape[-1]]))
            state = (0, nothing)
            _, maps = tf.while_loop(lambda start, _: start < length, predict_tile, state, shapes, parallel_iterations=1)
            return tf.cond(is_wide, lambda: tf.transpose(maps, (1, 0, 2)), lambda: maps)

        maps = tf.cond(length <= self.detector.tile_px, lambda: predict(image), predict_tiles)
        return tf.ensure_shape(maps, (None, None, self.detector.network.output_shape[-1]))

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, None), tf.uint8), tf.TensorSpec((None, 4, 2), tf.float32)])
    def read_quads(self, image, quads):
        """A grey page `(height, width)` and quads, each from its text's own top-left → Lines."""
        quads = expand_quads(quads, MARGIN)
        sizes = crop_sizes(quads)
        height = self.recognizer.network.height
        widths = line_widths(sizes, height, self.recognizer.columns)

        def line_of(row):
            return resize_line(crop_quad(image, quads[row], sizes[row]), height, widths[row])

        return self.read_lines(widths, line_of)

    def read_lines(self, widths, line_of):
        """Lines of int32 widths `(n,)` in pixels, `line_of(row)` the uint8 `(height, width)` of each → Lines.

        Sorted by width and read in batches within a budget of columns, as by TextRecognizer: memory does not grow with n.
        """
        network, columns = self.recognizer.network, self.recognizer.columns
        order = tf.argsort(widths, stable=True)
        ordered = tf.gather(widths, order)
        count = tf.size(widths)

        def read_batch(start, *characters):
            fitting = ordered[start:] * (tf.range(count - start) + 1) <= columns  # a run of True, then of False
            stop = start + tf.maximum(tf.reduce_sum(tf.cast(fitting, tf.int32)), 1)
            rows, batch_widths = order[start:stop], ordered[start:stop]
            padded = -(-batch_widths[-1] // WIDTH_STEP) * WIDTH_STEP

            def column_major(row):
                line = tf.transpose(line_of(row))  # (width, height): a line is a sequence over its width
                return tf.pad(line, [[0, padded - tf.shape(line)[0]], [0, 0]], constant_values=255)

            images = tf.map_fn(column_major, rows, fn_output_signature=tf.TensorSpec((None, network.height), tf.uint8))
            logits = network({"image": images[..., None], "width": batch_widths}, training=False)
            read = decode_best_path(logits, count_frames(batch_widths, network.stride))
            read = read._replace(lines=tf.gather(rows, read.lines))
            return stop, *(tf.concat(pair, axis=0) for pair in zip(characters, read, strict=True))

        types = Characters(tf.int32, tf.int32, tf.float32, tf.int32, tf.int32)
        state = (0, *(tf.zeros((0,), dtype) for dtype in types))
        shapes = (tf.TensorShape([]), *(tf.TensorShape([None]) for _ in types))
        _, *characters = tf.while_loop(lambda start, *_: start < count, read_batch, state, shapes, parallel_iterations=1)
        by_line = tf.argsort(characters[0], stable=True)
        characters = Characters(*(tf.gather(column, by_line) for column in characters))
        texts = join_texts(tf.gather(self.table, characters.ids), characters.lines, count)
        scores = tf.math.unsorted_segment_mean(characters.scores, characters.lines, count)
        return Lines(texts, scores, characters)

    def read_upright(self, image, quads):
        """Quads turned to begin at their texts' own top-left, and what was read in them; see DocumentReader."""
        sizes = measure_quads(quads)
        tall = sizes[:, 1] > TALL * sizes[:, 0]
        quads = tf.where(tall[:, None, None], tf.roll(quads, -1, axis=1), quads)
        read = self.read_quads(image, quads)
        turned = [self._reads_better_turned(image, quads, sizes, read, group) for group in (~tall, tall)]
        turn = (turned[0] & ~tall) | (turned[1] & tall)
        quads = tf.where(turn[:, None, None], tf.roll(quads, 2, axis=1), quads)
        return quads, tf.cond(tf.reduce_any(turn), lambda: self.read_quads(image, quads), lambda: read)

    def _reads_better_turned(self, image, quads, sizes, read, group):
        """Whether the texts of a group, bool `(n,)`, that make little sense on average make more of it the other way round."""
        rows = tf.where(group)[:, 0]
        doubtful = tf.reduce_sum(tf.gather(read.scores, rows)) < DOUBTFUL * tf.cast(tf.size(rows), tf.float32)

        def probe():
            lengths = tf.reduce_max(tf.gather(sizes, rows), axis=1)
            longest = tf.gather(rows, tf.argsort(lengths, direction="DESCENDING", stable=True)[:PROBED])
            other = self.read_quads(image, tf.roll(tf.gather(quads, longest), 2, axis=1))
            amounts = _amounts(read.texts, read.scores)
            return tf.reduce_sum(_amounts(other.texts, other.scores)) > tf.reduce_sum(tf.gather(amounts, longest))

        return tf.cond(doubtful, probe, lambda: False)

    def read_page(self, contents):
        """An encoded page, a string scalar → dict: the columns of its texts in reading order, its text, and an error."""
        image, error = read_upright(contents, self.max_pixels)
        texts = tf.cond(error == "", lambda: self.read_texts(image), nothing_read)
        return {**texts, "errors": error}

    def read_texts(self, image):
        quads, _ = self.detect(image)
        quads, read = self.read_upright(to_grey_levels(image), quads)
        kept = tf.where((tf.strings.strip(read.texts) != "") & (read.scores >= self.min_score))[:, 0]
        quads, texts, scores = (tf.gather(column, kept) for column in (quads, read.texts, read.scores))
        order = tf.argsort(tf.reduce_mean(quads[:, :, 1], axis=1))
        quads, texts, scores = (tf.gather(column, order) for column in (quads, texts, scores))
        count = tf.size(texts)
        return {
            "texts": texts,
            "scores": scores,
            "quads": quads,
            "lines": tf.range(count),
            "page_text": tf.strings.reduce_join(texts, separator="\n"),
        }


def nothing_read():
    """Of an image without text, or that could not be decoded."""
    return {
        "texts": tf.zeros((0,), tf.string),
        "scores": tf.zeros((0,)),
        "quads": tf.zeros((0, 4, 2)),
        "lines": tf.zeros((0,), tf.int32),
        "page_text": tf.constant(""),
    }


def _amounts(texts, scores):
    """How much was read in each line: characters, by the certainty of the line."""
    return scores * tf.cast(tf.strings.length(tf.strings.strip(texts), unit="UTF8_CHAR"), tf.float32)
