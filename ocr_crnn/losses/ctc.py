"""Connectionist temporal classification for thousands of classes, with its gradient in closed form.

A. Graves et al., "Connectionist Temporal Classification", ICML 2006. A label of L ids becomes 2L + 1 states: blank, id, blank,
…, id, blank. A path moves by 0, 1 or 2 states a frame; 2 only onto an id that differs from the id before. The loss is
−log of the probability of all paths from the first two states to the last two.

Where the time goes. The states use at most L + 1 of the C classes, so only these columns are gathered, and the recursion costs
nothing beside the softmax. The gradient by the logits is known: softmax − posterior of the classes. Hence the softmax is made
once and kept, the backward pass is one multiplication of it, and L + 1 columns are overwritten. The chain rule through
log-softmax and a dense scatter would pass over `(batch, time, classes)` six times more.
"""

from keras import ops

# Stands for the log of 0. Finite, so that no difference of two of them is NaN.
_LOG_ZERO = -1e30


def ctc_loss(labels, logits, frame_counts=None):
    """−log p(label | logits) of every sample, in nats.

    labels: `(batch, length)`, ids 0…classes−2, padded with −1 on the right; any real dtype. An empty label is all padding.
    logits: `(batch, time, classes)`, unnormalised or log probabilities; **the blank is the last class**.
    frame_counts: `(batch,)`, the number of frames that belong to a sample, 0…time; None takes all frames of every sample.
    Returns `(batch,)`, float32 (float64 for float64 logits). A label that does not fit into its frames has loss 0 and gradient
    0, so it takes no part in training: count such samples with `feasible`. Frames beyond a sample's count have gradient 0.
    """
    labels = ops.cast(labels, "int32")
    dtype = "float64" if ops.dtype(logits) == "float64" else "float32"
    logits = ops.cast(logits, dtype)
    batch, time = ops.shape(logits)[0], ops.shape(logits)[1]
    frame_counts = ops.broadcast_to(time, (batch,)) if frame_counts is None else ops.reshape(frame_counts, (-1,))
    frame_counts = ops.minimum(ops.cast(frame_counts, "int32"), time)
    counted = ops.logical_and(feasible(labels, frame_counts), frame_counts > 0)

    @ops.custom_gradient
    def loss_of(logits):
        probabilities = ops.softmax(logits)
        columns = _class_columns(labels, ops.shape(logits)[2])  # (batch, length + 1)
        emissions = _log_emissions(logits, probabilities, columns)  # (batch, time, length + 1)
        loss, posteriors = _forward_backward(labels, emissions, frame_counts)

        def gradient(*inputs, upstream=None):
            upstream = inputs[0] if upstream is None else upstream
            scale = ops.where(counted, ops.cast(upstream, dtype), 0.0)[:, None, None]
            scale = ops.where(_frame_mask(frame_counts, time)[:, :, None], scale, 0.0)  # (batch, time, 1)
            return _overwrite_columns(
                probabilities * scale,
                columns,
                (ops.take_along_axis(probabilities, columns[:, None, :], axis=2) - _sum_equal(posteriors, columns)) * scale,
            )

        return ops.where(counted, loss, 0.0), gradient

    return loss_of(logits)


def feasible(labels, frame_counts):
    """Whether the label fits into its frames: one frame an id, and one for the blank between two equal neighbours.

    labels: `(batch, length)` padded with −1. frame_counts: `(batch,)` or `(batch, 1)`. Returns bool `(batch,)`.
    """
    labels = ops.cast(labels, "int32")
    repeats = ops.logical_and(labels[:, 1:] == labels[:, :-1], labels[:, 1:] >= 0)
    needed = ops.sum(ops.cast(labels >= 0, "int32"), axis=1) + ops.sum(ops.cast(repeats, "int32"), axis=1)
    return ops.cast(ops.reshape(frame_counts, (-1,)), "int32") >= needed


def _class_columns(labels, classes):
    """The classes that a label uses, `(batch, length + 1)`: its ids, the blank for padding and once more at the end."""
    blank = classes - 1
    return ops.pad(ops.where(labels >= 0, labels, blank), [[0, 0], [0, 1]], constant_values=blank)


def _log_emissions(logits, probabilities, columns):
    """Log probability of the columns, `(batch, time, length + 1)`, exact where the probability underflows too.

    The log-sum-exp of a frame is (largest logit) − log(largest probability), which saves its own pass of exponentials.
    """
    log_sum = ops.max(logits, axis=2, keepdims=True) - ops.log(ops.max(probabilities, axis=2, keepdims=True))
    emissions = ops.take_along_axis(logits, columns[:, None, :], axis=2) - log_sum
    return ops.maximum(emissions, -1e9)  # a logit of −inf, a class forbidden by the caller, stays finite


def _frame_mask(frame_counts, time):
    return ops.arange(time, dtype="int32")[None, :] < frame_counts[:, None]  # (batch, time)


def _forward_backward(labels, emissions, frame_counts):
    """Losses `(batch,)` and the posterior of every column, `(batch, time, length + 1)`, summing to 1 over a frame's columns.

    Both recursions leave out the emission of the frame itself: `before` is all that leads to a state, `after` all that
    follows. `after` is the same recursion on states and frames in reverse order, so one scan carries both.
    """
    batch = ops.shape(emissions)[0]
    emissions = _interleave(emissions[:, :, :-1], emissions[:, :, -1:])  # (batch, time, states)
    first, last, skip = _state_masks(labels, emissions.dtype)
    skip_back = ops.flip(ops.pad(skip, [[0, 0], [0, 2]], constant_values=_LOG_ZERO)[:, 2:], axis=1)
    both = ops.concatenate([emissions, _reverse(emissions, frame_counts)])  # (2 · batch, time, states)
    log_sums, scales = _scan(
        ops.transpose(both, (1, 0, 2)), ops.concatenate([first, ops.flip(last, axis=1)]), ops.concatenate([skip, skip_back])
    )
    before, after = log_sums[:batch], _reverse(log_sums[batch:], frame_counts)
    joint = before + emissions + after  # (batch, time, states): at every frame, all paths
    posteriors = ops.softmax(joint)
    posteriors = ops.concatenate([posteriors[:, :, 1::2], ops.sum(posteriors[:, :, 0::2], axis=2, keepdims=True)], axis=2)
    # The first frame belongs to every sample. Nothing is before it, so only what follows has been scaled.
    log_likelihood = _log_sum_exp(joint[:, 0]) + _reverse(scales[batch:], frame_counts)[:, 0, 0]
    return -log_likelihood, posteriors


def _reverse(values, frame_counts):
    """`(batch, time, states)` with the states and each sample's own frames in reverse order; what lies beyond is arbitrary."""
    frames = frame_counts[:, None] - 1 - ops.arange(ops.shape(values)[1], dtype="int32")[None, :]
    return ops.flip(ops.take_along_axis(values, ops.maximum(frames, 0)[:, :, None], axis=1), axis=2)


def _scan(emissions, start, skips):
    """Log sums `(samples, time, states)` over all paths that lead to a state, scaled to peak 0; and the scales `(samples, time, 1)`.

    emissions: `(time, samples, states)`. Scaling keeps the sums small, else rounding grows with the length of the line.
    """

    def step(carry, emission):
        log_sums, scale = carry
        advanced = _advance(log_sums + emission, skips)
        peak = ops.max(advanced, axis=1, keepdims=True)
        return (advanced - peak, scale + peak), carry

    _, (log_sums, scales) = ops.scan(step, (start, ops.zeros_like(start[:, :1])), emissions)
    return ops.transpose(log_sums, (1, 0, 2)), ops.transpose(scales, (1, 0, 2))


def _state_masks(labels, dtype):
    """Logs of 0 or 1, each `(batch, states)`: may a path start in, end in, be entered past the state before."""
    zero, one = ops.cast(_LOG_ZERO, dtype), ops.cast(0.0, dtype)
    states = ops.arange(2 * ops.shape(labels)[1] + 1, dtype="int32")[None, :]
    end = 2 * ops.sum(ops.cast(labels >= 0, "int32"), axis=1, keepdims=True)
    first = ops.where(ops.logical_and(states <= 1, states <= end), one, zero)
    last = ops.where(ops.logical_and(states >= end - 1, states <= end), one, zero)
    other = ops.pad(labels[:, 1:] != labels[:, :-1], [[0, 0], [1, 0]], constant_values=False)
    enter = ops.where(ops.logical_and(other, labels >= 0), one, zero)
    return first, last, _interleave(enter, ops.full_like(end, _LOG_ZERO, dtype=dtype))


def _interleave(ids, blank):
    """`(…, length)` and `(…, 1)` → `(…, 2 · length + 1)`: blank, id, blank, …, id, blank."""
    shape = ops.shape(ids)
    pairs = ops.stack([ops.broadcast_to(blank, shape), ids], axis=-1)  # (…, length, 2)
    return ops.concatenate([ops.reshape(pairs, (*shape[:-1], 2 * shape[-1])), blank], axis=-1)


def _advance(log_sums, skips):
    """One frame on: log of the sum over staying, the state before, and the one before that where `skips` lets it."""
    padded = ops.pad(log_sums, [[0, 0], [2, 0]], constant_values=_LOG_ZERO)
    one, two = padded[:, 1:-1], padded[:, :-2] + skips
    peak = ops.maximum(ops.maximum(log_sums, one), two)
    return peak + ops.log(ops.exp(log_sums - peak) + ops.exp(one - peak) + ops.exp(two - peak))


def _log_sum_exp(values):
    peak = ops.max(values, axis=-1, keepdims=True)
    return (peak + ops.log(ops.sum(ops.exp(values - peak), axis=-1, keepdims=True)))[..., 0]


def _sum_equal(posteriors, columns):
    """Posterior of each column's class: a class that stands in several columns gets the sum in all of them."""
    equal = ops.cast(columns[:, :, None] == columns[:, None, :], posteriors.dtype)  # (batch, length + 1, length + 1)
    return ops.matmul(posteriors, equal)


def _overwrite_columns(dense, columns, values):
    """`dense` `(batch, time, classes)` with `values` `(batch, time, columns)` in the given columns of each sample."""
    shape = ops.shape(values)
    places = [
        ops.broadcast_to(ops.arange(shape[0], dtype="int32")[:, None, None], shape),
        ops.broadcast_to(ops.arange(shape[1], dtype="int32")[None, :, None], shape),
        ops.broadcast_to(columns[:, None, :], shape),
    ]
    return ops.scatter_update(dense, ops.reshape(ops.stack(places, axis=-1), (-1, 3)), ops.reshape(values, (-1,)))
