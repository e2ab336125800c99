"""Mean squared error of maps of Gaussians with hard negative mining: the loss of CRAFT (Baek et al., 2019, arXiv 1904.01941)."""

from keras import ops

POSITIVE = 0.1


def heat_map_loss(truth, maps, weights, ratio=3, least=1000):
    """Weighted squared error of one map, of each image: its mean over the positive cells + its mean over the hardest negative ones.

    truth: `(batch, height, width)`, 0..1; positive from 0.1. maps: the same shape. weights: of each cell, 0 where it does not count.
    The negatives are the `ratio` times as many of largest weighted error, at least `least`, all where there are fewer. → `(batch,)`.
    Deviation: the released code of the last stage ranks the negatives of a whole batch, and takes 0.3 times as many; images that come
    together with a dense page are left without any. Here every image has its own, as the paper mines them, 1 to 3.
    """
    truth, maps, weights = (ops.cast(x, "float32") for x in (truth, maps, weights))
    error = weights * ops.square(truth - maps)
    counts = ops.cast(weights > 0, "float32")
    positive = counts * ops.cast(truth >= POSITIVE, "float32")
    negative = counts - positive
    num_positive, num_negative = ops.sum(positive, (1, 2)), ops.sum(negative, (1, 2))
    scores = ops.where(negative > 0, ops.stop_gradient(error), -1.0)
    ranked = ops.sort(ops.reshape(scores, (ops.shape(truth)[0], -1)), axis=1)  # (batch, height · width), ascending
    cells = ops.shape(ranked)[1]
    wanted = ops.cast(ops.minimum(ops.maximum(ratio * num_positive, float(least)), num_negative), "int32")
    threshold = ops.take_along_axis(ranked, ops.clip(cells - wanted, 0, cells - 1)[:, None], axis=1)[:, :, None]  # (batch, 1, 1)
    hard = negative * ops.cast(scores >= threshold, "float32")
    return _mean(error, positive) + _mean(error, hard)


def _mean(values, chosen):
    """Over the chosen cells of each image; 0 where there are none."""
    return ops.sum(values * chosen, (1, 2)) / ops.maximum(ops.sum(chosen, (1, 2)), 1.0)
