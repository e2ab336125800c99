"""Texts of the anchor-free detector's maps in graph: the twin of detection/peaks.py and gathering.py, which say what each function does.

All is float32 here.
"""

import numpy as np
import tensorflow as tf

from ocr_crnn.detection import gathering, peaks
from ocr_crnn.detection.centers import CHARACTER, COLUMN, LINK, STRIDE, WORD
from ocr_crnn.detection.peaks import LONGEST, NEAREST, SIDE_BY_SIDE

QUARTER = np.float32(np.pi / 2)


def decode_peaks(maps, decoder, scale):
    """float32 `(height, width, 40)` → (quads `(n, 4, 2)`, scores `(n,)`) of texts, (quads, scores, texts `(m,)`) of their characters, and
    which texts are high enough, bool `(n,)`. Quads are divided by `scale`. decoder: a PeakDecoder."""
    size = tf.shape(maps)[:2]
    words = read_words(maps, decoder.min_score)
    letters = read_letters(maps, decoder.min_character_score)
    owner = find_owners(letters, paint(words["boxes"], words["skew"], size))
    words, owner = add_orphans(maps, words, letters, owner)
    letters |= fit_letters(maps, letters, tf.gather(words["skew"], owner))
    quarter = tf.argmax(in_characters(words)[:, None] * words["quarters"] + page_votes(words), axis=1, output_type=tf.int32)
    quarter = (quarter + tf.cast(run_down(letters, owner, words, quarter), tf.int32)) % 4
    words["boxes"] = fit_ends(words, letters, owner, quarter % 2)
    segment = tf.unique(join_words(words, quarter, size, decoder.min_link if decoder.granularity == "segment" else np.inf)).idx
    return gather(words, letters, owner, segment, decoder.min_height_px, scale)


def gather(words, letters, owner, segment, min_height_px, scale):
    count = tf.reduce_max(tf.concat([[-1], segment], axis=0)) + 1
    lengths = tf.maximum(tf.reduce_max(sizes_of(words["boxes"]), axis=1), 1e-3)
    weights = tf.math.unsorted_segment_sum(lengths, segment, count)

    def mean(values):
        return tf.math.unsorted_segment_sum(lengths * values, segment, count) / weights

    skew = tf.atan2(mean(tf.sin(4 * words["skew"])), mean(tf.cos(4 * words["skew"]))) / 4
    skew = straighten(words, lengths, segment, skew)
    boxes = enclose(turned_to(tf.gather(skew, segment), words), skew, segment, count)
    votes = tf.math.unsorted_segment_sum(in_characters(words)[:, None] * words["quarters"], segment, count)
    quarter = tf.argmax(votes + page_votes(words), axis=1, output_type=tf.int32)
    kept = tf.reduce_min(sizes_of(boxes), axis=1) >= min_height_px
    quads = turn_corners(corners_of(boxes, skew), quarter) / tf.cast(scale, tf.float32)
    text = tf.gather(segment, owner)
    runs = quarter + tf.cast(run_down(letters, text, {"skew": skew, "boxes": boxes}, quarter), tf.int32)
    return (quads, mean(words["score"])), split_letters(letters, skew, quarter, runs, text, scale), kept


def straighten(words, lengths, text, skew):
    count = tf.size(skew)
    weights = tf.math.unsorted_segment_sum(lengths, text, count)

    def mean(values):
        return tf.math.unsorted_segment_sum(lengths * values, text, count) / weights

    middles = tf.reduce_mean(corners_of(words["boxes"], words["skew"]), axis=1)[:, None]
    heights = tf.maximum(tf.reduce_min(sizes_of(words["boxes"]), axis=1), 1e-3)
    u, v = (values[:, 0] - tf.gather(mean(values[:, 0]), text) for values in along_axes(middles, tf.gather(skew, text)))
    uu, vv, uv = mean(u * u), mean(v * v), mean(u * v)
    turn = tf.atan2(uv, tf.maximum(uu, vv) + (gathering.BASELINE * mean(heights)) ** 2)
    return skew + tf.where(uu >= vv, turn, -turn)


def turned_to(skew, words):
    half, middles = sizes_of(words["boxes"]) / 2, tf.reduce_mean(corners_of(words["boxes"], words["skew"]), axis=1)
    swapped = tf.cast(tf.round((words["skew"] - skew) / QUARTER), tf.int32) % 2 == 1
    half = tf.where(swapped[:, None], half[:, ::-1], half)
    return middles[:, None] + corners_of(tf.concat([-half, half], axis=1), skew)


def split_letters(letters, skew, quarter, runs, text, scale):
    """(quads, scores, texts), text by text in the order of reading."""
    quads = turn_corners(corners_of(letters["boxes"], letters["skew"]), tf.gather(quarter, text)) / tf.cast(scale, tf.float32)
    direction = tf.gather(skew + tf.cast(runs, tf.float32) * QUARTER, text)
    along = tf.reduce_sum(letters["centre"] * tf.stack([tf.cos(direction), tf.sin(direction)], axis=1), axis=1)
    order = tf.argsort(along, stable=True)
    order = tf.gather(order, tf.argsort(tf.gather(text, order), stable=True))
    return tuple(tf.gather(column, order) for column in (quads, letters["score"], text))


def find_peaks(logits, least, most):
    """(y, x), int32, in reading order."""
    least = np.float32(np.log(max(least, 1e-6) / max(1 - least, 1e-6)))
    y, x = tf.unstack(tf.cast(tf.where(logits >= least), tf.int32), axis=1)
    around = tf.pad(logits, [[1, 1], [1, 1]], constant_values=-np.inf)
    values = at(logits, y, x)
    peak = tf.ones_like(values, tf.bool)
    for place, (dy, dx) in enumerate(SIDE_BY_SIDE):
        if (dy, dx) != (0, 0):
            other = at(around, y + 1 + dy, x + 1 + dx)
            peak &= values > other if place < 4 else values >= other
    y, x, values = (tf.boolean_mask(column, peak) for column in (y, x, values))
    surest = tf.sort(tf.math.top_k(values, tf.minimum(most, tf.size(values))).indices)
    return tf.gather(y, surest), tf.gather(x, surest)


def at(values, y, x):
    return tf.gather(tf.reshape(values, [-1]), y * tf.shape(values)[1] + x)


def read_words(maps, least):
    y, x = find_peaks(maps[..., 0], least, peaks.MOST_WORDS)
    near, weights, offsets = neighbours(y, x, maps[..., 0])
    values = finite(tf.gather(tf.reshape(maps[..., 1:WORD], [-1, WORD - 1]), near))  # (n, 9, 11)
    mean = tf.reduce_sum(weights[..., None] * values[..., LINK - 1 :], axis=1)
    skew = tf.atan2(mean[:, 2], mean[:, 1]) / 4
    boxes = mean_boxes(values[..., :4], weights, offsets, centres_of(y, x), skew) * STRIDE
    return {
        "score": tf.sigmoid(at(maps[..., 0], y, x)),
        "boxes": boxes,
        "skew": skew,
        "link": tf.sigmoid(mean[:, 0]),
        "quarters": tf.nn.log_softmax(mean[:, 3:]),
    }


def read_letters(maps, least):
    height, width = tf.unstack(tf.shape(maps)[:2])
    folded = tf.reshape(maps[..., WORD:], [height, width, 2, 2, CHARACTER])
    fine = tf.reshape(tf.transpose(folded, [0, 2, 1, 3, 4]), [2 * height, 2 * width, CHARACTER])
    y, x = find_peaks(fine[..., 0], least, peaks.MOST_CHARACTERS)
    values = finite(tf.gather(tf.reshape(fine[..., 5:], [-1, 2]), y * 2 * width + x))
    centre = centres_of(y, x)
    vote = tf.sign(values) * tf.math.expm1(tf.minimum(tf.abs(values), LONGEST))
    score = tf.sigmoid(at(fine[..., 0], y, x))
    return {"score": score, "y": y, "x": x, "fine": fine, "centre": centre * STRIDE / 2, "vote": (centre + vote) * STRIDE / 2}


def fit_letters(maps, letters, skew):
    fine = letters["fine"]
    near, weights, offsets = neighbours(letters["y"], letters["x"], fine[..., 0])
    values = finite(tf.gather(tf.reshape(fine[..., 1:5], [-1, 4]), near))
    return {"skew": skew, "boxes": mean_boxes(values, weights, offsets, letters["centre"] * 2 / STRIDE, skew) * STRIDE / 2}


def centres_of(y, x):
    return tf.cast(tf.stack([x, y], axis=1), tf.float32) + 0.5


def neighbours(y, x, logits):
    size = tf.shape(logits)
    dy, dx = np.array(SIDE_BY_SIDE, np.int32).T
    rows, columns = y[:, None] + dy, x[:, None] + dx
    inside = (rows >= 0) & (rows < size[0]) & (columns >= 0) & (columns < size[1])
    near = tf.where(inside, rows * size[1] + columns, (y * size[1] + x)[:, None])
    chances = tf.gather(tf.reshape(logits, [-1]), near)
    chances = tf.sigmoid(tf.where(tf.math.is_nan(chances), -50.0, chances))
    weights = tf.where(inside, chances, 0.0)
    weights = tf.where(weights >= weights[:, 4:5] / 2, weights, 0.0)
    return near, weights / tf.maximum(tf.reduce_sum(weights, axis=1, keepdims=True), 1e-9), np.stack([dx, dy], axis=1).astype(np.float32)


def mean_boxes(sides, weights, offsets, centres, skew):
    distances = tf.math.expm1(tf.clip_by_value(sides, NEAREST, LONGEST))
    u, v = along_axes(centres[:, None] + offsets, skew)
    absolute = [u - distances[..., 0], v - distances[..., 1], u + distances[..., 2], v + distances[..., 3]]
    return tf.reduce_sum(weights[..., None] * tf.stack(absolute, axis=-1), axis=1)


def along_axes(points, skew):
    cos, sin = tf.cos(skew)[:, None], tf.sin(skew)[:, None]
    return points[..., 0] * cos + points[..., 1] * sin, points[..., 1] * cos - points[..., 0] * sin


def corners_of(boxes, skew):
    corners = tf.stack([tf.gather(boxes, [0, 2, 2, 0], axis=1), tf.gather(boxes, [1, 1, 3, 3], axis=1)], axis=-1)
    return tf.stack(along_axes(corners, -skew), axis=-1)


def turn_corners(quads, quarter):
    return tf.gather(quads, (tf.range(4) + quarter[:, None]) % 4, axis=1, batch_dims=1)


def sizes_of(boxes):
    return boxes[:, 2:] - boxes[:, :2]


def finite(values):
    return tf.clip_by_value(tf.where(tf.math.is_nan(values), 0.0, values), -100.0, 100.0)


def paint(boxes, skew, size, ids=None, names=None):
    names = tf.range(tf.shape(boxes)[0]) if names is None else names
    boxes = boxes / STRIDE
    between = tf.where(tf.abs(skew) < gathering.STRAIGHT, 1.0, gathering.STEP)[:, None]
    steps = tf.cast(tf.math.ceil(tf.clip_by_value(sizes_of(boxes), 0.0, 1e5) / between), tf.int64) + 1
    counts = tf.reduce_prod(steps, axis=1)
    order = tf.argsort(counts, direction="DESCENDING", stable=True)
    most = gathering.COVERED * (tf.cast(tf.reduce_prod(size), tf.float64) / gathering.STEP**2 + 1000)
    order = tf.boolean_mask(order, tf.cast(tf.cumsum(tf.gather(counts, order), reverse=True), tf.float64) <= most)
    steps, counts = tf.gather(steps, order), tf.gather(counts, order)
    rank = tf.repeat(tf.range(tf.size(order)), counts)
    place = tf.range(tf.reduce_sum(counts)) - tf.gather(tf.cumsum(counts, exclusive=True), rank)
    across = tf.gather(steps[:, 0], rank)
    parts = tf.cast(tf.stack([place % across, place // across], axis=1), tf.float32)
    rows = tf.gather(order, rank)
    parts /= tf.cast(tf.maximum(tf.gather(steps, rank) - 1, 1), tf.float32)
    own = tf.gather(boxes, rows)
    x, y = along_axes((own[:, :2] + sizes_of(own) * parts)[:, None], -tf.gather(skew, rows))
    x, y = (tf.cast(tf.floor(tf.clip_by_value(values[:, 0], -1e6, 1e6)), tf.int32) for values in (x, y))
    cells = tf.where((x >= 0) & (x < size[1]) & (y >= 0) & (y < size[0]), y * size[1] + x, -1)  # −1 is dropped
    top = tf.math.unsorted_segment_max(rank, cells, size[0] * size[1])
    names = tf.concat([tf.gather(names, order), [-1]], axis=0)
    painted = tf.reshape(tf.gather(names, tf.where(top >= 0, top, tf.size(names) - 1)), size)
    return painted if ids is None else tf.where(ids < 0, painted, ids)


def look_up(ids, points):
    size = tf.shape(ids)
    x, y = tf.unstack(tf.cast(tf.floor(tf.clip_by_value(points, -1e6, 1e6) / STRIDE), tf.int32), axis=-1)
    inside = (x >= 0) & (x < size[1]) & (y >= 0) & (y < size[0])
    return tf.where(inside, at(ids, tf.clip_by_value(y, 0, size[0] - 1), tf.clip_by_value(x, 0, size[1] - 1)), -1)


def find_owners(letters, ids):
    owner = look_up(ids, letters["vote"])
    return tf.where(owner < 0, look_up(ids, letters["centre"]), owner)


def add_orphans(maps, words, letters, owner):
    size = tf.shape(maps)[:2]

    def add():
        vectors = finite(tf.gather(tf.reshape(maps[..., LINK:WORD], [-1, WORD - LINK]), letters["y"] // 2 * size[1] + letters["x"] // 2))
        fitted = fit_letters(maps, letters, tf.atan2(vectors[:, 2], vectors[:, 1]) / 4)
        step = tf.reduce_max(sizes_of(fitted["boxes"]), axis=1, keepdims=True) * np.float32([-0.25, -0.25, 0.25, 0.25])
        wide, skew = fitted["boxes"] + step, fitted["skew"]
        ids, known, joined = paint(words["boxes"], words["skew"], size), owner, owner >= 0
        for _ in range(gathering.ROUNDS):
            rows = tf.where(joined)[:, 0]
            ids = paint(tf.gather(wide, rows), tf.gather(skew, rows), size, ids, tf.gather(known, rows))
            found = tf.where(known < 0, look_up(ids, letters["vote"]), known)
            joined, known = (known < 0) & (found >= 0), found
        lost = tf.where(known < 0)[:, 0]
        seen = look_up(paint(tf.gather(wide, lost), tf.gather(skew, lost), size), tf.gather(letters["vote"], lost))
        pointing = tf.cast(tf.where(seen >= 0)[:, 0], tf.int32)
        labels = connect(pointing, tf.gather(seen, pointing), tf.size(lost))
        group, count = tf.unique(labels).idx, tf.size(tf.unique(labels).y)
        known = tf.tensor_scatter_nd_update(known, lost[:, None], tf.size(words["score"]) + group)
        mean = tf.math.unsorted_segment_mean(tf.gather(vectors, lost), group, count)
        own = tf.atan2(mean[:, 2], mean[:, 1]) / 4
        more = {
            "score": tf.math.unsorted_segment_mean(tf.gather(letters["score"], lost), group, count),
            "boxes": enclose(corners_of(tf.gather(fitted["boxes"], lost), tf.gather(skew, lost)), own, group, count),
            "skew": own,
            "link": tf.sigmoid(mean[:, 0]),
            "quarters": tf.nn.log_softmax(mean[:, 3:]),
        }
        return {name: tf.concat([words[name], more[name]], axis=0) for name in words}, known

    return tf.cond(tf.reduce_any(owner < 0), add, lambda: (words, owner))


def connect(a, b, count):
    labels = tf.range(count)
    for _ in range(gathering.ROUNDS):
        least = tf.minimum(labels, tf.math.unsorted_segment_min(tf.gather(labels, b), a, count))
        least = tf.minimum(least, tf.math.unsorted_segment_min(tf.gather(labels, a), b, count))
        labels = tf.gather(least, least)
    return labels


def enclose(quads, skew, group, count):
    u, v = along_axes(quads, tf.gather(skew, group))
    ends = tf.stack([*(tf.reduce_min(one, axis=1) for one in (u, v)), *(-tf.reduce_max(one, axis=1) for one in (u, v))], axis=1)
    low = tf.math.unsorted_segment_min(ends, group, count)
    return tf.concat([low[:, :2], -low[:, 2:]], axis=1)


def extents(begin, end, owner, count):
    """From where to where several reach together `(count,)`, and whether there is any."""
    any_of = tf.math.unsorted_segment_sum(tf.ones_like(begin), owner, count) > 0
    return tf.math.unsorted_segment_min(begin, owner, count), tf.math.unsorted_segment_max(end, owner, count), any_of


def run_down(letters, text, words, quarter):
    count = tf.size(quarter)
    spread = []
    for values in along_axes(letters["centre"][:, None], tf.gather(words["skew"] + tf.cast(quarter, tf.float32) * QUARTER, text)):
        low, high, known = extents(values[:, 0], values[:, 0], text, count)
        spread.append(tf.where(known, high - low, 0.0))
    along, across = spread
    wide, tall = (tf.gather(sizes_of(words["boxes"]), axis, axis=1, batch_dims=1) for axis in (quarter % 2, 1 - quarter % 2))
    short, long = tf.minimum(wide, tall), tf.maximum(wide, tall)
    known = (tf.maximum(along, across) > gathering.APART * short) & (long > gathering.OBLONG * short)
    most = tf.reduce_sum(across) > COLUMN * tf.reduce_sum(along)
    return tf.where(known, (across > COLUMN * along) & (tall > wide), most)


def fit_ends(words, letters, owner, axis):
    boxes, count = words["boxes"], tf.shape(words["boxes"])[0]
    heights = tf.maximum(tf.gather(sizes_of(boxes), 1 - axis, axis=1, batch_dims=1), 0.0)
    mine = tf.gather(axis, owner)
    begin, end = (tf.gather(letters["boxes"], mine + first, axis=1, batch_dims=1) for first in (0, 2))
    low, high, known = extents(begin, end, owner, count)
    filled = tf.math.unsorted_segment_sum(end - begin, owner, count)
    fits = known & (filled >= gathering.FULL * (high - low)) & (high - low > gathering.LONG * heights)
    sides = tf.one_hot(axis, 4, True, False) | tf.one_hot(axis + 2, 4, True, False)
    ends = tf.stack([low, low, high, high], axis=1)
    return tf.where(sides & fits[:, None], ends, boxes)


def join_words(words, quarter, size, min_link):
    boxes = words["boxes"]
    rows = tf.range(tf.shape(boxes)[0])
    heights, lengths = (tf.gather(sizes_of(boxes), axis, axis=1, batch_dims=1)[:, None] for axis in (1 - quarter % 2, quarter % 2))
    angle = words["skew"] + tf.cast(quarter, tf.float32) * QUARTER
    along = tf.stack([tf.cos(angle), tf.sin(angle)], axis=1)
    middles = tf.reduce_mean(corners_of(boxes, words["skew"]), axis=1)
    gaps, inside = gathering.GAPS.astype(np.float32), gathering.INSIDE.astype(np.float32)
    ahead = tf.concat([lengths / 2 + heights * gaps, tf.maximum(lengths - 2 * STRIDE, 0) * inside], axis=1)
    met = look_up(paint(boxes, words["skew"], size), middles[:, None] + ahead[..., None] * along[:, None])
    met = tf.where(met == rows[:, None], -1, met)
    after, within = met[:, : len(gaps)], met[:, len(gaps) :]
    gap = tf.argmax(tf.cast(after >= 0, tf.int32), axis=1)
    least = np.where(gathering.GAPS <= gathering.NEAR, gathering.UNSURE, 1).astype(np.float32) * np.float32(min_link)
    following = tf.where(words["link"] >= tf.gather(least, gap), tf.gather(after, gap, axis=1, batch_dims=1), -1)
    ours, theirs = tf.tile(rows, [1 + len(inside)]), tf.concat([following, tf.reshape(tf.transpose(within), [-1])], axis=0)
    ours, theirs = tf.boolean_mask(ours, theirs >= 0), tf.boolean_mask(theirs, theirs >= 0)
    heights = heights[:, 0]
    offset, own, other = tf.gather(middles, theirs) - tf.gather(middles, ours), tf.gather(heights, ours), tf.gather(heights, theirs)
    ways = tf.gather(along, ours)
    level = tf.abs(offset[:, 0] * ways[:, 1] - offset[:, 1] * ways[:, 0]) <= own / 2
    alike = tf.maximum(own, other) <= gathering.ALIKE * tf.minimum(own, other)
    fits = level & alike & (tf.abs(tf.reduce_sum(ways * tf.gather(along, theirs), axis=1)) > gathering.PARALLEL)
    return connect(tf.boolean_mask(ours, fits), tf.boolean_mask(theirs, fits), tf.size(rows))


def page_quarters(words):
    lengths = in_characters(words)
    return tf.reduce_sum(lengths[:, None] * tf.exp(words["quarters"]), axis=0) / tf.maximum(tf.reduce_sum(lengths), 1e-9)


def page_votes(words):
    sure = tf.math.log(page_quarters(words) + 1e-3)
    return gathering.PRIOR * sure + gathering.WAY_UP * tf.minimum(sure - tf.roll(sure, 2, 0), 0.0)


def in_characters(words):
    sizes = tf.maximum(sizes_of(words["boxes"]), 1e-3)
    return tf.minimum(tf.reduce_max(sizes, axis=1) / tf.reduce_min(sizes, axis=1), 100.0)
