"""Labels that a network gives itself: what it reads in a batch, as labels of its codec, and how sure of it it is. In graph, on any backend.

`decoding/` reads for people, in NumPy; here the outputs of a step become the targets of the same step.
"""

from keras import ops

CONFIDENCES = ("mean", "product", "least")
LEAST = 1e-6  # scores nearer to 0 and 1 count as so near


def ctc_pseudo_labels(logits, frame_counts):
    """The best path of CTC: runs of the surest class, without blanks.

    logits: `(lines, time, classes)`, blank last. frame_counts: int `(lines,)`. Returns labels int32 `(lines, time)` padded with −1; scores
    float32 `(lines, time)`, the largest probability within each run, 1 in the padding; lengths int32 `(lines,)`.
    """
    ids, peaks = _surest(logits)
    time, blank = ids.shape[1] or ops.shape(ids)[1], ops.shape(logits)[2] - 1
    frames = ops.arange(time, dtype="int32")
    ids = ops.where(frames[None] < ops.cast(frame_counts, "int32")[:, None], ids, blank)
    before = ops.concatenate([ops.full_like(ids[:, :1], blank), ids[:, :-1]], axis=1)
    shown = ids != blank
    places = ops.cumsum(ops.cast(ops.logical_and(shown, ids != before), "int32"), axis=1) - 1  # which character a frame shows
    member = ops.logical_and(shown[:, :, None], places[:, :, None] == frames)  # (lines, time, characters)
    labels = ops.max(ops.where(member, ids[:, :, None], -1), axis=1)
    scores = ops.max(ops.where(member, peaks[:, :, None], 0.0), axis=1)
    lengths = ops.sum(ops.cast(labels >= 0, "int32"), axis=1)
    return labels, ops.where(labels >= 0, scores, 1.0), lengths


def attention_pseudo_labels(logits, frame_counts):
    """The surest class of every step up to the end, the last class, which stands in the label too.

    Shapes and results as of `ctc_pseudo_labels`, with steps for time; lengths and scores are of the characters, not of the end. A line
    whose end has not come within its steps has an empty label: what is missing there would be learnt as an end.
    """
    ids, peaks = _surest(logits)
    end, steps = ops.shape(logits)[2] - 1, ids.shape[1] or ops.shape(ids)[1]
    real = ops.arange(steps, dtype="int32")[None] < ops.cast(frame_counts, "int32")[:, None]
    ends = ops.cast(ops.logical_and(ids == end, real), "int32")
    so_far = ops.cumsum(ends, axis=1)
    ended = so_far[:, -1:] > 0
    is_character = ops.logical_and(ended, so_far == 0)
    is_end = ops.logical_and(so_far == 1, ends == 1)
    labels = ops.where(ops.logical_or(is_character, is_end), ids, -1)
    return labels, ops.where(is_character, peaks, 1.0), ops.sum(ops.cast(is_character, "int32"), axis=1)


def _surest(logits):
    """The surest class int32 and its probability float32, `(lines, time)` each."""
    logits = ops.cast(logits, "float32")
    peaks = ops.max(logits, axis=2, keepdims=True)
    return ops.cast(ops.argmax(logits, axis=2), "int32"), 1 / ops.sum(ops.exp(logits - peaks), axis=2)


def sequence_confidence(scores, lengths, kind="mean", calibration=(1.0, 0.0)):
    """How sure a network is of whole lines, float32 `(lines,)`, 0…1; 0 of an empty one.

    scores: of the characters, `(lines, time)`. lengths: int `(lines,)`. kind: "product" of the scores; their geometric "mean", which does
    not fall with the length of the line; or the "least" of them. calibration: (slope, offset) by which that becomes the probability that
    the whole line is right, as in reading/confidence.py.
    """
    if kind not in CONFIDENCES:
        raise ValueError(f"A confidence is one of {', '.join(CONFIDENCES)}. Received: {kind!r}. Take one of them.")
    steps = scores.shape[1] or ops.shape(scores)[1]
    scores = ops.where(ops.arange(steps, dtype="int32")[None] < lengths[:, None], scores, 1.0)
    if kind == "least":
        sure = ops.min(scores, axis=1)
    else:
        logs = ops.sum(ops.log(ops.maximum(scores, 1e-30)), axis=1)
        sure = ops.exp(logs / ops.maximum(ops.cast(lengths, "float32"), 1.0) if kind == "mean" else logs)
    if tuple(calibration) != (1.0, 0.0):
        slope, offset = calibration
        inner = ops.clip(sure, LEAST, 1 - LEAST)
        sure = ops.sigmoid(slope * ops.log(inner / (1 - inner)) + offset)
    return ops.where(lengths > 0, sure, 0.0)
