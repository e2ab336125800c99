"""What a number of values are together, group by group: `values` and `group`, the number of each one's group, both `(n,)`."""

import numpy as np


def least_of(values, group, count):
    """The least value of each group `(count,)`, infinite where there is none."""
    least = np.full(count, np.inf)
    np.minimum.at(least, group, values)
    return least


def spread_of(values, group, count):
    """How far apart the values of each group are `(count,)`; 0 where there are none."""
    low, high = np.full((2, count), np.inf)
    np.minimum.at(low, group, values)
    np.minimum.at(high, group, -values)
    return np.where(np.isfinite(low), -high - low, 0)


def quantile_of(values, group, count):
    """The value of each group that three quarters are not above `(count,)`; 0 where there are none."""
    counts = np.bincount(group, minlength=count)
    values = np.append(values[np.lexsort((values, group))], 0)
    return np.where(counts > 0, values[np.where(counts > 0, np.cumsum(counts) - counts + 3 * counts // 4, -1)], 0)
