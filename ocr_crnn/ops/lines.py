"""Line images for a recogniser, without TensorFlow: NumPy and Pillow, on any backend and in rendering processes.

`resize_line` is ops/crops.py's, level for level, and `images.resize_and_pad` before the padding, the same triangle filter with
antialiasing, to one level; tests hold them together. OpenCV's INTER_AREA is no substitute: on print at 300 dpi it differs by
up to dozens of levels at the edges of strokes.
"""

import cv2
import numpy as np
from PIL import Image

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.images import STRIP_ROWS, is_spread, spread_grey

UNEVEN = 2.5  # see is_unevenly_lit


def crop_quad(image, quad, whole_pixels=True):
    """The upright image of a quad `(4, 2)`: uint8 `(height, width[, channels])`, at the resolution of the page.

    An axis-aligned quad is a slice of the page, at whole pixels; anything else is warped. What lies beyond the page repeats its edge.
    whole_pixels: False warps a quad that ends at fractions of pixels, however it lies.
    """
    width, height = np.maximum(np.round(quad_sizes(np.reshape(quad, (1, 4, 2)))[0]).astype(int), 1)
    corners = np.asarray(quad, np.float32)
    if whole_pixels and np.abs(corners - corners[0] - [[0, 0], [width, 0], [width, height], [0, height]]).max() <= 1.0:
        left, top = np.round(corners[0]).astype(int)
        if left >= 0 and top >= 0 and left + width <= image.shape[1] and top + height <= image.shape[0]:
            return image[top : top + height, left : left + width]
        rows = np.clip(np.arange(top, top + height), 0, image.shape[0] - 1)
        columns = np.clip(np.arange(left, left + width), 0, image.shape[1] - 1)
        return image[rows[:, None], columns]
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5  # pixel centres at whole numbers
    transform = cv2.getPerspectiveTransform(corners - 0.5, target)
    size = (int(width), int(height))
    crop = cv2.warpPerspective(image, transform, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return crop.reshape(height, width, *image.shape[2:])  # OpenCV drops a single channel


def ink_mask(crop):
    """Where a line image has ink: bool `(height, width)`, dark on light or light on dark, by Otsu's threshold.

    An image without contrast has none.
    """
    gray = crop if crop.ndim == 2 else cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    if int(gray.max()) - int(gray.min()) < 24:
        return np.zeros(gray.shape, bool)
    threshold, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    dark = gray <= threshold
    return dark if dark.mean() <= 0.5 else ~dark


def is_unevenly_lit(grey):
    """Whether light changes along a grey line `(height, width)` by more than ink does from what is around it.

    Light is the mean over four heights along the line and half of one across; UNEVEN standard deviations of what ink leaves of it.
    """
    height = len(grey)
    across = height // 2 | 1
    least, most, _, _ = cv2.minMaxLoc(cv2.blur(grey, (4 * height | 1, across), borderType=cv2.BORDER_REFLECT_101))
    near = cv2.blur(grey, (across, across), borderType=cv2.BORDER_REFLECT_101)
    _, deviation = cv2.meanStdDev(cv2.subtract(grey, near, dtype=cv2.CV_16S))
    return bool(most - least > UNEVEN * deviation[0, 0])


def ink_by_surroundings(grey):
    """(ink, whether it is light) of a grey image in uneven light: what differs from the mean around it, to the rarer side."""
    size = len(grey) // 2 | 1
    flat = grey - cv2.blur(grey.astype(np.float32), (size, size), borderType=cv2.BORDER_REFLECT_101)
    light = bool((flat**3).mean() > 0)
    flat = np.clip(np.round(128 - flat / 2 if light else 128 + flat / 2), 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(flat, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return flat <= threshold, light


def fit_line_width(image_height, image_width, height):
    """The width of an image brought to `height` pixels with its aspect kept, at least 1."""
    return max(1, round(image_width * height / max(image_height, 1)))


def resize_line(image, height):
    """Bring a line image to `height`, its aspect kept.

    image: uint8 `(image_height, image_width)`, or with 1 or 3 (RGB) channels; colours become grey by ITU-R BT.601 luma.
    Returns uint8 `(height, width)`.
    """
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    plain = image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
    if image.dtype != np.uint8 or not plain or 0 in image.shape:
        raise ValueError(
            "A line is a uint8 image (height, width) or (height, width, 1 or 3) of at least one pixel. "
            f"Received: {image.dtype} {image.shape}. Convert it, or leave it out."
        )
    return resize_image(to_grey(image), (fit_line_width(*image.shape[:2], height), height))


def to_grey(image):
    """uint8 `(height, width)` of an image `(height, width)` or `(height, width, 1 or 3)`; a view of what has no colour."""
    image = np.asarray(image)
    if image.ndim == 2:
        return image
    if image.shape[2] == 1 or is_spread(image):
        return image[:, :, 0]
    grey = np.empty(image.shape[:2], np.uint8)
    for top in range(0, len(image), STRIP_ROWS):
        rows = slice(top, top + STRIP_ROWS)
        grey[rows] = Image.fromarray(image[rows]).convert("L")
    return grey


def resize_image(image, size):
    """uint8 `(height, width[, 3])` brought to a size (width, height) by the triangle filter: along the rows first, rounded, then along the
    columns.

    Pillow's own choice of what comes first changes with its version and the shape, and with it levels; the served graph does it so too.
    """
    if is_spread(image):
        return spread_grey(resize_image(image[:, :, 0], size))
    across = Image.new("L" if image.ndim == 2 else "RGB", (size[0], len(image)))
    for top in range(0, len(image), STRIP_ROWS):
        strip = Image.fromarray(image[top : top + STRIP_ROWS])
        across.paste(strip.resize((size[0], strip.height), Image.Resampling.BILINEAR), (0, top))
    return np.asarray(across.resize(size, Image.Resampling.BILINEAR))


def fit_width(line, width):
    """A grey line `(height, width)`, squeezed to this width where it is wider."""
    return cv2.resize(line, (width, line.shape[0]), interpolation=cv2.INTER_AREA) if line.shape[1] > width else line


def lineage_line(image, height, max_width):
    """A line `(image_height, image_width, channels)` uint8 as the ssd_detectors lineage prepares it, uint8 `(height, width, channels)`.

    Bicubic without antialiasing, to the height with the aspect kept; a grey line stretched so that its darkest pixel is 0 and its
    brightest 255 (a blank one becomes 0); cut off on the right at `max_width`. Deviation: the lineage warps a quad straight to the
    height, we make it upright at its own size first; and it turns colour to grey after the resize. max_width: None cuts nothing.
    """
    width = fit_line_width(*image.shape[:2], height)
    line = cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC).reshape(height, width, image.shape[2])
    if line.shape[2] == 1:
        line = cv2.normalize(line, None, 0, 255, cv2.NORM_MINMAX).reshape(line.shape)
    return line[:, :max_width]


def stack_lines(lines, width_step=32):
    """A batch of grey lines `(height, width)` of one height → uint8 `(batch, width, height, 1)` and int32 widths `(batch,)`.

    Time-major, padded on the right with 255 to the next multiple of `width_step`, so that a compiled function sees few shapes.
    """
    widths = np.array([line.shape[1] for line in lines], np.int32)
    padded = -(-int(widths.max()) // width_step) * width_step
    batch = np.full((len(lines), padded, lines[0].shape[0], 1), 255, np.uint8)
    for row, line in zip(batch, lines, strict=True):
        row[: line.shape[1], :, 0] = line.T
    return batch, widths


def next_size(size, step=1):
    """The least of step · (1, 2, 3, 4, 6, 8, 12, 16, …) that is not below a size: two for each doubling."""
    steps = -(-size // step)
    whole = 1 << max(steps - 1, 0).bit_length()  # the next power of two
    return step * (whole * 3 // 4 if whole > 3 and steps <= whole * 3 // 4 else whole)


def fill_lines(images, widths, width_step=32):
    """A batch of `stack_lines` brought to one of few shapes by paper: columns on the right and, in the end, lines of `width_step` px.

    For backends that compile anew for each shape, and networks whose lines depend on neither. The lines of the batch come first.
    """
    rows, columns = images.shape[:2]
    filled = np.full((next_size(rows), next_size(columns, width_step), *images.shape[2:]), 255, images.dtype)
    filled[:rows, :columns] = images
    return filled, np.pad(np.asarray(widths, np.int32), (0, len(filled) - rows), constant_values=width_step)
