"""What is labelled of an image → Page, by the same rules whatever the format."""

import math
import unicodedata
from dataclasses import dataclass, field

import numpy as np

from ocr_crnn.data.aihub.rows import clean_text
from ocr_crnn.geometry import boxes_to_quads, min_area_quad, order_quads
from ocr_crnn.page import Page

FARTHEST = 1e6  # pixels that a corner may lie from that of the page
MOST_POINTS = 10_000  # of a polygon
MOST_ROWS = 1 << 18  # of an image
LEAST_PX = 0.5  # a side of a text; a printed 1 may be less than a pixel wide
STRAIGHT_PX = 0.05  # a rectangle whose corners are no further from whole sides is one of the axes
TURNED_DEG = 1  # from where on a text counts as rotated
UNREADABLE = ("###", "*")  # what ICDAR and PaddleOCR write for a text that nobody can read


@dataclass
class Row:
    """A labelled text. points: corners (x, y) in pixels: two of a rectangle, four of a quad, or more.

    text: None where the tool says that it cannot be read; "" where nobody has typed one. as_drawn: the corners begin at the text's own
    top-left whatever it looks like.
    """

    points: object
    text: str | None
    score: float | None = None
    line: int = 0
    block: int = 0
    attributes: dict = field(default_factory=dict)
    as_drawn: bool = False


def labelled_page(source, image_path, size, rows, unit, where):
    """The Page of an image, or None and a finding.

    size: `(height, width)` that the annotations were made on, None where they do not say. An image of another size than that is another
    image, and left out. The size of a photograph that its camera calls turned is that of the upright picture, as every tool shows it.
    """
    report = source.report
    measured = source.measure(image_path)
    if measured is None:
        return None
    sizes, _ = measured
    size = sizes[1] if size is None else tuple(size)
    if size not in sizes:
        tell_changed(image_path, sizes, size, where, report)
        return None
    kept, seen = [], set()
    for row in rows[:MOST_ROWS]:
        quad = _quad(row, size, where, report)
        if quad is None:
            continue
        row.text = None if row.text is None or row.text.strip() in UNREADABLE else clean_text(row.text.strip(), where, report)
        key = (tuple(round(value, 1) for corner in quad for value in corner), row.text)
        if key in seen:
            report.add("duplicate_row", where, row.text)
            continue
        seen.add(key)
        kept.append((quad, row))
    if len(rows) > MOST_ROWS:
        report.add("bad_record", where, f"{len(rows):,} texts; those after {MOST_ROWS:,} are left out")
    if not kept:
        report.add("page_without_text", where, image_path)
    quads = np.array([quad for quad, _ in kept], np.float32).reshape(-1, 4, 2)
    return _page(image_path, size, quads, [row for _, row in kept], unit, is_turned(size, measured))


def line_page(source, image_path, text, where, attributes=None, unit="line"):
    """The Page of an image that one text fills, or None and a finding where there is no text or no image."""
    text = clean_text(text.strip(), where, source.report)
    measured = None if text is None else source.measure(image_path)
    if measured is None:
        return None
    (_, (height, width), _), _ = measured
    quads = boxes_to_quads([(0, 0, width, height)])
    rows, turned = [Row(None, text, attributes=attributes or {})], is_turned((height, width), measured)
    return _page(image_path, (height, width), quads, rows, unit, turned)


def is_turned(size, measured):
    """Whether quads on an image of `(height, width)` are those of the upright picture, not of what is stored. measured: of the source."""
    sizes, orientation = measured
    return orientation != 1 and size in sizes[1:]


def tell_changed(image_path, sizes, size, where, report):
    """A finding: the image has other sizes than the one it was labelled at."""
    report.add("image_changed", where, f"{image_path} is {sizes[1][1]} × {sizes[1][0]} px, labelled at {size[1]} × {size[0]}")


def is_rotated(quad):
    """Whether the first side of a quad is off the x axis."""
    along = quad[1] - quad[0]
    return bool(abs(np.degrees(np.arctan2(along[1], along[0]))) > TURNED_DEG)


def _page(image_path, size, quads, rows, unit, turned):
    scored = bool(rows) and all(row.score is not None for row in rows)
    grouped = any(row.line or row.block for row in rows)
    return Page(
        image_path,
        size,
        quads,
        [row.text for row in rows],
        scores=[row.score for row in rows] if scored else None,
        lines=[row.line for row in rows] if grouped else None,
        blocks=[row.block for row in rows] if grouped else None,
        attributes=[row.attributes for row in rows] if any(row.attributes for row in rows) else None,
        unit=unit,
        turned=turned,
    )


def _quad(row, size, where, report):
    """The corners of a row, cut to the image where its sides are those of the axes; None and a finding where it is no quad.

    In plain numbers: NumPy takes ten times as long for four points.
    """
    points = _numbers(row.points)
    if points is None or len(points) < 2:
        report.add("bad_box", where, row.points)
        return None
    if len(points) == 2:
        (left, right), (top, bottom) = (sorted(values) for values in zip(*points, strict=True))
        quad = [(left, top), (right, top), (right, bottom), (left, bottom)]
    elif len(points) == 4:
        quad = _four(points, row.text, row.as_drawn)
    else:
        quad = min_area_quad(points).tolist()
        if len(points) > 4:
            report.add("polygon_simplified", where, f"{len(points)} corners: {row.text}")
    height, width = size
    inside = [(min(max(x, 0.0), width), min(max(y, 0.0), height)) for x, y in quad]
    if any(max(values) - min(values) < LEAST_PX for values in zip(*inside, strict=True)) or min(_sides(quad)) < LEAST_PX:
        report.add("empty_box", where, row.points)
        return None
    if any(abs(x - u) > 1 or abs(y - v) > 1 for (x, y), (u, v) in zip(quad, inside, strict=True)):
        report.add("box_outside", where, row.points)
    return inside if _is_straight(quad) else quad


def _numbers(points):
    """Points as tuples of floats; None for anything else than finite numbers within FARTHEST."""
    if not isinstance(points, list | tuple | np.ndarray) or len(points) > MOST_POINTS:
        return None
    try:
        points = [(float(x), float(y)) for x, y in points]
    except (TypeError, ValueError, OverflowError):
        return None
    return points if all(abs(x) <= FARTHEST and abs(y) <= FARTHEST for x, y in points) else None  # no comparison holds for NaN


def _four(points, text, as_drawn):
    """Four corners as a quad. Clockwise ones begin at the text's own top-left, unless a word would then stand on its end."""
    steps = [(u - x, v - y) for (x, y), (u, v) in zip(points, points[1:] + points[:1], strict=True)]
    turns = [dx * dv - dy * du for (dx, dy), (du, dv) in zip(steps, steps[1:] + steps[:1], strict=True)]
    if min(turns) < 0 < max(turns):  # crossed or dented
        return min_area_quad(points).tolist()
    if sum(turns) < 0:
        return order_quads([points])[0].tolist()
    width, height = _sides(points)
    if as_drawn or width >= height or len(unicodedata.normalize("NFC", text or "")) <= 2:
        return points
    upright = order_quads([points])[0].tolist()
    width, height = _sides(upright)
    return upright if width > height else points


def _sides(quad):
    """`(width, height)` of four corners, the mean lengths along and across the text, as `geometry.quad_sizes`."""
    top, right, bottom, left = (math.dist(one, other) for one, other in zip(quad, quad[1:] + quad[:1], strict=True))
    return (top + bottom) / 2, (right + left) / 2


def _is_straight(quad):
    return any(
        max(abs(a[0] - d[0]), abs(b[0] - c[0]), abs(a[1] - b[1]), abs(c[1] - d[1])) <= STRAIGHT_PX
        for a, b, c, d in (quad, quad[1:] + quad[:1])
    )
