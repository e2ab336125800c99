"""Characters of a detector brought to the ink of the page: what no box has claimed is one, what several share is parted, halves are joined.

A network sees a page smaller than it is, and there a full stop or the gap within 11 is less than a cell of its maps. On the page they are
pieces of ink that lie apart. A text becomes a row of spans, pieces that stand one above the other; each is claimed by the box that it lies
in, and boxes become what they have claimed. Then it is asked of the spans

    beside the large ones of a box, is it small?      a mark, a character of its own: 다. 1,
    are they all alike and slim?                       figures or letters, each its own: 11
    is it half as wide as a syllable, and the next one the other half?     one: 이
    is it nobody's?                                    a character that was not seen

All in ems of the text, see text_ink.py, and for all texts at once. Where ink is broken into crumbs, as on faxes, boxes are joined alone.
"""

import cv2
import numpy as np

from ocr_crnn.detection.groups import least_of, quantile_of
from ocr_crnn.detection.spans import LONG, NARROW, are_figures, around, is_beside, is_claimed, is_mark, join_halves, stack, take
from ocr_crnn.detection.text_ink import boxes_in, find_text_pieces, lay_frames, quads_of
from ocr_crnn.detection.turned_boxes import sizes_of
from ocr_crnn.page import Characters

# Lengths in ems and areas in square ems, unless another unit is named. Chosen on pages of `benchmarks/detection.py --seed 20002`.
SAME = 0.5  # of the narrower of two boxes: where so much is shared, one of them is kept …
STACKED, LINES = 0.2, 0.2  # … but where more of a text's boxes lie one above the other, it is several lines, and stays as it is
LINE, OFF = 0.9, 0.1  # a line's least height; how far from it the middle of a piece may lie
SPECK, TALL, RULE_LONG, RULE_THIN = 0.002, 1.35, 2.5, 0.25  # pieces of less area, taller, or longer and thinner are no print
SYLLABLE = 0.6  # width of wide characters of a text of syllables
BROKEN, ODD = 2.5, 1.0  # pieces to a box, and besides
ROUNDS = 8  # of joining halves, for what is in crumbs
LEAST, LEAST_PX, FAINT = 0.12, 2.1, 0.015  # the longer side of a character, in pixels of the page too; the area of one not seen
MOST, NEAR = 1.3, 0.3  # its width, and how far from the others it may lie beyond the ends of its text
OVERFULL, OVERFLOWN, SLACK = 1.35, 1.6, 0.2  # what has claimed more, and times its width more, is as it was seen, and so much wider
SCORE = 0.5  # of characters that were not seen
AT_ONCE = 1 << 22  # points held against texts


def fit_characters(image, quads, characters):
    """uint8 `(height, width[, 3])`, texts `(n, 4, 2)` and their Characters, object `(n,)` → Characters by the ink, object `(n,)`.

    They come in the order along their texts. A text without contrast, too small, or of several lines keeps what it has.
    """
    count = len(quads)
    text = np.repeat(np.arange(count), [len(one) for one in characters])
    if len(text) == 0:
        return characters
    letters = np.concatenate([one.quads for one in characters]).astype(np.float64)
    scores = np.concatenate([np.ones(len(one)) if one.scores is None else one.scores for one in characters])
    grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    frames = lay_frames(quads, text, letters)
    boxes = boxes_in(frames.of(text), letters)
    order = np.lexsort((boxes[:, 0] + boxes[:, 2], text))
    order = order[keep_one_of_each(text[order], boxes[order], scores[order], count)]
    text, boxes, scores = text[order], boxes[order], scores[order]
    pieces, cells, seen = find_text_pieces(grey, frames, text, boxes)
    text_of, boxes_of, scores_of, new = read_ink(text, boxes, scores, pieces, cells, frames)
    found = quads_of(frames.of(text_of), boxes_of)
    new[new] = in_another(found[new].mean(axis=1), text_of[new], frames)
    kept = np.flatnonzero(seen[text_of] & ~new)
    ends = np.searchsorted(text_of[kept], np.arange(count + 1))
    fitted = characters.copy()
    for row in np.flatnonzero(seen):
        mine = kept[ends[row] : ends[row + 1]]
        fitted[row] = Characters(found[mine], scores_of[mine])
    return fitted


def keep_one_of_each(text, boxes, scores, count):
    """Rows of the boxes, sorted along their texts, of which none lies on another: the surest. None of a text of several lines."""
    kept, lines = np.arange(len(text)), None
    while True:
        one, other = kept[:-1], kept[1:]
        shared = np.minimum(boxes[one, 2:], boxes[other, 2:]) - np.maximum(boxes[one, :2], boxes[other, :2])  # (pairs, 2)
        least = np.minimum(boxes[one, 2:] - boxes[one, :2], boxes[other, 2:] - boxes[other, :2])
        same = (text[one] == text[other]) & (shared[:, 0] > SAME * least[:, 0])
        if lines is None:
            stacked = np.bincount(text[one][same & (shared[:, 1] < STACKED * least[:, 1])], minlength=count)
            lines = stacked > LINES * np.bincount(text, minlength=count)
        if not same.any():
            return kept[~lines[text[kept]]]
        first = same & (scores[one] < scores[other])
        kept = kept[~np.append(first, False) & ~np.append(False, same & ~first)]


def read_ink(text, boxes, scores, pieces, cells, frames):
    """Boxes, and the pieces of ink in their cells → characters: text, boxes, scores, and which of them no box has claimed."""
    count, lengths, line = len(frames.em), frames.length / frames.em, lines_around(text, boxes)
    printed = is_print(pieces, line[cells])
    pieces, cells = pieces[printed], cells[printed]
    own = text[cells][np.abs(pieces[:, 0] + pieces[:, 2]) <= lengths[text[cells]]]  # not those beyond the ends
    broken = np.bincount(own, minlength=count) > BROKEN * np.bincount(text, minlength=count) + ODD
    spans, cells = stack(pieces, cells)
    claimed = is_claimed(spans, boxes[cells])
    small = is_mark(spans, line[cells]) & ~broken[text[cells]]
    figures = are_figures(spans, cells, claimed & ~small, len(boxes)) & ~broken[text]
    alone = claimed & (is_beside(cells, claimed & small, claimed & ~small, len(boxes)) | figures[cells])
    owned, owners = claimed & ~alone, np.zeros(len(boxes), bool)
    owners[cells[owned]] = True
    filled = np.where(owners[:, None], not_overfull(around(spans[owned], cells[owned], len(boxes)), boxes), boxes)

    # Characters so far: boxes with what they own, or without any ink, and the other spans, each by itself.
    whole, loose = np.flatnonzero(~figures), np.flatnonzero(~owned)
    cell = np.concatenate([whole, cells[loose]])
    found = {
        "text": text[cell],
        "boxes": np.concatenate([filled[whole], spans[loose]]),
        "seen": np.append(np.ones(len(whole), bool), claimed[loose]),
        "half": np.append(owners[whole], ~(alone | small)[loose]),
        "narrow": np.append(boxes[whole, 2] - boxes[whole, 0], spans[loose, 2] - spans[loose, 0]) <= NARROW,
    }
    found["score"] = np.where(found["seen"], scores[cell], SCORE)
    found["half"] &= (quantile_of(boxes[:, 2] - boxes[:, 0], text, count) > SYLLABLE)[found["text"]]
    found = take(found, np.lexsort((found["boxes"][:, 0] + found["boxes"][:, 2], found["text"])))
    for _ in range(ROUNDS):
        found = join_halves(found, broken)
    found = take(found, is_character(found, frames, broken))
    return found["text"], found["boxes"], found["score"], ~found["seen"]


def is_character(found, frames, broken):
    """No specks, and of what was not seen nothing faint or wide, and beyond the ends of its text marks alone, near to it."""
    seen, text, (wide, high) = found["seen"], found["text"], sizes_of(found["boxes"]).T
    span = np.stack([found["boxes"][:, 0], -found["boxes"][:, 2]])
    first, last = (least_of(values[seen], text[seen], len(frames.em))[text] for values in span)
    near = (np.maximum(wide, high) < LONG) & (np.maximum(span[0] + last, first + span[1]) <= NEAR)
    inside = np.abs(span[0] - span[1]) <= (frames.length / frames.em)[text]
    fits = (wide <= MOST) & (wide * high >= FAINT) & ~broken[text] & (inside | near)
    return (np.maximum(wide, high) >= np.maximum(LEAST, LEAST_PX / frames.em[text])) & (seen | fits)


def lines_around(text, boxes):
    """Where the line runs at each box `(n, 2)`, its top and bottom: those of the box and of its neighbours, LINE ems apart at least."""
    line, ours = boxes[:, [1, 3]] * (1, -1), (text[1:] == text[:-1])[:, None]
    before, after = np.where(ours, line[:-1], np.inf), np.where(ours, line[1:], np.inf)
    nobody = np.full((1, 2), np.inf)
    line = np.minimum(line, np.minimum(np.concatenate([nobody, before])[: len(line)], np.concatenate([after, nobody])[-len(line) :]))
    line = line * (1, -1)
    middle = line.mean(axis=1)
    return np.column_stack([np.minimum(line[:, 0], middle - LINE / 2), np.maximum(line[:, 1], middle + LINE / 2)])


def is_print(pieces, line):
    """Which pieces may be of the line: no specks, no rules, nothing of the lines above and below."""
    wide, high = sizes_of(pieces).T
    middle = (pieces[:, 1] + pieces[:, 3]) / 2
    inside = (middle > line[:, 0] - OFF) & (middle < line[:, 1] + OFF) & (high < TALL)
    return inside & (wide * high >= SPECK) & ~((wide > RULE_LONG) & (high < RULE_THIN))


def not_overfull(filled, boxes):
    """Boxes around what each has claimed; those that are too wide, of characters that touch, are as wide as they were seen, and SLACK."""
    width = boxes[:, 2] - boxes[:, 0]
    over = filled[:, 2] - filled[:, 0] > np.maximum(OVERFULL, OVERFLOWN * width)
    filled[over, 0] = np.maximum(filled[over, 0], boxes[over, 0] - SLACK)
    filled[over, 2] = np.minimum(filled[over, 2], boxes[over, 2] + SLACK)
    return filled


def in_another(points, text, frames):
    """Whether points `(m, 2)` of texts `(m,)` lie in the quad of another text: what is there is that one's."""
    inside = np.zeros(len(points), bool)
    step = max(AT_ONCE // max(len(frames.em), 1), 1)
    for begin in range(0, len(points), step):
        rows = slice(begin, begin + step)
        offset = points[rows, None] - frames.middle  # (rows, texts, 2)
        hit = np.abs((offset * frames.along).sum(axis=-1)) <= frames.length / 2
        hit &= np.abs((offset * frames.across).sum(axis=-1)) <= frames.height / 2
        hit[np.arange(len(hit)), text[rows]] = False
        inside[rows] = hit.any(axis=1)
    return inside
