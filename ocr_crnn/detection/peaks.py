"""From the maps of the anchor-free detector to texts: cells above their neighbours are texts. NumPy; nothing is suppressed afterwards.

Words and characters are read at peaks of centerness, each character joins the word that it looks for, and words that are linked become
segments. Coordinates are pixels as the network sees them until the end. What of the maps is not finite is no text.
"""

from dataclasses import dataclass

import numpy as np

from ocr_crnn.detection.centers import CHARACTER, LINK, STRIDE, WORD
from ocr_crnn.detection.decoders import Instances, register_decoder
from ocr_crnn.detection.gathering import (
    add_orphans,
    find_owners,
    fit_ends,
    join_words,
    log_softmax,
    paint,
    run_down,
    sigmoid,
    split_letters,
    straighten,
    turned_to,
    vote_quarters,
)
from ocr_crnn.detection.turned_boxes import along_axes, corners_of, enclose, sizes_of, turn_corners
from ocr_crnn.untrusted.settings import check_choice, check_number

MOST_WORDS, MOST_CHARACTERS = 10_000, 50_000  # of a page, the surest: maps of noise have as many peaks as a ninth of their cells
NEAREST, LONGEST = -2.0, 7.0  # logarithms of 1 + the distance to a side in cells
OUTWARDS = np.array([-1.0, -1.0, 1.0, 1.0])  # of a box: left, top, right, bottom
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
        if (owner < 0).any():
            vectors = finite(maps[letters["y"] // 2, letters["x"] // 2, LINK:WORD])
            fit_letters(letters, np.arctan2(vectors[:, 2], vectors[:, 1]) / 4)
            words, owner = add_orphans(vectors, words, letters, owner, ids)
        fit_letters(letters, words["skew"][owner])
        count = len(words["score"])
        quarter = vote_quarters(words, np.arange(count), count)
        quarter = (quarter + run_down(letters, owner, words["skew"], quarter, words["boxes"])) % 4  # the way that the text runs
        words["boxes"] = fit_ends(words, letters, owner, quarter % 2)
        segment = join_words(words, quarter, ids.shape, self.min_link if self.granularity == "segment" else np.inf)
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
        skew = straighten(words, lengths, segment, skew)
        boxes = enclose(turned_to(skew[segment], words), skew, segment)
        quarter = vote_quarters(words, segment, count)
        kept = np.flatnonzero(sizes_of(boxes).min(axis=1, initial=np.inf) >= self.min_height_px)
        quads = turn_corners(corners_of(boxes, skew), quarter)[kept] * scale
        runs = quarter + run_down(letters, segment[owner], skew, quarter, boxes)
        characters = split_letters(letters, skew, quarter, runs, segment[owner], scale)
        return Instances(quads.astype(np.float32), mean(words["score"]).astype(np.float32)[kept], characters[kept], self.directed)


def find_peaks(logits, least, most):
    """Cells of a map `(height, width)` with a probability of at least `least` that no neighbour is above: (y, x), at most `most`.

    Of equal neighbours the first in reading order is the peak, as if the map sank a little from each cell to the next."""
    least = np.float32(np.log(max(least, 1e-6) / max(1 - least, 1e-6)))
    wide = logits.shape[1] + 2
    around = np.full((logits.shape[0] + 2, wide), -np.inf, np.float32)
    around[1:-1, 1:-1] = logits
    around = around.ravel()
    places = np.flatnonzero(around >= least)
    for number, (dy, dx) in enumerate(SIDE_BY_SIDE):
        if (dy, dx) != (0, 0):
            values, other = around[places], around[places + (dy * wide + dx)]
            places = places[(values > other) if number < 4 else (values >= other)]
    y, x = places // wide - 1, places % wide - 1
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
    distances = np.expm1(np.clip(values[..., :4], NEAREST, LONGEST))
    boxes = mean_boxes(distances, weights, offsets, np.column_stack([x, y]) + 0.5, skew) * STRIDE
    link, quarters = sigmoid(mean[:, 0]), log_softmax(mean[:, 3:])
    return {"score": sigmoid(maps[y, x, 0]), "boxes": boxes, "skew": skew, "link": link, "quarters": quarters}


def read_letters(maps, least):
    """The characters: score, y, x of their cells of two pixels, centre `(n, 2)`, and vote `(n, 2)`, where their word is, in pixels.

    Besides what `fit_letters` wants: distances `(n, 9, 4)` to the sides in cells, weights and offsets of `neighbours`."""
    height, width = maps.shape[:2]
    fine = np.empty((height, 2, width, 2), np.float32)
    for number in range(4):  # copied one by one, which is twice as fast as a transposition
        fine[:, number // 2, :, number % 2] = maps[..., WORD + number * CHARACTER]
    fine = fine.reshape(2 * height, 2 * width)
    y, x = find_peaks(fine, least, MOST_CHARACTERS)
    flat, channels = maps.reshape(-1), maps.shape[-1]
    values = finite(flat[letter_places(y, x, width, channels)[:, None] + np.arange(5, CHARACTER)])
    centre = np.column_stack([x, y]) + 0.5
    vote = np.sign(values) * np.expm1(np.minimum(np.abs(values), LONGEST))
    near, weights, offsets = neighbours(y, x, fine.shape, fine)
    places = letter_places(*np.divmod(near, 2 * width), width, channels)
    distances = np.expm1(np.clip(finite(flat[places[..., None] + np.arange(1, 5)]), NEAREST, LONGEST))
    return {
        "score": sigmoid(fine[y, x]),
        "y": y,
        "x": x,
        "centre": centre * STRIDE / 2,
        "vote": (centre + vote) * STRIDE / 2,
        "distances": distances,
        "weights": weights,
        "offsets": offsets,
    }


def letter_places(y, x, width, channels):
    """Where in flat maps the channels of a cell of characters begin."""
    return ((y // 2) * width + x // 2) * channels + WORD + ((y % 2) * 2 + x % 2) * CHARACTER


def fit_letters(letters, skew):
    """Boxes of the characters in the page turned by their words' skew."""
    cells = STRIDE / 2
    letters["skew"] = skew
    letters["boxes"] = mean_boxes(letters["distances"], letters["weights"], letters["offsets"], letters["centre"] / cells, skew) * cells


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


def mean_boxes(distances, weights, offsets, centres, skew):
    """Sides that several cells measure, brought together: left, top, right, bottom `(n, 4)` in cells of the page turned by the skew.

    distances: `(n, 9, 4)` in cells. centres: `(n, 2)` of the middle cells. Every cell tells where a side is, so one that is wrong
    does not move a box far. Their places and their distances have one mean each, of which the sides are sums."""
    u, v = along_axes((centres + weights @ offsets)[:, None], skew)  # (n, 1)
    return np.concatenate([u, v, u, v], axis=1) + (weights[:, None] @ distances)[:, 0] * OUTWARDS


def finite(values):
    """What no map of a text says is 0, or as far as one may go."""
    return np.clip(np.nan_to_num(values), -100, 100)
