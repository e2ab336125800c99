"""Quads and polygons in page pixels: float32 `(…, 4, 2)` of (x, y), clockwise from the text's own top-left."""

import cv2
import numpy as np


def boxes_to_quads(boxes):
    """Axis-aligned boxes `(n, 4)` of (x, y, width, height) → quads `(n, 4, 2)`."""
    x, y, width, height = np.asarray(boxes, np.float32).reshape(-1, 4).T
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)  # (n, 4, 2)


def quad_sizes(quads):
    """`(n, 4, 2)` → `(n, 2)` of (width, height): the mean length of the sides along and across the text."""
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    sides = np.linalg.norm(np.roll(quads, -1, axis=1) - quads, axis=-1)  # (n, 4): top, right, bottom, left
    return np.stack([(sides[:, 0] + sides[:, 2]) / 2, (sides[:, 1] + sides[:, 3]) / 2], axis=-1)


def beyond_page(quads, size):
    """Which quads `(n, 4, 2)` are longer or higher than twice the diagonal of their page, of size (height, width) px: bool `(n,)`.

    Most of such a quad lies beyond the page, and cutting it out would take memory for nothing.
    """
    return quad_sizes(quads).max(axis=-1) > 2 * np.hypot(*size)


def polygon_areas(polygons):
    """Shoelace area of polygons `(n, points, 2)` → `(n,)`, positive whatever the direction."""
    polygons = np.asarray(polygons, np.float64)
    x, y = polygons[..., 0], polygons[..., 1]
    return np.abs((x * np.roll(y, -1, axis=-1) - y * np.roll(x, -1, axis=-1)).sum(axis=-1)) / 2


def order_quads(quads):
    """The corners of each quad `(n, 4, 2)` clockwise from the top-left of text that is read from left to right.

    Upright means that the first side is within −45 (excluded) to 45 degrees of the x axis, so text turned further than
    that needs its direction from elsewhere. Any direction and first corner may come in; crossed quads stay crossed.
    """
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    x, y = np.moveaxis(quads.astype(np.float64), -1, 0)
    signed_areas = (x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)
    quads = np.where((signed_areas < 0)[:, None, None], quads[:, ::-1], quads)
    sides = np.roll(quads, -1, axis=1) - quads
    lengths = np.linalg.norm(sides, axis=-1)
    towards_right = sides @ np.array([1.0, 1e-4]) / np.where(lengths > 0, lengths, 1.0)  # (n, 4); at 45 degrees the lower one
    starts = towards_right.argmax(axis=1)
    return np.take_along_axis(quads, ((starts[:, None] + np.arange(4)) % 4)[..., None], axis=1)


def level_narrow(quads, tilt, ratios):
    """Quads `(n, 4, 2)` as of `order_quads`; those as many times as high as wide as two ratios say, (least, most), that lean by more than
    `tilt`, a tangent, as the level boxes around them: a lone 1, 7 or ㅏ has a side that leans, and no length to tell its line's slope."""
    quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
    width, height = quad_sizes(quads).T
    across, down = np.abs(quads[:, 1] - quads[:, 0]).T
    least, most = np.float32(ratios)
    leans = (least * width < height) & (height <= most * width) & (down > np.float32(tilt) * across)
    (left, top), (right, bottom) = quads.min(axis=1).T, quads.max(axis=1).T
    boxes = np.stack([left, top, right, top, right, bottom, left, bottom], axis=1).reshape(-1, 4, 2)
    return np.where(leans[:, None, None], boxes, quads)


def upright_boxes(quads):
    """Quads `(n, 4, 2)` → float `(n, 4)`, left, top, right, bottom, on the page turned so that most of the text runs to the right: a scan
    that lies askew has its columns upright then."""
    quads = np.asarray(quads, np.float64)
    along = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]).sum(axis=0)
    along = along / np.linalg.norm(along) if np.linalg.norm(along) > 1e-9 else np.array([1.0, 0.0])
    quads = quads @ np.array([along, [-along[1], along[0]]]).T
    return np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)


def min_area_quad(points):
    """The smallest rectangle around points `(n, 2)`, n ≥ 1, as a quad `(4, 2)` in the order of `order_quads`."""
    points = np.asarray(points, np.float32).reshape(-1, 2)
    if len(points) == 0:
        raise ValueError("A rectangle needs at least one point. Received: none. Drop empty instances first.")
    return order_quads(cv2.boxPoints(cv2.minAreaRect(points)))[0]


def convex_quads(quads):
    """Quads `(n, 4, 2)` → float64 `(n, 4, 2)` in convex position, all turning clockwise on the page (x right, y down).

    Crossed sides are uncrossed by ordering the corners around their mean; of a quad with a dent the convex hull remains
    (the corner inside is moved onto a neighbour). A quad with a coordinate that is not finite becomes a point: area 0.
    """
    quads = np.asarray(quads, np.float64).reshape(-1, 4, 2)
    quads = np.where(np.isfinite(quads).all(axis=(1, 2), keepdims=True), quads, 0.0)
    turns = _turns(quads)
    odd = ~((turns >= 0).all(axis=1) | (turns <= 0).all(axis=1))
    if odd.any():
        offsets = quads[odd] - quads[odd].mean(axis=1, keepdims=True)
        order = np.argsort(np.arctan2(offsets[..., 1], offsets[..., 0]), axis=1)
        quads[odd] = np.take_along_axis(quads[odd], order[..., None], axis=1)
    turns = _turns(quads)
    quads = np.where(turns.sum(axis=1)[:, None, None] < 0, quads[:, ::-1], quads)
    dents = _turns(quads) < 0  # at most one corner of a simple quad
    return np.where(dents[..., None], np.roll(quads, 1, axis=1), quads)


def thicken_quads(quads, least):
    """Quads `(n, 4, 2)` whose opposite sides are moved apart to a distance of `least` where they are nearer.

    Sides that lie on one another have no direction, and stay.
    """
    for start in (0, 1):  # left and right, then top and bottom
        turned = np.roll(quads, -start, axis=1)
        across = (turned[:, 1] - turned[:, 0] + turned[:, 2] - turned[:, 3]) / 2
        length = np.linalg.norm(across, axis=-1, keepdims=True)
        more = (across / np.maximum(length, 1e-9) * np.maximum(least - length, 0) / 2)[:, None]
        quads = np.roll(turned + more * np.array([-1, 1, 1, -1])[:, None], start, axis=1)
    return quads


def quad_intersections(quads_a, quads_b, pairs_at_once=65536):
    """Areas shared by every quad of `(n, 4, 2)` with every quad of `(m, 4, 2)` → float64 `(n, m)` in square pixels.

    Pairs whose bounding boxes are apart are 0 without further work, so a page against its detections costs what its
    neighbours cost. Quads are taken as `convex_quads` takes them; those without area share nothing.
    """
    quads_a, quads_b = convex_quads(quads_a), convex_quads(quads_b)
    areas = np.zeros((len(quads_a), len(quads_b)))
    if areas.size == 0:
        return areas
    low_a, high_a, low_b, high_b = quads_a.min(axis=1), quads_a.max(axis=1), quads_b.min(axis=1), quads_b.max(axis=1)
    near = (low_a[:, None, 0] < high_b[:, 0]) & (low_b[:, 0] < high_a[:, None, 0])
    near &= (low_a[:, None, 1] < high_b[:, 1]) & (low_b[:, 1] < high_a[:, None, 1])
    rows, columns = np.nonzero(near)
    for start in range(0, len(rows), pairs_at_once):
        chunk = slice(start, start + pairs_at_once)
        areas[rows[chunk], columns[chunk]] = _clipped_areas(quads_a[rows[chunk]], quads_b[columns[chunk]])
    return areas


def quad_ious(quads_a, quads_b):
    """Intersection over union of every quad of `(n, 4, 2)` with every quad of `(m, 4, 2)` → float64 `(n, m)` in 0..1.

    Rotated quads are exact (convex polygon clipping); a quad without area has IoU 0 with everything, itself included.
    """
    shared = quad_intersections(quads_a, quads_b)
    union = polygon_areas(convex_quads(quads_a))[:, None] + polygon_areas(convex_quads(quads_b)) - shared
    return np.clip(np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0), 0.0, 1.0)


def _turns(quads):
    """The cross product of the sides that meet at each corner `(n, 4)`: positive where the outline turns clockwise on the page."""
    into, out = quads - np.roll(quads, 1, axis=1), np.roll(quads, -1, axis=1) - quads
    return into[..., 0] * out[..., 1] - into[..., 1] * out[..., 0]


def _clipped_areas(subjects, clips):
    """Areas of subject ∩ clip for pairs of clockwise convex quads `(k, 4, 2)`: Sutherland and Hodgman (1974), all pairs at once.

    Each side of the clip cuts the subjects; the kept points move to the front and the last one fills the unused places,
    which adds nothing to an area. A clip without area cuts everything away.
    """
    shift = clips[:, :1]  # Coordinates near 0 keep the cross products of far corners of a page exact.
    points, clips = subjects - shift, clips - shift
    for side in range(4):
        start, end = clips[:, side, None], clips[:, (side + 1) % 4, None]  # (k, 1, 2)
        along = end - start
        depth = along[..., 0] * (points[..., 1] - start[..., 1]) - along[..., 1] * (points[..., 0] - start[..., 0])  # (k, p), ≥ 0 inside
        following, depth_after = np.roll(points, -1, axis=1), np.roll(depth, -1, axis=1)
        crosses = (depth >= 0) != (depth_after >= 0)
        share = np.divide(depth, depth - depth_after, out=np.zeros_like(depth), where=crosses)
        crossings = points + share[..., None] * (following - points)
        points = np.stack([points, crossings], axis=2).reshape(len(points), -1, 2)  # (k, 2 p, 2)
        kept = np.stack([depth >= 0, crosses], axis=2).reshape(len(points), -1)  # (k, 2 p)
        count = kept.sum(axis=1)
        order = np.argsort(~kept, axis=1, kind="stable")[:, : max(1, count.max())]
        order = np.take_along_axis(order, np.minimum(np.arange(order.shape[1]), np.maximum(count - 1, 0)[:, None]), axis=1)
        points = np.where((count > 0)[:, None, None], np.take_along_axis(points, order[..., None], axis=1), 0.0)
    return np.where(polygon_areas(clips) > 0, polygon_areas(points), 0.0)
