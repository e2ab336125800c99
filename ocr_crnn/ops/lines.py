"""Line images for a recogniser, without TensorFlow: NumPy and Pillow, on any backend and in rendering processes.

`resize_line` is `images.resize_and_pad` before the padding, the same triangle filter with antialiasing, on whole grey
levels; a test holds them together to one level. OpenCV's INTER_AREA is no substitute: on print at 300 dpi it differs by
up to dozens of levels at the edges of strokes.
"""

import cv2
import numpy as np
from PIL import Image


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
    width = fit_line_width(*image.shape[:2], height)
    return np.asarray(Image.fromarray(image).convert("L").resize((width, height), Image.Resampling.BILINEAR))


def to_grey(image):
    """uint8 `(height, width)` of an image `(height, width)` or `(height, width, 1 or 3)`."""
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    return np.asarray(Image.fromarray(image).convert("L"))


def fit_width(line, width):
    """A grey line `(height, width)`, squeezed to this width where it is wider."""
    return cv2.resize(line, (width, line.shape[0]), interpolation=cv2.INTER_AREA) if line.shape[1] > width else line


def lineage_line(image, height, max_width):
    """A line `(image_height, image_width, channels)` uint8 as the ssd_detectors lineage prepares it, uint8 `(height, width, channels)`.

    Bicubic without antialiasing, to the height with the aspect kept; a grey line stretched so that its darkest pixel is 0 and its
    brightest 255 (a blank one becomes 0); cut off on the right at `max_width`. Deviation: the lineage warps a quad straight to the
    height, we make it upright at its own size first; and it turns colour to grey after the resize. max_width: None cuts nothing.
    """
    width = max(1, round(image.shape[1] * height / image.shape[0]))
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
