"""Lines as people give them: with much white around, light on dark. They become what a recogniser was trained on."""

from typing import NamedTuple

import cv2
import numpy as np

from ocr_crnn.ops.lines import to_grey

# Around the ink, in heights of the text. Of 245 bench lines with 0.7 em of paper around: CER 0.52 %, with 0.22 here 0.62 %.
MARGIN = 0.18
SPARE = 0.12  # a margin may be so much larger before it is cut
LARGE = 0.3  # pieces of ink at least so long, in heights of the tallest, tell from where to where the text reaches
SPECK = 0.04  # what is smaller, in heights of the text, is dirt
SOLID = 0.7  # pieces that fill so much of their box are dashes and dots, or bars


FILLED = 0.55  # of its box: print fills less
CONTRAST = 24  # in grey levels; with less there is nothing to read


class GivenLine(NamedTuple):
    """image: uint8 `(height, width[, channels])`, dark on light. left, top: where it lies in the image that was given, in pixels."""

    image: np.ndarray
    left: int = 0
    top: int = 0


def prepare_line(image):
    """A uint8 image of one line → GivenLine: dark on light, without paper around it beyond MARGIN.

    An image that shows only dashes and dots keeps its height: nothing else tells how large its text is.
    """
    grey = to_grey(image)
    sheet, ink = find_sheet(grey)
    if ink is None:
        return GivenLine(image)
    image = image[sheet]
    if grey[sheet][ink].mean() > grey[sheet][~ink].mean():
        image = 255 - image
    offset = sheet[1].start or 0, sheet[0].start or 0
    box = text_box(ink)
    if box is None:
        return GivenLine(image, *offset)
    height, width = ink.shape
    left, top, right, bottom = box
    margin, most = MARGIN * (bottom - top), (MARGIN + SPARE) * (bottom - top)
    first = [0 if edge <= most else int(round(edge - margin)) for edge in (left, top)]
    last = [size if size - edge <= most else int(round(edge + margin)) for edge, size in ((right, width), (bottom, height))]
    return GivenLine(image[first[1] : last[1], first[0] : last[0]], first[0] + offset[0], first[1] + offset[1])


def find_sheet(grey):
    """(slices of the sheet that the text is on, its ink) of a grey image: bool of the sheet's shape, None without contrast.

    Paper is what most of the edge is. What differs from it is ink, unless it fills its box: then it is the sheet, in another colour.
    """
    rows, columns = slice(0, grey.shape[0]), slice(0, grey.shape[1])
    for _ in range(3):
        part = grey[rows, columns]
        if min(part.shape) < 3 or int(part.max()) - int(part.min()) < CONTRAST:
            break
        threshold, _ = cv2.threshold(part, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        dark = part <= threshold
        edge = np.concatenate([dark[0], dark[-1], dark[:, 0], dark[:, -1]])
        ink = dark if edge.mean() <= 0.5 else ~dark
        (top, bottom), (left, right) = (np.flatnonzero(ink.any(axis=axis))[[0, -1]] for axis in (1, 0))
        if ink[top : bottom + 1, left : right + 1].mean() <= FILLED:
            return (rows, columns), ink
        rows = slice(rows.start + int(top), rows.start + int(bottom) + 1)
        columns = slice(columns.start + int(left), columns.start + int(right) + 1)
    return (slice(0, grey.shape[0]), slice(0, grey.shape[1])), None


def text_box(ink):
    """Where the text of a line is, (left, top, right, bottom) in pixels; None for dashes and dots alone. ink: bool `(height, width)`."""
    height, width = ink.shape
    _, _, pieces, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    left, top, wide, high, area = pieces[1:].T.astype(np.float64)
    at_sides, at_ends = (left == 0) | (left + wide == width), (top == 0) | (top + high == height)
    frame = (wide > 0.95 * width) & (width > 4 * high) & (at_sides | at_ends) | (high > 0.95 * height) & (wide < 0.2 * high) & at_sides
    frame &= len(area) > 1
    left, top, wide, high, area = (values[~frame] for values in (left, top, wide, high, area))
    if len(area) == 0 or ((area > SOLID * wide * high) & (high < 1.5 * wide)).all():
        return None
    large = np.maximum(wide, high) >= LARGE * high.max()
    first, last = top[large].min(), (top + high)[large].max()
    text_height = last - first
    middle = top + high / 2
    text = (area >= max((SPECK * text_height) ** 2, 2)) & (middle > first - 0.15 * text_height) & (middle < last + 0.15 * text_height)
    text |= large
    return left[text].min(), first, (left + wide)[text].max(), last
