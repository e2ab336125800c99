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
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), max(float(np.nanmax(array, initial=0)), 1.0), array)  # no value is paper
    largest = array.max()
    if largest <= 1 and array.min() < -0.05:
        raise UnreadableError(
            f"Values of an image array are 0..255 or 0..1. Received: {float(array.min()):.3g} … {float(largest):.3g}. "
            "Undo its normalisation first."
        )
    if array.dtype != np.uint8 or largest <= 1:
        scale = 255 if largest <= 1 else 1 if largest <= 255 else 255 / 65535
        array = (array.astype(np.float32) * np.float32(scale)).clip(0, 255).round().astype(np.uint8)
    if array.shape[2:] == (4,):
        array = lay_on_paper(array)
    return spread_grey(np.ascontiguousarray(array))


def lay_on_paper(image):
    """RGBA, uint8 `(height, width, 4)` → RGB on white; on black where the ink is light, as of a logo made for dark slides."""
    if image[..., 3].min() == 255:
        return np.ascontiguousarray(image[..., :3])
    alpha = image[..., 3:].astype(np.float32) / 255
    on_black = image[..., :3] * alpha
    on_white = on_black + 255 * (1 - alpha)
    on_dark = on_black.mean(axis=2).std() > LIGHTER * on_white.mean(axis=2).std()
    return (on_black if on_dark else on_white).round().astype(np.uint8)


def drop_colour(image):
    """uint8 `(height, width, 3)` → `(height, width)` where all pixels are grey, else as it is."""
    for top in range(0, len(image), STRIP_ROWS):  # a page with colour mostly shows it soon
        red, green, blue = cv2.split(image[top : top + STRIP_ROWS])
        if not (np.array_equal(red, green) and np.array_equal(green, blue)):
            return image
    return np.ascontiguousarray(image[..., 0])


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
