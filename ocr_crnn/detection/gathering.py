"""Words, characters and texts find each other: what lies where, which word a character belongs to, which words are one text.

words: dict of score `(n,)`, boxes `(n, 4)` in pixels of the page turned by skew `(n,)`, link `(n,)`, 0..1, and quarters `(n, 4)`, the
logarithms of how likely each quarter turn is.
letters: dict of score, centre `(m, 2)`, vote `(m, 2)`, where the word of a character is, and, once it is known, boxes and skew.
"""

import numpy as np

from ocr_crnn.detection.centers import COLUMN, STRIDE, cells_of_windows
from ocr_crnn.detection.turned_boxes import along_axes, corners_of, enclose, sizes_of, turn_corners
from ocr_crnn.page import Characters

COVERED = 4  # times all cells: so many may the boxes of words cover together; those of texts cover each once
STEP, STRAIGHT = 0.75, 0.1  # cells between the points that a box is painted by; below this skew in radians 1 leaves no gaps either
LONG = 3.0  # heights: of a longer word the ends are where its characters end …
FULL = 0.5  # … if they fill so much of it
GAPS = np.linspace(0.05, 3.0, 36)  # heights beyond the end of a word at which the next of its segment is looked for
INSIDE = np.array([-0.4, -0.2, 0.0, 0.2, 0.4])  # lengths from the middle of a word at which another one is a part of it
NEAR, UNSURE = 0.7, 0.2  # heights: of a word so near the link may be surer by this factor less, as of a dash before a page number
PRIOR = 3.0  # what the page's direction counts for in that of a text, in characters …
WAY_UP = 17.0  # … and besides in which of two opposite ways it is read: its axis is seen well, the way along it badly
ALIKE, PARALLEL = 1.8, 0.9  # words of a segment: how many times as high, and the cosine of the angle between them
BASELINE = 1.0  # heights that the words of a text spread, at which their line is believed as much as what each sees of its skew
APART = 0.6  # of its width: nearer to each other the characters of a text are one
OBLONG = 1.4  # times as long as wide: of less it is not seen which way a text runs
ROUNDS = 10  # of joining what hangs together


def paint(boxes, skew, size, ids=None, names=None):
    """The number of the word at each cell, -1 where none is: int32 `size`. Of words that overlap, the smaller lies on top.

    boxes: `(n, 4)` in pixels. ids: a map to be added to, on cells that are free. names: `(n,)` instead of row numbers.
    Where the boxes cover more than COVERED times the map, the largest are left out."""
    names = np.arange(len(boxes)) if names is None else names
    painted = np.full(size, -1, np.int32)
    boxes, skew = (boxes / STRIDE).astype(np.float32), skew.astype(np.float32)
    between = np.where(np.abs(skew) < STRAIGHT, 1, STEP)[:, None]
    steps = np.ceil(np.clip(sizes_of(boxes), 0, 1e5) / between).astype(np.int64) + 1
    order = np.argsort(-steps.prod(axis=1), kind="stable")
    left = np.cumsum(steps[order[::-1]].prod(axis=1)) <= COVERED * (size[0] * size[1] / STEP**2 + 1000)
    order = order[::-1][left][::-1]
    rows, i, j = cells_of_windows(np.zeros((len(order), 2), np.int64), steps[order])
    rows, i, j = order[rows], i.astype(np.float32), j.astype(np.float32)
    pace = sizes_of(boxes) / np.maximum(steps - 1, 1).astype(np.float32)
    u, v = boxes[rows, 0] + pace[rows, 0] * i, boxes[rows, 1] + pace[rows, 1] * j
    cos, sin = np.cos(skew)[rows], np.sin(skew)[rows]
    x, y = np.floor(u * cos - v * sin).astype(np.int32), np.floor(u * sin + v * cos).astype(np.int32)
    inside = (x >= 0) & (x < size[1]) & (y >= 0) & (y < size[0])
    painted[y[inside], x[inside]] = names[rows[inside]]
    return painted if ids is None else np.where(ids < 0, painted, ids)


def look_up(ids, points):
    """The numbers painted at points `(…, 2)` in pixels; -1 beyond the map."""
    x, y = np.moveaxis(np.floor(np.clip(points, -1e6, 1e6) / STRIDE).astype(np.int64), -1, 0)
    inside = (x >= 0) & (x < ids.shape[1]) & (y >= 0) & (y < ids.shape[0])
    return np.where(inside, ids[np.clip(y, 0, ids.shape[0] - 1), np.clip(x, 0, ids.shape[1] - 1)], -1)


def find_owners(letters, ids):
    """The word of each character, -1 where there is none: what lies where it looks for it."""
    owner = look_up(ids, letters["vote"])
    here = look_up(ids, letters["centre"])
    return np.where(owner < 0, here, owner)


def add_orphans(vectors, words, letters, owner, ids):
    """Characters that found no word join that of those that they look at, round by round; the rest are words of their own.

    vectors: link, skew and quarter turns where each character is. letters: with boxes. ids: the words as painted.
    Returns the words with these and every character's word."""
    lost = np.flatnonzero(owner < 0)
    wide = letters["boxes"] + sizes_of(letters["boxes"]).max(axis=1, keepdims=True) * np.array([-0.25, -0.25, 0.25, 0.25])
    owner, joined = owner.copy(), np.flatnonzero(owner >= 0)
    for _ in range(ROUNDS):
        if len(joined) == 0 or len(lost) == 0:
            break
        ids = paint(wide[joined], letters["skew"][joined], ids.shape, ids, owner[joined])
        owner[lost] = look_up(ids, letters["vote"][lost])
        joined, lost = lost[owner[lost] >= 0], lost[owner[lost] < 0]
    if len(lost) == 0:
        return words, owner
    seen = look_up(paint(wide[lost], letters["skew"][lost], ids.shape), letters["vote"][lost])
    group = connect(np.flatnonzero(seen >= 0), seen[seen >= 0], len(lost))
    _, group = np.unique(group, return_inverse=True)
    owner[lost] = len(words["score"]) + group
    return add_words(words, letters, vectors, lost, group), owner


def add_words(words, letters, vectors, rows, group):
    """The words and those that some characters are: `rows` of the letters, in groups numbered from 0."""
    count = group.max() + 1
    sizes = np.bincount(group, minlength=count)
    mean = np.stack([np.bincount(group, vectors[rows, channel], count) / sizes for channel in range(vectors.shape[1])], axis=1)
    skew = np.arctan2(mean[:, 2], mean[:, 1]) / 4
    more = {
        "score": np.bincount(group, letters["score"][rows], count) / sizes,
        "boxes": enclose(corners_of(letters["boxes"][rows], letters["skew"][rows]), skew, group),
        "skew": skew,
        "link": sigmoid(mean[:, 0]),
        "quarters": log_softmax(mean[:, 3:]),
    }
    return {name: np.concatenate([words[name], more[name]]) for name in more}


def connect(a, b, count):
    """A number for each of `count`, equal for those that hang together by pairs `a[i]`, `b[i]`."""
    labels = np.arange(count)
    for _ in range(ROUNDS):
        least = labels.copy()
        np.minimum.at(least, a, labels[b])
        np.minimum.at(least, b, labels[a])
        labels = least[least]
    return labels


def run_down(letters, text, skew, quarter, boxes):
    """Which texts are columns, characters one below the other as they are read: bool `(texts,)`.

    text: of each character. boxes: of the texts, in the page turned by their skew. A column's box is tall too, so that a stray character
    above a word makes it none. Of a single character, in one piece or two, and of a square box it is not known: there it is what most of
    the page is."""
    centre, rows = letters["centre"][:, None], np.arange(len(skew))
    low, high = np.full((2, 2, len(skew)), np.inf)
    for axis, values in enumerate(along_axes(centre, (skew + quarter * (np.pi / 2))[text])):
        np.minimum.at(low[axis], text, values[:, 0])
        np.minimum.at(high[axis], text, -values[:, 0])
    along, across = np.where(np.isfinite(low), -high - low, 0)
    sides = sizes_of(boxes)
    wide, tall = sides[rows, quarter % 2], sides[rows, 1 - quarter % 2]
    known = (np.maximum(along, across) > APART * np.minimum(wide, tall)) & (np.maximum(wide, tall) > OBLONG * np.minimum(wide, tall))
    return np.where(known, (across > COLUMN * along) & (tall > wide), across.sum() > COLUMN * along.sum())


def fit_ends(words, letters, owner, axis):
    """The boxes of the words; of long ones the ends along their axis, 0 or 1, are where their characters end.

    From its middle the ends of a long word are seen badly, and its characters see them well. They are believed where they fill at least
    FULL of the word. For short words a missing character is likelier than a wrong box."""
    boxes, rows = words["boxes"].copy(), np.arange(len(words["boxes"]))
    heights = np.maximum(sizes_of(boxes)[rows, 1 - axis], 0)
    low, high, filled = np.full(len(rows), np.inf), np.full(len(rows), np.inf), np.zeros(len(rows))
    each, mine = np.arange(len(owner)), axis[owner]
    begin, end = letters["boxes"][each, mine], letters["boxes"][each, 2 + mine]
    np.minimum.at(low, owner, begin)
    np.minimum.at(high, owner, -end)
    np.add.at(filled, owner, end - begin)
    length = np.where(np.isfinite(low), -high - low, 0)
    fits = (filled >= FULL * length) & (length > LONG * heights)
    boxes[rows[fits], axis[fits]], boxes[rows[fits], 2 + axis[fits]] = low[fits], -high[fits]
    return boxes


def join_words(words, quarter, size, min_link):
    """A number for each word, equal for those of one segment.

    quarter: the way that each word runs. min_link: from the end of a word that is linked as surely it is followed by the first one met
    along the text, of nearly its height and direction or the opposite one; with infinity no word is. Those that lie on the middle of
    another are parts of it: a long word can have two peaks. Which end of a lone word comes first is often mistaken, its axis hardly
    ever."""
    boxes, rows = words["boxes"], np.arange(len(words["boxes"]))
    sizes = sizes_of(boxes)
    heights, lengths = sizes[rows, 1 - quarter % 2], sizes[rows, quarter % 2]
    angle = words["skew"] + quarter * (np.pi / 2)
    along = np.column_stack([np.cos(angle), np.sin(angle)])
    middles = corners_of(boxes, words["skew"]).mean(axis=1)
    inner = np.maximum(lengths - 2 * STRIDE, 0)  # the cells at the ends may be a neighbour's
    ahead = np.column_stack([lengths[:, None] / 2 + heights[:, None] * GAPS, inner[:, None] * INSIDE])
    met = look_up(paint(boxes, words["skew"], size), middles[:, None] + ahead[..., None] * along[:, None])
    met = np.where(met == rows[:, None], -1, met)  # (n, gaps and places inside)
    after, within = met[:, : len(GAPS)], met[:, len(GAPS) :]
    gap = (after >= 0).argmax(axis=1)
    following = np.where(words["link"] >= np.where(GAPS[gap] <= NEAR, UNSURE, 1) * min_link, after[rows, gap], -1)
    ours, theirs = np.tile(rows, 1 + len(INSIDE)), np.concatenate([following, within.T.ravel()])
    ours, theirs = ours[theirs >= 0], theirs[theirs >= 0]
    offset = middles[theirs] - middles[ours]
    level = np.abs(offset[:, 0] * along[ours, 1] - offset[:, 1] * along[ours, 0]) <= heights[ours] / 2
    alike = np.maximum(heights[ours], heights[theirs]) <= ALIKE * np.minimum(heights[ours], heights[theirs])
    fits = level & alike & (np.abs((along[ours] * along[theirs]).sum(axis=1)) > PARALLEL)
    return connect(ours[fits], theirs[fits], len(rows))


def page_quarters(words):
    """How likely each quarter turn is on the page: the mean of its words, each by its length in characters."""
    lengths = in_characters(words)
    return (lengths[:, None] * np.exp(words["quarters"])).sum(axis=0) / max(lengths.sum(), 1e-9)


def page_votes(words):
    """What the page says for each quarter turn of a text `(4,)`: its axis counts PRIOR, the way along it WAY_UP more."""
    sure = np.log(page_quarters(words) + 1e-3)
    return PRIOR * sure + WAY_UP * np.minimum(sure - np.roll(sure, 2), 0)


def in_characters(words):
    sizes = np.maximum(sizes_of(words["boxes"]), 1e-3)
    return np.minimum(sizes.max(axis=1) / sizes.min(axis=1), 100)


def vote_quarters(words, segment, count):
    """The quarter turn of each text: its words vote, each by its length, and the page's words together beside them."""
    votes = np.tile(page_votes(words), (count, 1))
    np.add.at(votes, segment, in_characters(words)[:, None] * words["quarters"])
    return votes.argmax(axis=1)


def straighten(words, lengths, segment, skew):
    """The skew of each text, `skew` `(texts,)`, once the line through the middles of its words has been laid.

    The middles say it the better the farther they lie apart: where they spread BASELINE heights, it turns half the way. The maps see a
    slight skew as none, and over a long text that is the height of a line or more."""
    u, v = along_axes(corners_of(words["boxes"], words["skew"]).mean(axis=1)[:, None], skew[segment])
    count, heights = len(skew), np.maximum(sizes_of(words["boxes"]).min(axis=1), 1e-3)
    weights = np.bincount(segment, lengths, count)

    def mean(values):
        return np.bincount(segment, lengths * values, count) / weights

    u, v = u[:, 0] - mean(u[:, 0])[segment], v[:, 0] - mean(v[:, 0])[segment]
    uu, vv, uv, trust = mean(u * u), mean(v * v), mean(u * v), (BASELINE * mean(heights)) ** 2
    return skew + np.where(uu >= vv, 1, -1) * np.arctan2(uv, np.maximum(uu, vv) + trust)


def turned_to(skew, words):
    """Quads of the words `(n, 4, 2)`, each turned about its middle to a skew `(n,)`."""
    sizes, middles = sizes_of(words["boxes"]) / 2, corners_of(words["boxes"], words["skew"]).mean(axis=1)
    swapped = np.round((words["skew"] - skew) / (np.pi / 2)) % 2 == 1
    half = np.where(swapped[:, None], sizes[:, ::-1], sizes)
    return middles[:, None] + corners_of(np.concatenate([-half, half], axis=1), skew)


def split_letters(letters, skew, quarter, runs, text, scale):
    """Characters for each text, object `(texts,)`, in the order of reading."""
    quads = turn_corners(corners_of(letters["boxes"], letters["skew"]), quarter[text]) * scale
    direction = skew + runs * (np.pi / 2)
    along = (letters["centre"] * np.column_stack([np.cos(direction), np.sin(direction)])[text]).sum(axis=1)
    order = np.lexsort((along, text))
    counts = np.bincount(text, minlength=len(skew))
    ends = np.cumsum(counts)
    quads, scores = quads[order].astype(np.float32), letters["score"][order].astype(np.float32)
    characters = np.empty(len(skew), object)
    for row, (first, last) in enumerate(zip(ends - counts, ends, strict=True)):
        characters[row] = Characters(quads[first:last], scores[first:last])
    return characters


def sigmoid(logits):
    return 0.5 + np.tanh(logits / 2) / 2


def log_softmax(logits):
    logits = logits - logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
