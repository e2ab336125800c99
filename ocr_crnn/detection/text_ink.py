"""The ink of texts on the page itself, each text laid level in a frame of its own.

A frame has its origin in the middle of the text, one axis along it and one across it, and measures in ems, so that what is asked of boxes
and of pieces of ink is the same for all texts. Boxes are left, top, right, bottom in it. Texts in columns run along their frames too.
"""

from typing import NamedTuple

import cv2
import numpy as np

from ocr_crnn.detection.groups import quantile_of, spread_of
from ocr_crnn.ops.pieces import find_pieces, wipe_runs

EM = 1.15  # of the height of three quarters of the characters; not more than the text is high, not less than half of it
COLUMN, SQUARE, TILT = 1.4, 1.4, 0.1  # times as high as wide; as long as high; the sine of an angle
LEAST_EM_PX, FINE_EM_PX = 5.0, 20.0  # of smaller print nothing is looked at; below the second a pixel is cut into four
ENDS, ABOVE, AROUND = 0.6, 0.3, 0.2  # ems beyond a text that are seen at its ends and above it, and that tell paper from ink
CONTRAST = 24  # levels between the darkest and the lightest of a text
RULE = 4.0  # ems: a longer run of ink in a row is no character's
WALL = 0.15  # ems from midway between two boxes: where least ink is in the way, there they part
COVERED = 4  # times all pixels of the page: so many may be looked at


class Frames(NamedTuple):
    """middle, along and across float64 `(n, 2)`, the latter two of length 1; length, height and em in pixels `(n,)`; column, bool."""

    middle: np.ndarray
    along: np.ndarray
    across: np.ndarray
    length: np.ndarray
    height: np.ndarray
    em: np.ndarray
    column: np.ndarray

    def of(self, rows):
        return Frames(*(values[rows] for values in self))


def lay_frames(quads, text, letters):
    """The Frames of quads `(n, 4, 2)` with characters: quads `(m, 4, 2)` and the number of the text of each `(m,)`.

    The smallest rectangle around a lone character may lie on its corner: a short text askew is taken as level, or upright."""
    quads = np.asarray(quads, np.float64)
    right, down = (quads[:, a] - quads[:, b] + quads[:, c] - quads[:, d] for a, b, c, d in ((1, 0, 2, 3), (3, 0, 2, 1)))
    sizes = np.maximum(np.linalg.norm([right, down], axis=-1) / 2, 1e-6)  # (2, n)
    right = right / 2 / sizes[0][:, None]
    level = np.sign(right) * np.where(np.abs(right[:, :1]) >= np.abs(right[:, 1:]), (1, 0), (0, 1))
    short = (sizes.max(axis=0) < SQUARE * sizes.min(axis=0)) & (np.abs(right).min(axis=1) > TILT)
    right = np.where(short[:, None], level, right)
    down = np.column_stack([-right[:, 1], right[:, 0]])
    from_middle = quads - quads.mean(axis=1, keepdims=True)
    sizes = np.stack([np.ptp((from_middle * axis[:, None]).sum(axis=-1), axis=1) for axis in (right, down)])
    centres = letters.mean(axis=1)
    spread = [spread_of((centres * axis[text]).sum(axis=-1), text, len(quads)) for axis in (right, down)]
    column = (spread[1] > spread[0]) & (sizes[1] > COLUMN * sizes[0])
    along, across = np.where(column[:, None], down, right), np.where(column[:, None], -right, down)
    length, height = np.where(column, sizes[::-1], sizes)
    high = quantile_of(np.ptp((letters * across[text][:, None]).sum(axis=-1), axis=1), text, len(quads))
    em = np.clip(EM * np.where(high > 0, high, height), height / 2, height)
    return Frames(quads.mean(axis=1), along, across, length, height, em, column)


def boxes_in(frames, quads):
    """Quads `(m, 4, 2)`, each with its own of the frames → the boxes around them `(m, 4)`."""
    points = quads - frames.middle[:, None]
    u, v = ((points * axis[:, None]).sum(axis=-1) / frames.em[:, None] for axis in (frames.along, frames.across))
    return np.stack([u.min(axis=1), v.min(axis=1), u.max(axis=1), v.max(axis=1)], axis=1)


def quads_of(frames, boxes):
    """The inverse: boxes `(m, 4)` → quads `(m, 4, 2)` on the page, from the upper left corner of a character that stands upright."""
    u, v = (boxes[:, sides, None] * frames.em[:, None, None] for sides in ([0, 2, 2, 0], [1, 1, 3, 3]))
    quads = frames.middle[:, None] + u * frames.along[:, None] + v * frames.across[:, None]
    return np.where(frames.column[:, None, None], np.roll(quads, 1, axis=1), quads)


def find_text_pieces(grey, frames, text, boxes):
    """The connected pieces of ink in and around texts, cut where two boxes meet.

    grey: uint8 `(height, width)`. text, boxes: of the characters, in the order of their texts and along these.
    Returns boxes of the pieces `(k, 4)`; the number of the character whose cell each is in `(k,)`: a text is parted into cells midway
    between its characters; and bool `(n,)`, of which texts ink was looked for.
    """
    counts = np.bincount(text, minlength=len(frames.em))
    begins, seen = np.cumsum(counts) - counts, np.zeros(len(counts), bool)
    pieces, cells = [np.zeros((0, 4))], [np.zeros(0, np.int64)]
    for row in rows_to_see(frames, counts, grey.size):
        frame, mine = frames.of(row), slice(begins[row], begins[row] + counts[row])
        ink, corner, zoom = find_ink(grey, frame)
        if ink is None:
            continue
        seen[row] = True
        walls = part(ink, boxes[mine] * frame.em * zoom - corner[0], WALL * frame.em * zoom)
        stats = find_pieces(ink)[2][1:]
        found = np.concatenate([stats[:, :2], stats[:, :2] + stats[:, 2:4]], axis=1)
        cells.append(begins[row] + np.searchsorted(walls, (found[:, 0] + found[:, 2]) / 2))
        pieces.append((found + np.tile(corner, 2)) / (frame.em * zoom))
    return np.concatenate(pieces), np.concatenate(cells), seen


def rows_to_see(frames, counts, pixels):
    """The texts with characters large enough; the largest are left out if all together cover the page, of so many pixels, COVERED times."""
    area = (frames.length + 2 * ENDS * frames.em) * (frames.height + 2 * ABOVE * frames.em)
    rows = np.flatnonzero((counts > 0) & (frames.em >= LEAST_EM_PX))
    rows = rows[np.argsort(area[rows], kind="stable")]
    return np.sort(rows[np.cumsum(area[rows]) <= COVERED * pixels])


def find_ink(grey, frame):
    """The ink of a text and some of what is around it: bool, where its first corner lies, in its pixels from the middle, and pixels of it
    to one of the page. (None, None, 1) without contrast. Ink is what is rarer of dark and light, by Otsu's threshold."""
    half = np.array([frame.length, frame.height]) / 2 + np.array([ENDS, ABOVE]) * frame.em
    zoom = 2 if frame.em < FINE_EM_PX else 1
    if zoom == 1 and frame.along[0] > 0 and abs(frame.along[1]) * frame.length <= 0.5:
        left, top, right, bottom = np.maximum([*np.floor(frame.middle - half), *np.ceil(frame.middle + half)], 0).astype(int)
        crop, corner = grey[top:bottom, left:right], np.array([left, top]) - frame.middle
    else:
        size = np.ceil(2 * half * zoom)
        corner = -size / 2
        axes = np.column_stack([frame.along, frame.across]) / zoom
        to_page = np.column_stack([axes, frame.middle + axes @ (corner + 0.5) - 0.5])  # pixel centres at whole numbers
        flags = (cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
        crop = cv2.warpAffine(grey, to_page, size.astype(int).tolist(), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    reach = (np.array([frame.length, frame.height]) / 2 + AROUND * frame.em) * zoom
    left, top, right, bottom = np.maximum([*np.floor(-reach - corner), *np.ceil(reach - corner)], 0).astype(int)
    near = np.ascontiguousarray(crop[top:bottom, left:right])
    if near.size == 0 or int(near.max()) - int(near.min()) < CONTRAST:
        return None, None, 1
    threshold, light = cv2.threshold(near, 0, 1, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    ink = crop > threshold if 2 * cv2.countNonZero(light) < near.size else crop <= threshold
    run = int(RULE * frame.em * zoom)
    if run < ink.shape[1]:
        wipe_runs(ink, run)
    return ink, corner, zoom


def part(ink, boxes, reach):
    """Wipe a column of the ink between each box and the next, all in its pixels → where these columns are."""
    if len(boxes) < 2:
        return np.zeros(0)
    middles = (boxes[:, 0] + boxes[:, 2]) / 2
    quarter = np.diff(middles) / 4
    places = np.clip((boxes[:-1, 2] + boxes[1:, 0]) / 2, middles[:-1] + quarter, middles[1:] - quarter)
    steps = np.arange(-max(int(reach), 1), max(int(reach), 1) + 1)
    columns = np.clip(np.floor(places).astype(int)[:, None] + steps, 0, ink.shape[1] - 1)  # (walls, steps)
    filled = cv2.reduce(ink.view(np.uint8), 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0]
    columns = np.take_along_axis(columns, (filled[columns] + 1e-3 * np.abs(steps)).argmin(axis=1)[:, None], axis=1)[:, 0]
    ink[:, columns] = False
    return columns + 0.5
