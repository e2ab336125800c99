"""From the raw maps of a kernel-based text detector to text instances: pixel aggregation, in graph and compiled.

`aggregate_pixels` is made of stock TensorFlow operations and exports with a model; `aggregate_pixels_compiled` calls the
extension of this package, is several times faster and does not export. Both follow Wang et al., "Efficient and Accurate
Arbitrary-Shaped Text Detection with Pixel Aggregation Network" (2019), and "PAN++" (2021): kernels grow breadth first over
the region, first come, first served. Deviation: the released code tests the distance of vectors only between kernels whose
areas differ by more than 1024 times; here every pixel is tested (the papers), or none with `max_distance=None`. A second deviation:
the score is the mean probability over the kernel, not over all pixels of the instance. The rim, where every region is unsure, is most
of a small text, so the published mean tells sizes apart before it tells texts from specks.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from ocr_crnn.ops import _native
from ocr_crnn.ops.components import enumerate_ranges, label_runs, layout_of
from ocr_crnn.ops.rectangles import min_area_rectangles


class Instances(NamedTuple):
    """Text instances of a batch of maps; instance i of an image carries label i + 1.

    Coordinates are (x, y) in map pixels, the centre of the first pixel at (0.5, 0.5): times the stride of the network they
    are page pixels. A rectangle lies half a pixel outside the outermost pixel centres, so that a block of w × h pixels
    gives w × h. Its corners run clockwise and its first side is within −45 to 45 degrees of the x axis.
    """

    labels: tf.Tensor  # int32 (batch, height, width), 0 where there is no instance
    scores: tf.RaggedTensor  # float32 (batch, n), mean probability of the region over the kernel
    areas: tf.RaggedTensor  # int32 (batch, n), pixels of the map
    quads: tf.RaggedTensor  # float32 (batch, n, 4, 2), minimum-area rectangles
    polygons: tf.RaggedTensor | None = None  # float32 (batch, n, points, 2), outer contours along pixel edges; compiled only


def aggregate_pixels(
    maps,
    region_threshold=0.0,
    kernel_threshold=0.0,
    min_kernel_area_px=1,
    min_area_px=1,
    min_score=0.0,
    max_distance=None,
    max_growth_px=64,
):
    """Raw maps float32 `(batch, height, width, 2 + components)` → `Instances` without polygons, in stock operations.

    maps: logit of the region, logit of the kernel, instance vector; any batch and size, unknown ones too. NaN counts as no
    text. Thresholds are logits: 0 is a probability of one half. `max_distance`: a pixel whose vector is farther than this
    from the mean of the kernel is refused; None takes all and needs no vectors. `max_growth_px` bounds the work on hostile
    maps: pixels farther than this from their kernel stay 0 (the compiled version has no such bound).
    """
    maps = tf.convert_to_tensor(maps, tf.float32)
    layout = layout_of(maps)
    logits = layout.flatten(maps[..., 0], padding=-np.inf)
    region = logits > region_threshold
    kernel = region & layout.flatten(maps[..., 1] > kernel_threshold, padding=False)
    pixels, owners, count = find_kernels(kernel, layout.stride, min_kernel_area_px)
    probabilities = tf.sigmoid(tf.gather(logits, pixels))
    scores = tf.math.unsorted_segment_mean(probabilities, owners, count)
    accept = None if max_distance is None else vector_gate(maps, layout, pixels, owners, count, max_distance)
    pixels, owners = grow_kernels(region, layout.stride, pixels, owners, accept, max_growth_px)

    areas = tf.math.bincount(owners, minlength=count, maxlength=count)
    is_kept = (areas >= min_area_px) & (scores >= min_score)
    kept = tf.where(is_kept)[:, 0]
    numbers = tf.where(is_kept, tf.cumsum(tf.cast(is_kept, tf.int32)), 0)
    labels = place_values(pixels, tf.gather(numbers, owners), 0, tf.shape(region))  # flat, 1 .. n over the batch
    quads, firsts = measure_rectangles(labels, layout, tf.size(kept))
    images = layout.coordinates(firsts)[0]

    def by_image(values):
        return tf.RaggedTensor.from_value_rowids(values, tf.cast(images, tf.int64), tf.cast(layout.batch, tf.int64), validate=False)

    scores, areas, quads = (by_image(values) for values in (tf.gather(scores, kept), tf.gather(areas, kept), quads))
    labels = layout.restore(labels)
    offsets = tf.cast(scores.row_starts(), tf.int32)[:, None, None]
    labels = tf.maximum(labels - offsets, 0)  # (batch, height, width)
    labels.set_shape(maps.shape[:-1])
    return Instances(labels, scores, areas, quads)


def find_kernels(kernel, stride, min_kernel_area_px):
    """Flat mask → pixels of all kernels in raster order, the kernel of each (0 .. count − 1, raster order), count."""
    runs = label_runs(kernel, stride)
    lengths = runs.ends - runs.starts
    is_kept = tf.math.unsorted_segment_sum(lengths, runs.components, runs.count) >= min_kernel_area_px
    numbers = tf.cumsum(tf.cast(is_kept, tf.int32), exclusive=True)
    kept = tf.where(tf.gather(is_kept, runs.components))[:, 0]
    run, pixels = enumerate_ranges(tf.gather(lengths, kept), tf.gather(runs.starts, kept))
    owners = tf.gather(tf.gather(numbers, tf.gather(runs.components, kept)), run)
    return pixels, owners, tf.reduce_sum(tf.cast(is_kept, tf.int32))


def vector_gate(maps, layout, pixels, owners, count, max_distance):
    """A function of flat pixels and kernels, both `(n,)`: whether the vector of the pixel is near the mean of the kernel."""
    vectors = tf.reshape(maps[..., 2:], [-1, maps.shape[-1] - 2])  # (batch * height * width, components)

    def vectors_at(pixels):
        images, rows, columns = layout.coordinates(pixels)
        return tf.gather(vectors, (images * layout.height + rows) * layout.width + columns)

    means = tf.math.unsorted_segment_mean(vectors_at(pixels), owners, count)

    def is_near(pixels, owners):
        distances = tf.reduce_sum((vectors_at(pixels) - tf.gather(means, owners)) ** 2, axis=-1)
        return distances <= max_distance**2

    return is_near


def grow_kernels(region, stride, pixels, owners, accept, max_growth_px):
    """Breadth-first growth, a whole distance at a time; the same order, and so the same labels, as with a queue.

    Of all offers that pixels of one distance make to free neighbours, in the order of the queue and then up, down, left,
    right, the first that `accept` allows counts: a segment minimum over the numbers of the offers settles a whole distance.
    Returns all pixels and their owners, kernels first.
    """
    free = region & ~place_values(pixels, tf.ones_like(pixels, tf.bool), False, tf.shape(region))
    steps = tf.stack([-stride, stride, -1, 1])
    written = [tf.TensorArray(tf.int32, 0, dynamic_size=True, infer_shape=False, element_shape=(None,)) for _ in range(2)]
    written = [array.write(0, values) for array, values in zip(written, (pixels, owners), strict=True)]

    def grow(distance, front, front_owners, free, all_pixels, all_owners):
        offered = tf.reshape(front[:, None] + steps, [-1])
        offers = tf.cast(tf.where(tf.gather(free, offered))[:, 0], tf.int32)
        offered = tf.gather(offered, offers)
        offering = tf.gather(front_owners, tf.bitwise.right_shift(offers, 2))
        if accept is not None:
            near = tf.where(accept(offered, offering))[:, 0]
            offered, offering = tf.gather(offered, near), tf.gather(offering, near)
        turns = tf.range(tf.size(offered))
        firsts = tf.math.unsorted_segment_min(turns, offered, tf.size(free))
        won = tf.where(tf.gather(firsts, offered) == turns)[:, 0]
        front, front_owners = tf.gather(offered, won), tf.gather(offering, won)
        free &= firsts == tf.int32.max  # nobody's offer
        return distance + 1, front, front_owners, free, all_pixels.write(distance, front), all_owners.write(distance, front_owners)

    has_free = tf.where(tf.gather(beside_free(free, stride), pixels))[:, 0]  # the others offer nothing
    state = (1, tf.gather(pixels, has_free), tf.gather(owners, has_free), free, *written)
    scalar, vector = tf.TensorShape([]), tf.TensorShape([None])
    *_, all_pixels, all_owners = tf.while_loop(
        lambda _, front, *rest: tf.size(front) > 0,
        grow,
        state,
        shape_invariants=(scalar, vector, vector, vector, None, None),
        maximum_iterations=max_growth_px,
    )
    return all_pixels.concat(), all_owners.concat()


def place_values(pixels, values, default, shape):
    """A flat map of `default` with `values` at `pixels`, each named once; several times faster on CPU than `tf.scatter_nd`."""
    return tf.raw_ops.SparseToDense(
        sparse_indices=pixels, output_shape=shape, sparse_values=values, default_value=default, validate_indices=False
    )


def beside_free(free, stride):
    """Flat mask of the pixels that have a free one above, below, left or right."""
    size = tf.size(free)
    around = tf.pad(free, [[stride, stride]])
    up, left, right, down = (around[start : start + size] for start in (0, stride - 1, stride + 1, 2 * stride))
    return up | left | right | down


def measure_rectangles(labels, layout, count):
    """Flat labels 1 .. count → quads float32 `(count, 4, 2)` and one flat pixel of each instance `(count,)`."""
    starts = tf.cast(tf.where(labels[1:] != labels[:-1])[:, 0], tf.int32) + 1
    ends = tf.concat([starts[1:], starts[-1:]], axis=0)  # the last change leads to the padding
    owners = tf.gather(labels, starts) - 1
    order = tf.argsort(tf.where(owners < 0, count, owners), stable=True)
    order = order[: tf.reduce_sum(tf.cast(owners >= 0, tf.int32))]
    starts, ends, owners = (tf.gather(values, order) for values in (starts, ends, owners))
    _, rows, begins = layout.coordinates(starts)
    is_new = (owners[1:] != owners[:-1]) | (rows[1:] != rows[:-1])
    firsts = tf.where(tf.pad(is_new, [[1, 0]], constant_values=True)[: tf.size(owners)])[:, 0]
    lasts = tf.where(tf.pad(is_new, [[0, 1]], constant_values=True)[: tf.size(owners)])[:, 0]
    ends = begins + ends - starts
    owners_of_spans = tf.gather(owners, firsts)
    quads = min_area_rectangles(tf.gather(rows, firsts), tf.gather(begins, firsts), tf.gather(ends, lasts), owners_of_spans, count)
    return quads, tf.math.unsorted_segment_min(starts, owners, count)


def aggregate_pixels_compiled(
    maps, region_threshold=0.0, kernel_threshold=0.0, min_kernel_area_px=1, min_area_px=1, min_score=0.0, max_distance=None
):
    """`aggregate_pixels` by the compiled extension, with polygons and without a bound of the growth; for reading and `tf.data`.

    The call is a `tf.py_function`: a SavedModel that holds it runs in this process only. NaN in the maps raises
    `tf.errors.InvalidArgumentError`. Memory does not depend on the number of instances, apart from the results.
    """
    settings = {
        "region_threshold": region_threshold,
        "kernel_threshold": kernel_threshold,
        "min_kernel_area_px": min_kernel_area_px,
        "min_area_px": min_area_px,
        "min_score": min_score,
        "max_distance": max_distance,
    }

    def aggregate_batch(maps):
        results = [_native.aggregate_pixels(image, **settings) for image in np.asarray(maps)]
        if len(results) == 1:
            labels, scores, *columns = results[0]
            return [labels[None], scores, *columns, np.array([0, len(scores)])]
        return join_results(results, maps.shape[1:3])

    types = [tf.int32, tf.float32, tf.int32, tf.float32, tf.float32, tf.int64, tf.int64]
    maps = tf.convert_to_tensor(maps, tf.float32)
    outputs = tf.py_function(aggregate_batch, [maps], types)
    shapes = [maps.shape[:-1], (None,), (None,), (None, 4, 2), (None, 2), (None,), (None,)]
    for output, shape in zip(outputs, shapes, strict=True):
        output.set_shape(shape)
    labels, scores, areas, quads, points, point_splits, splits = outputs
    polygons = tf.RaggedTensor.from_row_splits(points, point_splits, validate=False)
    columns = (tf.RaggedTensor.from_row_splits(values, splits, validate=False) for values in (scores, areas, quads, polygons))
    return Instances(labels, *columns)


def join_results(results, size):
    """Results of `_native.aggregate_pixels` for images of one size → labels, columns end to end and the splits between the images."""
    nothing = (np.zeros((0,), np.float32), np.zeros((0,), np.int32), np.zeros((0, 4, 2), np.float32), np.zeros((0, 2), np.float32))
    labels = np.array([result[0] for result in results], np.int32).reshape(len(results), *size)
    columns = [np.concatenate([nothing[i], *(result[i + 1] for result in results)]) for i in range(4)]
    lengths = [np.diff(result[5]) for result in results]
    splits = [np.cumsum([0, *values]) for values in (np.concatenate([[], *lengths]), [len(values) for values in lengths])]
    return [labels, *columns, *(values.astype(np.int64) for values in splits)]
