"""The reader as one TensorFlow graph of stock operations: encoded images in, texts out. reader.py is the same in Python.

What reading/reader.py does with NumPy, Pillow, OpenCV and the compiled aggregation is done here by their twins in `ops`, step by
step and with the same settings, so that a SavedModel reads what the Python API reads. One step is left to Python: document/spacing.py,
spaces that a word processor has put between digits and Hangul, which need the ink of every line of the page.
"""

from typing import NamedTuple

import tensorflow as tf

from ocr_crnn.detection.detector import FACTOR_STEPS, MAX_SIDE_PX
from ocr_crnn.detection.kernels import FIT_STEPS, PLACES, REACH_CELLS, RIM_SCORE
from ocr_crnn.layers.masking import count_frames
from ocr_crnn.ops.best_path import Characters, decode_best_path, join_texts
from ocr_crnn.ops.crops import crop_quad, crop_sizes, line_widths, resize_levels, resize_line, to_grey_levels
from ocr_crnn.ops.pixel_aggregation import aggregate_pixels
from ocr_crnn.ops.quads import (
    expand_lines,
    expand_quads,
    first_parts,
    fit_quads,
    inset_quads,
    measure_quads,
    order_quads,
    turn_image,
    turn_quads,
)
from ocr_crnn.ops.ruled_cells import find_cells_of_quads
from ocr_crnn.ops.stacked import unstack
from ocr_crnn.reading.settings import CELLS, ORDER, SPOTTER
from ocr_crnn.serving.encoded_images import read_upright
from ocr_crnn.serving.graph_order import order_texts

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
        self.min_score = reader.spotter.settings.min_score
        self.max_pixels = max_pixels
        self.frozen = getattr(reader.recognizer, "read_best_path", None)
        networks = (reader.detector.network, *([] if self.frozen else [reader.recognizer.network]))
        self.weights = [variable.value for network in networks for variable in network.variables]
        self.table = tf.constant([*reader.recognizer.alphabet.characters, ""])  # (classes,)

    def detect(self, image):
        """uint8 `(height, width, 3)` → float32 quads `(n, 4, 2)` in page pixels and scores `(n,)`, as TextDetector."""
        sides = tf.cast(tf.shape(image)[:2], tf.float64)
        scale = tf.minimum(self.detector.short_side_px / tf.maximum(tf.reduce_min(sides), 1), self.detector.max_scale)
        found = self.look(image, scale)
        better = scale * second_look(found[0], scale, tf.reduce_max(sides), self.detector.ordinary_px, self.detector.typical_px)
        return tf.cond(better == scale, lambda: found, lambda: self.look(image, better))

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, None, 3), tf.uint8), tf.TensorSpec((), tf.float64)])
    def look(self, image, scale):
        """Quads and scores of what is seen at a scale of the page."""
        settings, stride = self.detector.decoder, self.detector.engine.stride
        size = tf.cast(tf.maximum(tf.round(tf.cast(tf.shape(image)[:2], tf.float64) * scale), 1), tf.int32)
        maps = self.predict_maps(resize_levels(image, size))
        found = aggregate_pixels(maps[None], max_distance=settings.max_distance)
        scores, areas = found.scores.flat_values, tf.cast(found.areas.flat_values, tf.float32)
        sure = scores >= settings.min_score - RIM_SCORE / tf.sqrt(areas)
        scores, quads = tf.boolean_mask(scores, sure), tf.boolean_mask(found.quads.flat_values, sure)
        owners = tf.cast(tf.where(sure)[:, 0], tf.int32) + 1
        quads = fit_quads(quads, maps[..., 0], found.labels[0], owners, PLACES, REACH_CELLS, FIT_STEPS)
        quads = quads * tf.cast(stride / scale, tf.float32)
        sides = tf.norm(tf.roll(quads, -1, axis=1) - quads, axis=-1) * tf.cast(scale, tf.float32)  # (n, 4)
        tall_enough = tf.reduce_min(sides, axis=1) >= settings.min_height_px
        quads = inset_quads(tf.boolean_mask(quads, tall_enough), tf.cast(settings.inset_px / scale, tf.float32))
        return quads, tf.boolean_mask(scores, tall_enough)

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

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, None), tf.uint8), tf.TensorSpec((None, 4, 2), tf.float32)])
    def read_quads(self, image, quads):
        """A grey page `(height, width)` and quads, each from its text's own top-left → Lines."""
        quads = expand_lines(quads, SPOTTER.margin, SPOTTER.narrow)
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
            read = self.read_batch(images, batch_widths)
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

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((None, None, None), tf.uint8), tf.TensorSpec((None,), tf.int32)])
    def read_batch(self, images, widths):
        """Padded lines uint8 `(n, width, height)` and their widths `(n,)` → Characters. The network stands once in a graph.

        Of a recogniser that is frozen (TextRecognizer.freeze) the frozen function, weights and all: it reads the same in less time.
        """
        network = self.recognizer.network
        images = tf.ensure_shape(images, (None, None, network.height))[..., None]
        if self.frozen is not None:
            return self.frozen(images, widths)
        logits = network({"image": images, "width": widths}, training=False)
        return decode_best_path(logits, count_frames(widths, network.stride))

    def read_right_way_up(self, image, quads):
        """A grey page and its quads → the quarter turns that bring it upright, the page so turned, quads on it, Lines.

        The decisions of DocumentReader: parts of the longest texts are read all four ways.
        """
        quads = order_quads(quads)
        turns = self.find_turns(image, quads)
        sheet, turned = turn_image(image, turns), order_quads(turn_quads(quads, tf.shape(image), turns))
        return turns, sheet, turned, self.read_quads(sheet, turned)

    def find_turns(self, image, quads):
        """The quarter turns, 0..3, after which a grey page reads best, as DocumentReader finds them."""
        longest = tf.argsort(tf.reduce_max(measure_quads(quads), axis=1), direction="DESCENDING", stable=True)[: SPOTTER.probed]
        parts = first_parts(tf.gather(quads, longest), SPOTTER.probed_em)
        upright = tf.reduce_mean(self.score_quads(image, parts))

        def compare():
            ways = tf.concat([tf.roll(parts, -turns, axis=1) for turns in (1, 2, 3)], axis=0)  # (3 * texts, 4, 2)
            others = tf.reduce_mean(tf.reshape(self.score_quads(image, ways), [3, -1]), axis=1)
            scores = tf.concat([upright[None], others], axis=0)
            best = tf.argmax(scores, output_type=tf.int32)
            return tf.where(scores[best] > upright + SPOTTER.clearer, best, 0)

        return tf.cond(upright >= 1 - SPOTTER.clearer, lambda: 0, compare)  # no other way can be clearer then

    def score_quads(self, image, quads):
        """The scores `(n,)` of texts on a grey page, those that stand upright read as columns where they are."""
        scores = self.read_quads(image, quads).scores
        tall = tf.where(is_tall(quads))
        downwards = self.read_downwards(image, tf.gather_nd(quads, tall))[1]
        better = tf.where(downwards > 0, downwards, tf.gather_nd(scores, tall))
        return tf.tensor_scatter_nd_update(scores, tall, better)

    def read_tall(self, image, quads, read):
        """Texts taller than wide read on either side and downwards too → quads that begin at the text's own top-left, texts, scores,
        and whether a text is written downwards, `(n,)` each."""
        tall = tf.where(is_tall(quads))[:, 0]
        columns = (quads, read.texts, read.scores, tf.zeros_like(read.scores, tf.bool))

        def choose():
            upper, texts, scores, _ = (tf.gather(column, tall) for column in columns)
            # On either side the text's top-left is the top right corner, or the bottom left one.
            sides = [(rolled, *self.read_quads(image, rolled)[:2]) for rolled in (tf.roll(upper, roll, axis=1) for roll in (-1, 1))]
            ways = [(upper, texts, scores), *sides, (upper, *self.read_downwards(image, upper))]
            ways = [tf.stack(values) for values in zip(*ways, strict=True)]  # (4, n, …)
            best = surest(*ways[1:])
            places = tf.stack([best, tf.range(tf.size(best))], axis=1)
            chosen = (*(tf.gather_nd(values, places) for values in ways), best == 3)
            return tuple(tf.tensor_scatter_nd_update(old, tall[:, None], new) for old, new in zip(columns, chosen, strict=True))

        return tf.cond(tf.size(tall) > 0, choose, lambda: columns)

    def read_downwards(self, image, quads):
        """A grey page and quads of columns of upright characters → texts and scores `(n,)`, empty where there are not two characters."""
        quads = expand_quads(quads, SPOTTER.margin)
        sizes = crop_sizes(quads)

        def load(row):
            return self.to_line(unstack(crop_quad(image, quads[row], sizes[row]), SPOTTER.merged, SPOTTER.space, SPOTTER.side))

        kind = tf.RaggedTensorSpec((None, self.recognizer.network.height), tf.uint8, ragged_rank=0)
        return self.read_ragged(tf.map_fn(load, tf.range(tf.shape(quads)[0]), fn_output_signature=kind, parallel_iterations=1))

    def to_line(self, image):
        """A grey image `(image height, image width)` of any size → a line as it is read, uint8 `(width, height)`; of no pixels nothing."""
        height = self.recognizer.network.height
        width = line_widths(tf.reverse(tf.shape(image), [0])[None], height, self.recognizer.columns)[0]
        nothing = tf.zeros((0, height), tf.uint8)
        line = tf.cond(tf.size(image) > 0, lambda: tf.transpose(resize_line(image, height, width)), lambda: nothing)
        return tf.ensure_shape(line, (None, height))

    def read_ragged(self, lines):
        """Lines `(n, (width), height)` → texts and scores `(n,)`; of those without pixels "" and 0."""
        lengths = tf.cast(lines.row_lengths(), tf.int32)
        whole = tf.where(lengths > 0)
        read = self.read_lines(tf.gather_nd(lengths, whole), lambda row: tf.transpose(lines[whole[row, 0]]))
        texts = tf.tensor_scatter_nd_update(tf.fill(tf.shape(lengths), ""), whole, read.texts)
        return texts, tf.tensor_scatter_nd_update(tf.zeros_like(lengths, tf.float32), whole, read.scores)

    def read_page(self, contents):
        """An encoded page, a string scalar → dict: the columns of its texts in reading order, its text, its size and an error."""
        image, error = read_upright(contents, self.max_pixels)
        texts = tf.cond(error == "", lambda: self.read_texts(image), nothing_read)
        return {**texts, "sizes": tf.shape(image)[:2], "errors": error}

    def detect_page(self, contents):
        """An encoded page, a string scalar → dict of quads, scores, sizes and errors."""
        image, error = read_upright(contents, self.max_pixels)
        quads, scores = tf.cond(error == "", lambda: self.detect(image), lambda: (tf.zeros((0, 4, 2)), tf.zeros((0,))))
        return {"quads": quads, "scores": scores, "sizes": tf.shape(image)[:2], "errors": error}

    def read_line_images(self, contents):
        """Encoded images of upright lines, string `(n,)` → dict of texts, scores and errors, `(n,)` each."""

        def load(contents):
            image, error = read_upright(contents, self.max_pixels)
            return self.to_line(to_grey_levels(image)), error

        kinds = (tf.RaggedTensorSpec((None, self.recognizer.network.height), tf.uint8, ragged_rank=0), tf.TensorSpec((), tf.string))
        lines, errors = tf.map_fn(load, contents, fn_output_signature=kinds, parallel_iterations=1)
        texts, scores = self.read_ragged(lines)
        return {"texts": texts, "scores": scores, "errors": errors}

    def read_texts(self, image):
        quads, _ = self.detect(image)
        turns, sheet, quads, read = self.read_right_way_up(to_grey_levels(image), quads)
        columns = self.read_tall(sheet, quads, read)
        kept = tf.where((tf.strings.strip(columns[1]) != "") & (columns[2] >= self.min_score))[:, 0]
        quads, texts, scores, downwards = (tf.gather(column, kept) for column in columns)
        order, blocks = order_lines(sheet, quads, texts, downwards)
        quads, texts, scores = (tf.gather(column, order) for column in (quads, texts, scores))
        return {
            "texts": tf.strings.regex_replace(tf.strings.strip(texts), " +", " "),
            "scores": scores,
            "quads": turn_quads(quads, tf.shape(sheet), -turns % 4),
            "lines": tf.range(tf.size(order)),
            "blocks": blocks,
            "page_text": join_page(texts, blocks),
            "left_out": tf.size(columns[2]) - tf.size(kept),
        }


def order_lines(sheet, quads, texts, downwards):
    """The order of the texts of a grey page that lies upright, and their blocks in that order, int32 `(n,)` each.

    Where most of the text is written downwards, columns follow each other from right to left: as reading.order.order_page has it.
    """
    cells = find_cells_of_quads(sheet, quads, *CELLS)
    lengths = tf.strings.length(texts, unit="UTF8_CHAR")
    turns = tf.cast(2 * tf.reduce_sum(tf.boolean_mask(lengths, downwards)) > tf.reduce_sum(lengths), tf.int32)
    size = tf.shape(sheet)
    cells = cells._replace(quads=turn_quads(cells.quads, size, turns))
    return order_texts(order_quads(turn_quads(quads, size, turns)), cells, ORDER)


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


def join_page(texts, blocks):
    """Lines in reading order and their blocks → the text of the page, as Page.text: an empty line between blocks."""
    texts = tf.strings.regex_replace(tf.strings.strip(texts), " +", " ")
    breaks = tf.where(blocks[1:] == blocks[:-1], "\n", "\n\n")
    breaks = tf.concat([tf.zeros([tf.minimum(tf.size(texts), 1)], tf.string), breaks], axis=0)
    return tf.strings.reduce_join(breaks + texts)


def nothing_read():
    """Of an image without text, or that could not be decoded."""
    return {
        "texts": tf.zeros((0,), tf.string),
        "scores": tf.zeros((0,)),
        "quads": tf.zeros((0, 4, 2)),
        "lines": tf.zeros((0,), tf.int32),
        "blocks": tf.zeros((0,), tf.int32),
        "page_text": tf.constant(""),
        "left_out": tf.constant(0),
    }


def is_tall(quads):
    sizes = measure_quads(quads)
    return sizes[:, 1] > SPOTTER.tall * sizes[:, 0]


def surest(texts, scores):
    """Of n texts read several ways, `(ways, n)` each, the way to keep, int32 `(n,)`: the first, as a text lies, unless another one that
    gives two characters is surer by `SURER`."""
    long = tf.strings.length(tf.strings.strip(texts[1:]), unit="UTF8_CHAR") > 1
    others = tf.where(long, scores[1:], 0.0)
    best = tf.argmax(others, axis=0, output_type=tf.int32) + 1
    return tf.where(tf.reduce_max(others, axis=0) > scores[0] + SPOTTER.surer, best, 0)
