"""What printers, copiers, scanners, faxes and cameras do to a document. Line or page, grey or RGB, uint8 in and out.

Photometric effects are `apply_*(image, **parameters)` for images of any size, uint8 `(height, width)` or `(height, width, 3)`;
their sizes are in pixels, so the caller says how large its print is. Geometric effects are `draw_*` functions that return the
3 × 3 transform, for `warp`, so that the truth can move along. `draw_condition` draws a chain of effects as one scan has them.
"""

from functools import lru_cache, partial
from statistics import NormalDist

import cv2
import numpy as np

# --- print ---------------------------------------------------------------------------------------------------------------------


def apply_ink_spread(image, radius_px):
    """Dark strokes grow by radius_px, or wear away where it is negative; fractions mix the whole steps around them."""
    steps, share = divmod(abs(radius_px), 1)
    change = cv2.erode if radius_px > 0 else cv2.dilate  # erode takes the darkest neighbour: ink spreads
    kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    if steps:
        image = change(image, kernel, iterations=int(steps))
    return cv2.addWeighted(image, 1 - share, change(image, kernel), share, 0) if share else image


def apply_worn_ink(image, strength, cell_px, seed):
    """Ink that came out unevenly: the print fades in spots of about cell_px. strength: 0..1, the share of ink lost there."""
    height, width = image.shape[:2]
    coarse = np.random.default_rng(seed).random((int(height / cell_px) + 2, int(width / cell_px) + 2), np.float32)
    spots = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    loss = np.clip((spots - 0.55) * 4, 0, 1) * strength
    loss = loss if image.ndim == 2 else loss[..., None]
    paper = cv2.blur(image, (3, 3)).max()
    return cv2.add(image, (np.maximum(image, paper) - image) * loss, dtype=cv2.CV_8U)


def apply_bleed_through(image, strength, shift, seed):
    """The other side of the sheet shows through: the page itself mirrored, blurred and moved by a share of its width."""
    other = cv2.flip(image, 1 if seed % 2 else -1)
    other = np.roll(other, int(shift * image.shape[1]), axis=1)
    other = cv2.GaussianBlur(other, (0, 0), 1.2)
    return cv2.subtract(image, cv2.convertScaleAbs(cv2.bitwise_not(other), alpha=float(strength)))


def apply_crease(image, position, angle, width_px, strength):
    """A fold: a bright ridge beside a shadow along a line through `position` (share of the width); angle in radians from upright."""
    height, width = image.shape[:2]
    x = np.arange(width, dtype=np.float32)[None] - position * width
    distance = (x + np.tan(angle) * np.arange(height, dtype=np.float32)[:, None]) / max(width_px, 0.5)
    fold = strength * (np.exp(-((distance - 0.8) ** 2)) - 1.2 * np.exp(-((distance + 0.8) ** 2)))
    return np.clip(image + (fold if image.ndim == 2 else fold[..., None]), 0, 255).astype(np.uint8)


# --- scan and camera -----------------------------------------------------------------------------------------------------------


def apply_gaussian_blur(image, sigma_px):
    return cv2.GaussianBlur(image, (0, 0), float(sigma_px))


def apply_defocus(image, radius_px):
    """Out of focus: the mean over a disc; its edge is anti-aliased, so radii below a pixel blur a little."""
    size = 2 * int(np.ceil(radius_px)) + 1
    y, x = np.mgrid[:size, :size] - size // 2
    disc = np.clip(radius_px + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return cv2.filter2D(image, -1, disc / disc.sum(), borderType=cv2.BORDER_REPLICATE)


def apply_motion_blur(image, length_px, angle):
    """The camera moved length_px at an angle (radians) while the shutter was open."""
    size = 2 * int(np.ceil(length_px / 2)) + 1
    kernel = np.zeros((size, size), np.float32)
    reach = np.array([np.cos(angle), np.sin(angle)]) * length_px / 2
    ends = [tuple(int(v) for v in (size // 2 + sign * reach) * 16) for sign in (-1, 1)]
    cv2.line(kernel, *ends, 1.0, 1, cv2.LINE_AA, 4)
    kernel[size // 2, size // 2] = max(kernel[size // 2, size // 2], 1.0)
    return cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)


def apply_noise(image, sigma, seed):
    """Gaussian sensor noise of `sigma` grey levels."""
    return cv2.add(image, _noise(image.shape, seed) * np.float32(sigma), dtype=cv2.CV_8U)


def apply_speckle(image, share, seed):
    """Dust: a share of the pixels turns black or white."""
    noise = _noise(image.shape[:2], seed)
    image = image.copy()
    limit = NormalDist().inv_cdf(1 - share / 2)
    image[noise > limit] = 0
    image[noise < -limit] = 255
    return image


def apply_contrast(image, gain, offset):
    """Grey levels around the middle: `128 + gain · (image − 128) + offset`."""
    return cv2.convertScaleAbs(np.maximum(image * np.float32(gain) + np.float32(128 * (1 - gain) + offset), 0))


def apply_gamma(image, gamma):
    return cv2.LUT(image, (255 * (np.arange(256) / 255) ** gamma + 0.5).astype(np.uint8))


def apply_lighting(image, depth, angle, curvature):
    """Light that falls off along `angle` (radians) by a share `depth`; curvature bends the fall-off, as a shadow does."""
    height, width = image.shape[:2]
    x, y = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None], np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None]
    along = np.cos(angle) * x + np.sin(angle) * y
    light = 1 - depth * np.clip(0.5 + along + curvature * (along**2 - 0.08), 0, 1)
    return (image * (light if image.ndim == 2 else light[..., None])).astype(np.uint8)


def apply_jpeg(image, quality):
    """JPEG and back, quality 1..100."""
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1], _READ[image.ndim])


def apply_low_resolution(image, scale):
    """Scanned at a lower resolution and enlarged again to the size that it had. scale: in 0..1."""
    height, width = image.shape[:2]
    small = cv2.resize(image, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def apply_threshold(image, level, noise=0.0, seed=0):
    """One bit a pixel: black where the image, with some noise, is darker than `level`. Both are shares of ink to paper, 0..1."""
    smooth = cv2.blur(image, (3, 3))
    dark, light = float(smooth.min()), float(smooth.max())
    noisy = apply_noise(image, noise * (light - dark), seed) if noise else image
    # Half a level lower, so that blank paper stays paper.
    return cv2.threshold(noisy, dark + level * (light - dark) - 0.5, 255, cv2.THRESH_BINARY)[1]


def apply_fax(image, scale_x, scale_y, level, noise, seed, specks=0.0):
    """A fax: sampled at its own resolution (scales from this image's), one bit, one grey channel's worth, enlarged again.

    ITU-T T.4: 204 dpi across; 98 dpi down in standard, 196 dpi in fine resolution. specks: share of the sampled pixels that turn
    black or white, bits that the line flipped.
    """
    height, width = image.shape[:2]
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (max(1, round(width * scale_x)), max(1, round(height * scale_y))), interpolation=cv2.INTER_AREA)
    sampled = apply_threshold(small, level, noise, seed)
    if specks:
        sampled = apply_speckle(sampled, specks, seed + 1)
    received = cv2.resize(sampled, (width, height), interpolation=cv2.INTER_LINEAR)
    return received if image.ndim == 2 else cv2.cvtColor(received, cv2.COLOR_GRAY2RGB)


def keeps_text(image, ink, least):
    """Whether text is still there: the image `(height, width)` or RGB follows its ink mask `(height, width)`, dark or light.

    least: the correlation of the two, 0..1, that is asked for. It is above 0.6 for nearly all that people can read; shadows and
    stamps lower it without harm, thresholds and washed-out ink with.
    """
    # Every other pixel of the rows and columns tells enough.
    seen = image[::2, ::2].astype(np.float32)
    seen = (seen if image.ndim == 2 else seen.mean(axis=2)).ravel()
    truth = ink[::2, ::2].astype(np.float32).ravel()
    seen -= seen.mean()
    truth -= truth.mean()
    return abs(float(seen @ truth)) > least * float(np.linalg.norm(seen) * np.linalg.norm(truth))


MAY_LOSE_TEXT = frozenset({apply_threshold, apply_fax, apply_worn_ink})
_READ = {2: cv2.IMREAD_GRAYSCALE, 3: cv2.IMREAD_COLOR}
_TILE_PX = 1024


@lru_cache(maxsize=1)
def _noise_tile():
    return np.random.default_rng(0).standard_normal((_TILE_PX, _TILE_PX), np.float32)


def _noise(shape, seed):
    """Standard normal noise of a shape: a place of one fixed tile, chosen by the seed and wrapped around, since noise costs time."""
    height, width = shape[0], int(np.prod(shape[1:]))
    y, x = divmod(seed, _TILE_PX)[0] % _TILE_PX, seed % _TILE_PX
    rows, columns = np.arange(y, y + height) % _TILE_PX, np.arange(x, x + width) % _TILE_PX
    # Rows that wrap get another column offset, so that a large page shows no grid.
    if height <= _TILE_PX - y and width <= _TILE_PX - x:
        return np.ascontiguousarray(_noise_tile()[y : y + height, x : x + width]).reshape(shape)
    return _noise_tile()[rows[:, None], columns[None]].reshape(shape)


# --- geometry ------------------------------------------------------------------------------------------------------------------


def warp(image, transform, size=None, border=cv2.BORDER_REPLICATE):
    """The image under a 3 × 3 transform of its pixels, `size` (height, width), by default its own."""
    height, width = size or image.shape[:2]
    return cv2.warpPerspective(image, transform, (width, height), flags=cv2.INTER_LINEAR, borderMode=border)


# --- drawing -------------------------------------------------------------------------------------------------------------------


def draw_condition(rng, em_px, dpi):
    """`(name, effects)`: how one document came to be read — "clean", "scan", "copy", "fax", "photo", "low_resolution", "mixed".

    em_px: the print's em in pixels, which bounds every effect so that the text stays readable to a person. dpi: of the image.
    """
    at = rng.random()
    if em_px < 16:  # small print survives no more than a good scan
        at *= 0.52
    name = next((name for name, end in zip(_SHARES, np.cumsum(list(_SHARES.values())), strict=True) if at < end), "clean")
    return name, _CONDITIONS[name](rng, em_px, dpi)


def _draw_clean(rng, em_px, dpi):
    return []


def _draw_scan(rng, em_px, dpi):
    effects = []
    if rng.random() < 0.4:
        effects.append(partial(apply_ink_spread, radius_px=rng.uniform(-0.012, 0.025) * em_px))
    if rng.random() < 0.1:
        effects.append(partial(apply_worn_ink, strength=rng.uniform(0.2, 0.7), cell_px=rng.uniform(0.05, 1) * em_px, seed=_seed(rng)))
    if rng.random() < 0.12:
        effects.append(partial(apply_bleed_through, strength=rng.uniform(0.05, 0.25), shift=rng.random(), seed=_seed(rng)))
    if rng.random() < 0.06:
        effects.append(_draw_crease(rng, em_px))
    if rng.random() < 0.6:
        effects.append(partial(apply_gaussian_blur, sigma_px=rng.uniform(0.005, 0.03) * em_px + 0.15))
    if rng.random() < 0.5:
        effects.append(partial(apply_noise, sigma=rng.uniform(1, 8), seed=_seed(rng)))
    if rng.random() < 0.5:
        effects.append(partial(apply_contrast, gain=rng.uniform(0.7, 1.3), offset=rng.uniform(-15, 20)))
    if rng.random() < 0.5:
        effects.append(partial(apply_jpeg, quality=rng.integers(30, 95)))
    return effects


def _draw_copy(rng, em_px, dpi):
    """A photocopy: hard contrast, spread ink, dust, often one bit."""
    effects = [partial(apply_gaussian_blur, sigma_px=rng.uniform(0.01, 0.035) * em_px + 0.1)]
    effects.append(partial(apply_ink_spread, radius_px=rng.uniform(-0.015, 0.025) * em_px))
    effects.append(partial(apply_contrast, gain=rng.uniform(1.3, 2.5), offset=rng.uniform(-10, 50)))
    if rng.random() < 0.5:
        effects.append(partial(apply_speckle, share=10 ** rng.uniform(-4, -2.3), seed=_seed(rng)))
    if rng.random() < 0.35 and em_px >= 22:
        level, noise = rng.uniform(0.4, 0.75), rng.uniform(0, 0.1)
        effects.append(partial(apply_threshold, level=level, noise=noise, seed=_seed(rng)))
    if rng.random() < 0.5:
        effects.append(partial(apply_gaussian_blur, sigma_px=rng.uniform(0.3, 0.7)))
    return effects


def _draw_fax(rng, em_px, dpi):
    """Standard resolution only where characters keep 13 rows, since less is not legible."""
    down_dpi = 98 if rng.random() < 0.5 and em_px * 98 / dpi >= 13 else 196
    scale_x, scale_y = min(1.0, 204 / dpi), min(1.0, down_dpi / dpi)
    effects = [partial(apply_ink_spread, radius_px=rng.uniform(0, 0.02) * em_px)] if rng.random() < 0.4 else []
    specks = 10 ** rng.uniform(-2.6, -1.4) if rng.random() < 0.6 else 0.0
    level, noise = rng.uniform(0.5, 0.8), rng.uniform(0, 0.1)
    effects.append(partial(apply_fax, scale_x=scale_x, scale_y=scale_y, level=level, noise=noise, seed=_seed(rng), specks=specks))
    return effects


def _draw_photo(rng, em_px, dpi):
    """A hand-held photograph: uneven light, soft focus or movement, noise, JPEG."""
    effects = [partial(apply_lighting, depth=rng.uniform(0.1, 0.6), angle=rng.uniform(0, 2 * np.pi), curvature=rng.uniform(-2, 2))]
    blur = rng.random()
    if blur < 0.4:
        effects.append(partial(apply_defocus, radius_px=rng.uniform(0.01, 0.06) * em_px + 0.2))
    elif blur < 0.6:
        effects.append(partial(apply_motion_blur, length_px=rng.uniform(0.03, 0.13) * em_px + 1, angle=rng.uniform(0, np.pi)))
    elif blur < 0.9:
        effects.append(partial(apply_gaussian_blur, sigma_px=rng.uniform(0.01, 0.05) * em_px + 0.2))
    effects.append(partial(apply_contrast, gain=rng.uniform(0.5, 1.1), offset=rng.uniform(-30, 10)))
    effects.append(partial(apply_noise, sigma=rng.uniform(1, 10), seed=_seed(rng)))
    if rng.random() < 0.1:
        effects.append(_draw_crease(rng, em_px))
    effects.append(partial(apply_jpeg, quality=rng.integers(25, 90)))
    return effects


def _draw_low_resolution(rng, em_px, dpi):
    """Sampled so that an em keeps 10 to 18 pixels."""
    effects = [partial(apply_low_resolution, scale=min(1.0, rng.uniform(10, 18) / em_px))]
    if rng.random() < 0.6:
        effects.append(partial(apply_jpeg, quality=rng.integers(35, 95)))
    if rng.random() < 0.3:
        effects.append(partial(apply_noise, sigma=rng.uniform(1, 6), seed=_seed(rng)))
    return effects


def _draw_mixed(rng, em_px, dpi):
    """Copied or faxed first, then scanned or photographed."""
    first, second = (_draw_scan, _draw_copy)[rng.integers(2)], (_draw_scan, _draw_photo, _draw_low_resolution)[rng.integers(3)]
    return first(rng, em_px, dpi) + second(rng, em_px, dpi)


def _draw_crease(rng, em_px):
    return partial(
        apply_crease,
        position=rng.random(),
        angle=rng.uniform(-1.2, 1.2),
        width_px=rng.uniform(0.05, 0.4) * em_px,
        strength=rng.uniform(20, 110),
    )


def _seed(rng):
    return int(rng.integers(2**31))


_SHARES = {"clean": 0.32, "scan": 0.2, "copy": 0.1, "fax": 0.1, "photo": 0.14, "low_resolution": 0.08, "mixed": 0.06}
_CONDITIONS = {
    "clean": _draw_clean,
    "scan": _draw_scan,
    "copy": _draw_copy,
    "fax": _draw_fax,
    "photo": _draw_photo,
    "low_resolution": _draw_low_resolution,
    "mixed": _draw_mixed,
}
