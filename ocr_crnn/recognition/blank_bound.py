"""Which frames a CTC network surely takes for blank, told without the logits of thousands of syllables."""

import cv2
import numpy as np
from keras import ops

from ocr_crnn.layers.heads import INITIALS, MEDIALS, FactorisedHead

GROUPS = 512  # of classes that are no syllables: as many as there are symbols, so that thousands of Hanja cost no more than these
SAFE = 1e-2  # nats by which the blank has to lead the bound: more than float32 loses on the way


class BlankBound:
    """Frames whose best class is the blank, by an upper bound of all other logits of a FactorisedHead. Most frames are.

    The residual rows of syllables are, by least squares, a sum of a row for each of their three jamo and a small rest. The sums
    move into the jamo logits, where the best syllable is the best initial, medial and final; the rest adds no more than its
    length times that of the frame's residual values (Cauchy and Schwarz). Symbols are computed while they are few; more than
    GROUPS of them, with Hanja, are bounded in the same way by the mean row of a group and the farthest row from it.

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
        syllables, others = (np.flatnonzero(chosen) for chosen in (head.indicator.any(axis=1), ~head.indicator.any(axis=1)))
        rows = np.concatenate([residual, class_bias[:, None]], axis=1)  # (classes, rank + 1)
        shares, rest = _split_by_jamo(rows[syllables], head.indicator[syllables])
        self.kernel, self.bias = kernel, bias
        # What a frame's 68 + rank terms give: 68 jamo logits, then the logits of symbols and blank.
        letters = np.concatenate([np.eye(jamo, dtype=np.float32), shares[:, :-1].T])
        means, biases, self.radii = _group(residual[others[:-1]], class_bias[others[:-1]])
        means, biases = np.concatenate([means, residual[others[-1:]]]), np.append(biases, class_bias[others[-1]])  # and the blank
        symbols = np.concatenate([np.zeros((jamo, len(means)), np.float32), means.T])
        self.table = np.concatenate([letters, symbols], axis=1)  # (68 + rank, 68 + groups + 1)
        self.offsets = np.concatenate([shares[:, -1], biases]).astype(np.float32)
        self.length = float(np.linalg.norm(rest[:, :-1], axis=1).max(initial=0))
        self.slack = float(rest[:, -1].max(initial=0)) + SAFE if len(syllables) else -np.inf

    def __call__(self, frames):
        terms = ops.matmul(frames, self.kernel) + self.bias
        logits = ops.matmul(terms, self.table) + self.offsets
        length = ops.norm(terms[:, self.jamo :], axis=-1)
        syllable = sum(ops.max(part, axis=-1) for part in ops.split(logits[:, : self.jamo], [INITIALS, INITIALS + MEDIALS], axis=-1))
        syllable = syllable + self.length * length + self.slack
        symbol = ops.max(logits[:, self.jamo : -1] + self.radii * length[:, None], axis=-1, initial=-np.inf) + SAFE
        return logits[:, -1] > ops.maximum(syllable, symbol)


def _group(rows, biases):
    """Rows `(n, rank)` and biases `(n,)` of classes as groups: mean rows, largest biases, radii. Each is its own if they are few."""
    if len(rows) <= GROUPS:
        return rows, biases, np.zeros(len(rows), np.float32)
    rows = np.ascontiguousarray(rows, np.float32)
    begin = (np.arange(len(rows)) % GROUPS).astype(np.int32)[:, None]  # not by chance: the same file each time
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 30, 1e-3)
    _, labels, means = cv2.kmeans(rows, GROUPS, begin, stop, 1, cv2.KMEANS_USE_INITIAL_LABELS)
    labels = labels[:, 0]
    largest, radii = np.full(GROUPS, -np.inf, np.float32), np.zeros(GROUPS, np.float32)
    np.maximum.at(largest, labels, biases)
    np.maximum.at(radii, labels, np.linalg.norm(rows - means[labels], axis=1))
    return means, largest, radii


def _split_by_jamo(rows, indicator):
    """Rows of syllables `(n, values)` as the sum of a row for each jamo, `(68, values)`, and what is left over, `(n, values)`."""
    shares = np.linalg.pinv(indicator.T @ indicator) @ (indicator.T @ rows)
    return shares, rows - indicator @ shares
