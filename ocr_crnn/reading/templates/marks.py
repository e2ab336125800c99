"""What a field shows besides text: ink, a ticked box, a stamp."""

import cv2
import numpy as np

DARKER = 0.25  # of the ground's brightness, by which ink is darker
INNER = 0.7  # of a check box, that lies clear of its frame
TICKED = 0.06  # share of the inner part that is ink
SLACK = 0.9  # of the side of a check box, within which its frame is looked for
RED_CHROMA, RED_SHARE = 28, 0.03  # levels by which red is above green and blue, less what the whole page is; share of a stamp's place
GREY_CHROMA = 6  # levels: a page with less has no colour that could tell a stamp
STAMP_INK = 0.05  # share of the place, more than on the empty form, on a page without colour
LEAST_SIDE = 3


def crop_box(image, quad, grow=0.0):
    """The upright box around a quad, grown by a share of its height on all sides → (crop, (left, top)); an empty crop beyond the page."""
    (x0, y0), (x1, y1) = quad.min(axis=0), quad.max(axis=0)
    more = grow * (y1 - y0)
    height, width = image.shape[:2]
    left, right = (int(np.clip(np.round(x), 0, width)) for x in (x0 - more, x1 + more))
    top, bottom = (int(np.clip(np.round(y), 0, height)) for y in (y0 - more, y1 + more))
    return image[top:bottom, left:right], (left, top)


def rectify(image, quad):
    """The pixels of a quad turned upright, uint8 `(height, width[, 3])`."""
    width, height = (max(LEAST_SIDE, round(float(np.linalg.norm(side)))) for side in (quad[1] - quad[0], quad[3] - quad[0]))
    corners = np.float32([(0, 0), (width, 0), (width, height), (0, height)])
    return cv2.warpPerspective(
        image, cv2.getPerspectiveTransform(np.float32(quad), corners), (width, height), borderMode=cv2.BORDER_REPLICATE
    )


def dark(grey):
    """bool, of the pixels of a crop: clearly darker than its ground."""
    ground = np.percentile(grey, 80)
    return grey < ground * (1 - DARKER)


def ink_share(image, quad):
    """The share of ink in the inner part of a field, rules at its edges left out: 0..1."""
    crop = _grey(rectify(image, quad))
    height, width = crop.shape
    edge = max(1, round(0.15 * height))
    inner = crop[edge : height - edge, min(edge, width // 4) : width - min(edge, width // 4)]
    return float(_without_specks(dark(inner)).mean()) if inner.size else 0.0


def is_ticked(image, quad):
    """Whether a check box is ticked → (bool, how clear it is 0..1, quad of the box where its frame was found)."""
    grey, (left, top) = crop_box(_grey(image), quad, SLACK)
    side = quad[2] - quad[0]
    width, height = (max(5, round(float(length))) for length in side)
    if grey.shape[0] < height + 2 or grey.shape[1] < width + 2:
        return False, 0.0, quad
    x, y = _find_frame(dark(grey).astype(np.float32), width, height)
    dx, dy = ((1 - INNER) / 2 * length for length in (width, height))
    inner = dark(grey)[round(y + dy) : round(y + height - dy), round(x + dx) : round(x + width - dx)]
    share = float(inner.mean()) if inner.size else 0.0
    found = np.float32([(x, y), (x + width, y), (x + width, y + height), (x, y + height)]) + np.float32([left, top])
    return share > TICKED, float(min(1.0, abs(share - TICKED) / TICKED)), found


def _find_frame(ink, width, height):
    """Where a frame of this size lies in a mask, best of all places: (left, top). The middle where there is no frame."""
    frame = np.zeros((height, width), np.float32)
    cv2.rectangle(frame, (0, 0), (width - 1, height - 1), 1.0, max(1, round(0.12 * height)))
    fit = cv2.matchTemplate(cv2.GaussianBlur(ink, (3, 3), 0), frame / frame.sum(), cv2.TM_CCORR)
    middle = (fit.shape[1] - 1) / 2, (fit.shape[0] - 1) / 2
    away = np.hypot(*np.meshgrid(np.arange(fit.shape[1]) - middle[0], np.arange(fit.shape[0]) - middle[1]))
    fit = fit - 0.15 * away / height
    y, x = np.unravel_index(int(fit.argmax()), fit.shape)
    return int(x), int(y)


def chroma(image):
    """How far red is above the mean of green and blue on a page as a whole, in levels, and how much colour it has at all."""
    small = image[::4, ::4].astype(np.int16).reshape(-1, 3)
    return float(np.median(_redness(small))), float(np.percentile(np.ptp(small, axis=1), 99.9))


def is_stamped(image, quad, page_chroma, blank_ink=0.0):
    """Whether a stamp stands in a place → (bool, how clear it is 0..1, whether it was told by its colour)."""
    crop = rectify(image, quad)
    base, colour = page_chroma
    if crop.ndim == 3:
        share = float((_redness(crop) > base + RED_CHROMA).mean())
        if share > RED_SHARE or colour >= GREY_CHROMA:
            return share > RED_SHARE, min(1.0, abs(share - RED_SHARE) / RED_SHARE), True
    share = float(_without_specks(dark(_grey(crop))).mean()) - blank_ink
    return share > STAMP_INK, min(1.0, abs(share - STAMP_INK) / STAMP_INK), False


def _redness(pixels):
    """Red above the mean of green and blue, in levels."""
    levels = pixels.astype(np.int16)
    return levels[..., 0] - (levels[..., 1] + levels[..., 2]) // 2


def _without_specks(ink):
    """A mask without lone pixels."""
    return cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)).astype(bool)


def _grey(image):
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
