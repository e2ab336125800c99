"""The reader as one TensorFlow graph of stock operations: encoded images in; texts, their characters and their order out.

What reading/ does with NumPy, Pillow, OpenCV and the compiled aggregation is done here by its twins in `ops`, step by step and with the
same settings, so that a SavedModel finds and reads what the Python API does. Words are left to the client, which has the page and runs
the stages of reading/ on the characters; for users without it, texts come as lines in reading order.
"""

import tensorflow as tf

from ocr_crnn.ops.crops import crop_quad, crop_sizes, to_grey_levels
from ocr_crnn.ops.quads import (
    expand_lines,
    expand_quads,
    first_parts,
    level_narrow,
    measure_quads,
    order_quads,
    said_turns,
    turn_image,
    turn_quads,
)  # fmt: skip
from ocr_crnn.ops.ruled_cells import find_cells_of_quads
from ocr_crnn.ops.stacked import unstack
from ocr_crnn.reading.condensed import KINDS, LEAST_PAIRS, TIMES
from ocr_crnn.reading.confidence import LEAST, PLAIN
from ocr_crnn.reading.settings import CELLS, ORDER
from ocr_crnn.serving.encoded_images import read_upright
from ocr_crnn.serving.graph_detector import GraphDetector
from ocr_crnn.serving.graph_doubted import read_doubted
from ocr_crnn.serving.graph_gaps import join_parts, part_texts
from ocr_crnn.serving.graph_lines import (
    ONCE,
    Characters,
    GraphRecognizer,
    join_lines,
    keep_characters,
    no_characters,
    sort_characters,
    take_lines,
)
from ocr_crnn.serving.graph_order import order_texts
from ocr_crnn.serving.protocol import BOXES, DETECTED

MAX_PIXELS = 70_000_000  # of an image, as its header has it: an A1 sheet at 300 dpi, which takes 1.2 GB

GREY, QUADS = tf.TensorSpec((None, None), tf.uint8), tf.TensorSpec((None, 4, 2), tf.float32)


class GraphSpotter(tf.Module):
    """A DocumentReader as a module of TensorFlow functions. max_pixels: a larger image is refused before it is decoded. The settings are
    those of the reader as it was given: a function that has been traced does not see others.

    detect: image → quads, scores, and whatever else its own reader reads from. recognizer: None where the detector reads too.
    What `look` sees, `turn` turns and `read_quads` reads from is a grey page here, as of reading.spotter.Spotter.
    """

    def __init__(self, reader, max_pixels=MAX_PIXELS):
        super().__init__(name="reader")
        self.detect, self.recognizer = self.take_networks(reader)
        self.directed = getattr(reader.detector.decoder, "directed", False)
        self.settings = reader.spotter.settings
        self.max_pixels = max_pixels

    def take_networks(self, reader):
        return GraphDetector(reader.detector), GraphRecognizer(reader.recognizer)

    @property
    def detected(self):
        """The columns of protocol.DETECTED that the detector gives."""
        return {name: column for name, column in DETECTED.items() if self.detect.finds_characters or name not in BOXES}

    def read_page(self, contents):
        """An encoded page, a string scalar → dict of the outputs of protocol.TEXTS, SEGMENTS, CHARACTERS and PAGE."""
        image, error = read_upright(contents, self.max_pixels)
        texts = tf.cond(error == "", lambda: self.read_texts(image), nothing_read)
        return {**texts, "sizes": tf.shape(image)[:2], "errors": error}

    def detect_page(self, contents):
        """An encoded page, a string scalar → dict of quads, scores, sizes and errors, and of a detector that finds characters theirs."""
        image, error = read_upright(contents, self.max_pixels)
        empty = [tf.zeros((0, *shape), kind) for shape, kind, _ in self.detected.values()]
        found = tf.cond(error == "", lambda: tf.nest.flatten(self.detect(image))[: len(empty)], lambda: empty)
        return dict(zip(self.detected, found, strict=True)) | {"sizes": tf.shape(image)[:2], "errors": error}

    def read_line_images(self, contents):
        """Encoded images of upright lines, string `(n,)` → dict of texts, scores, sizes and errors, a row for each, and Characters."""

        def load(contents):
            image, error = read_upright(contents, self.max_pixels)
            return to_grey_levels(image), tf.shape(image)[:2], error

        others = tf.TensorSpec((2,), tf.int32), tf.TensorSpec((), tf.string)
        lines, widths, sizes, errors = self.recognizer.load_lines(load, contents, *others)
        read = self.recognizer.read_ragged(lines, widths)
        return {"texts": read.texts, "scores": read.scores, "sizes": sizes, "errors": errors}, self.calibrate(read.characters)

    def calibrate(self, characters):
        """Characters whose scores are those that confidence.calibrate makes of them."""
        slope, offset = self.settings.calibration
        if self.settings.calibration == PLAIN:
            return characters
        inner = tf.clip_by_value(tf.cast(characters.scores, tf.float64), LEAST, 1 - LEAST)
        calibrated = tf.sigmoid(slope * tf.math.log(inner / (1 - inner)) + offset)
        return characters._replace(scores=tf.cast(calibrated, tf.float32))

    def read_texts(self, image):
        """A page, uint8 `(height, width, 3)` → dict of the same outputs but `sizes` and `errors`."""
        grey = to_grey_levels(image)
        quads, seen = self.look(image, grey)
        turns, sheet, quads, read = self.read_right_way_up(image, quads, seen)
        quads, read, stacked = self.read_tall(sheet, quads, read)
        found = tf.size(read.scores)
        kept = tf.where((tf.strings.strip(read.texts) != "") & (read.scores >= self.settings.min_score))[:, 0]
        quads, texts, scores, stacked = (tf.gather(column, kept) for column in (quads, tf.strings.strip(read.texts), read.scores, stacked))
        upright = turn_image(grey, turns)
        order, blocks = order_lines(upright, quads, texts, stacked)
        quads, texts, scores, stacked = (tf.gather(column, order) for column in (quads, texts, scores, stacked))
        characters = self.calibrate(take_lines(read.characters, tf.gather(kept, order), found))
        return {
            "texts": tf.strings.regex_replace(texts, " +", " "),
            "scores": scores,
            "quads": turn_quads(quads, tf.shape(upright), -turns % 4),
            "stacked": stacked,
            "lines": tf.range(tf.size(order)),
            "blocks": blocks,
            **name_characters(characters),
            "page_text": join_page(texts, blocks),
            "turns": turns,
            "left_out": found - tf.size(kept),
        }

    def look(self, image, grey):
        """A page, in colours and grey → quads, and what its texts are read from."""
        return self.detect(image)[0], grey

    def turn(self, image, seen, turns):
        """What texts are read from once the page has been turned by quarters."""
        return turn_image(seen, turns)

    def read_right_way_up(self, image, quads, seen):
        """A page, its quads and what is seen on it → the quarter turns that bring it upright, what is seen then, quads on it, Lines.

        The decisions of the Python reader: where the longest texts read surely as they lie, the page does; else parts of them are read all
        four ways, unless the detector says the direction.
        """
        if self.directed:
            turns = said_turns(quads)
            turned = turn_quads(quads, tf.shape(image)[:2], turns)
            sheet = self.turn(image, seen, turns)
            read = self.read_quads(sheet, turned)
        else:
            quads = self.order(quads)
            read = self.read_quads(seen, quads)
            turns = tf.cond(self.are_sure(quads, read), lambda: tf.constant(0), lambda: self.find_turns(seen, quads))
            turned = self.order(turn_quads(quads, tf.shape(image)[:2], turns))
            sheet = self.turn(image, seen, turns)
            read = tf.cond(turns == 0, lambda: read, lambda: self.read_quads(sheet, turned))
        return turns, sheet, turned, self.read_again(sheet, turned, read)

    def order(self, quads):
        return level_narrow(order_quads(quads), self.settings.leaning, self.settings.lone)

    def longest_rows(self, quads):
        return tf.argsort(tf.reduce_max(measure_quads(quads), axis=1), direction="DESCENDING", stable=True)[: self.settings.probed]

    def are_sure(self, quads, read):
        """Whether the longest of some quads are read so well that they cannot read clearly better another way; read: their Lines."""
        scores = tf.gather(read.scores, self.longest_rows(quads))
        return (tf.size(scores) == 0) | (tf.reduce_mean(scores) >= 1 - self.settings.clearer)

    def find_turns(self, sheet, quads):
        """The quarter turns, 0..3, after which a page reads best, as the Python reader finds them."""
        parts = first_parts(tf.gather(quads, self.longest_rows(quads)), self.settings.probed_em)
        upright = tf.reduce_mean(self.score_quads(sheet, parts))

        def compare():
            ways = tf.concat([tf.roll(parts, -turns, axis=1) for turns in (1, 2, 3)], axis=0)  # (3 * texts, 4, 2)
            others = tf.reduce_mean(tf.reshape(self.score_quads(sheet, ways), [3, -1]), axis=1)
            scores = tf.concat([upright[None], others], axis=0)
            best = tf.argmax(scores, output_type=tf.int32)
            return tf.where(scores[best] > upright + self.settings.clearer, best, 0)

        return tf.cond(upright >= 1 - self.settings.clearer, lambda: tf.constant(0), compare)  # no other way can be clearer then

    def score_quads(self, sheet, quads):
        """The scores `(n,)` of texts on a page, those that stand upright read as columns where they are."""
        scores = self.read_quads(sheet, quads).scores
        tall = tf.where(is_tall(quads, self.settings.tall))
        downwards = self.read_downwards(sheet, tf.gather_nd(quads, tall)).scores
        better = tf.where(downwards > 0, downwards, tf.gather_nd(scores, tall))
        return tf.tensor_scatter_nd_update(scores, tall, better)

    def read_tall(self, sheet, quads, read):
        """Texts taller than wide read on either side and downwards too → quads that begin at the text's own top-left, Lines, and whether
        the characters of a text stand one below the other, bool `(n,)`."""
        tall = tf.cast(tf.where(is_tall(quads, self.settings.tall))[:, 0], tf.int32)
        count = tf.size(read.scores)

        def choose():
            upper = tf.gather(quads, tall)
            # On either side the text's top-left is the top right corner, or the bottom left one.
            quads_of_ways = [upper, tf.roll(upper, -1, axis=1), tf.roll(upper, 1, axis=1), upper]
            others = [*(self.read_quads(sheet, rolled) for rolled in quads_of_ways[1:3]), self.read_downwards(sheet, upper)]
            texts = tf.stack([tf.gather(read.texts, tall), *(other.texts for other in others)])  # (4, tall texts)
            scores = tf.stack([tf.gather(read.scores, tall), *(other.scores for other in others)])
            best = surest(texts, scores, self.settings.surer)
            chosen = tf.gather(tf.stack(quads_of_ways, axis=1), best, axis=1, batch_dims=1)
            ways = tf.tensor_scatter_nd_update(tf.zeros([count], tf.int32), tall[:, None], best)
            parts = [keep_characters(read.characters, ways == 0)]
            for way, other in enumerate(others, 1):
                part = keep_characters(other.characters, best == way)
                parts.append(part._replace(lines=tf.gather(tall, part.lines)))
            characters = sort_characters(Characters(*(tf.concat(columns, axis=0) for columns in zip(*parts, strict=True))))
            return tf.tensor_scatter_nd_update(quads, tall[:, None], chosen), join_lines(characters, count), ways == 3

        return tf.cond(tf.size(tall) > 0, choose, lambda: (quads, read, tf.zeros_like(read.scores, tf.bool)))

    def read_quads(self, sheet, quads, margins=None):
        """Quads of texts, `(n, 4, 2)`, each read along its first side, in parts where it has wide gaps → Lines.

        margins: `(n,)`, in place of that of the settings.
        """
        return self.read_with(sheet, quads, tf.fill(tf.shape(quads)[:1], self.settings.margin) if margins is None else margins)

    @tf.function(autograph=False, input_signature=[GREY, QUADS, tf.TensorSpec((None,), tf.float32)], experimental_attributes=ONCE)
    def read_with(self, sheet, quads, margins):
        """As `read_quads`."""
        parts = part_texts(sheet, quads, self.settings.gap)
        read = self.read_crops(sheet, expand_lines(parts.quads, tf.gather(margins, parts.rows), self.settings.narrow))
        return join_lines(join_parts(read.characters, parts), tf.shape(quads)[0])

    def read_again(self, sheet, quads, read):
        """Lines of quads, of those that are doubted what most readings say."""
        return read_doubted(lambda rows, margins: self.read_quads(sheet, tf.gather(quads, rows), margins), quads, read, self.settings)

    def read_crops(self, sheet, quads):
        """Quads of crops of a grey page → Lines; of condensed print the surer one of the crop as it is and stretched."""
        read = self.recognizer.read_quads(sheet, quads, 1)
        rows = tf.where(is_condensed(read.characters, crop_sizes(quads)[:, 1], self.settings.condensed))[:, 0]

        def stretch():
            stretched = self.recognizer.read_quads(sheet, tf.gather(quads, rows), TIMES)
            better = stretched.scores > tf.gather(read.scores, rows)
            part = keep_characters(stretched.characters, better)
            part = part._replace(lines=tf.gather(tf.cast(rows, tf.int32), part.lines), spans=part.spans / TIMES)
            kept = tf.tensor_scatter_nd_update(tf.ones_like(read.scores, tf.bool), rows[:, None], ~better)
            both = zip(keep_characters(read.characters, kept), part, strict=True)
            return join_lines(sort_characters(Characters(*(tf.concat(pair, axis=0) for pair in both))), tf.size(read.scores))

        return tf.cond(tf.size(rows) > 0, stretch, lambda: read)

    @tf.function(autograph=False, input_signature=[GREY, QUADS], experimental_attributes=ONCE)
    def read_downwards(self, sheet, quads):
        """Quads of columns of upright characters → Lines, without text where there are not two characters."""
        quads = expand_quads(quads, self.settings.margin)
        sizes = crop_sizes(quads)

        def load(row):
            return (unstack(crop_quad(sheet, quads[row], sizes[row]), self.settings),)

        return self.recognizer.read_ragged(*self.recognizer.load_lines(load, tf.range(tf.shape(quads)[0])))


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


def join_page(texts, blocks):
    """Lines in reading order, without spaces at their ends, and their blocks → the text of the page, as Page.text."""
    texts = tf.strings.regex_replace(texts, " +", " ")
    breaks = tf.where(blocks[1:] == blocks[:-1], "\n", "\n\n")
    breaks = tf.concat([tf.zeros([tf.minimum(tf.size(texts), 1)], tf.string), breaks], axis=0)
    return tf.strings.reduce_join(breaks + texts)


def name_characters(characters):
    """Characters as outputs."""
    return {
        "segments": characters.lines,
        "codes": characters.codes,
        "character_scores": characters.scores,
        "spans": characters.spans,
    }


def nothing_read():
    """Of an image without text, or that could not be decoded."""
    return {
        "texts": tf.zeros((0,), tf.string),
        "scores": tf.zeros((0,)),
        "quads": tf.zeros((0, 4, 2)),
        "stacked": tf.zeros((0,), tf.bool),
        "lines": tf.zeros((0,), tf.int32),
        "blocks": tf.zeros((0,), tf.int32),
        **name_characters(no_characters()),
        "page_text": tf.constant(""),
        "turns": tf.constant(0),
        "left_out": tf.constant(0),
    }


def is_condensed(characters, heights, condensed):
    """bool `(n,)`: as reading.condensed.is_condensed, of lines whose crops are `heights` int32 `(n,)` pixels high."""
    middles = tf.reduce_sum(characters.spans, axis=1) / 2
    of_kinds = [width * tf.cast((characters.codes >= first) & (characters.codes <= last), tf.float32) for first, last, width in KINDS]
    usual = tf.add_n(of_kinds)
    pairs = (usual[1:] == usual[:-1]) & (usual[1:] > 0) & (characters.lines[1:] == characters.lines[:-1])
    shares = tf.math.divide_no_nan(middles[1:] - middles[:-1], usual[1:])
    lines, count = characters.lines[1:], tf.size(heights)
    sums = tf.math.unsorted_segment_sum(tf.where(pairs, shares, 0.0), lines, count)
    counts = tf.math.unsorted_segment_sum(tf.cast(pairs, tf.float32), lines, count)
    return (counts >= LEAST_PAIRS) & (sums < condensed * tf.cast(heights, tf.float32) * counts)


def is_tall(quads, tall):
    """bool `(n,)`: higher than `tall` widths."""
    sizes = measure_quads(quads)
    return sizes[:, 1] > tall * sizes[:, 0]


def surest(texts, scores, surer):
    """Of n texts read several ways, `(ways, n)` each, the way to keep, int32 `(n,)`: the first, as a text lies, unless another one that
    gives two characters is surer by `surer`."""
    long = tf.strings.length(tf.strings.strip(texts[1:]), unit="UTF8_CHAR") > 1
    others = tf.where(long, scores[1:], 0.0)
    best = tf.argmax(others, axis=0, output_type=tf.int32) + 1
    return tf.where(tf.reduce_max(others, axis=0) > scores[0] + surer, best, 0)
