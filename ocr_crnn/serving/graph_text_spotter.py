"""Texts found and read in graph by one network: a TextSpotter as TensorFlow functions, page in, quads and what is read in them out."""

from typing import NamedTuple

import tensorflow as tf
from keras import ops

from ocr_crnn.ops.best_path import decode_best_path
from ocr_crnn.ops.frames import count_frames
from ocr_crnn.ops.quads import grow_quads, measure_quads
from ocr_crnn.serving.graph_detector import GraphDetector, scale_page
from ocr_crnn.serving.graph_lines import ONCE, Characters, read_in_batches
from ocr_crnn.spotting.text_spotter import BATCH_FRAMES, CLEAR, PLACES, STEP, WIDEST, RegionReader


class Seen(NamedTuple):
    """A page as a TextSpotter sees it, see text_spotter.Look. stem, fused: float32 `(1, height, width, channels)`, its features.

    labels: int32 `(height, width)`, the text of each cell, 0 for none. scale: float64, by how much the page was scaled for it.
    """

    stem: tf.Tensor
    fused: tf.Tensor
    labels: tf.Tensor
    scale: tf.Tensor


SEEN = Seen(
    tf.TensorSpec((1, None, None, None)), tf.TensorSpec((1, None, None, None)),
    tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((), tf.float64),
)  # fmt: skip


class GraphTextSpotter(GraphDetector):
    """A TextSpotter as a module of TensorFlow functions. Called with a page it gives, besides quads and scores, Seen."""

    def __init__(self, spotter):
        super().__init__(spotter)
        self.read_regions = RegionReader(spotter.network)
        self.codes = tf.constant([ord(character) for character in spotter.codec.alphabet.characters], tf.int32)  # of the classes

    @tf.function(
        autograph=False,
        input_signature=[tf.TensorSpec((None, None, 3), tf.uint8), tf.TensorSpec((), tf.float64)],
        experimental_attributes=ONCE,
    )
    def look(self, image, scale):
        """Quads, scores and Seen at a scale of the page, which is never cut into tiles."""
        features = self.detector.network.features(scale_page(image, scale)[None], training=False)
        found = self.decode(features["maps"][0], image, scale)
        return found.quads, found.scores, Seen(features["stem"], features["fused"], found.labels, scale)

    @tf.function(
        autograph=False,
        input_signature=[SEEN, tf.TensorSpec((None, 4, 2), tf.float32), tf.TensorSpec((None,), tf.float32)],
        experimental_attributes=ONCE,
    )
    def read(self, seen, quads, margins):
        """Quads `(n, 4, 2)` in page pixels, each read along its first side → Lines, as by Look.read."""
        network, outputs = self.detector.network, self.detector.network.features.output
        page = {name: tf.ensure_shape(getattr(seen, name), (1, *outputs[name].shape[1:])) for name in ("stem", "fused")}
        page["labels"] = seen.labels[None]
        grown = grow_quads(quads, CLEAR) * tf.cast(seen.scale, tf.float32)
        own = self.find_own_labels(seen.labels, grown)
        widths = tf.minimum(network.region_widths(grown, ops), WIDEST)
        columns = count_frames(widths, STEP) * STEP
        sizes, heights = tf.unstack(measure_quads(quads), axis=1)
        per_column = (sizes + 2 * CLEAR * heights) / tf.cast(widths, tf.float32)  # pixels of the page
        begins = margins - CLEAR * heights

        def read_rows(rows):
            region = {"quads": tf.gather(grown, rows), "own": tf.gather(own, rows), "width": tf.gather(widths, rows)}
            logits = self.read_regions(page | region | {"columns": columns[rows[-1]]})
            found = decode_best_path(logits, network.count_frames(region["width"]))
            spans = tf.cast(tf.stack([found.starts, found.ends], axis=1) * network.frame, tf.float32)
            scales, shifts = (tf.gather(values, tf.gather(rows, found.lines))[:, None] for values in (per_column, begins))
            return Characters(found.lines, tf.gather(self.codes, found.ids), found.scores, tf.maximum(spans * scales + shifts, 0))

        return read_in_batches(columns, BATCH_FRAMES * network.frame, read_rows)

    def find_own_labels(self, labels, quads):
        """The label that most of the middle of each quad has, in pixels as the network sees them; int32 `(n,)`, 0 for none."""
        left, right = (quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2
        points = left[:, None] + (right - left)[:, None] * PLACES[:, None]  # (n, places, 2)
        last = tf.cast(tf.shape(labels)[::-1] - 1, tf.float32)
        cells = tf.cast(tf.clip_by_value(points // self.detector.engine.stride, 0.0, last), tf.int32)
        found = tf.gather_nd(labels, cells[..., ::-1])  # (n, places)
        counts = tf.reduce_sum(tf.cast(found[:, :, None] == found[:, None], tf.int32), axis=-1) * tf.cast(found > 0, tf.int32)
        return tf.gather(found, tf.argmax(counts, axis=1), batch_dims=1)
