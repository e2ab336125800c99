"""Paper, ink and what else is on it: colours, grain, ruled lines, cell borders, stamps, pen strokes. Line or page, grey or RGB.

`draw_*` makes a `functools.partial` of an `apply_*` function, whose first argument is the image: uint8 `(height, width)` or RGB
`(height, width, 3)`. Colours are RGB; a grey image takes their luma.
"""

from functools import lru_cache, partial

import cv2
import numpy as np

STAMP_COLOURS = ((205, 30, 45), (220, 50, 50), (190, 20, 60), (225, 70, 60), (170, 30, 40), (60, 60, 170))
INK_HUES = ((20, 40, 120), (150, 20, 30), (10, 80, 60), (0, 70, 160), (90, 30, 110), (180, 60, 10))
PAPER_TINTS = ((255, 250, 235), (250, 245, 225), (235, 243, 250), (240, 250, 240), (252, 238, 238), (228, 228, 232), (255, 248, 200))
LUMA = np.float32([0.299, 0.587, 0.114])


def paint(image, colour):
    """A colour as the image holds it: its luma, or the RGB itself."""
    return float(np.dot(colour, LUMA)) if image.ndim == 2 else np.asarray(colour, np.float32)


def draw_colours(rng):
    """`(ink, paper)` RGB: mostly black on white, some grey, coloured, on tinted paper, few light on dark."""
    kind = rng.random()
    if kind < 0.04:  # a table head
        return (255, 255, 255), tuple(int(v) for v in rng.integers(20, 120, 3))
    if rng.random() < 0.6:
        paper = (int(rng.integers(246, 256)),) * 3
    elif rng.random() < 0.6:
        paper = (int(rng.integers(205, 250)),) * 3
    else:
        paper = PAPER_TINTS[rng.integers(len(PAPER_TINTS))]
    if kind < 0.72:
        ink = (int(rng.integers(0, 50)),) * 3
    elif kind < 0.9:
        ink = (int(rng.integers(50, 125)),) * 3
    else:
        ink = INK_HUES[rng.integers(len(INK_HUES))]
    return ink, paper


def fill_paper(size, colour, channels=1):
    """A blank image `(height, width)` or `(height, width, channels)` of one colour."""
    image = np.empty(size if channels == 1 else (*size, channels), np.uint8)
    image[:] = paint(image, colour)
    return image


def lay_ink(image, mask, colour):
    """Cover the image with ink of a colour where the mask `(height, width)` says so, 255 fully."""
    if image.ndim == 3:
        mask = mask[..., None]
    share = mask * np.float32(1 / 255)
    return (image + (paint(image, colour) - image) * share + np.float32(0.5)).astype(np.uint8)


def print_ink(mask, ink, paper, channels=1):
    """Ink on blank paper: the same as `lay_ink` on `fill_paper`, by a table and so much faster."""
    colours = np.array([ink, paper], np.float32) if channels == 3 else np.array([ink, paper], np.float32) @ LUMA[:, None]  # (2, channels)
    share = np.arange(256, dtype=np.float32)[:, None] / 255
    table = (colours[1] + (colours[0] - colours[1]) * share + 0.5).astype(np.uint8)  # (256, channels)
    if channels == 1:
        return cv2.LUT(mask, table[:, 0])
    return cv2.LUT(cv2.merge([mask] * 3), table[None])


# --- under the text ------------------------------------------------------------------------------------------------------------


def apply_grain(image, strength, cell_px, seed):
    """Uneven paper: smooth brightness noise of `strength` grey levels with spots of about `cell_px`."""
    height, width = image.shape[:2]
    rng = np.random.default_rng(seed)
    coarse = rng.normal(0, strength, (int(height / cell_px) + 2, int(width / cell_px) + 2)).astype(np.float32)
    grain = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(image + (grain if image.ndim == 2 else grain[..., None]), 0, 255).astype(np.uint8)


def apply_security_pattern(image, strength, period_px, angle, wobble):
    """The fine waves under certificates and bank paper, `strength` grey levels deep; angle in radians."""
    height, width = image.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across = x * np.cos(angle) + y * np.sin(angle) + wobble * period_px * np.sin((y - x) / (3 * period_px))
    waves = strength * np.clip(1 - np.abs(across / period_px % 1 - 0.5) * 6, 0, 1)
    return np.clip(image - (waves if image.ndim == 2 else waves[..., None]), 0, 255).astype(np.uint8)


# --- over the text -------------------------------------------------------------------------------------------------------------


def apply_rule(image, start, end, thickness_px, colour, dash_px=0):
    """A straight line between two points given as fractions (x, y) of width and height; dashed when dash_px > 0."""
    height, width = image.shape[:2]
    a, b = (np.array(point) * (width, height) for point in (start, end))
    # Only the box around the line is painted.
    x0, y0 = np.maximum(np.floor(np.minimum(a, b) - thickness_px - 2), 0).astype(int)
    x1, y1 = np.ceil(np.maximum(a, b) + thickness_px + 2).astype(int)
    box = image[y0:y1, x0:x1]
    if box.size == 0:
        return image
    mask = np.zeros(box.shape[:2], np.uint8)
    shift = 4  # sixteenths of a pixel, so that thin lines fall between pixel rows as they do in scans
    for ends in _dashes(a - (x0, y0), b - (x0, y0), dash_px):
        first, last = ([int(v) for v in point * 2**shift] for point in ends)
        cv2.line(mask, first, last, 255, max(1, round(thickness_px)), cv2.LINE_AA, shift)
    if thickness_px < 1:
        mask = cv2.convertScaleAbs(mask, alpha=float(thickness_px))
    image = image.copy()
    image[y0:y1, x0:x1] = lay_ink(box, mask, colour)
    return image


def _dashes(a, b, dash_px):
    length = float(np.linalg.norm(b - a))
    if dash_px <= 0 or length < dash_px:
        return [(a, b)]
    starts = np.arange(0, length, 2 * dash_px)
    return [(a + (b - a) * s / length, a + (b - a) * min(s + dash_px, length) / length) for s in starts]


def apply_stamp(image, text, face, centre, diameter_px, colour, strength, shape, seed):
    """A seal pressed over the text: a ring or a square around the characters of `text`, unevenly inked, transparent.

    centre: fractions (x, y). strength: 0..1, how much the ink darkens. shape: "ring", "square" or "filled".
    """
    height, width = image.shape[:2]
    size = max(8, int(diameter_px))
    seal = cv2.resize(_seal(text, face, shape), (size, size), interpolation=cv2.INTER_AREA)
    rng = np.random.default_rng(seed)
    inking = cv2.resize(rng.uniform(0.45, 1.15, (5, 5)).astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)
    angle = rng.normal(0, 6)
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), angle, 1)
    seal = cv2.warpAffine(np.clip(seal * inking, 0, 255).astype(np.uint8), turn, (size, size))
    mask = np.zeros((height, width), np.uint8)
    x0, y0 = int(centre[0] * width - size / 2), int(centre[1] * height - size / 2)
    y1, x1 = min(y0 + size, height), min(x0 + size, width)
    if y1 <= max(y0, 0) or x1 <= max(x0, 0):
        return image  # beside the paper
    mask[max(y0, 0) : y1, max(x0, 0) : x1] = seal[max(-y0, 0) : y1 - y0, max(-x0, 0) : x1 - x0]
    share = mask.astype(np.float32) * (strength / 255)
    share = share if image.ndim == 2 else share[..., None]
    return (image * (1 - share * (1 - paint(image, colour) / 255)) + 0.5).astype(np.uint8)  # transparent: it multiplies


@lru_cache(maxsize=256)
def _seal(text, face, shape):
    """A seal of up to nine characters in a square of rows, 192 px wide; 255 is ink."""
    size, seal = 192, np.zeros((192, 192), np.uint8)
    centre, ink = (size // 2, size // 2), 255
    if shape == "ring":
        cv2.circle(seal, centre, 88, 255, 7, cv2.LINE_AA)
        inside = 116
    elif shape == "filled":
        cv2.circle(seal, centre, 90, 255, -1, cv2.LINE_AA)
        inside, ink = 116, 0
    else:
        cv2.rectangle(seal, (8, 8), (size - 8, size - 8), 255, 7, cv2.LINE_AA)
        inside = 158
    columns = int(np.ceil(np.sqrt(len(text))))
    rows = int(np.ceil(len(text) / columns))
    cell_width, cell_height = inside // columns, inside // rows
    for number, character in enumerate(text):
        bitmap = face.glyph(character).bitmap
        if bitmap.size == 0:
            continue
        glyph = cv2.resize(bitmap, (cell_width - 4, cell_height - 4), interpolation=cv2.INTER_AREA)
        x = (size - inside) // 2 + (columns - 1 - number // rows) * cell_width + 2  # columns from right to left, as seals read
        y = (size - inside) // 2 + number % rows * cell_height + 2
        part = seal[y : y + glyph.shape[0], x : x + glyph.shape[1]]
        part[:] = np.maximum(part, glyph) if ink else np.minimum(part, 255 - glyph)
    return seal


def apply_pen_stroke(image, points, thickness_px, colour):
    """A pen drawn through points given as fractions (x, y), smoothly: signatures, ticks, corrections."""
    height, width = image.shape[:2]
    points = np.asarray(points, np.float32) * (width, height)
    at = np.linspace(0, len(points) - 1, 12 * len(points))
    index = np.minimum(at.astype(int), len(points) - 2)
    share = (1 - np.cos(np.pi * (at - index))) / 2
    path = points[index] + (points[index + 1] - points[index]) * share[:, None]
    mask = np.zeros((height, width), np.uint8)
    cv2.polylines(mask, [(path * 16).astype(np.int32)], False, 255, max(1, round(thickness_px)), cv2.LINE_AA, 4)
    return lay_ink(image, mask, colour)


UNDER_TEXT = frozenset({apply_grain, apply_security_pattern})


# --- drawing -------------------------------------------------------------------------------------------------------------------


def draw_marks(rng, faces, em_px):
    """What is on the paper beside the text of one line: a tuple of partials, in the order in which they are applied."""
    drawn = []
    if rng.random() < 0.25:
        drawn.append(partial(apply_grain, strength=rng.uniform(1, 7), cell_px=rng.uniform(1.5, 40), seed=int(rng.integers(2**31))))
    if rng.random() < 0.02:
        drawn.append(draw_security_pattern(rng, em_px))
    if rng.random() < 0.16:
        drawn.extend(draw_cell_borders(rng, em_px))
    if rng.random() < 0.025:
        drawn.append(draw_crossing_rule(rng, em_px))
    if rng.random() < 0.04:
        drawn.append(draw_stamp(rng, faces, em_px))
    if rng.random() < 0.012:
        drawn.append(draw_pen_stroke(rng, em_px))
    return tuple(drawn)


def draw_security_pattern(rng, em_px):
    return partial(
        apply_security_pattern,
        strength=rng.uniform(8, 45),
        period_px=rng.uniform(0.15, 0.5) * em_px,
        angle=rng.uniform(0, np.pi),
        wobble=rng.uniform(0, 1),
    )


def draw_cell_borders(rng, em_px):
    """The lines of a table cell or of ruled paper along one to four edges of a cut, each at most a tenth of the way in."""
    thickness = max(0.6, em_px * rng.uniform(0.015, 0.06))
    colour = (int(rng.integers(0, 150)),) * 3
    dash = em_px * rng.uniform(0.05, 0.25) if rng.random() < 0.12 else 0.0
    inset_x, inset_y = rng.uniform(0, 0.01, 2), rng.uniform(0, 0.07, 2)
    edges = [
        ((0, 1 - inset_y[0]), (1, 1 - inset_y[0])),
        ((0, inset_y[1]), (1, inset_y[1])),
        ((inset_x[0], 0), (inset_x[0], 1)),
        ((1 - inset_x[1], 0), (1 - inset_x[1], 1)),
    ]
    chosen = [edge for edge, share in zip(edges, (0.6, 0.45, 0.35, 0.35), strict=True) if rng.random() < share]
    return [partial(apply_rule, start=a, end=b, thickness_px=thickness, colour=colour, dash_px=dash) for a, b in chosen]


def draw_crossing_rule(rng, em_px):
    """A ruled line that runs through the text, as in forms that were filled in off the line."""
    y = rng.uniform(0.15, 0.9)
    start, end = sorted(rng.uniform(0, 1, 2)) if rng.random() < 0.3 else (0.0, 1.0)
    return partial(
        apply_rule,
        start=(start, y),
        end=(end, y + rng.normal(0, 0.02)),
        thickness_px=max(0.6, em_px * rng.uniform(0.015, 0.045)),
        colour=(int(rng.integers(0, 170)),) * 3,
    )


def draw_stamp(rng, faces, em_px):
    """A personal or company seal somewhere over the line, larger than the line is high."""
    names = ("홍길동인", "대표이사", "직인", "인", "검인", "확인", "대표이사의인", "계약담당관인", "주식회사인", "학교장직인", "회계과장인")
    return partial(
        apply_stamp,
        text=names[rng.integers(len(names))],
        face=faces[rng.integers(len(faces))],
        centre=(rng.uniform(0, 1), rng.uniform(-0.1, 1.1)),
        diameter_px=em_px * rng.uniform(1.4, 4.5),
        colour=STAMP_COLOURS[rng.integers(len(STAMP_COLOURS))],
        strength=rng.uniform(0.35, 0.95),
        shape=("ring", "ring", "square", "filled")[rng.integers(4)],
        seed=int(rng.integers(2**31)),
    )


def draw_pen_stroke(rng, em_px):
    count = int(rng.integers(3, 9))
    x = np.cumsum(rng.uniform(-0.02, 0.05, count)) + rng.uniform(0, 0.9)
    return partial(
        apply_pen_stroke,
        points=tuple(zip(x.tolist(), rng.uniform(0, 1, count).tolist(), strict=True)),
        thickness_px=max(1.0, em_px * rng.uniform(0.03, 0.08)),
        colour=((20, 30, 110), (30, 30, 30), (190, 30, 30))[rng.integers(3)],
    )
