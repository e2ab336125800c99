"""Which frames a CTC network surely takes for blank, told without the logits of thousands of syllables."""

import cv2
import numpy as np
from keras import ops

from ocr_crnn.layers.heads import INITIALS, MEDIALS, FactorisedHead

# Of classes that are no syllables, and of what is left over of syllables. More are a tighter bound, and cost more.
SYMBOL_GROUPS, REST_GROUPS = 1024, 512
APART = 128  # of these: a row each, for those that lie far from all groups
STRETCH = 2.65  # of the blank's direction; see BlankBound
SAFE = 0.1  # nats by which the blank has to lead the bound: more than float32, and float16 in files, lose on the way


class BlankBound:
    """Frames whose best class is the blank, by an upper bound of all other logits of a FactorisedHead. Most frames are.

    The residual rows of syllables are, by least squares, a sum of a row for each of their three jamo and a small rest. The sums
    move into the jamo logits, where the best syllable is the best initial, medial and final. The rests are bounded by groups: no row of a
    group gives more than its mean row, and its farthest row's distance times the length of the frame's residual values (Cauchy and
    Schwarz). Symbols are computed while they are few; with Hanja they are bounded by groups as well.

    Blank frames lie far out along the blank's own row. So rows are stretched in that direction, and frames are shrunk by as much: no
    product changes, but frames are shorter, and rows that differ where frames are large get into different groups. The few rows that
    lie far from all groups would make their bounds loose, so each is a group of its own.

    Call argument: frames `(n, units)`. Returns bool `(n,)`: never True where another class than the blank, the last one, is the
    best, and True for nine in ten of the frames where the blank is.
    """

    def __init__(self, head):
        if not isinstance(head, FactorisedHead):
            raise TypeError(f"The bound comes from the jamo of a FactorisedHead. Received: {type(head).__name__}. Compute all logits.")
        kernel, bias, residual, class_bias = (
            ops.convert_to_numpy(ops.cast(v, "float32")) for v in (head.kernel, head.bias, head.residual, head.class_bias)
        )
        self.jamo = jamo = bias.size - head.rank
        stretch, shrink = _stretch(residual[-1])
        residual = residual @ stretch
        kernel, bias = (np.concatenate([v[..., :jamo], v[..., jamo:] @ shrink], axis=-1) for v in (kernel, bias))
        syllables, others = (np.flatnonzero(chosen) for chosen in (head.indicator.any(axis=1), ~head.indicator.any(axis=1)))
        rows = np.concatenate([residual, class_bias[:, None]], axis=1)  # (classes, rank + 1)
        shares, rest = _split_by_jamo(rows[syllables], head.indicator[syllables])
        self.kernel, self.bias = kernel, bias
        # What a frame's 68 + rank terms give: 68 jamo logits, then rests, symbols and the blank.
        letters = np.concatenate([np.eye(jamo, dtype=np.float32), shares[:, :-1].T])
        groups = [_group(rest[:, :-1], rest[:, -1], REST_GROUPS), _group(residual[others[:-1]], class_bias[others[:-1]], SYMBOL_GROUPS)]
        means, biases, self.radii = (np.concatenate(parts).astype(np.float32) for parts in zip(*groups, strict=True))
        means, biases = np.concatenate([means, residual[others[-1:]]]), np.append(biases, class_bias[others[-1]])  # and the blank
        self.rests = len(groups[0][0])
        self.table = np.concatenate([letters, np.concatenate([np.zeros((jamo, len(means)), np.float32), means.T])], axis=1)
        self.offsets = np.concatenate([shares[:, -1], biases]).astype(np.float32)  # of 68 jamo, groups and the blank

    def __call__(self, frames):
        terms = ops.matmul(frames, self.kernel) + self.bias
        logits = ops.matmul(terms, self.table) + self.offsets
        length = ops.norm(terms[:, self.jamo :], axis=-1, keepdims=True)
        syllable = sum(ops.max(part, axis=-1) for part in ops.split(logits[:, : self.jamo], [INITIALS, INITIALS + MEDIALS], axis=-1))
        rest, symbol = ops.split(logits[:, self.jamo : -1] + self.radii * length, [self.rests], axis=-1)
        syllable = syllable + ops.max(rest, axis=-1, initial=-np.inf)
        return logits[:, -1] > ops.maximum(syllable, ops.max(symbol, axis=-1, initial=-np.inf)) + SAFE


def _stretch(row):
    """Matrices `(rank, rank)`: one makes what lies along a row STRETCH times as long, the other takes that back."""
    row = row / max(np.linalg.norm(row), np.finfo(np.float32).tiny)
    along = np.outer(row, row)
    return (np.eye(len(row), dtype=np.float32) + (factor - 1) * along for factor in (STRETCH, 1 / STRETCH))


def _group(rows, biases, count):
    """Rows `(n, rank)` and biases `(n,)` of classes as groups: mean rows, largest biases, radii. Each is its own if they are few."""
    if len(rows) <= count:
        return rows, biases, np.zeros(len(rows), np.float32)
    rows = np.ascontiguousarray(rows, np.float32)
    begin = (np.arange(len(rows)) % (count - APART)).astype(np.int32)[:, None]  # not by chance: the same file each time
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 1e-3)
    _, labels, means = cv2.kmeans(rows, count - APART, begin, stop, 1, cv2.KMEANS_USE_INITIAL_LABELS)
    labels = labels[:, 0]
    apart = np.argsort(np.linalg.norm(rows - means[labels], axis=1), kind="stable")[-APART:]
    labels[apart] = np.arange(count - APART, count)
    sums = np.zeros((count, rows.shape[1]), np.float64)
    np.add.at(sums, labels, rows)
    means = (sums / np.maximum(np.bincount(labels, minlength=count), 1)[:, None]).astype(np.float32)
    largest, radii = np.full(count, -np.inf, np.float32), np.zeros(count, np.float32)
    np.maximum.at(largest, labels, biases)
    np.maximum.at(radii, labels, np.linalg.norm(rows - means[labels], axis=1))
    return means, largest, radii * np.float32(1.001)  # files of float16 round


def _split_by_jamo(rows, indicator):
    """Rows of syllables `(n, values)` as the sum of a row for each jamo, `(68, values)`, and what is left over, `(n, values)`."""
    shares = np.linalg.pinv(indicator.T @ indicator) @ (indicator.T @ rows)
    return shares, rows - indicator @ shares
