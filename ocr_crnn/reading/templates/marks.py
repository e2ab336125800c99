"""What a field shows besides text: ink, a ticked box, a stamp."""

import cv2
import numpy as np

DARKER = 0.18  # of the brightness around it, by which ink is darker
GROUND = 31  # pixels of that surrounding, odd
TOGETHER = 0.2  # heights of a field within which ink is of one spot
RULE = 1.5  # heights of a field from which a level stroke in it is a rule, and no ink of the field
INNER = 0.7  # of a check box, that lies clear of its frame
TICKED = 0.06  # share of the inner part that is ink
SLACK = 0.9  # of the side of a check box, within which its frame is looked for
AWAY = 0.3  # what a frame loses that lies a side away, of the four that a whole one has
# Red of a stamp: the logarithm of red to that of green and blue, above the paper's. The share of a stamp's place that is so red, and of
# what is darker than on the empty form where there is no colour: no and yes; what lies between is neither.
RED, RED_SHARE = 0.1, 0.02
STAMP_DARKER, STAMP_NONE, STAMP_SOME = 0.15, 0.015, 0.08
GREY_CHROMA = 6  # levels: a page with less has no colour that could tell a stamp
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
    matrix = cv2.getPerspectiveTransform(np.float32(quad), corners)
    return cv2.warpPerspective(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def dark(grey):
    """bool, of the pixels of a crop: clearly darker than what lies around them; light that falls off is no ink."""
    return grey < (1 - DARKER) * cv2.blur(grey, (GROUND, GROUND), borderType=cv2.BORDER_REPLICATE).astype(np.float32)


def spot_of_ink(image, quad):
    """The ink of the largest spot in the inner part of a field, in squares of the field's height, at most 1: 0 where there is none. Letters
    lie close to each other, the dirt of a fax does not. Rules, specks and red stamps are left out."""
    crop = rectify(image, quad)
    ink = dark(_grey(crop)).astype(np.uint8)
    if crop.ndim == 3:
        ink[redness(crop) > RED] = 0
    height, width = ink.shape
    length = max(int(RULE * height), 12)
    rules = cv2.morphologyEx(cv2.dilate(ink, np.ones((3, 1), np.uint8)), cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    ink[cv2.dilate(rules, np.ones((3, 3), np.uint8)) > 0] = 0
    edge = max(1, round(0.15 * height))
    inner = _without_specks(ink)[edge : height - edge, min(edge, width // 4) : width - min(edge, width // 4)]
    if not inner.any():
        return 0.0
    reach = max(3, int(TOGETHER * height))
    count, spots = cv2.connectedComponents(cv2.dilate(inner, np.ones((reach, reach), np.uint8)), connectivity=8)
    return min(1.0, float(np.bincount(spots[inner > 0], minlength=count).max() / height**2))


def is_ticked(image, quad):
    """Whether a check box is ticked → (bool, how clear it is 0..1, quad of the box where its frame was found)."""
    crop, (left, top) = crop_box(image, quad, SLACK)
    width, height = (max(5, round(float(length))) for length in quad[2] - quad[0])
    if crop.shape[0] < height + 2 or crop.shape[1] < width + 2:
        return False, 0.0, quad
    ink = dark(_grey(crop))
    x, y = _find_frame(ink, width, height)
    dx, dy = ((1 - INNER) / 2 * length for length in (width, height))
    inner = ink[round(y + dy) : round(y + height - dy), round(x + dx) : round(x + width - dx)]
    share = float(inner.mean()) if inner.size else 0.0
    found = np.float32([(x, y), (x + width, y), (x + width, y + height), (x, y + height)]) + np.float32([left, top])
    return share > TICKED, float(min(1.0, abs(share - TICKED) / TICKED)), found


def _find_frame(ink, width, height):
    """Where the four sides of a frame of this size lie in a mask, best of all places: (left, top). The text beside a box has some of
    them, so the faintest side counts most; the middle where there is none."""
    thick = cv2.dilate(ink.astype(np.float32), np.ones((3, 3), np.uint8))
    rows, columns = ink.shape[0] - height + 1, ink.shape[1] - width + 1
    level = cv2.boxFilter(thick, -1, (width, 1), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    upright = cv2.boxFilter(thick, -1, (1, height), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
    sides = np.stack([
        level[:rows, :columns], level[height - 1 : height - 1 + rows, :columns],
        upright[:rows, :columns], upright[:rows, width - 1 : width - 1 + columns],
    ])  # fmt: skip
    away = np.hypot(np.arange(columns) - (columns - 1) / 2, (np.arange(rows) - (rows - 1) / 2)[:, None]) / height
    y, x = np.unravel_index(int((sides.mean(axis=0) + sides.min(axis=0) - AWAY * away).argmax()), away.shape)
    return int(x), int(y)


def chroma(image):
    """How much colour a page has at all, in levels."""
    red, green, blue = (np.ascontiguousarray(image[::6, ::6, channel]) for channel in range(3))
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return float(np.percentile(spread, 99.9))


def is_stamped(image, quad, page_chroma, blank_ink=0.0):
    """Whether a stamp stands in a place → (bool, or None where it cannot be told; how clear it is 0..1; whether it was told by its colour).

    page_chroma: of `chroma`. blank_ink: stamp_ink of the empty form.
    """
    crop = rectify(image, quad)
    if crop.ndim == 3:
        share = float((redness(cv2.GaussianBlur(crop, (3, 3), 0)) > RED).mean())
        if share > RED_SHARE or page_chroma >= GREY_CHROMA:
            return share > RED_SHARE, min(1.0, abs(share - RED_SHARE) / RED_SHARE), True
    share = stamp_ink(image, quad) - blank_ink
    if STAMP_NONE < share <= STAMP_SOME:
        return None, 0.0, False
    return share > STAMP_SOME, min(1.0, abs(share - STAMP_SOME) / STAMP_SOME), False


def stamp_ink(image, quad):
    """The share of a stamp's place that is darker than its ground, pale ink among it: 0..1."""
    grey = _grey(rectify(image, quad))
    return float((grey < np.percentile(grey, 80) * (1 - STAMP_DARKER)).mean())


def redness(crop):
    """The logarithm of red to that of green and blue, above the median of the crop, which is its paper's: float32 `(height, width)`."""
    levels = cv2.log(np.maximum(crop, 8).astype(np.float32))
    red = levels[..., 0] - (levels[..., 1] + levels[..., 2]) / 2
    return red - np.median(red)


def _without_specks(ink):
    """A mask without lone pixels."""
    return cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))


def _grey(image):
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
