"""What the anchor-free detector's maps mean, and a Page as such maps: every word and every character by its centre.

Words lie on cells of STRIDE pixels, characters on four cells within each of these. A word is a run of characters between spaces; a row
of a page that is a segment is several words, of which all but the last are linked to the next. Sides and centres are measured in the
text's frame: the page turned by the text's skew, which is its direction modulo 90°, within ±45°. The quarter turn that is left over
says which corner of a quad comes first, and nothing else.
"""

import cv2
import numpy as np

STRIDE = 4  # pixels per cell of words; characters have two cells in each direction on one of these
# Channels of a word: centerness, log(1 + distance to the left, top, right, bottom side in cells), whether the next word of its segment
# follows, cosine and sine of four times the skew, the four quarter turns.
WORD_SIDES, LINK, SKEW, QUARTERS = slice(1, 5), 5, slice(6, 8), slice(8, 12)
WORD = 12
# Channels of a character: centerness, sides as of a word in its own cells, the vector to its word's centre, see `soft_log`.
CHARACTER_SIDES, PARENT = slice(1, 5), slice(5, 7)
CHARACTER = 7
CORE = 0.6  # of a box: where its centre is learnt
LONG = 4  # times its height: of longer words the middle part alone is taken for centerness, so that they are no ridges
COLUMN = 2.0  # times as far as sideways do its characters spread downwards; those of 1. do as far
LEAST = -0.8  # cells that a side may lie from a centre
CLIP_HEIGHTS = 2.0  # a character looks for its word's centre no farther than this: from afar the direction is all that can be seen


def center_targets(page):
    """Page → dict of float32 maps: `words (⌈height / 4⌉, ⌈width / 4⌉, 13)` and `characters (⌈height / 4⌉, ⌈width / 4⌉, 4, 8)`.

    These are the channels above and a weight behind them.
    The weight is 0 over texts that are not readable (None) and over characters that are not known; without them a text of several words is
    as one that is not readable. Else it is 1, but over characters with scores, which are not of ground truth then, their mean.
    Centerness is FCOS's (Tian et al., 2019, arXiv 1904.01355), in the text's frame and divided by its largest value in a core, so that
    every text has a cell of 1 however small it is. Where cores overlap, the smaller box lies on top. The core of a box thinner than a cell
    is one cell thick, and a side may lie before a centre. Boxes without any area, and what is not finite, are left out.
    """
    size = tuple(-(-side // STRIDE) for side in page.size)
    fine = (2 * size[0], 2 * size[1])
    known, words, characters = read_rows(page)
    word_maps, character_maps = np.zeros((*size, WORD + 1), np.float32), np.zeros((*fine, CHARACTER + 1), np.float32)
    for maps, stride, rows in ((word_maps, STRIDE, known[:, 0]), (character_maps, STRIDE / 2, known[:, 1])):
        maps[..., -1] = ~cover(page.quads[~rows], stride, maps.shape[:2])
    for row in np.flatnonzero(known[:, 1]):
        if page.characters[row].scores is not None:
            character_maps[cover(page.quads[[row]], STRIDE / 2, fine), -1] = page.characters[row].scores.mean()
    cells, rows, centerness, sides = draw_cores(words["boxes"] / STRIDE, words["skew"], size)
    skew, quarter = 4 * words["skew"], np.eye(4)[words["quarter"]]
    per_word = np.column_stack([words["link"], np.cos(skew), np.sin(skew), quarter])
    word_maps.reshape(-1, WORD + 1)[cells] = np.column_stack([centerness, np.log1p(sides), per_word[rows], np.ones(len(rows))])
    cells, rows, centerness, sides = draw_cores(characters["boxes"] * 2 / STRIDE, characters["skew"], fine)
    parents = soft_log(characters["parent"] * 2 / STRIDE)
    values = np.column_stack([centerness, np.log1p(sides), parents[rows], characters["sure"][rows]])
    character_maps.reshape(-1, CHARACTER + 1)[cells] = values
    return {"words": word_maps, "characters": fold_cells(character_maps)}


def soft_log(vectors):
    """sign(x) · log(1 + |x|), so that near and far count alike; `soft_exp` is its inverse."""
    return np.sign(vectors) * np.log1p(np.abs(vectors))


def fold_cells(maps):
    """`(2 h, 2 w, channels)` → `(h, w, 4, channels)`: the upper left, upper right, lower left and lower right of each four cells."""
    height, width, channels = maps.shape
    maps = maps.reshape(height // 2, 2, width // 2, 2, channels).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(maps.reshape(height // 2, width // 2, 4, channels))


def unfold_cells(maps):
    """The inverse of `fold_cells`."""
    height, width, _, channels = maps.shape
    maps = maps.reshape(height, width, 2, 2, channels).transpose(0, 2, 1, 3, 4)  # (h, 2, w, 2, channels)
    return np.ascontiguousarray(maps).reshape(2 * height, 2 * width, channels)


def read_rows(page):
    """The words and characters of a page in their frames.

    Returns bool `(n, 2)`, of which rows the words are known and of which the characters, and two dicts of arrays with a row a word or
    character: boxes float64 `(m, 4)`, left, top, right, bottom in pixels of the frame, and skew `(m,)` in radians; of words quarter, int
    `(m,)`, and link, bool; of characters parent `(m, 2)`, as `read_row` has it, and sure `(m,)`, the mean score of those of its text.
    """
    known, words, characters, sure = np.zeros((len(page), 2), bool), [], [np.zeros((0, 7))], [np.zeros(0)]
    for row, (text, quad) in enumerate(zip(page.texts, np.float64(page.quads), strict=True)):
        letters = None if page.characters is None else page.characters[row]
        read = read_row(text, quad, letters)
        if read is None:
            continue
        words += read[0]
        known[row] = True, read[1] is not None
        if read[1] is not None:
            characters.append(read[1])
            sure.append(np.full(len(read[1]), 1 if letters.scores is None else letters.scores.mean()))
    boxes, skew, quarter, link = zip(*words, strict=True) if words else ((), (), (), ())
    characters = np.concatenate(characters)
    return (
        known,
        {
            "boxes": np.array(boxes, np.float64).reshape(-1, 4),
            "skew": np.array(skew, np.float64),
            "quarter": np.array(quarter, np.int64),
            "link": np.array(link, bool),
        },
        {"boxes": characters[:, :4], "skew": characters[:, 4], "parent": characters[:, 5:], "sure": np.concatenate(sure)},
    )


def read_row(text, quad, letters):
    """A text, its quad and its Characters or None → its words, `[(box, skew, quarter, link)]`, and characters `(n, 7)`: box, skew, parent.

    The parent is the vector to the centre of the word in pixels of the page, not longer than CLIP_HEIGHTS of the word's heights. Characters
    are None where they are not known, and all is None where the words are not.
    """
    along, down = quad[1] - quad[0] + quad[2] - quad[3], quad[3] - quad[0] + quad[2] - quad[1]
    towards = along + [down[1], -down[0]]  # the longer sides say it better
    if not text or not np.isfinite(quad).all() or not towards.any():
        return None
    spaces = np.array([letter.isspace() for letter in text])
    skew, quarter = split_angle(np.arctan2(towards[1], towards[0]))
    axes = frame_axes(skew)  # (2, 2)
    (row_box,) = boxes_in_frame(quad[None], axes)
    if letters is None or len(letters) != len(text) or not np.isfinite(letters.quads).all():
        return None if spaces.any() else ([(row_box, skew, quarter, False)], None)
    axis = (quarter + runs_down(letters.quads, towards)) % 2  # of the frame, along which the text runs
    boxes = boxes_in_frame(letters.quads, axes)
    written = ~spaces & (boxes[:, 2:] > boxes[:, :2]).any(axis=1)
    numbers = np.where(written, np.cumsum(spaces), -1)
    words, characters = [], [np.zeros((0, 7))]
    for number in np.unique(numbers[written]):
        mine, box = boxes[numbers == number], row_box.copy()
        if number != numbers.max() or words:  # one of several
            box[[axis, 2 + axis]] = mine[:, axis].min(), mine[:, 2 + axis].max()
        words.append((box, skew, quarter, number != numbers.max()))
        vectors = (box[:2] + box[2:] - mine[:, :2] - mine[:, 2:]) / 2 @ axes
        limit = CLIP_HEIGHTS * (box[2:] - box[:2])[1 - axis]
        vectors *= np.minimum(1, limit / np.maximum(np.linalg.norm(vectors, axis=1), 1e-9))[:, None]
        characters.append(np.column_stack([mine, np.full(len(mine), skew), vectors]))
    return words, np.concatenate(characters)


def runs_down(quads, towards):
    """Whether characters `(n, 4, 2)` stand below each other as seen along the direction of their text: a column."""
    centres = np.float64(quads).mean(axis=1)
    spread = np.ptp(centres @ np.array([towards, [-towards[1], towards[0]]]).T, axis=0)
    return bool(spread[1] > COLUMN * spread[0])


def split_angle(angle):
    """A direction in radians, clockwise on the page → (skew within ±45°, quarter turns 0..3) that add up to it."""
    quarter = np.round(angle / (np.pi / 2))
    return angle - quarter * (np.pi / 2), int(quarter) % 4


def frame_axes(skew):
    """Unit vectors to the right and down of the page turned by `skew` radians: `(2, 2)`."""
    return np.array([[np.cos(skew), np.sin(skew)], [-np.sin(skew), np.cos(skew)]])


def boxes_in_frame(quads, axes):
    """Quads `(n, 4, 2)` → the boxes `(n, 4)` around them: left, top, right, bottom along the axes."""
    points = quads @ axes.T
    return np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)


def draw_cores(boxes, skews, size):
    """The cells of boxes in which their centres are learnt.

    boxes: `(n, 4)`, left, top, right, bottom in cells of their frames. skews: `(n,)`. size: of the map in cells.
    Returns the flat index of each cell, the row of its box, centerness and distances `(cells, 4)` to the four sides in cells. A cell
    may come several times: the last is the smallest box's, which is what an assignment keeps.
    """
    boxes, cos, sin = np.asarray(boxes, np.float64).reshape(-1, 4), np.cos(skews), np.sin(skews)
    order = np.argsort(-np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), kind="stable")
    boxes, cos, sin = boxes[order], cos[order], sin[order]
    middles, true_halves = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2
    halves = np.maximum(true_halves, 0.5)  # one cell thick
    x, y = middles[:, 0] * cos - middles[:, 1] * sin, middles[:, 0] * sin + middles[:, 1] * cos  # in cells of the page
    short = np.minimum(halves, LONG * halves[:, ::-1])
    reach = CORE * short
    across = np.column_stack([reach[:, 0] * np.abs(cos) + reach[:, 1] * np.abs(sin), reach[:, 0] * np.abs(sin) + reach[:, 1] * np.abs(cos)])
    low = np.clip(np.floor(np.column_stack([x, y]) - np.maximum(across, 0.5)), 0, [size[1], size[0]]).astype(np.int64)
    high = np.clip(np.floor(np.column_stack([x, y]) + np.maximum(across, 0.5)) + 1, 0, [size[1], size[0]]).astype(np.int64)
    rows, column, line = cells_of_windows(low, high)
    own = (column == np.floor(x)[rows]) & (line == np.floor(y)[rows])  # the cell that the centre is in
    dx, dy = column + 0.5 - x[rows], line + 0.5 - y[rows]
    offsets = np.column_stack([dx * cos[rows] + dy * sin[rows], dy * cos[rows] - dx * sin[rows]])
    kept = own | (np.abs(offsets) <= reach[rows]).all(axis=1)
    rows, column, line, offsets = rows[kept], column[kept], line[kept], offsets[kept]
    ratio = np.maximum(short[rows] - np.abs(offsets), 1e-3) / (short[rows] + np.abs(offsets))
    centerness = np.sqrt(ratio.prod(axis=1))
    best = np.zeros(len(boxes))
    np.maximum.at(best, rows, centerness)
    sides = np.maximum(np.column_stack([true_halves[rows] + offsets, true_halves[rows] - offsets]), LEAST)
    return line * size[1] + column, order[rows], centerness / best[rows], sides


def cells_of_windows(low, high):
    """All cells of windows, from low `(n, 2)` of (x, y) to before high: (row of its window, x, y), int32, window by window."""
    wide, tall = np.maximum(high - low, 0).astype(np.int32).T
    counts = wide * tall
    rows = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    place = np.arange(len(rows), dtype=np.int32) - np.repeat(np.cumsum(counts, dtype=np.int32) - counts, counts)
    y, x = np.divmod(place, wide[rows])
    return rows, low[rows, 0].astype(np.int32) + x, low[rows, 1].astype(np.int32) + y


def cover(quads, stride, size):
    """bool `size`: the cells whose centres lie in one of the quads `(n, 4, 2)`, in pixels, or on its rim."""
    covered = np.zeros(size, np.uint8)
    for quad in np.nan_to_num(np.float64(quads), posinf=1e6, neginf=-1e6):
        points = np.clip(np.round((quad / stride - 0.5) * 16), -(1 << 20), 1 << 20).astype(np.int32)  # sixteenths of a cell
        cv2.fillConvexPoly(covered, points, 1, shift=4)
    return covered > 0
