"""Lines read in graph: a TextRecognizer as TensorFlow functions, images of lines in, texts and characters out."""

from typing import NamedTuple

import tensorflow as tf

from ocr_crnn.ops.best_path import decode_best_path, join_texts
from ocr_crnn.ops.crops import crop_quad, crop_sizes, line_widths, resize_line
from ocr_crnn.ops.frames import count_frames

WIDTH_STEP = 32  # batches of lines are padded to a multiple, as in ops/lines.py


# Of a function that is called from many places: it stays one part of the graph, which TensorFlow prepares once. Else it would copy the
# network into each of these places before the first page is read.
ONCE = {"_noinline": True}


class Characters(NamedTuple):
    """The characters of several lines, `(characters,)` each, line by line and as they are read.

    lines: int32, the row of the line. codes: int32 Unicode code points. scores: float32, 0..1. spans: float32 `(characters, 2)`, from
    where to where along the width of the image of the line as it was given, in pixels.
    """

    lines: tf.Tensor
    codes: tf.Tensor
    scores: tf.Tensor
    spans: tf.Tensor


class Lines(NamedTuple):
    """What was read in n images of lines. texts: string `(n,)`. scores: float32 `(n,)`, 0 where nothing was read."""

    texts: tf.Tensor
    scores: tf.Tensor
    characters: Characters


KINDS = Characters(
    tf.TensorSpec((None,), tf.int32),
    tf.TensorSpec((None,), tf.int32),
    tf.TensorSpec((None,), tf.float32),
    tf.TensorSpec((None, 2), tf.float32),
)


class GraphRecognizer(tf.Module):
    """A TextRecognizer as a module of TensorFlow functions."""

    def __init__(self, recognizer):
        super().__init__(name="recognizer")
        self.recognizer = recognizer  # no attribute that TensorFlow tracks: the weights of a frozen one are in its function
        self.height, self.stride = recognizer.engine.height, recognizer.engine.stride
        self.columns = recognizer.columns
        self.frozen = recognizer.read_best_path
        self.weights = [] if self.frozen else [variable.value for variable in recognizer.network.variables]
        self.codes = tf.constant([ord(character) for character in recognizer.alphabet.characters], tf.int32)  # of the classes

    @tf.function(
        autograph=False,
        input_signature=[tf.TensorSpec((None, None), tf.uint8), tf.TensorSpec((None, 4, 2), tf.float32), tf.TensorSpec((), tf.int32)],
        experimental_attributes=ONCE,
    )
    def read_quads(self, image, quads, times):
        """A grey page `(height, width)` and the quads of crops `(n, 4, 2)`, each from its text's own top-left → Lines.

        times: int32 scalar; crops are read so many times as wide, each column copied, and places are in pixels of these.
        """
        given = crop_sizes(quads)
        sizes = given * tf.stack([times, 1])
        widths = line_widths(sizes, self.height, self.columns)

        def line_of(row):
            return resize_line(tf.repeat(crop_quad(image, quads[row], given[row]), times, axis=1), self.height, widths[row])

        return self.read_lines(sizes[:, 0], widths, line_of)

    def load_lines(self, load, items, *others):
        """`load` of each of n items → a ragged tensor `(n, (width), height)` of lines, int32 `(n,)` how wide they were, and the rest.

        load: item → a grey image uint8 `(image height, image width)`, of no pixels too, and values of the specifications `others`.
        """
        kinds = (tf.RaggedTensorSpec((None, self.height), tf.uint8, ragged_rank=0), tf.TensorSpec((), tf.int32), *others)

        def load_line(item):
            image, *rest = load(item)
            return self.to_line(image), tf.shape(image)[1], *rest

        def load_all():
            return tf.map_fn(load_line, items, fn_output_signature=kinds, parallel_iterations=1)

        def load_none():  # map_fn of nothing has no shapes where it runs eagerly
            lines = tf.RaggedTensor.from_row_lengths(tf.zeros((0, self.height), tf.uint8), tf.zeros((0,), tf.int64))
            return lines, *(tf.zeros([0, *kind.shape], kind.dtype) for kind in kinds[1:])

        return tf.cond(tf.size(items) > 0, load_all, load_none)

    def read_ragged(self, lines, given):
        """Lines, and how wide they were, as of `load_lines` → Lines."""
        widths = tf.cast(lines.row_lengths(), tf.int32)
        return self.read_lines(given, widths, lambda row: tf.transpose(lines[row]))

    def to_line(self, image):
        """A grey image `(image height, image width)` of any size → a line as it is read, uint8 `(width, height)`; of no pixels nothing."""
        width = line_widths(tf.reverse(tf.shape(image), [0])[None], self.height, self.columns)[0]
        nothing = tf.zeros((0, self.height), tf.uint8)
        line = tf.cond(tf.size(image) > 0, lambda: tf.transpose(resize_line(image, self.height, width)), lambda: nothing)
        return tf.ensure_shape(line, (None, self.height))

    def read_lines(self, given, widths, line_of):
        """Lines int32 `(n,)` pixels wide, `line_of(row)` the uint8 `(height, width)` of each, `given` the widths they had before → Lines.

        Lines without pixels are left out.
        """

        def read_rows(rows):
            batch_widths = tf.gather(widths, rows)
            padded = -(-batch_widths[-1] // WIDTH_STEP) * WIDTH_STEP

            def column_major(row):
                line = tf.transpose(line_of(row))  # (width, height): a line is a sequence over its width
                return tf.pad(line, [[0, padded - tf.shape(line)[0]], [0, 0]], constant_values=255)

            images = tf.map_fn(column_major, rows, fn_output_signature=tf.TensorSpec((None, self.height), tf.uint8))
            return self.read_batch(images, batch_widths, tf.gather(given, rows))

        return read_in_batches(widths, self.columns, read_rows)

    @tf.function(
        autograph=False,
        input_signature=[tf.TensorSpec((None, None, None), tf.uint8), tf.TensorSpec((None,), tf.int32), tf.TensorSpec((None,), tf.int32)],
        experimental_attributes=ONCE,
    )
    def read_batch(self, images, widths, given):
        """Padded lines uint8 `(n, width, height)`, their widths and those they had before, `(n,)` each → Characters.

        The network stands once in a graph. Of a recogniser that is frozen (TextRecognizer.freeze) it is the frozen function, weights and
        all: it reads the same in less time.
        """
        images = tf.ensure_shape(images, (None, None, self.height))[..., None]
        if self.frozen is not None:
            found = self.frozen(images, widths)
        else:
            logits = self.recognizer.network({"image": images, "width": widths}, training=False)
            found = decode_best_path(logits, count_frames(widths, self.stride))
        spans = tf.cast(tf.stack([found.starts, found.ends], axis=1) * self.stride, tf.float32)
        scales = tf.cast(given / widths, tf.float32)  # a quotient of float64
        scales, given = (tf.gather(values, found.lines)[:, None] for values in (scales, tf.cast(given, tf.float32)))
        return Characters(found.lines, tf.gather(self.codes, found.ids), found.scores, tf.minimum(spans * scales, given))


def read_in_batches(widths, columns, read_rows):
    """n lines of so many columns, int32 `(n,)`, sorted by them and read in batches within a budget of columns → Lines.

    read_rows: rows int32 `(m,)`, the widest last → Characters, their lines counted in these rows. Memory does not grow with n. Lines of no
    columns are left out.
    """
    order = tf.argsort(widths, stable=True)
    ordered = tf.gather(widths, order)
    count = tf.size(widths)

    def read_batch(start, *characters):
        fitting = ordered[start:] * (tf.range(count - start) + 1) <= columns  # a run of True, then of False
        rows = order[start : start + tf.maximum(tf.reduce_sum(tf.cast(fitting, tf.int32)), 1)]
        read = read_rows(rows)
        read = read._replace(lines=tf.gather(rows, read.lines))
        return start + tf.size(rows), *(tf.concat(pair, axis=0) for pair in zip(characters, read, strict=True))

    first = tf.searchsorted(ordered, [1])[0]  # those before have no columns
    shapes = (tf.TensorShape([]), *(spec.shape for spec in KINDS))
    state = (first, *no_characters())
    _, *characters = tf.while_loop(lambda start, *_: start < count, read_batch, state, shapes, parallel_iterations=1)
    return join_lines(sort_characters(Characters(*characters)), count)


def no_characters():
    """Of no lines, or of lines in which nothing was read."""
    return Characters(*(tf.zeros([0, *spec.shape[1:]], spec.dtype) for spec in KINDS))


def join_lines(characters, count):
    """Characters of lines 0 .. count − 1 → Lines."""
    strings = tf.strings.unicode_encode(characters.codes[:, None], "UTF-8")
    texts = join_texts(strings, characters.lines, count)
    return Lines(texts, tf.math.unsorted_segment_mean(characters.scores, characters.lines, count), characters)


def keep_characters(characters, is_kept):
    """The characters of those lines for which `is_kept`, bool `(lines,)`."""
    kept = tf.gather(is_kept, characters.lines)
    return Characters(*(tf.boolean_mask(column, kept) for column in characters))


def sort_characters(characters):
    """Characters line by line, those of a line in the order they have."""
    order = tf.argsort(characters.lines, stable=True)
    return Characters(*(tf.gather(column, order) for column in characters))


def take_lines(characters, rows, count):
    """The characters of lines `rows` int32 `(m,)` of `count`, distinct ones, numbered anew 0 .. m − 1 in that order."""
    places = tf.tensor_scatter_nd_update(tf.fill([count], -1), rows[:, None], tf.range(tf.size(rows)))
    places = tf.gather(places, characters.lines)
    kept = Characters(*(tf.boolean_mask(column, places >= 0) for column in characters._replace(lines=places)))
    return sort_characters(kept)
