"""Characters of linked texts in stock TensorFlow operations: hills of the region, each pixel a part of the hill that it leads up to.

The watershed of `_native.find_characters`, all texts at once: every pixel points to the highest of its neighbours, and pointers are
followed by doubling them (Shiloach and Vishkin, 1982).
"""

from typing import NamedTuple

import tensorflow as tf

from ocr_crnn.ops.components import find_roots
from ocr_crnn.ops.pixel_aggregation import place_values
from ocr_crnn.ops.quads import measure_quads


class Hills(NamedTuple):
    """Characters, text by text, those of a text in their order along its longer side, or where that is one in the order of the map.

    texts: int32 `(n,)`, from 0. peaks: float32 `(n,)`, the highest region. quads: float32 `(n, 4, 2)` in pixels of the map, in the frame
    of their text, half a pixel outside the outermost centres.
    """

    texts: tf.Tensor
    peaks: tf.Tensor
    quads: tf.Tensor


def find_hills(heights, owners, layout, quads, valley, min_peak):
    """The region of one map and the text of each pixel, flat as of the layout, owners int32 with 0 for none → Hills.

    quads: `(texts, 4, 2)`, the rectangles in whose frames hills are measured. Two hills are one where two pixels that touch keep `valley`
    of the lower peak; what is lower than min_peak is dropped then.
    """
    stride = layout.stride
    steps = tf.stack([-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1])  # to the neighbours, in raster order
    heights, owners = (tf.pad(values, [[stride + 1, stride + 1]]) for values in (heights, owners))  # every pixel has all of them
    pixels = tf.cast(tf.where(owners > 0)[:, 0], tf.int32)
    number = place_values(pixels, tf.range(tf.size(pixels)), 0, tf.shape(owners))
    own, around = tf.gather(owners, pixels), pixels[:, None] + steps  # (n,), (n, 8)
    around = tf.where(tf.gather(owners, around) == own[:, None], around, pixels[:, None])

    highest = _follow(tf.gather(number, _climb(heights, pixels, around)))
    of_pixel = _join(tf.gather(heights, pixels), tf.gather(heights, around[:, 4:]), highest, tf.gather(number, around[:, 4:]), valley)
    hills, of_pixel = tf.unique(of_pixel)
    count = tf.size(hills)
    texts = tf.math.unsorted_segment_max(own - 1, of_pixel, count)
    peaks = tf.math.unsorted_segment_max(tf.gather(heights, pixels), of_pixel, count)

    widths, depths = tf.unstack(measure_quads(quads), axis=1)
    along = tf.gather((quads[:, 1] - quads[:, 0]) / widths[:, None], texts)  # (hills, 2)
    ux, uy = tf.unstack(along, axis=1)
    _, rows, columns = layout.coordinates(pixels - stride - 1)
    x, y = tf.cast(columns, tf.float32) + 0.5, tf.cast(rows, tf.float32) + 0.5
    ux_here, uy_here = tf.gather(ux, of_pixel), tf.gather(uy, of_pixel)
    sides = []
    for values in (x * ux_here + y * uy_here, y * ux_here - x * uy_here):
        sides += [tf.math.unsorted_segment_min(values, of_pixel, count) - 0.5, tf.math.unsorted_segment_max(values, of_pixel, count) + 0.5]
    left, right, top, bottom = sides
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    boxes = tf.stack([tf.stack([u * ux - v * uy, u * uy + v * ux], axis=1) for u, v in corners], axis=1)

    places = tf.round(8 * tf.where(tf.gather(depths > widths, texts), top + bottom, left + right))
    order = tf.argsort(places, stable=True)
    order = tf.gather(order, tf.argsort(tf.gather(texts, order), stable=True))
    order = tf.boolean_mask(order, tf.gather(peaks, order) >= min_peak)
    return Hills(*(tf.gather(column, order) for column in (texts, peaks, boxes)))


def _climb(heights, pixels, around):
    """The highest of each pixel and its neighbours `(n, 8)`; of equal ones the first in the map, as if it sank a little on its way."""
    best, to = tf.gather(heights, pixels), pixels
    for place, there in enumerate(tf.unstack(around, axis=1)):
        height = tf.gather(heights, there)
        is_higher = (height >= best) & (there != pixels) if place < 4 else height > best
        best, to = tf.where(is_higher, height, best), tf.where(is_higher, there, to)
    return to


def _follow(parents):
    """Where pointers `(n,)` from node to node end."""
    differs = lambda parents: tf.reduce_any(tf.gather(parents, parents) != parents)  # noqa: E731
    return tf.while_loop(differs, lambda parents: (tf.gather(parents, parents),), (parents,))[0]


def _join(heights, beside, highest, number, valley):
    """Nodes equal for the pixels of one hill. beside, number: heights and numbers of the neighbours that follow each pixel, `(n, 4)`."""
    one, other = tf.broadcast_to(highest[:, None], tf.shape(number)), tf.gather(highest, number)
    saddle, peaks = tf.minimum(heights[:, None], beside), tf.gather(heights, highest)
    joined = (saddle >= valley * tf.minimum(peaks[:, None], tf.gather(heights, other))) & (one != other)
    roots = find_roots(tf.size(highest), tf.boolean_mask(one, joined), tf.boolean_mask(other, joined))
    return tf.gather(roots, highest)
