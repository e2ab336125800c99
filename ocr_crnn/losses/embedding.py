"""Instance vectors: pull the pixels of a text to its kernel, push kernels apart (PAN, Wang et al., 2019, arXiv 1908.05900, eq. 3–5)."""

import keras
from keras import ops

PULL = 0.5  # δ_agg: pixels nearer to their kernel than this are near enough
PUSH = 3.0  # δ_dis: kernels farther apart than this are far enough
BACKGROUND_GRID = 10  # a 10 × 10 grid of cells stands for the background
STATIC_INSTANCES = 1023  # on JAX, which compiles for sizes known beforehand


def embedding_loss(vectors, instances, kernels, max_instances=None):
    """`(batch,)`: aggregation + discrimination + 0.001 · regularisation of the instance vectors of each image.

    vectors: `(batch, height, width, dims)`. instances, kernels: int `(batch, height, width)`, the id of the text a cell belongs to,
        0 for background. max_instances: the largest id there may be. None takes it from the data, on JAX STATIC_INSTANCES.

    An image with an id above `max_instances` has loss NaN: a compiled step cannot raise, and a text left out would go unseen.
    `keras.callbacks.TerminateOnNaN` stops such a training; raise `max_instances` for it.

    Aggregation: the mean over texts of the mean over their cells of ln(max(‖e − g‖ − 0.5, 0)² + 1), g the mean vector of the kernel.
    Discrimination: the mean over ordered pairs of kernels, and over kernels against background, of ln(max(3 − ‖g − g'‖, 0)² + 1).
    Deviation from the published code: background is taken at a fixed grid of cells instead of 100 random ones, and all texts are
    summed as segments instead of one by one. Images with fewer than two texts, or none, have finite losses and gradients.
    """
    vectors = ops.cast(vectors, "float32")
    instances, kernels = ops.cast(instances, "int32"), ops.cast(kernels, "int32")
    batch, height, width, dims = ops.shape(vectors)
    if max_instances is None and keras.backend.backend() == "jax":
        max_instances = STATIC_INSTANCES
    segments = (ops.max(instances) if max_instances is None else max_instances) + 1
    if max_instances is not None:
        beyond = ops.any((instances > max_instances) | (kernels > max_instances), axis=(1, 2))  # (batch,)
        # Else their ids would be those of the next image.
        instances, kernels = ops.minimum(instances, max_instances), ops.minimum(kernels, max_instances)
    shift = ops.arange(batch, dtype="int32")[:, None, None] * segments
    flat = ops.reshape(vectors, (-1, dims))  # (batch · height · width, dims)
    instance_ids = ops.reshape(instances + shift, (-1,))
    kernel_ids = ops.reshape(kernels + shift, (-1,))

    ones = ops.ones_like(flat[:, :1])
    sums = ops.segment_sum(ops.concatenate([flat, ones], axis=1), kernel_ids, batch * segments)  # (batch · segments, dims + 1)
    means = sums[:, :dims] / ops.maximum(sums[:, dims:], 1.0)
    is_text = ops.arange(segments) > 0
    present = ops.cast((ops.reshape(sums[:, dims], (batch, segments)) > 0) & is_text, "float32")  # (batch, segments)
    count = ops.sum(present, axis=1)

    pull = _hinge(_norm(flat - ops.take(means, instance_ids, axis=0)) - PULL)
    cells = ops.segment_sum(ops.stack([pull, ones[:, 0]], axis=1), instance_ids, batch * segments)
    per_text = ops.reshape(cells[:, 0] / ops.maximum(cells[:, 1], 1.0), (batch, segments))
    aggregation = ops.sum(per_text * present, axis=1) / ops.maximum(count, 1.0)

    kernels_of_image = ops.reshape(means, (batch, segments, dims))
    pairs = _hinge(PUSH - _norm(kernels_of_image[:, :, None] - kernels_of_image[:, None]))  # (batch, segments, segments)
    both = present[:, :, None] * present[:, None] * (1.0 - ops.eye(segments))
    background, is_background = _background(vectors, instances)
    against = _hinge(PUSH - _norm(kernels_of_image[:, :, None] - background[:, None]))  # (batch, segments, cells)
    weight = present[:, :, None] * is_background[:, None] / ops.maximum(ops.sum(is_background, axis=1), 1.0)[:, None, None]
    terms = count * (count - 1.0) + count
    discrimination = (ops.sum(pairs * both, (1, 2)) + ops.sum(against * weight, (1, 2))) / ops.maximum(terms, 1.0)

    size = ops.log(_norm(kernels_of_image) + 1.0)
    regularisation = ops.sum(size * present, axis=1) / ops.maximum(count, 1.0)
    loss = aggregation + discrimination + 0.001 * regularisation
    return loss if max_instances is None else ops.where(beyond, float("nan"), loss)


def _background(vectors, instances):
    """Vectors `(batch, cells, dims)` at a grid of cells, and 1 where such a cell is background `(batch, cells)`."""
    batch, height, width, dims = ops.shape(vectors)
    y = (ops.arange(BACKGROUND_GRID) * 2 + 1) * height // (2 * BACKGROUND_GRID)
    x = (ops.arange(BACKGROUND_GRID) * 2 + 1) * width // (2 * BACKGROUND_GRID)
    grid = ops.reshape(y[:, None] * width + x[None], (-1,))  # (cells,)
    at_grid = ops.take(ops.reshape(vectors, (batch, -1, dims)), grid, axis=1)
    ids = ops.take(ops.reshape(instances, (batch, -1)), grid, axis=1)
    return at_grid, ops.cast(ids == 0, "float32")


def _norm(x):
    """Euclidean length over the last axis, with a gradient at 0."""
    return ops.sqrt(ops.sum(x * x, axis=-1) + 1e-12)


def _hinge(x):
    return ops.log(ops.square(ops.relu(x)) + 1.0)
