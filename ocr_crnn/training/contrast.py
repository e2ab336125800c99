"""NT-Xent, the contrast of each instance with all others of a batch, and the instances of lines. Any backend, float32.

Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations", 2020; instances of sequences: Aberdam et al.,
"Sequence-to-Sequence Contrastive Learning for Text Recognition", 2021.
"""

from keras import ops

NOWHERE = -1e9  # a similarity that a softmax gives no weight


def pool_instances(frames, counts, instances, most):
    """Cut the real frames of each line into as many equal runs as it has instances, and average each run.

    frames `(lines, frames, units)`; counts int `(lines,)`, the real ones, which come first; instances int `(lines,)`, at most `most`, a
    plain number or a scalar tensor. Returns `(lines, most, units)` float32 and which are real, float32 `(lines, most)`.

    Instance k of n out of t frames is the mean of frames ⌊k·t/n⌋ … ⌈(k + 1)·t/n⌉ − 1, so frames at a cut count on both sides. One instance
    a line is all-to-instance of the paper, a fixed number window-to-instance, and as many as frames frame-to-instance. A line of fewer
    frames than instances has none: its runs would be the same frames again.
    """
    counts, instances = ops.cast(counts, "int32")[:, None], ops.cast(instances, "int32")[:, None]
    places = ops.arange(most, dtype="int32")[None]  # (1, most)
    divisor = ops.maximum(instances, 1)
    first, last = places * counts // divisor, -(-(places + 1) * counts // divisor)
    at = ops.arange(ops.shape(frames)[1], dtype="int32")[None, None]  # (1, 1, frames)
    inside = ops.logical_and(at >= first[..., None], at < last[..., None])
    inside = ops.cast(ops.logical_and(inside, at < counts[..., None]), "float32")  # (lines, most, frames)
    means = ops.matmul(inside, ops.cast(frames, "float32")) / ops.maximum(ops.sum(inside, axis=-1, keepdims=True), 1.0)
    real = ops.cast(ops.logical_and(places < instances, instances <= counts), "float32")
    return means * real[..., None], real


def normalise(vectors):
    """Vectors `(…, units)` of length 1; those of length 0 stay."""
    vectors = ops.cast(vectors, "float32")
    return vectors * ops.rsqrt(ops.maximum(ops.sum(ops.square(vectors), axis=-1, keepdims=True), 1e-12))


def nt_xent(first, second, real, temperature):
    """The normalised, temperature-scaled cross entropy of two views: a scalar, and the share of instances that are nearest to their own.

    first, second: `(instances, units)`, instance i of one view that of the other; real `(instances,)`, 0 for those that take no part,
    neither as rows nor among those that a row is contrasted with. temperature above 0.

        ℓ(i) = −s(i, j)/τ + log Σ_{k ≠ i} exp(s(i, k)/τ),   s = cosine, j = i in the other view,

    averaged over the real i of both views. One real instance has nothing to be told from: its loss is 0, as is that of none.
    """
    both = normalise(ops.concatenate([first, second], axis=0))  # (2 · instances, units)
    real = ops.cast(ops.concatenate([real, real], axis=0), "float32")
    count = ops.shape(both)[0]
    places = ops.arange(count, dtype="int32")
    partner = (places + count // 2) % count
    scores = ops.matmul(both, ops.transpose(both)) / temperature
    hidden = ops.logical_or(places[:, None] == places[None], real[None] == 0)
    scores = ops.where(hidden, NOWHERE, scores)
    own = ops.sum(both * ops.concatenate([both[count // 2 :], both[: count // 2]], axis=0), axis=-1) / temperature
    total = ops.maximum(ops.sum(real), 1.0)
    nearest = ops.cast(ops.cast(ops.argmax(scores, axis=-1), "int32") == partner, "float32")
    losses = ops.where(real > 0, ops.logsumexp(scores, axis=-1) - own, 0.0)
    return ops.sum(losses) / total, ops.sum(nearest * real) / total
