"""Lines as people give them: with much white around, light on dark. They become what a recogniser was trained on."""

from typing import NamedTuple

import cv2
import numpy as np

from ocr_crnn.ops.lines import ink_by_surroundings, to_grey
from ocr_crnn.ops.pieces import find_pieces

# Around the ink, in heights of the text. Of 245 bench lines with 0.7 em of paper around: CER 0.52 %, with 0.22 here 0.62 %.
MARGIN = 0.18
SPARE = 0.12  # a margin may be so much larger before it is cut
LARGE = 0.3  # pieces of ink at least so long, in heights of the tallest, tell from where to where the text reaches
SPECK = 0.04  # what is smaller, in heights of the text, is dirt
SOLID = 0.7  # pieces that fill so much of their box are dashes and dots, or bars
RULE = 1.5  # heights of the image; what runs along the line without a gap for so long is no letter
PATCH = 0.25  # heights of the image; what is so thick as well is a shadow
TALLER = 1.1  # by which a border at a side is taller than the tallest letter

FILLED = 0.55  # of its box: print fills less
CONTRAST = 24  # in grey levels; with less there is nothing to read
# Parts of the contrast of ink and paper: what most of the paper may vary by, and by how much a sheet differs from what it lies on, WIDE
# pixels on either side of its edge.
UNEVEN, STEP, WIDE = 0.5, 0.4, 4


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
    sheet, ink, light = find_sheet(grey)
    if ink is None:
        return GivenLine(image)
    image = image[sheet]
    if light:
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
    """(slices of the sheet that the text is on, its ink, whether that is light on dark) of a grey image: bool of the sheet's shape, None
    without contrast.

    Paper is what most of the edge is. What differs from it is ink, unless it fills its box: then it is the sheet, in another colour, if it
    ends in a step. Where light falls unevenly neither is so, and ink is what differs from what is around it.
    """
    rows, columns = slice(0, grey.shape[0]), slice(0, grey.shape[1])
    for _ in range(3):
        part = grey[rows, columns]
        if min(part.shape) < 3:
            break
        counts = cv2.calcHist([part], [0], None, [256], [0, 256]).ravel().astype(np.int64)  # of each level
        levels = np.flatnonzero(counts)
        if levels[-1] - levels[0] < CONTRAST:
            break
        threshold, _ = cv2.threshold(part, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        dark = part <= threshold
        edge = np.concatenate([dark[0], dark[-1], dark[:, 0], dark[:, -1]])
        ink = dark if edge.mean() <= 0.5 else ~dark
        (top, bottom), (left, right) = (np.flatnonzero(ink.any(axis=axis))[[0, -1]] for axis in (1, 0))
        sides = counts * (np.arange(256) <= threshold), counts * (np.arange(256) > threshold)  # the dark one, the light one
        of_ink, of_paper = sides if edge.mean() <= 0.5 else sides[::-1]
        inked, paper = (np.average(np.arange(256), weights=side) for side in (of_ink, of_paper))
        if ink[top : bottom + 1, left : right + 1].mean() <= FILLED:
            low, high = _percentiles(of_paper, (10, 90))
            if high - low > UNEVEN * abs(inked - paper) or _runs(ink, PATCH).any():
                return (rows, columns), *ink_by_surroundings(part)
            return (rows, columns), ink, bool(inked > paper)
        if _step(part, left, top, right + 1, bottom + 1) < STEP * abs(inked - paper):
            return (rows, columns), *ink_by_surroundings(part)
        rows = slice(rows.start + int(top), rows.start + int(bottom) + 1)
        columns = slice(columns.start + int(left), columns.start + int(right) + 1)
    return (slice(0, grey.shape[0]), slice(0, grey.shape[1])), None, False


def _percentiles(counts, percents):
    """Percentiles of grey levels by how often each occurs `(256,)`, between two levels by linear interpolation as NumPy does."""
    ends = np.cumsum(counts)
    places = np.asarray(percents) / 100 * (ends[-1] - 1)
    low, high = (np.searchsorted(ends, whole, side="right") for whole in (np.floor(places), np.ceil(places)))
    return low + (high - low) * (places % 1)


def _runs(ink, thick=0.0):
    """Of a mask `(height, width)` what lies in runs of RULE heights along the line, uint8; thick: heights, only what is so much across."""
    height, width = ink.shape
    kernel = np.ones((max(round(thick * height), 1), max(round(RULE * height), 2)), np.uint8)
    ink = ink.astype(np.uint8)
    if kernel.shape[1] >= width:
        return np.zeros_like(ink)
    return cv2.dilate(cv2.erode(ink, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0), kernel)


def _step(part, left, top, right, bottom):
    """How much lighter or darker an image is within a box than just outside of it, in grey levels: the median of its sides, of those that
    do not lie at the edge of the image."""
    height, width = part.shape
    steps = []
    for lines, first, last, size in ((part[:, left:right], top, bottom, height), (part[top:bottom].T, left, right, width)):
        for outside, inside, is_side in (
            (slice(max(first - WIDE, 0), first), slice(first, first + WIDE), first > 0),
            (slice(last, last + WIDE), slice(max(last - WIDE, 0), last), last < size),
        ):
            if is_side:
                steps.append(abs(float(lines[outside].mean()) - float(lines[inside].mean())))
    return float(np.median(steps)) if steps else 255.0


def text_box(ink):
    """Where the text of a line is, (left, top, right, bottom) in pixels; None for dashes and dots alone. ink: bool `(height, width)`.

    A rule through the letters ties them to one piece, so rules go first.
    """
    height, width = ink.shape
    _, _, pieces = find_pieces(ink & 1 - _runs(ink))
    left, top, wide, high, area = pieces[1:].T.astype(np.float64)
    border = (high > 0.95 * height) & (wide < 0.2 * high) & ((left == 0) | (left + wide == width))
    border &= high > TALLER * high[~border].max(initial=0)
    border &= len(area) > 1
    left, top, wide, high, area = (values[~border] for values in (left, top, wide, high, area))
    if len(area) == 0 or ((area > SOLID * wide * high) & (high < 1.5 * wide)).all():
        return None
    large = np.maximum(wide, high) >= LARGE * high.max()
    first, last = top[large].min(), (top + high)[large].max()
    text_height = last - first
    middle = top + high / 2
    text = (area >= max((SPECK * text_height) ** 2, 2)) & (middle > first - 0.15 * text_height) & (middle < last + 0.15 * text_height)
    text |= large
    return left[text].min(), first, (left + wide)[text].max(), last
