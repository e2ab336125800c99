"""Blocks and pairs found against those of the truth.

Blocks: the adjusted Rand index (Hubert and Arabie, 1985) of two partitions of the words: 1 where they are the same, 0 what chance gives.
Pairs: a pair is found where the words of its label and of its value are each at least 0.6 (IoU) those of the truth.
"""

import numpy as np

SAME = 0.6


def adjusted_rand_index(found, there):
    """Two labellings of the same things, `(n,)` each → a float of at most 1; 1 where there is nothing to tell apart."""
    found, there = (np.unique(labels, return_inverse=True)[1] for labels in (found, there))
    if len(found) == 0:
        return 1.0
    table = np.zeros((found.max() + 1, there.max() + 1), np.int64)
    np.add.at(table, (found, there), 1)

    def pairs(counts):
        return float((counts * (counts - 1) // 2).sum())

    both, one, other, all_pairs = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0)), len(found) * (len(found) - 1) / 2
    expected = one * other / all_pairs if all_pairs else 0.0
    most = (one + other) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def count_pairs(found, there):
    """(found and there, found, there) of two lists of {"label", "value"}, sets of the same words; one of the truth counts once."""
    left = [(set(pair["label"]), set(pair["value"])) for pair in there]
    right = 0
    for pair in found:
        label, value = set(pair["label"]), set(pair["value"])
        place = next((n for n, (a, b) in enumerate(left) if _is_same(label, a) and _is_same(value, b)), None)
        if place is not None:
            left.pop(place)
            right += 1
    return right, len(found), len(there)


def _is_same(one, other):
    return bool(one & other) and len(one & other) >= SAME * len(one | other)
