"""What stands on a page beside its text: stamps, signatures, logos, watermarks, photographs, charts, codes. None of it is truth.

A function of PICTURES takes (rng, width, height, text, face) and returns ink, uint8 `(height, width)`, to be laid on the page in the
colour of the picture, or an opaque picture, uint8 `(height, width, 3)`. What is pressed over the text takes its part of the page.
"""

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ocr_crnn.synthesis.damage.marks import apply_pen_stroke, apply_stamp
from ocr_crnn.synthesis.page.typeset import load_font


def draw_picture(image, picture, scale):
    """Draw a `layout.Picture` on the image; `scale`: pixels per point."""
    x0, y0, x1, y1 = (round(value * scale) for value in picture.box)
    width, height = max(x1 - x0, 2), max(y1 - y0, 2)
    rng = np.random.default_rng(picture.seed)
    if picture.kind in _PRESSED:
        window = _window(image, (height, width), x0, y0)
        if window is not None:
            rows, columns, (inner_rows, inner_columns) = window
            ground = np.full((height, width, 3), 255, np.uint8)
            ground[inner_rows, inner_columns] = image[rows, columns]
            image[rows, columns] = _PRESSED[picture.kind](rng, ground, picture)[inner_rows, inner_columns]
        return
    drawn = PICTURES[picture.kind](rng, width, height, picture.text, picture.face)
    if drawn.ndim == 3:
        paste(image, drawn, x0, y0)
    else:
        blend(image, (drawn * picture.opacity).astype(np.uint8), picture.color, x0, y0)


def blend(image, alpha, color, x, y):
    """Lay a colour over an image where `alpha` uint8 `(height, width)` says, its top-left at the integer pixel (x, y); clipped."""
    window = _window(image, alpha.shape, x, y)
    if window is None:
        return
    rows, columns, inner = window
    region = image[rows, columns]
    opacity = alpha[inner][..., None].astype(np.uint16)
    region[:] = (region * (255 - opacity) + np.asarray(color, np.uint16) * opacity + 127) // 255


def paste(image, picture, x, y):
    """Put an opaque picture uint8 `(height, width, 3)` on the image; clipped."""
    window = _window(image, picture.shape[:2], x, y)
    if window is not None:
        image[window[0], window[1]] = picture[window[2]]


def _window(image, size, x, y):
    top, left = max(0, -y), max(0, -x)
    bottom, right = min(size[0], image.shape[0] - y), min(size[1], image.shape[1] - x)
    if top >= bottom or left >= right:
        return None
    return slice(y + top, y + bottom), slice(x + left, x + right), (slice(top, bottom), slice(left, right))


def _seal(rng, ground, picture):
    """A personal seal (도장, 인감) over whatever is on the ground."""
    shape = ("ring", "ring", "square", "filled")[rng.integers(4)]
    side = min(ground.shape[:2]) * 0.92
    return apply_stamp(ground, picture.text, picture.face, (0.5, 0.5), side, picture.color, picture.opacity, shape, picture.seed)


def _office_seal(rng, ground, picture):
    """An office seal (직인): a square."""
    side = min(ground.shape[:2]) * 0.92
    return apply_stamp(ground, picture.text, picture.face, (0.5, 0.5), side, picture.color, picture.opacity, "square", picture.seed)


def _signature(rng, ground, picture):
    """A scribbled name, with a stroke under it at times."""
    count = int(rng.integers(8, 16))
    x = np.linspace(0.08, 0.85, count) + rng.normal(0, 0.05, count)
    y = 0.5 + rng.uniform(-0.38, 0.38, count)
    thickness_px = max(1.0, ground.shape[0] * rng.uniform(0.02, 0.05))
    signed = apply_pen_stroke(ground, np.stack([x, y], axis=-1), thickness_px, picture.color)
    if rng.random() < 0.5:
        signed = apply_pen_stroke(signed, [(0.1, 0.85), (0.5, 0.8), (0.95, rng.uniform(0.7, 0.9))], thickness_px, picture.color)
    return signed


def _turned(mask, degrees):
    height, width = mask.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.94)
    return cv2.warpAffine(mask, turn, (width, height), flags=cv2.INTER_LINEAR)


def _logo(rng, width, height, text, face):
    """A made-up mark: a few overlapping shapes."""
    mask = np.zeros((height, width), np.uint8)
    for _ in range(int(rng.integers(2, 5))):
        center = (int(rng.uniform(0.25, 0.75) * width), int(rng.uniform(0.25, 0.75) * height))
        size = int(rng.uniform(0.15, 0.45) * min(width, height)) + 1
        thick = -1 if rng.random() < 0.5 else max(1, size // 5)
        shape = rng.integers(3)
        if shape == 0:
            cv2.circle(mask, center, size, 255, thick, cv2.LINE_AA)
        elif shape == 1:
            corner = (center[0] + size, center[1] + size)
            cv2.rectangle(mask, (center[0] - size, center[1] - size), corner, int(rng.integers(120, 256)), thick)
        else:
            angles = rng.uniform(0, 2 * np.pi) + np.arange(int(rng.integers(3, 7))) * 2.4
            corners = np.stack([center[0] + size * np.cos(angles), center[1] + size * np.sin(angles)], axis=-1)
            cv2.fillPoly(mask, [corners.astype(np.int32)], int(rng.integers(100, 256)), cv2.LINE_AA)
    return mask


def _watermark(rng, width, height, text, face):
    """Large pale words set aslant across the page."""
    mask = Image.new("L", (width, height))
    size = max(8, round(min(0.8 * np.hypot(width, height) / max(len(text), 1), height * 0.5)))
    font = load_font(str(face.path), face.index, size)
    ImageDraw.Draw(mask).text((width / 2, height / 2), text, 255, font=font, anchor="mm")
    return _turned(np.asarray(mask), float(rng.choice([0, 30, 35, 45])))


def _photograph(rng, width, height, text, face):
    """A picture without text: soft coloured clouds and a few edges."""
    clouds = rng.uniform(30, 240, (int(rng.integers(3, 9)), int(rng.integers(3, 9)), 3)).astype(np.float32)
    picture = cv2.resize(clouds, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(int(rng.integers(2, 7))):
        color = rng.uniform(0, 255, 3).tolist()
        center = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        axes = (int(rng.uniform(0.05, 0.4) * width) + 1, int(rng.uniform(0.05, 0.4) * height) + 1)
        cv2.ellipse(picture, center, axes, float(rng.uniform(0, 180)), 0, 360, color, -1, cv2.LINE_AA)
    return np.clip(picture + rng.normal(0, 4, picture.shape), 0, 255).astype(np.uint8)


def _chart(rng, width, height, text, face):
    """Bars or a curve between two axes."""
    picture = np.full((height, width, 3), 255, np.uint8)
    color = rng.integers(0, 200, 3).tolist()
    count = int(rng.integers(4, 12))
    values = rng.uniform(0.1, 0.9, count)
    if rng.random() < 0.6:
        for index, value in enumerate(values):
            left, right = int((index + 0.2) * width / count), int((index + 0.8) * width / count)
            cv2.rectangle(picture, (left, int((1 - value) * height)), (right, height - 2), color, -1)
    else:
        points = np.stack([np.linspace(0, width - 1, count), (1 - values) * height], axis=-1).astype(np.int32)
        cv2.polylines(picture, [points], False, color, max(1, height // 60), cv2.LINE_AA)
    for step in range(1, 5):
        picture[height * step // 5, :] = np.minimum(picture[height * step // 5, :], 215)
    picture[-max(1, height // 100) :, :] = 60
    picture[:, : max(1, height // 100)] = 60
    return picture


def _bar_code(rng, width, height, text, face):
    bars = np.repeat(rng.random(int(rng.integers(30, 70))) < 0.5, 1)
    columns = bars[np.minimum((np.arange(width) * len(bars)) // width, len(bars) - 1)]
    return np.broadcast_to(np.where(columns, 255, 0).astype(np.uint8), (height, width))


def _matrix_code(rng, width, height, text, face):
    """A square code with three corner marks."""
    count = int(rng.integers(21, 34))
    cells = (rng.random((count, count)) < 0.5).astype(np.uint8) * 255
    mark = np.zeros((7, 7), np.uint8)
    mark[[0, -1], :] = mark[:, [0, -1]] = mark[2:5, 2:5] = 255
    cells[:7, :7] = cells[:7, -7:] = cells[-7:, :7] = mark
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_NEAREST)


def _check_box(rng, width, height, text, face):
    """An empty, ticked, crossed or filled box."""
    mask = np.zeros((height, width), np.uint8)
    thick = max(1, round(height * 0.08))
    cv2.rectangle(mask, (0, 0), (width - 1, height - 1), 255, thick)
    kind = rng.integers(4)
    if kind == 1:
        tick = np.array([[0.15, 0.5], [0.42, 0.82], [1.0, 0.05]]) * (width, height)
        cv2.polylines(mask, [tick.astype(np.int32)], False, 255, max(1, thick + 1), cv2.LINE_AA)
    elif kind == 2:
        cv2.line(mask, (0, 0), (width - 1, height - 1), 255, thick, cv2.LINE_AA)
        cv2.line(mask, (0, height - 1), (width - 1, 0), 255, thick, cv2.LINE_AA)
    elif kind == 3:
        mask[height // 4 : -height // 4, width // 4 : -width // 4] = 255
    return mask


def _emblem(rng, width, height, text, face):
    """Two rings with rays between them, as on letterheads and certificates."""
    mask = np.zeros((height, width), np.uint8)
    center, radius = (width // 2, height // 2), min(width, height) * 0.46
    thick = max(1, round(radius * 0.06))
    cv2.circle(mask, center, int(radius), 255, thick, cv2.LINE_AA)
    cv2.circle(mask, center, int(radius * 0.55), 255, thick, cv2.LINE_AA)
    for angle in np.linspace(0, 2 * np.pi, int(rng.integers(6, 17)), endpoint=False):
        ray = np.array([np.cos(angle), np.sin(angle)])
        start, end = (np.array(center) + ray * radius * part for part in (0.6, 0.95))
        cv2.line(mask, tuple(start.astype(int).tolist()), tuple(end.astype(int).tolist()), 255, thick, cv2.LINE_AA)
    return mask


PICTURES = {
    "logo": _logo,
    "emblem": _emblem,
    "watermark": _watermark,
    "photograph": _photograph,
    "chart": _chart,
    "bar_code": _bar_code,
    "matrix_code": _matrix_code,
    "check_box": _check_box,
}
_PRESSED = {"seal": _seal, "office_seal": _office_seal, "signature": _signature}  # these lie over the text
