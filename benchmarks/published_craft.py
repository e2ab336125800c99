"""Boxes of texts from CRAFT's maps as its published code takes them, written anew from its description: a component at a time, slowly."""

import cv2
import numpy as np


def published_boxes(region, link, text_threshold=0.7, link_threshold=0.4, low_text=0.4):
    """Maps `(height, width)` → quads float32 `(n, 4, 2)`, from the top-left of upright text clockwise, in raster order of the components.

    Components of what is text or link, of 10 cells, with a text cell of `text_threshold`; cells that are links alone go; what remains is
    dilated by a square that grows with the height of the text; around that the smallest rectangle, upright where it is nearly square.
    The published rectangle goes through the centres of the outermost cells; the sides of this one lie half a cell outside.
    """
    text, links = region > low_text, link > link_threshold
    count, labels, stats, _ = cv2.connectedComponentsWithStats((text | links).astype(np.uint8), connectivity=4)
    quads = []
    for label in range(1, count):
        x, y, width, height, area = stats[label]
        own = labels == label
        if area < 10 or region[own].max() < text_threshold:
            continue
        kept = (own & text).astype(np.uint8)
        more = int(np.sqrt(area * min(width, height) / (width * height)) * 2)
        kept = cv2.dilate(kept, cv2.getStructuringElement(cv2.MORPH_RECT, (1 + more, 1 + more)))
        quad = smallest_rectangle(np.argwhere(kept)[:, ::-1] + 0.5)
        sides = np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[1] - quad[2])
        if abs(1 - max(sides) / (min(sides) + 1e-5)) <= 0.1:
            left, top, width, height = cv2.boundingRect(kept)
            right, bottom = left + width, top + height
            quad = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
        quads.append(np.roll(quad, 4 - quad.sum(axis=1).argmin(), axis=0))
    return np.array(quads, np.float32).reshape(-1, 4, 2)


def smallest_rectangle(points):
    """The rectangle with sides half a cell outside the outermost points `(n, 2)` that is smallest, along a side of the hull → `(4, 2)`."""
    hull = cv2.convexHull(points.astype(np.float32)).reshape(-1, 2).astype(np.float64)
    found = []
    for edge in np.roll(hull, -1, axis=0) - hull if len(hull) > 1 else np.array([[1.0, 0.0]]):
        along = edge / np.linalg.norm(edge)
        axes = np.array([along, [-along[1], along[0]]])
        (left, top), (right, bottom) = (hull @ axes.T).min(axis=0) - 0.5, (hull @ axes.T).max(axis=0) + 0.5
        quad = np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) @ axes
        found.append(((right - left) * (bottom - top), quad))
    return min(found, key=lambda one: one[0])[1]


def draw_maps(rng, size, texts, side_px=(1.5, 5)):
    """Maps of texts as CRAFT's, hills and links in rows of any direction, with noise: float32 `(height, width, 2)`."""
    height, width = size
    maps = np.zeros((height, width, 2), np.float32)
    for _ in range(texts):
        angle, half = rng.choice([0, 0, 0.1, -0.4, 1.5]), rng.uniform(*side_px)
        along = np.array([np.cos(angle), np.sin(angle)])
        start = rng.uniform(0, 1, 2) * (width, height)
        for number in range(rng.integers(1, 7)):
            for channel, place in ((0, number), (1, number + 0.5)):
                draw_hill(maps[..., channel], start + 2 * half * place * along, 0.6 * half, rng.uniform(0.5, 1.1))
    return maps + rng.normal(0, 0.03, maps.shape).astype(np.float32)


def draw_hill(plane, centre, sigma, peak):
    """A Gaussian about `centre`, (x, y), where it is higher than what is there."""
    x0, y0 = np.clip((centre - 4 * sigma).astype(int), 0, None)
    x1, y1 = np.clip((centre + 4 * sigma).astype(int) + 1, 0, None)
    window = plane[y0:y1, x0:x1]
    y, x = np.mgrid[y0 : y0 + window.shape[0], x0 : x0 + window.shape[1]] + 0.5
    hill = peak * np.exp(-0.5 * ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / sigma**2)
    np.maximum(window, hill, out=window, casting="same_kind")
