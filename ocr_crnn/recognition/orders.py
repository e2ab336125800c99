"""The orders in which PARSeq learns to write a text: permutations of its places. NumPy only.

Bautista and Atienza, "Scene Text Recognition with Permuted Autoregressive Sequence Models", 2022, section 3.2. Places are begin 0, the
characters 1 … length, the end length + 1. An order lists the places as they are written: `(orders, length + 2)`, begin first.
"""

from itertools import permutations
from math import factorial

import numpy as np

ORDERS = 6  # of a batch: K of the paper
FEW = 5  # characters of a text from which on orders are drawn with repeats, for there are enough


def left_to_right(length):
    """The order of reading alone, `(1, length + 2)`."""
    return np.arange(length + 2)[None]


def draw_orders(rng, length, count=ORDERS):
    """Orders in pairs: left to right, others by chance, and the mirror of each behind it, `(at most count, length + 2)`.

    rng: np.random.Generator. count: even. Texts of fewer than five characters have no order twice, so may have fewer than `count`; one
    character has one order. The end comes last, but in the second order: there it comes first, so that the network learns to tell where
    a text ends from the image alone, as it has to where it writes all characters at once.
    """
    if count < 2 or count % 2:
        raise ValueError(f"Orders come in pairs, an order and its mirror. Received: {count} orders. Take an even number from 2 on.")
    if length < 2:
        return left_to_right(length)
    forward = np.arange(1, length + 1)
    if length < FEW:
        distinct = [order for order in permutations(forward) if order < order[::-1]][1:]  # one of each pair, without left to right
        others = [distinct[i] for i in rng.choice(len(distinct), min(count, factorial(length)) // 2 - 1, replace=False)]
    else:
        others = [rng.permutation(forward) for _ in range(count // 2 - 1)]
    pairs = np.array([pair for order in [forward, *others] for pair in (order, order[::-1])])
    orders = np.pad(pairs, [(0, 0), (1, 1)])
    orders[:, -1] = length + 1
    orders[1] = [0, *range(length + 1, 0, -1)]
    return orders


def ranks_of(orders):
    """When each place is written: int32, the inverse of each order. A place may look at those of a smaller rank."""
    return np.argsort(orders, axis=1).astype(np.int32)
