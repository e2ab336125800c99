"""Page images as levels: uint8 RGB `(height, width, 3)` out of arrays of every kind; what has no colour holds one channel."""

from dataclasses import dataclass

import cv2
import numpy as np

LIGHTER = 2  # on black the contrast of a transparent picture has to be so many times that on white
STRIP_ROWS = 64  # of a page that are worked on at once: they stay in the cache, and need no second page in memory


class UnreadableError(ValueError):
    """A file or a page that cannot be turned into an image; the message says why and what to do."""


@dataclass(frozen=True)
class PageImage:
    """One page to read: where it is from, `(height, width, 3)` uint8 RGB, and dots per inch (None if unknown).

    The pixels of a page without colour are a view of one grey channel, see `spread_grey`.
    """

    source: str
    index: int
    pixels: np.ndarray
    dpi: float | None = None


def array_to_rgb(array):
    """A grey, RGB or RGBA array → uint8 `(height, width, 3)`. Raises UnreadableError for another shape and for negative values.

    Values are 0..255, or 0..1 where none is larger, as of masks and floats; what goes beyond 255 is taken for 16 bits.
    """
    array = np.asarray(array)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)) or array.size == 0:
        raise UnreadableError(f"An image array is (height, width) or (height, width, 1, 3 or 4). Received: shape {array.shape}.")
    if array.dtype.kind not in "buif":
        raise UnreadableError(f"An image array holds numbers. Received: {array.dtype}.")
    if is_spread(array) or array.shape[2:] == (1,):
        array = array[..., 0]
    if array.dtype != np.uint8 or array.max() <= 1:
        given = array
        array = np.empty(given.shape, np.uint8)
        for to, strip in zip(cut_strips(array), to_bytes(lambda: cut_strips(given)), strict=True):
            to[:] = strip
    if array.shape[2:] == (4,):
        array = np.concatenate(list(lay_on_paper(lambda: cut_strips(array))))
    return spread_grey(np.ascontiguousarray(array))


def to_bytes(strips):
    """Strips of numbers of any kind and range, as array_to_rgb takes them → the same in uint8.

    strips: a function that gives the strips of the page, which are gone through twice. Raises UnreadableError for negative values.
    """
    least, largest, nothing = np.inf, -np.inf, False
    for strip in strips():
        known = strip[~np.isnan(strip)] if strip.dtype.kind == "f" else strip
        nothing |= known.size < strip.size
        if known.size:
            least, largest = min(least, float(known.min())), max(largest, float(known.max()))
    paper = max(largest, 1)  # where there is no value
    largest = paper if nothing else largest
    if largest <= 1 and least < -0.05:
        raise UnreadableError(
            f"Values of an image array are 0..255 or 0..1. Received: {least:.3g} … {largest:.3g}. "
            "Undo its normalisation first."
        )
    scale = np.float32(255 if largest <= 1 else 1 if largest <= 255 else 255 / 65535)
    for strip in strips():
        levels = strip.astype(np.float32)
        levels[np.isnan(levels)] = paper
        yield (levels * scale).clip(0, 255).round().astype(np.uint8)


def cut_strips(array):
    """Views of an image's rows, STRIP_ROWS at a time, from top to bottom."""
    return (array[top : top + STRIP_ROWS] for top in range(0, len(array), STRIP_ROWS))


def join_strips(strips, height, width):
    """Strips of a page from top to bottom, uint8 `(rows, width[, 3])` → `(height, width)` where no pixel has colour, else
    `(height, width, 3)`; room for colour is taken once there is some."""
    page, top = np.empty((height, width), np.uint8), 0
    for strip in strips:
        rows = slice(top, top + len(strip))
        if page.ndim == 2 and strip.ndim == 3 and not _is_grey(strip):
            coloured = np.empty((height, width, 3), np.uint8)
            for to, done in zip(cut_strips(coloured[:top]), cut_strips(page[:top]), strict=True):
                to[:] = done[..., None]
            page = coloured
        page[rows] = strip if strip.ndim == page.ndim else strip[..., 0] if page.ndim == 2 else strip[..., None]
        top = rows.stop
    return page


def _is_grey(strip):
    red, green, blue = cv2.split(strip)
    return np.array_equal(red, green) and np.array_equal(green, blue)


def lay_on_paper(strips):
    """RGBA strips, uint8 `(rows, width, 4)` → RGB strips on white; on black where the ink is light, as of a logo made for dark slides.

    strips: a function that gives the strips of the page, which are gone through twice.
    """
    opaque = all(map(_is_opaque, strips()))
    on_white = opaque or not _has_light_ink(strips())
    for strip in strips():
        yield strip[..., :3] if opaque else _on_black_and_white(strip)[int(on_white)].round().astype(np.uint8)


def _has_light_ink(strips):
    """Whether a page has LIGHTER times the contrast, as the deviation of its levels, on black that it has on white."""
    count, sums = 0, np.zeros((2, 2))  # on black and on white: of the levels, of their squares
    for strip in strips:
        for place, laid in enumerate(_on_black_and_white(strip)):
            levels = laid.mean(axis=2, dtype=np.float64)
            sums[place] += levels.sum(), (levels**2).sum()
        count += strip.shape[0] * strip.shape[1]
    on_black, on_white = np.sqrt(np.maximum(sums[:, 1] / count - (sums[:, 0] / count) ** 2, 0))
    return on_black > LIGHTER * on_white


def _is_opaque(strip):
    return strip[..., 3].min() == 255


def _on_black_and_white(strip):
    alpha = strip[..., 3:].astype(np.float32) / 255
    on_black = strip[..., :3] * alpha
    return on_black, on_black + 255 * (1 - alpha)


def spread_grey(image):
    """A grey image `(height, width)` → `(height, width, 3)`, a view whose channels are the same bytes; RGB stays as it is.

    `is_spread` knows such a page again. It takes a third of the memory, and nobody has to look for its grey.
    """
    return image if image.ndim == 3 else np.broadcast_to(image[..., None], (*image.shape, 3))


def is_spread(image):
    """Whether an image is one that `spread_grey` has made of a grey one, which is its first channel."""
    return image.ndim == 3 and image.shape[2] == 3 and image.strides[2] == 0


def pad_image(images, multiple):
    """uint8 `(n, height, width, channels)` with white on the right and below, so that height and width are of a multiple."""
    height, width = images.shape[1:3]
    down, right = -height % multiple, -width % multiple
    return np.pad(images, ((0, 0), (0, down), (0, right), (0, 0)), constant_values=255) if down or right else images
