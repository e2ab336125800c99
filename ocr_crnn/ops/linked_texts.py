"""From maps of characters and links to texts and their characters, in stock TensorFlow operations: CRAFT's decoding.

What `_native.find_characters` finds with grow=False.
"""

from typing import NamedTuple

import tensorflow as tf

from ocr_crnn.ops.components import Layout, enumerate_ranges, label_runs, layout_of
from ocr_crnn.ops.hills import find_hills
from ocr_crnn.ops.pixel_aggregation import measure_rectangles, place_values

SQUARE = 0.1  # a rectangle whose sides differ by no more than this part is set upright


class LinkedTexts(NamedTuple):
    """Texts in raster order of their first pixels. quads: `(n, 4, 2)` in pixels of the map. scores: `(n,)`, the highest region.

    heights, labels: flat as of the layout, the region and the text of each pixel, from 1; 0 where there is none.
    """

    quads: tf.Tensor
    scores: tf.Tensor
    heights: tf.Tensor
    labels: tf.Tensor
    layout: Layout

    def find_characters(self, valley, min_character):
        """Their characters as Hills."""
        return find_hills(self.heights, self.labels, self.layout, self.quads, valley, min_character)


def find_linked_texts(maps, region_threshold, link_threshold, min_peak, min_area_px):
    """Maps float32 `(height, width, 2)`, region and link → LinkedTexts. NaN counts as no text."""
    layout = layout_of(maps[None])
    region, link = (layout.flatten(maps[None, ..., i], padding=-float("inf")) for i in (0, 1))
    runs = label_runs((region > region_threshold) | (link > link_threshold), layout.stride)
    run, pixels = enumerate_ranges(runs.ends - runs.starts, runs.starts)
    owners, heights = tf.gather(runs.components, run), tf.gather(region, pixels)
    is_text = heights > region_threshold
    peaks = tf.math.unsorted_segment_max(tf.where(is_text, heights, -float("inf")), owners, runs.count)
    areas = tf.math.bincount(owners, minlength=runs.count, maxlength=runs.count)
    is_kept = (areas >= min_area_px) & (peaks >= min_peak) & (peaks > region_threshold)
    numbers = tf.where(is_kept, tf.cumsum(tf.cast(is_kept, tf.int32)), 0)
    pixels, owners = tf.boolean_mask(pixels, is_text), tf.boolean_mask(tf.gather(numbers, owners), is_text)
    count = tf.reduce_sum(tf.cast(is_kept, tf.int32))
    labels = place_values(pixels, owners, 0, tf.shape(region))
    quads, _ = measure_rectangles(labels, layout, count)
    quads = _set_upright(quads, layout, pixels, owners, count)
    return LinkedTexts(quads, tf.boolean_mask(peaks, is_kept), region, labels, layout)


def _set_upright(quads, layout, pixels, owners, count):
    """Quads `(n, 4, 2)`, those that are nearly square as the upright rectangles around their pixels."""
    sides = tf.norm(tf.roll(quads, -1, axis=1) - quads, axis=-1)[:, :2]
    shorter = tf.reduce_min(sides, axis=1)
    is_square = tf.reduce_max(sides, axis=1) / (shorter + 1e-5) - 1 <= SQUARE
    kept = owners > 0
    owners = tf.boolean_mask(owners, kept) - 1
    _, rows, columns = layout.coordinates(tf.boolean_mask(pixels, kept))
    left, top = (tf.math.unsorted_segment_min(places, owners, count) for places in (columns, rows))
    right, bottom = (tf.math.unsorted_segment_max(places, owners, count) + 1 for places in (columns, rows))
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    upright = tf.cast(tf.stack([tf.stack(corner, axis=-1) for corner in corners], axis=1), tf.float32)  # (n, 4, 2)
    return tf.where(is_square[:, None, None], upright, quads)
