"""The boxes of a page by their height on it: what stands beside or below one is found without a look at all of them."""

import numpy as np


class Heights:
    """boxes: float `(n, 4)`, left, top, right, bottom of each."""

    def __init__(self, boxes):
        self.order = np.argsort(boxes[:, 1], kind="stable")
        self.tops = boxes[self.order, 1]
        self.lowest = np.maximum.accumulate(boxes[self.order, 3])  # bottom of a box and of those that begin above it

    def between(self, top, bottom):
        """Ascending numbers of boxes. All that reach from `top` to `bottom`, or into it, are among them; some may end above."""
        first, stop = np.searchsorted(self.lowest, top), np.searchsorted(self.tops, bottom, side="right")
        return np.sort(self.order[first:stop])
