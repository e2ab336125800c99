"""Words of a page, upright and of one height, laid out on few canvases: a network looks at hundreds of words at once.

A word is in its frame: the rectangle on a canvas that its quad became. Boxes are left, top, right, bottom in pixels of the frame.
"""

from typing import NamedTuple

import cv2
import numpy as np

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.ops.lines import crop_quad, ink_mask

SIDE_PX = 960  # of a canvas; the last one of each direction is as long as it is filled
MULTIPLE = 32  # … to whole cells of every network


class LaidWords(NamedTuple):
    """Words on canvases.

    canvases: list of uint8 `(height, width, 3)`. canvas: int `(n,)`, which one a word is on.
    corners: float64 `(n, 2)`, where its frame begins on that canvas. sizes: float64 `(n, 2)`, width and height of the frame in pixels.
    quads: float64 `(n, 4, 2)`, what the frame is on the page.
    """

    canvases: list
    canvas: np.ndarray
    corners: np.ndarray
    sizes: np.ndarray
    quads: np.ndarray


def lay_words(image, quads, down, height_px, margin_px, side_px=SIDE_PX):
    """Lay the quads `(n, 4, 2)` of an image uint8 `(height, width, 3)` onto canvases → LaidWords.

    down: bool `(n,)`, which words run downwards: they are `height_px` wide, the others as high. What would be longer than a canvas is
    smaller. margin_px: of the page around each word that is seen too; beyond it the canvas has the colour of the page.
    """
    quads, down = np.asarray(quads, np.float64).reshape(-1, 4, 2), np.asarray(down, bool)
    own = np.maximum(quad_sizes(quads).astype(np.float64), 1e-6)
    thick = np.where(down, own[:, 0], own[:, 1])
    long = np.where(down, own[:, 1], own[:, 0])
    scales = np.minimum(height_px / thick, (side_px - 2 * margin_px) / long)
    sizes = np.maximum(np.round(own * scales[:, None]), 1)
    paper = np.median(image[:: max(len(image) // 50, 1), :: max(image.shape[1] // 50, 1)].reshape(-1, 3), axis=0).astype(np.uint8)
    canvases, canvas, corners = [], np.zeros(len(quads), int), np.zeros((len(quads), 2))
    for runs_down in (False, True):
        rows = np.flatnonzero(down == runs_down)
        lengths = sizes[rows, int(runs_down)] + 2 * margin_px
        shelves, along = fill_shelves(lengths, side_px)
        thickness, per_canvas = height_px + 2 * margin_px, max(side_px // (height_px + 2 * margin_px), 1)
        number, shelf = np.divmod(shelves, per_canvas)
        canvas[rows] = len(canvases) + number
        place = np.stack([along, shelf * thickness], axis=1) + margin_px  # (n, 2): along the words and across them
        corners[rows] = place[:, ::-1] if runs_down else place
        for one in range(number.max(initial=-1) + 1):
            filled = (shelf[number == one].max() + 1) * thickness
            shape = (side_px, _whole(filled), 3) if runs_down else (_whole(filled), side_px, 3)
            canvases.append(np.broadcast_to(paper, shape).copy())
    for row, (left, top) in enumerate(corners.astype(int) - margin_px):
        width, height = sizes[row].astype(int) + 2 * margin_px
        around = boxes_on_page(quads[row], sizes[row], [(-margin_px, -margin_px, *(sizes[row] + margin_px))])[0]
        patch = crop_quad(image, around)
        shrinks = patch.shape[0] > height
        patch = cv2.resize(patch, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        canvases[canvas[row]][top : top + height, left : left + width] = patch
    return LaidWords(canvases, canvas, corners, sizes, quads)


def fill_shelves(lengths, side_px):
    """Things in a row on shelves of `side_px`, each on the last shelf if it has room → the shelf of each and where it begins there."""
    shelves, along, shelf, used = np.zeros(len(lengths), int), np.zeros(len(lengths)), 0, 0.0
    for number, length in enumerate(lengths):
        if used and used + length > side_px:
            shelf, used = shelf + 1, 0.0
        shelves[number], along[number] = shelf, used
        used += length
    return shelves, along


def _whole(pixels):
    return int(-(-pixels // MULTIPLE) * MULTIPLE)


def boxes_of_words(words, boxes_of_canvas):
    """Boxes on the canvases → those of each word in its frame: list of float64 `(boxes, 4)`; they belong to a word by their middles.

    boxes_of_canvas: list of `(m, 4)`, for each canvas. What lies in no frame is nobody's.
    """
    found = [np.zeros((0, 4))] * len(words.canvas)
    for number, boxes in enumerate(boxes_of_canvas):
        boxes = np.asarray(boxes, np.float64).reshape(-1, 4)
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        for row in np.flatnonzero(words.canvas == number):
            offset = middles - words.corners[row]
            mine = ((offset >= 0) & (offset < words.sizes[row])).all(axis=1)
            found[row] = boxes[mine] - np.tile(words.corners[row], 2)
    return found


def boxes_on_page(quad, size, boxes):
    """Boxes `(n, 4)` in the frame, of `size` (width, height), that a quad `(4, 2)` of the page became → quads `(n, 4, 2)` on the page."""
    left, top, right, bottom = np.asarray(boxes, np.float64).reshape(-1, 4).T
    x = np.stack([left, right, right, left], axis=1)[..., None] / size[0]  # (n, 4, 1)
    y = np.stack([top, top, bottom, bottom], axis=1)[..., None] / size[1]
    a, b, c, d = np.asarray(quad, np.float64)
    return (1 - y) * ((1 - x) * a + x * b) + y * ((1 - x) * d + x * c)


def fit_to_ink(image, quad, size, boxes, axis):
    """Boxes `(n, 4)` in the frame, of `size`, that a quad `(4, 2)` of an image became → boxes around the ink that each has of the text.

    axis: 0 where the text runs to the right, 1 downwards. A box has the ink between its ends, from edge to edge across the text; where
    there is none, or no contrast, it stays.
    """
    ink = ink_mask(crop_quad(image, quad))
    scale = np.tile(ink.shape[::-1] / np.asarray(size, np.float64), 2)
    fitted = np.array(boxes, np.float64)
    for row, box in enumerate(fitted * scale):
        begin, end = max(int(np.floor(box[axis])), 0), int(np.ceil(box[2 + axis]))
        part = ink[begin:end] if axis else ink[:, begin:end]
        y, x = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if len(x):
            left, top = (0, begin) if axis else (begin, 0)
            fitted[row] = np.array([left + x[0], top + y[0], left + x[-1] + 1, top + y[-1] + 1]) / scale
    return fitted
