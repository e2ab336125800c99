"""The published pixel aggregation in plain NumPy: tests hold both implementations of the package to it, a benchmark times it beside them.

Pixel aggregation of PAN (Wang et al., 2019) and PAN++ (2021): kernels seed a queue in raster order and take their free
4-neighbours in the region, first come, first served. Where the released code tests vectors only between kernels whose areas
differ by more than 1024 times, this one follows the papers: every pixel is tested, or none (max_distance=None).
"""

from collections import deque

import cv2
import numpy as np


def label_kernels(kernel, min_kernel_area_px=1):
    """Boolean `(height, width)` → int32 labels of its 4-connected components in raster order of their first pixels."""
    count, components = cv2.connectedComponents(kernel.astype(np.uint8), connectivity=4)
    labels = np.zeros(kernel.shape, np.int32)
    first_pixels = sorted((np.flatnonzero(components == i)[0], i) for i in range(1, count))
    kept = [i for _, i in first_pixels if (components == i).sum() >= min_kernel_area_px]
    for label, component in enumerate(kept, start=1):
        labels[components == component] = label
    return labels


def aggregate_pixels(maps, region_threshold=0.0, kernel_threshold=0.0, min_kernel_area_px=1, max_distance=None):
    """Float `(height, width, 2 + components)` → int32 labels `(height, width)`, 0 where there is no instance."""
    height, width = maps.shape[:2]
    region = maps[..., 0] > region_threshold
    labels = label_kernels(region & (maps[..., 1] > kernel_threshold), min_kernel_area_px)
    vectors = maps[..., 2:].astype(np.float64)
    means = {}
    if max_distance is not None:
        for label in range(1, labels.max(initial=0) + 1):
            members = vectors[labels == label]
            means[label] = np.add.accumulate(members, axis=0)[-1] / len(members)  # summed in raster order
    queue = deque(zip(*np.nonzero(labels), strict=True))
    while queue:
        y, x = queue.popleft()
        label = labels[y, x]
        for neighbour in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if not (0 <= neighbour[0] < height and 0 <= neighbour[1] < width):
                continue
            if not region[neighbour] or labels[neighbour]:
                continue
            if max_distance is not None and squared_distance(vectors[neighbour], means[label]) > max_distance**2:
                continue
            labels[neighbour] = label
            queue.append(neighbour)
    return labels


def squared_distance(vector, other):
    return sum((a - b) * (a - b) for a, b in zip(vector.tolist(), other.tolist(), strict=True))


def measure_instances(labels, region_logits, scored):
    """The published loop over instances: scores `(n,)`, areas `(n,)` and `cv2.minAreaRect` corners `(n, 4, 2)` between pixel centres.

    scored: labels of the pixels whose mean probability is the score: those of the kernels, or `labels` itself, as published.
    """
    scores, areas, quads = [], [], []
    probabilities = 1 / (1 + np.exp(-region_logits.astype(np.float64)))
    for label in range(1, labels.max(initial=0) + 1):
        members = labels == label
        areas.append(members.sum())
        scores.append(probabilities[scored == label].mean())
        points = np.array(np.where(members)).transpose((1, 0))[:, ::-1]
        quads.append(cv2.boxPoints(cv2.minAreaRect(points.astype(np.int32))) + 0.5)
    return np.array(scores), np.array(areas), np.array(quads, np.float32).reshape(-1, 4, 2)
