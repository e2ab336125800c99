"""Maps for tests and benchmarks of pixel aggregation: small awkward ones, and drawn pages like those a trained network gives."""

import cv2
import numpy as np

COMPONENTS = 4


def draw_random_maps(rng):
    """A small map `(height, width, 6)` of logits and vectors, of one of several awkward kinds."""
    shape = tuple(rng.integers(1, 15, 2))
    if rng.random() < 0.1:
        shape = (1, int(rng.integers(1, 40))) if rng.random() < 0.5 else (int(rng.integers(1, 40)), 1)
    kind = rng.integers(6)
    if kind == 0:  # independent pixels: kernels outside their region, diagonal contacts
        region, kernel = rng.random(shape) < rng.random(), rng.random(shape) < rng.random()
    elif kind == 1:  # empty or full
        region, kernel = (np.full(shape, rng.random() < 0.5) for _ in range(2))
    elif kind == 2:  # full region, few kernels: long growth and many ties
        region, kernel = np.ones(shape, bool), rng.random(shape) < 0.05
    else:  # blocks, touching and overlapping, each with a kernel that may leave it
        region, kernel = np.zeros(shape, bool), np.zeros(shape, bool)
        for _ in range(rng.integers(1, 6)):
            y, x = (rng.integers(0, side) for side in shape)
            h, w = rng.integers(1, 9, 2)
            region[y : y + h, x : x + w] = True
            kernel[y + h // 3 : y + h // 3 + rng.integers(1, 4), x + w // 4 : x + w // 4 + rng.integers(1, 6)] = True
        region &= rng.random(shape) < 0.9
    maps = np.empty((*shape, 2 + COMPONENTS), np.float32)
    for channel, mask in enumerate((region, kernel)):
        maps[..., channel] = np.where(mask, rng.choice([0.25, 1, 8], shape), rng.choice([0, -0.5, -9], shape))
    maps[..., 2:] = rng.choice([0, 1, 3], (*shape, COMPONENTS)) if rng.random() < 0.5 else rng.normal(0, 1.5, (*shape, COMPONENTS))
    return maps


def draw_grid(rows, columns):
    """`(3 * rows, 4 * columns, 6)` of rows * columns kernels of one pixel, each in a region of its own."""
    region, kernel = np.zeros((3, 4)), np.zeros((3, 4))
    region[:2, :3] = kernel[1, 1] = 1
    planes = [np.tile(plane, (rows, columns)) * 2 - 1 for plane in (region, kernel)]
    return np.stack([*planes, *[np.zeros_like(planes[0])] * COMPONENTS], axis=-1).astype(np.float32)


def draw_page(rng, height, width, lines, words_per_line, line_height_px, skew_deg=0.7):
    """Maps `(height, width, 6)` of a page of `lines` rows of words in two columns where they do not fit one.

    Regions have ragged and bleeding borders and close neighbours; kernels are shrunk as in training and some are broken;
    a few false blobs have a region or a kernel only; the vectors carry noise of a standard deviation of 0.3.
    """
    rows = int(height * 0.9 / (line_height_px * 1.55))
    columns = -(-lines // rows)
    quads, shrunk = [], []
    for line in range(lines):
        column, row = divmod(line, rows)
        x, end = (width * (0.1 + 0.8 * (column + part) / columns) for part in (0, 0.96))
        y = height * 0.06 + row * line_height_px * 1.55
        shares = rng.dirichlet(np.full(words_per_line, 12.0)) * (end - x)
        for share in shares:
            word = max(share - line_height_px * 0.35, 2.0)
            size = line_height_px * rng.uniform(0.85, 1.1)
            quads.append([(x, y), (x + word, y), (x + word, y + size), (x, y + size)])
            inset = min(size, word) * 0.24
            low, high = (x + inset, y + inset), (x + word - inset, y + size - inset)
            shrunk.append([low, (high[0], low[1]), high, (low[0], high[1])])
            x += share
    turn = np.deg2rad(skew_deg)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    centre = np.array([width / 2, height / 2])
    quads, shrunk = (((np.array(shapes) - centre) @ rotation.T + centre) for shapes in (quads, shrunk))
    return draw_logits(rng, height, width, quads, shrunk)


def draw_logits(rng, height, width, quads, shrunk):
    """Soft, noisy logits of region and kernel and noisy vectors for quads and their kernels, both `(n, 4, 2)`."""
    instances = np.zeros((height, width), np.int32)
    planes = [np.zeros((height, width), np.uint8) for _ in range(2)]
    for number, (quad, core) in enumerate(zip(quads, shrunk, strict=True), start=1):
        cv2.fillPoly(instances, [np.round(quad * 16 - 8).astype(np.int32)], number, shift=4)
        cv2.fillPoly(planes[0], [np.round(quad * 16 - 8).astype(np.int32)], 255, shift=4)
        cv2.fillPoly(planes[1], [np.round(core * 16 - 8).astype(np.int32)], 255, shift=4)
    for _ in range(max(3, len(quads) // 40)):  # false blobs; some of them break a kernel
        x, y = rng.integers(0, width), rng.integers(0, height)
        radii = (int(rng.integers(1, 6)), int(rng.integers(1, 4)))
        cv2.ellipse(planes[rng.integers(2)], (int(x), int(y)), radii, 0, 0, 360, int(rng.choice([0, 255])), -1)
    logits = []
    for plane, noise, shift in zip(planes, (1.0, 0.7), (0.1, 0.05), strict=True):
        soft = cv2.GaussianBlur(plane, (0, 0), 0.8).astype(np.float32) / 255
        ragged = cv2.GaussianBlur(rng.normal(0, 1, plane.shape).astype(np.float32), (0, 0), 0.8) * noise
        logits.append((soft - 0.5 + shift) * 9 + ragged * 2)
    vectors = np.zeros((len(quads) + 1, COMPONENTS), np.float32)
    vectors[1:] = rng.normal(0, 2.5, (len(quads), COMPONENTS))
    noisy = vectors[instances] + rng.normal(0, 0.3, (height, width, COMPONENTS))
    return np.concatenate([np.stack(logits, axis=-1), noisy], axis=-1).astype(np.float32)
