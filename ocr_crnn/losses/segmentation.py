"""Dice loss and online hard example mining for maps of text (Milletari et al., 2016; Shrivastava et al., 2016; as used by PAN++)."""

from keras import ops


def dice_loss(truth, logits, mask):
    """1 − 2 Σmpg / (Σmp² + Σmg²) over the cells of each image, p the sigmoid of the logits, m the mask → `(batch,)`.

    truth: `(batch, height, width)`, 0 or 1. logits: the same shape. mask: the weight of each cell, 0 where it does not count.
    An image without masked cells has loss 0.
    """
    truth, mask = ops.cast(truth, "float32"), ops.cast(mask, "float32")
    p = ops.sigmoid(ops.cast(logits, "float32"))
    axes = (1, 2)
    overlap = ops.sum(mask * p * truth, axes)
    size = ops.sum(mask * p * p, axes) + ops.sum(mask * truth, axes)
    return 1.0 - (2.0 * overlap + 1e-3) / (size + 1e-3)


def hard_example_mask(truth, logits, valid, ratio=3.0):
    """The cells that train: all positives and, per image, the `ratio` times as many negatives with the highest logits.

    truth: `(batch, height, width)`, 0 or 1. valid: the weight of each cell, which those that train keep; 0 never trains. An image
    without positives trains on all its valid cells, so that empty pages teach as well. Returns float32 `(batch, height, width)`.
    """
    truth, weights = ops.cast(truth, "float32"), ops.cast(valid, "float32")
    valid = ops.cast(weights > 0, "float32")
    batch = ops.shape(truth)[0]
    positive, negative = truth * valid, (1.0 - truth) * valid
    num_positive = ops.sum(positive, (1, 2))
    scores = ops.stop_gradient(ops.cast(logits, "float32"))
    ranked = ops.sort(ops.reshape(ops.where(negative > 0, scores, -1e9), (batch, -1)), axis=1)  # (batch, height · width), ascending
    cells = ops.shape(ranked)[1]
    wanted = ops.minimum(ops.cast(num_positive * ratio, "int32"), ops.cast(ops.sum(negative, (1, 2)), "int32"))
    place = ops.clip(cells - wanted, 0, cells - 1)
    threshold = ops.take_along_axis(ranked, place[:, None], axis=1)[:, :, None]  # (batch, 1, 1)
    hard = negative * ops.cast((scores >= threshold) & (wanted > 0)[:, None, None], "float32")
    return weights * ops.where((num_positive > 0)[:, None, None], positive + hard, 1.0)
