"""What happens to a page between the printer and the reader: scanner, copier, fax, camera. Truth moves with the geometry."""

from dataclasses import replace
from functools import partial

import cv2
import numpy as np

from ocr_crnn.synthesis.damage.degradation import (
    apply_contrast,
    apply_crease,
    apply_defocus,
    apply_fax,
    apply_gamma,
    apply_gaussian_blur,
    apply_ink_spread,
    apply_jpeg,
    apply_lighting,
    apply_motion_blur,
    apply_noise,
    apply_speckle,
    apply_threshold,
    apply_worn_ink,
)
from ocr_crnn.synthesis.damage.warp import Warp, draw_waves, move_page

MIN_EM_PX = 9.0  # the smallest median print that is left after a loss of resolution

_LEAST_CONTRAST = 5.0  # standard deviation of the grey levels inside a word's box


def degrade_page(rng, image, page, kind=None, dpi=150, other=None):
    """A page as it is received → (image uint8 `(height, width, 3)`, Page with its truth moved).

    rng: np.random.Generator. image: uint8 `(height, width, 3)` RGB. page: its truth. dpi: of the image, which a fax depends on.
    kind: a key of DEGRADATIONS, or None to draw one. The kind is noted in `attributes["degradation"]` of every row.
    other: a function that makes the RGB image of the other side of the sheet, any size; by default the page is printed on both sides.
    A text that cannot be seen any more, pale print on a fax for instance, becomes unreadable: its text is None.
    """
    names = list(DEGRADATIONS)
    if kind is None:
        weights = np.array([weight for _, weight in DEGRADATIONS.values()], np.float64)
        kind = names[rng.choice(len(names), p=weights / weights.sum())]
    if kind not in DEGRADATIONS:
        raise ValueError(f"A degradation is one of {', '.join(names)}. Received: {kind!r}.")
    image, page = DEGRADATIONS[kind][0](rng, image, page, dpi, other)
    page = _mark_unseen(image, page)
    if page.attributes is not None:
        for index, row in enumerate(page.attributes):
            page.attributes[index] = {**row, "degradation": kind}
    return image, page


def median_em_px(page):
    """The em of the page's median print, from the heights of its characters' ink; 20 where there is none."""
    heights = np.linalg.norm(page.quads[:, 3] - page.quads[:, 0], axis=-1)
    return float(np.median(heights)) * 1.1 if len(heights) else 20.0


def _mark_unseen(image, page):
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    low = np.clip(np.floor(page.quads.min(axis=1)).astype(int), 0, None)  # (n, 2)
    high = np.ceil(page.quads.max(axis=1)).astype(int) + 1
    texts = page.texts.copy()
    for row, ((x0, y0), (x1, y1)) in enumerate(zip(low, high, strict=True)):
        if grey[y0:y1, x0:x1].size == 0 or grey[y0:y1, x0:x1].std() < _LEAST_CONTRAST:
            texts[row] = None
    return replace(page, texts=texts)


def _clean(rng, image, page, dpi, other):
    return image, page


def _blur(rng, image, page, dpi, other):
    em = median_em_px(page)
    kind = rng.integers(3)
    if kind == 0:
        image = apply_gaussian_blur(image, rng.uniform(0.02, 0.07) * em)
    elif kind == 1:
        image = apply_defocus(image, rng.uniform(0.03, 0.09) * em + 0.2)
    else:
        image = apply_motion_blur(image, rng.uniform(0.05, 0.2) * em + 1, rng.uniform(0, np.pi))
    return _finish(rng, image), page


def _noise(rng, image, page, dpi, other):
    image = apply_noise(_print(rng, image, page), rng.uniform(4, 22), _seed(rng))
    return _finish(rng, image), page


def _lighting(rng, image, page, dpi, other):
    image = apply_lighting(image, rng.uniform(0.3, 0.75), rng.uniform(0, 2 * np.pi), rng.uniform(-2, 2))
    if rng.random() < 0.5:
        image = _shadow(rng, image)
    return _finish(rng, image), page


def _bleed(rng, image, page, dpi, other):
    image = _shine_through(rng, image, dpi, other, rng.uniform(0.1, 0.6))
    if rng.random() < 0.5:
        image = apply_noise(image, rng.uniform(1, 8), _seed(rng))
    return _finish(rng, image), page


def _shine_through(rng, image, dpi, other, strength):
    """The other side of the sheet shows through, mirrored, moved and more or less sharp. strength: 0..1, the share of its ink seen."""
    height, width = image.shape[:2]
    behind = image if other is None else other()
    grey = cv2.cvtColor(behind, cv2.COLOR_RGB2GRAY)
    # Slips and cards are fed with sheets, so the other side need not have the same size: its scale is free within bounds.
    scale = height / grey.shape[0] * rng.uniform(0.8, 1.5)
    axis = 1 if rng.random() < 0.8 else 0  # turned about the upright edge, or about the level one
    x, y = rng.normal(0, 0.06, 2) * (width, height) + ((width - grey.shape[1] * scale) / 2, min(0, height - grey.shape[0] * scale) / 2)
    place = np.float32([[scale, 0, x], [0, scale, y]])
    ink = cv2.warpAffine(cv2.flip(255 - grey, axis), place, (width, height), flags=cv2.INTER_AREA)
    ink = cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.3, 1.8) * dpi / 126)
    return cv2.subtract(image, cv2.cvtColor(cv2.convertScaleAbs(ink, alpha=float(strength)), cv2.COLOR_GRAY2RGB))


def _low_resolution(rng, image, page, dpi, other):
    """The page at a lower resolution, and smaller for it."""
    scale = min(1.0, max(rng.uniform(0.45, 0.85), MIN_EM_PX / median_em_px(page)))
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    interpolation = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(3)]
    factors = np.array([width / image.shape[1], height / image.shape[0]])
    image = cv2.resize(image, (width, height), interpolation=interpolation)
    return _finish(rng, image), move_page(page, lambda points: (points * factors).astype(np.float32), (height, width))


def _fax(rng, image, page, dpi, other):
    """One bit at 204 dpi across and 196 or 98 down, after a little skew."""
    image, page = _skewed(rng, image, page, 1.5)
    down_dpi = 98 if rng.random() < 0.3 else 196
    scale_x, scale_y = min(1.0, 204 / dpi), min(1.0, down_dpi / dpi)
    specks = 10 ** rng.uniform(-3.5, -1.5) if rng.random() < 0.75 else 0.0
    image = apply_fax(image, scale_x, scale_y, rng.uniform(0.45, 0.78), rng.uniform(0, 0.12), _seed(rng), specks)
    if rng.random() < 0.3:
        image = _bands(rng, image)
    if rng.random() < 0.4:
        image = _streaks(rng, image)
    return image, page


def _photocopy(rng, image, page, dpi, other):
    """Hard contrast, spread ink, dust, dark bands of the drum, dark edges, often one bit or grey."""
    image, page = _skewed(rng, image, page, 2.0)
    em = median_em_px(page)
    image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    image = apply_gaussian_blur(image, rng.uniform(0.01, 0.035) * em + 0.1)
    image = apply_ink_spread(image, rng.uniform(-0.01, 0.035) * em)
    image = apply_contrast(image, rng.uniform(1.2, 2.4), rng.uniform(-15, 45))
    if rng.random() < 0.6:
        image = apply_speckle(image, 10 ** rng.uniform(-4, -2.5), _seed(rng))
    if rng.random() < 0.6:
        image = _bands(rng, image)
    if rng.random() < 0.3:
        image = apply_threshold(image, rng.uniform(0.4, 0.72), rng.uniform(0, 0.1), _seed(rng))
    return image, page


def _scan(rng, image, page, dpi, other):
    """A flatbed or feeder scan: skew, worn or spread ink, little noise, JPEG."""
    image, page = _skewed(rng, image, page, 3.0 if rng.random() < 0.85 else 9.0)
    image = _print(rng, image, page)
    if rng.random() < 0.5:
        image = apply_noise(image, rng.uniform(1, 7), _seed(rng))
    if rng.random() < 0.15:
        image = _shine_through(rng, image, dpi, other, rng.uniform(0.04, 0.25))
    return _finish(rng, image), page


def _crease(rng, image, page, dpi, other):
    em = median_em_px(page)
    for _ in range(int(rng.integers(1, 4))):
        angle = rng.normal(0, 0.25) if rng.random() < 0.5 else rng.choice([-1, 1]) * (np.pi / 2 - abs(rng.normal(0, 0.1)) - 0.02)
        image = apply_crease(image, rng.uniform(0.1, 0.9), angle, rng.uniform(0.1, 0.6) * em, rng.uniform(25, 100))
    image, page = _bent(rng, image, page, rng.uniform(0.002, 0.008))
    return _finish(rng, apply_lighting(image, rng.uniform(0.05, 0.4), rng.uniform(0, 6.28), rng.uniform(-2, 2))), page


def _curl(rng, image, page, dpi, other):
    """A bound or rolled sheet on a scanner: the lines bend, the shade follows the bend."""
    image, page = _bent(rng, image, page, rng.uniform(0.005, 0.025))
    return _finish(rng, apply_lighting(image, rng.uniform(0.1, 0.5), rng.choice([0, np.pi]) + rng.normal(0, 0.2), rng.uniform(0, 3))), page


def _photo(rng, image, page, dpi, other):
    """A photograph of the sheet on a table: perspective, at times curl, uneven light and shadows, soft focus, noise, JPEG."""
    height, width = image.shape[:2]
    scale = min(1.0, max(rng.uniform(0.7, 1.0), 1.25 * MIN_EM_PX / median_em_px(page)))
    margins = rng.uniform(0.01, 0.14, 4) * scale
    out_h, out_w = round(height * (scale + margins[0] + margins[1])), round(width * (scale + margins[2] + margins[3]))
    corners = np.float32([[0, 0], [width, 0], [width, height], [0, height]])
    placed = corners * scale + np.float32([margins[2] * width, margins[0] * height])
    strength = rng.uniform(0.005, 0.06) * scale
    placed += rng.uniform(-strength, strength, (4, 2)).astype(np.float32) * min(height, width)
    turn = cv2.getRotationMatrix2D((out_w / 2, out_h / 2), rng.normal(0, 2.5), 1.0)
    transform = np.vstack([turn, [0, 0, 1]]) @ cv2.getPerspectiveTransform(corners, placed)
    waves = draw_waves(rng, (height, width), rng.uniform(0.003, 0.02)) if rng.random() < 0.45 else ()
    warp = Warp(transform, (out_h, out_w), waves)
    image = warp.image(_print(rng, image, page), _table(rng, out_h, out_w))
    page = move_page(page, warp.points, (out_h, out_w))
    image = apply_lighting(image, rng.uniform(0.1, 0.6), rng.uniform(0, 2 * np.pi), rng.uniform(-2, 2))
    if rng.random() < 0.6:
        image = _shadow(rng, image)
    if rng.random() < 0.6:  # the light of lamps is not white
        cast = 1 - rng.uniform(0, 0.25, 3) * (0.3, 0.5, 1.0)
        image = (image * cast.astype(np.float32)).astype(np.uint8)
    em = median_em_px(page)
    if rng.random() < 0.6:
        image = apply_gaussian_blur(image, rng.uniform(0.01, 0.04) * em + 0.2)
    image = apply_noise(image, rng.uniform(1, 8), _seed(rng))
    return _finish(rng, image), page


DEGRADATIONS = {  # name: (degrade(rng, image, page, dpi, other) → image, page; weight)
    "clean": (_clean, 24),
    "scan": (_scan, 18),
    "photo": (_photo, 22),
    "photocopy": (_photocopy, 8),
    "fax": (_fax, 14),
    "low_resolution": (_low_resolution, 8),
    "blur": (_blur, 6),
    "noise": (_noise, 4),
    "lighting": (_lighting, 6),
    "bleed_through": (_bleed, 12),
    "crease": (_crease, 4),
    "curl": (_curl, 5),
}


def _skewed(rng, image, page, limit_deg):
    """The sheet a little turned and moved on the glass; beyond its edge the lid is white, grey or black."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(np.clip(rng.normal(0, limit_deg / 2), -limit_deg, limit_deg)), 1.0)
    turn[:, 2] += rng.normal(0, 0.006, 2) * (width, height)
    warp = Warp(np.vstack([turn, [0, 0, 1]]), (height, width))
    lid = _edge_color(rng, image)
    return warp.image(image, np.full_like(image, lid)), move_page(page, warp.points, (height, width))


def _bent(rng, image, page, strength):
    height, width = image.shape[:2]
    warp = Warp(np.eye(3), (height, width), draw_waves(rng, (height, width), strength))
    return warp.image(image, np.full_like(image, _edge_color(rng, image))), move_page(page, warp.points, (height, width))


def _edge_color(rng, image):
    paper = np.median(image[:: max(1, image.shape[0] // 40), :: max(1, image.shape[1] // 40)], axis=(0, 1)).astype(np.uint8)
    return paper if rng.random() < 0.6 else np.uint8((255, 200, 20)[rng.integers(3)])


def _print(rng, image, page):
    """How well the ink took."""
    em = median_em_px(page)
    if rng.random() < 0.4:
        image = apply_ink_spread(image, rng.uniform(-0.015, 0.03) * em)
    if rng.random() < 0.1:
        image = apply_worn_ink(image, rng.uniform(0.2, 0.6), rng.uniform(0.3, 3) * em, _seed(rng))
    return image


def _finish(rng, image):
    """Tone, grey or colour, and the file format."""
    effects = []
    if rng.random() < 0.4:
        effects.append(partial(apply_contrast, gain=rng.uniform(0.6, 1.25), offset=rng.uniform(-20, 20)))
    if rng.random() < 0.2:
        effects.append(partial(apply_gamma, gamma=rng.uniform(0.6, 1.6)))
    if rng.random() < 0.25:
        effects.append(lambda picture: cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))
    if rng.random() < 0.7:
        effects.append(partial(apply_jpeg, quality=int(rng.integers(30, 95))))
    for effect in effects:
        image = effect(image)
    return image


def _shadow(rng, image):
    """The shadow of a hand or a telephone: one side of a line or a rounded shape, its edge soft."""
    height, width = image.shape[:2]
    small = np.zeros((64, 64), np.uint8)
    if rng.random() < 0.6:
        corners = np.array([[rng.uniform(0, 64), 0], [rng.uniform(0, 64), 64], [130, 64], [130, 0]])
        if rng.random() < 0.5:
            corners = corners[:, ::-1]
        if rng.random() < 0.5:
            corners = 64 - corners
        cv2.fillPoly(small, [corners.astype(np.int32)], 255)
    else:
        center = tuple(int(value) for value in rng.integers(0, 64, 2))
        axes = tuple(int(value) for value in rng.integers(10, 45, 2))
        cv2.ellipse(small, center, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1)
    small = cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.6, 5)))
    light = 1 - cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32) * (rng.uniform(0.15, 0.6) / 255)
    return (image * light[..., None]).astype(np.uint8)


def _bands(rng, image):
    """Rows of toner specks, as a worn drum leaves them."""
    height, width = image.shape[:2]
    image = image.copy()
    for _ in range(int(rng.integers(1, 7))):
        count = int(rng.integers(20, 260))
        spread = height * rng.uniform(0.001, 0.008)
        y = np.clip(rng.uniform(0, height) + rng.normal(0, spread, count), 0, height - 2).astype(int)
        x = rng.integers(0, max(width - 2, 1), count)
        shade = np.uint8(rng.integers(0, 160))
        image[y, x] = image[y, x + 1] = image[y + 1, x] = shade
    return image


def _streaks(rng, image):
    """Upright hairlines, whole or broken, where dirt stood on the scanner's glass."""
    height, width = image.shape[:2]
    image = image.copy()
    for _ in range(int(rng.integers(1, 4))):
        x = int(rng.integers(0, width))
        rows = rng.random(height) < rng.uniform(0.3, 1)
        image[rows, x : x + int(rng.integers(1, 3))] = np.uint8(rng.integers(0, 120))
    return image


def _table(rng, height, width):
    """What the sheet lies on: plain, grained like wood, or cloudy, dark or light."""
    color = rng.uniform(15, 200, 3) * rng.uniform(0.4, 1)
    if rng.random() < 0.6:
        color = color.mean() * np.array([1.1, 1.0, 0.85])
    cells = [(6, 6), (2, 60), (60, 2), (24, 24)][rng.integers(4)]
    grain = cv2.resize(rng.normal(0, 1, cells).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(color + grain[..., None] * rng.uniform(2, 16), 0, 255).astype(np.uint8)


def _seed(rng):
    return int(rng.integers(2**31))
