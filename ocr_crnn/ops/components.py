"""Connected components of masks in graph, by runs: a page of half a million pixels has some ten thousand runs.

Masks are laid out in one flat vector with a row of False above every image and a column of False at its right, so that
the neighbours of pixel p are p - 1, p + 1, p - stride and p + stride without a test for the border.
"""

from typing import NamedTuple

import tensorflow as tf


class Layout(NamedTuple):
    """Sizes of a batch of maps `(batch, height, width)` laid out flat, scalars int32."""

    batch: tf.Tensor
    height: tf.Tensor
    width: tf.Tensor

    @property
    def stride(self):
        return self.width + 1

    def flatten(self, values, padding):
        """`(batch, height, width)` → `(batch * (height + 1) * stride + stride + 1,)`."""
        padded = tf.pad(values, [[0, 0], [1, 0], [0, 1]], constant_values=padding)  # (batch, height + 1, width + 1)
        return tf.concat([tf.reshape(padded, [-1]), tf.fill([self.stride + 1], tf.constant(padding, values.dtype))], axis=0)

    def restore(self, flat):
        """The inverse of `flatten`."""
        shape = tf.stack([self.batch, self.height + 1, self.stride])
        return tf.reshape(flat[: -self.stride - 1], shape)[:, 1:, :-1]  # (batch, height, width)

    def coordinates(self, pixels):
        """Flat positions `(n,)` → image, row and column, each int32 `(n,)`."""
        rows = pixels // self.stride
        columns = pixels - rows * self.stride
        images = rows // (self.height + 1)
        return images, rows - images * (self.height + 1) - 1, columns


def layout_of(maps):
    """The `Layout` of `(batch, height, width, …)`."""
    return Layout(*tf.unstack(tf.shape(maps)[:3]))


class Runs(NamedTuple):
    """Runs of pixels `start <= p < end` in raster order, int32 `(runs,)`, and the component of each, 0 .. count - 1."""

    starts: tf.Tensor
    ends: tf.Tensor
    components: tf.Tensor
    count: tf.Tensor


def label_runs(mask, stride):
    """4-connected components of a flat mask (`Layout.flatten`), numbered in raster order of their first pixels."""
    changes = tf.where(mask[1:] != mask[:-1])[:, 0]
    boundaries = tf.reshape(tf.cast(changes, tf.int32) + 1, [-1, 2])  # (runs, 2): start, end
    starts, ends = boundaries[:, 0], boundaries[:, 1]
    vertical = mask[stride:] & mask[:-stride]  # pixel p + stride and the one above it
    firsts = tf.cast(tf.where(vertical[1:] & ~vertical[:-1])[:, 0], tf.int32) + 1  # once for each pair of touching runs
    above, below = (tf.searchsorted(starts, firsts + shift, side="right") - 1 for shift in (0, stride))
    roots = find_roots(tf.size(starts), above, below)
    is_root = roots == tf.range(tf.size(starts))
    numbers = tf.cumsum(tf.cast(is_root, tf.int32), exclusive=True)
    return Runs(starts, ends, tf.gather(numbers, roots), tf.reduce_sum(tf.cast(is_root, tf.int32)))


def find_roots(count, one, other):
    """The smallest node of the component of each of `count` nodes; edge i joins `one[i]` and `other[i]`. int32 `(count,)`.

    Minimum hooking and pointer jumping (Shiloach and Vishkin, 1982). A hooked node need not be a root: a link that is
    lost this way shows as an edge with two labels, and the loop goes on until there is none.
    """

    def differs(parents):
        return tf.reduce_any(tf.gather(parents, one) != tf.gather(parents, other))

    def join(parents):
        ones, others = tf.gather(parents, one), tf.gather(parents, other)
        parents = tf.tensor_scatter_nd_min(parents, tf.maximum(ones, others)[:, None], tf.minimum(ones, others))
        parents = tf.gather(parents, parents)
        return (tf.gather(parents, parents),)

    return tf.while_loop(differs, join, (tf.range(count),))[0]


def enumerate_ranges(lengths, starts):
    """Ranges of `lengths` `(n,)`, each at least 1, from `starts` → the range and the value of every element, end to end.

    [2, 3], [10, 20] → [0, 0, 1, 1, 1], [10, 11, 20, 21, 22]
    """
    ends = tf.cumsum(lengths)
    total = tf.reduce_sum(lengths)
    steps = tf.scatter_nd(ends[:-1, None], tf.ones_like(ends[:-1]), total[None])
    ranges = tf.cumsum(steps)  # (total,)
    return ranges, tf.range(total) + tf.gather(starts - (ends - lengths), ranges)
