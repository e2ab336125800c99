"""From the maps of the anchor-free detector to texts: cells above their neighbours are texts. NumPy; nothing is suppressed afterwards.

Words and characters are read at peaks of centerness, each character joins the word that it looks for, and words that are linked become
segments. Coordinates are pixels as the network sees them until the end. What of the maps is not finite is no text.
"""

from dataclasses import dataclass

import numpy as np

from ocr_crnn.detection.centers import CHARACTER, COLUMN, LINK, STRIDE, WORD, cells_of_windows
from ocr_crnn.detection.decoders import Instances, register_decoder
from ocr_crnn.page import Characters
from ocr_crnn.untrusted.settings import check_choice, check_number

MOST_WORDS, MOST_CHARACTERS = 10_000, 50_000  # of a page, the surest: maps of noise have as many peaks as a ninth of their cells
NEAREST, LONGEST = -2.0, 7.0  # logarithms of 1 + the distance to a side in cells
COVERED = 4  # times all cells: so many may the boxes of words cover together; those of texts cover each once
STEP, STRAIGHT = 0.75, 0.1  # cells between the points that a box is painted by; below this skew in radians 1 leaves no gaps either
LONG = 3.0  # heights: of a longer word the ends are where its characters end …
FULL = 0.5  # … if they fill so much of it
GAPS = np.linspace(0.05, 3.0, 36)  # heights beyond the end of a word at which the next of its segment is looked for
PRIOR = 3.0  # what the page's direction counts for in that of a text, in characters
ALIKE, PARALLEL = 1.8, 0.9  # words of a segment: how many times as high, and the cosine of the angle between them
ROUNDS = 10
SIDE_BY_SIDE = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]


@register_decoder("peaks")
@dataclass(frozen=True)
class PeakDecoder:
    """Maps of detection/centers.py → rectangles whose first corner is the text's own top-left, with their characters, without spaces.

    min_score: words of less centerness are dropped. min_character_score: characters are.
    min_link: how likely the next word has to be of the same segment.
    min_height_px: texts thinner than this are dropped, in pixels as the network sees them.
    granularity: "segment", or "word": every word is a text.
    """

    min_score: float = 0.4
    min_character_score: float = 0.4
    min_link: float = 0.5
    min_height_px: float = 1.0
    granularity: str = "segment"

    def __post_init__(self):
        for name in ("min_score", "min_character_score", "min_link"):
            check_number(name, getattr(self, name), 0, 1)
        check_number("min_height_px", self.min_height_px, 0, 1000)
        check_choice("granularity", self.granularity, ("segment", "word"))

    exportable = True  # serving/graph_peaks.py has it as TensorFlow operations
    directed = True

    def __call__(self, maps, stride, scale):
        """float32 `(height, width, 40)` → Instances in page pixels."""
        words = read_words(maps, self.min_score)
        letters = read_letters(maps, self.min_character_score)
        ids = paint(words["boxes"], words["skew"], maps.shape[:2])
        owner = find_owners(letters, ids)
        words, owner = add_orphans(maps, words, letters, owner, ids)
        fit_letters(maps, letters, words["skew"][owner])
        quarter = (words["quarters"] + PRIOR * np.log(page_quarters(words) + 1e-3)).argmax(axis=1)
        quarter = (quarter + run_down(letters, owner, words["skew"], quarter)) % 4  # the way that the text runs
        words["boxes"] = fit_ends(words, letters, owner, quarter % 2)
        numbers = np.arange(len(words["score"]))
        segment = join_words(words, quarter, ids.shape, self.min_link) if self.granularity == "segment" else numbers
        return self.gather(words, letters, owner, segment, stride / STRIDE / scale)

    def gather(self, words, letters, owner, segment, scale):
        """Words with equal numbers become one text each."""
        _, segment = np.unique(segment, return_inverse=True)
        count = segment.max(initial=-1) + 1
        lengths = np.maximum(sizes_of(words["boxes"]).max(axis=1), 1e-3)
        weights = np.bincount(segment, lengths, count)

        def mean(values):
            return np.bincount(segment, lengths * values, count) / weights

        skew = np.arctan2(mean(np.sin(4 * words["skew"])), mean(np.cos(4 * words["skew"]))) / 4
        boxes = enclose(corners_of(words["boxes"], words["skew"]), skew, segment)
        quarter = vote_quarters(words, segment, count)
        kept = np.flatnonzero(sizes_of(boxes).min(axis=1, initial=np.inf) >= self.min_height_px)
        quads = turn_corners(corners_of(boxes, skew), quarter)[kept] * scale
        runs = quarter + run_down(letters, segment[owner], skew, quarter)
        characters = split_letters(letters, skew, quarter, runs, segment[owner], scale)
        return Instances(quads.astype(np.float32), mean(words["score"]).astype(np.float32)[kept], characters[kept], self.directed)


def find_peaks(logits, least, most):
    """Cells of a map `(height, width)` with a probability of at least `least` that no neighbour is above: (y, x), at most `most`.

    Of equal neighbours the first in reading order is the peak, as if the map sank a little from each cell to the next."""
    least = np.float32(np.log(max(least, 1e-6) / max(1 - least, 1e-6)))
    y, x = np.nonzero(logits >= least)
    around = np.full((logits.shape[0] + 2, logits.shape[1] + 2), -np.inf, np.float32)
    around[1:-1, 1:-1] = logits
    values, peak = logits[y, x], np.ones(len(y), bool)
    for place, (dy, dx) in enumerate(SIDE_BY_SIDE):
        if (dy, dx) != (0, 0):
            other = around[y + 1 + dy, x + 1 + dx]
            peak &= (values > other) if place < 4 else (values >= other)
    y, x = y[peak], x[peak]
    if len(y) > most:
        surest = np.sort(np.argpartition(-logits[y, x], most)[:most])
        y, x = y[surest], x[surest]
    return y, x


def read_words(maps, least):
    """The words: score, boxes `(n, 4)` in the page turned by their skew, skew, link, logarithms of the quarter turns `(n, 4)`."""
    height, width = maps.shape[:2]
    y, x = find_peaks(maps[..., 0], least, MOST_WORDS)
    near, weights, offsets = neighbours(y, x, (height, width), maps[..., 0])
    values = finite(maps.reshape(-1, maps.shape[-1])[near][..., 1:WORD])  # (n, 9, 11)
    mean = (weights[..., None] * values[..., LINK - 1 :]).sum(axis=1)  # link, skew, quarter turns
    skew = np.arctan2(mean[:, 2], mean[:, 1]) / 4
    boxes = mean_boxes(values[..., :4], weights, offsets, np.column_stack([x, y]) + 0.5, skew) * STRIDE
    link, quarters = sigmoid(mean[:, 0]), log_softmax(mean[:, 3:])
    return {"score": sigmoid(maps[y, x, 0]), "boxes": boxes, "skew": skew, "link": link, "quarters": quarters}


def read_letters(maps, least):
    """The characters: score, y, x of their cells of two pixels, centre `(n, 2)`, and vote `(n, 2)`, where their word is, in pixels."""
    height, width = maps.shape[:2]
    centerness = maps[..., WORD::CHARACTER]  # (height, width, 4)
    fine = np.ascontiguousarray(centerness.reshape(height, width, 2, 2).transpose(0, 2, 1, 3)).reshape(2 * height, 2 * width)
    y, x = find_peaks(fine, least, MOST_CHARACTERS)
    values = finite(maps.reshape(-1)[letter_places(y, x, width, maps.shape[-1])[:, None] + np.arange(5, CHARACTER)])
    centre = np.column_stack([x, y]) + 0.5
    vote = np.sign(values) * np.expm1(np.minimum(np.abs(values), LONGEST))
    return {"score": sigmoid(fine[y, x]), "y": y, "x": x, "fine": fine, "centre": centre * STRIDE / 2, "vote": (centre + vote) * STRIDE / 2}


def letter_places(y, x, width, channels):
    """Where in flat maps the channels of a cell of characters begin."""
    return ((y // 2) * width + x // 2) * channels + WORD + ((y % 2) * 2 + x % 2) * CHARACTER


def fit_letters(maps, letters, skew):
    """Boxes of the characters in the page turned by their words' skew."""
    fine, width = letters["fine"], maps.shape[1]
    near, weights, offsets = neighbours(letters["y"], letters["x"], fine.shape, fine)
    y, x = near // (2 * width), near % (2 * width)
    values = maps.reshape(-1)[letter_places(y, x, width, maps.shape[-1])[..., None] + np.arange(1, 5)]
    letters["skew"] = skew
    letters["boxes"] = mean_boxes(finite(values), weights, offsets, letters["centre"] * 2 / STRIDE, skew) * STRIDE / 2


def neighbours(y, x, size, logits):
    """The cells around some, themselves among them: flat indices `(n, 9)`, how much each counts `(n, 9)`, their places beside it `(9, 2)`.

    They count by centerness; those with less than half of the middle's are another text's, or none's."""
    dy, dx = np.array(SIDE_BY_SIDE).T
    rows, columns = y[:, None] + dy, x[:, None] + dx  # (n, 9)
    inside = (rows >= 0) & (rows < size[0]) & (columns >= 0) & (columns < size[1])
    near = np.where(inside, rows * size[1] + columns, (y * size[1] + x)[:, None])
    weights = np.where(inside, sigmoid(np.nan_to_num(logits[near // size[1], near % size[1]], nan=-50.0)), 0)
    weights = np.where(weights >= weights[:, 4:5] / 2, weights, 0)
    return near, weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9), np.column_stack([dx, dy])


def mean_boxes(sides, weights, offsets, centres, skew):
    """Sides that several cells measure, brought together: left, top, right, bottom `(n, 4)` in cells of the page turned by the skew.

    sides: `(n, 9, 4)`, log(1 + distance). centres: `(n, 2)` of the middle cells. Every cell tells where a side is, so one that is wrong
    does not move a box far."""
    distances = np.expm1(np.clip(sides, NEAREST, LONGEST))
    u, v = along_axes(centres[:, None] + offsets, skew)  # (n, 9)
    absolute = np.stack([u - distances[..., 0], v - distances[..., 1], u + distances[..., 2], v + distances[..., 3]], axis=-1)
    return (weights[..., None] * absolute).sum(axis=1)


def along_axes(points, skew):
    """Points `(n, k, 2)` of the page → their places to the right and down `(n, k)` on the page turned by the skew `(n,)`."""
    cos, sin = np.cos(skew)[:, None], np.sin(skew)[:, None]
    return points[..., 0] * cos + points[..., 1] * sin, points[..., 1] * cos - points[..., 0] * sin


def corners_of(boxes, skew):
    """Boxes `(n, 4)` of the turned page → quads `(n, 4, 2)` on the page."""
    u, v = boxes[:, [0, 2, 2, 0]], boxes[:, [1, 1, 3, 3]]
    return np.stack(along_axes(np.stack([u, v], axis=-1), -skew), axis=-1)


def turn_corners(quads, quarter):
    """The corner that comes first is the upper left one of what is read after so many quarter turns clockwise."""
    return np.take_along_axis(quads, ((np.arange(4) + quarter[:, None]) % 4)[..., None], axis=1)


def sizes_of(boxes):
    return boxes[:, 2:] - boxes[:, :2]


def finite(values):
    """What no map of a text says is 0, or as far as one may go."""
    return np.clip(np.nan_to_num(values), -100, 100)


def log_softmax(logits):
    logits = logits - logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def sigmoid(logits):
    return 0.5 + np.tanh(logits / 2) / 2


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


def add_orphans(maps, words, letters, owner, ids):
    """Characters that found no word join that of those that they look at, round by round; the rest are words of their own.

    Returns the words with these and every character's word."""
    lost = np.flatnonzero(owner < 0)
    if len(lost) == 0:
        return words, owner
    vectors = finite(maps[letters["y"] // 2, letters["x"] // 2, LINK:WORD])  # link, skew, quarter turns
    fit_letters(maps, letters, np.arctan2(vectors[:, 2], vectors[:, 1]) / 4)
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
    group = connect(np.where(seen < 0, np.arange(len(lost)), seen))
    _, group = np.unique(group, return_inverse=True)
    owner[lost] = len(words["score"]) + group
    return add_words(words, letters, vectors, lost, group), owner


def connect(pointers):
    """A number for each of several that point at each other, equal for those that hang together."""
    labels, own = np.arange(len(pointers)), np.arange(len(pointers))
    for _ in range(ROUNDS):
        least = labels.copy()
        np.minimum.at(least, own, labels[pointers])
        np.minimum.at(least, pointers, labels)
        labels = least[least]
    return labels


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


def enclose(quads, skew, group):
    """The boxes around quads `(n, 4, 2)` of the same group on the page turned by the groups' skew `(groups,)` → `(groups, 4)`."""
    left, top, right, bottom = np.full((4, len(skew)), np.inf)
    u, v = along_axes(quads, skew[group])
    for side, values in ((left, u.min(axis=1)), (top, v.min(axis=1)), (right, -u.max(axis=1)), (bottom, -v.max(axis=1))):
        np.minimum.at(side, group, values)
    return np.column_stack([left, top, -right, -bottom])


def run_down(letters, text, skew, quarter):
    """Which texts are columns, characters one below the other as they are read: bool `(texts,)`. Of a single character it is not known:
    there it is what most of the page is. text: of each character."""
    centre, count = letters["centre"][:, None], len(skew)
    low, high = np.full((2, 2, count), np.inf)
    for axis, values in enumerate(along_axes(centre, (skew + quarter * (np.pi / 2))[text])):
        np.minimum.at(low[axis], text, values[:, 0])
        np.minimum.at(high[axis], text, -values[:, 0])
    along, across = np.where(np.isfinite(low), -high - low, 0)
    return np.where(along == across, across.sum() > COLUMN * along.sum(), across > COLUMN * along)


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

    quarter: the way that each word runs. From the end of a word that another follows it is the first one met along the text, of nearly
    its height and direction."""
    boxes, rows = words["boxes"], np.arange(len(words["boxes"]))
    sizes = sizes_of(boxes)
    heights = sizes[rows, 1 - quarter % 2]
    angle = words["skew"] + quarter * (np.pi / 2)
    along = np.column_stack([np.cos(angle), np.sin(angle)])
    quads = turn_corners(corners_of(boxes, words["skew"]), quarter)
    ends, middles = (quads[:, 1] + quads[:, 2]) / 2, quads.mean(axis=1)
    met = look_up(paint(boxes, words["skew"], size), ends[:, None] + (heights[:, None] * GAPS)[..., None] * along[:, None])
    other = (met >= 0) & (met != rows[:, None])
    following = np.where(other.any(axis=1), met[rows, other.argmax(axis=1)], rows)
    offset = middles[following] - middles
    level = np.abs(offset[:, 0] * along[:, 1] - offset[:, 1] * along[:, 0]) <= heights / 2
    alike = np.maximum(heights, heights[following]) <= ALIKE * np.minimum(heights, heights[following])
    linked = (words["link"] >= min_link) & level & alike & ((along * along[following]).sum(axis=1) > PARALLEL)
    before = rows.copy()
    before[following[linked]] = rows[linked]
    for _ in range(ROUNDS):  # from each word to the first of its segment, by steps that double
        before = before[before]
    return before


def page_quarters(words):
    """How likely each quarter turn is on the page: the mean of its words, each by its length in characters."""
    lengths = in_characters(words)
    return (lengths[:, None] * np.exp(words["quarters"])).sum(axis=0) / max(lengths.sum(), 1e-9)


def in_characters(words):
    sizes = np.maximum(sizes_of(words["boxes"]), 1e-3)
    return np.minimum(sizes.max(axis=1) / sizes.min(axis=1), 100)


def vote_quarters(words, segment, count):
    """The quarter turn of each text: its words vote, each by its length, and the page's words together beside them."""
    votes = np.zeros((count, 4)) + PRIOR * np.log(page_quarters(words) + 1e-3)
    np.add.at(votes, segment, in_characters(words)[:, None] * words["quarters"])
    return votes.argmax(axis=1)


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
