"""Characters for pages that have words and texts alone: weak supervision as in CRAFT (Baek et al., 2019, arXiv 1904.01941).

A detector that finds characters looks at each word, upright and of one height, and they are brought to the ink as those of a page are
(detection/ink_characters.py). How many characters it sees is held against the text:

    confidence = (l − min(l, |l − seen|)) / l        l: characters of the text in normal form C, without spaces

Where it has seen all of them and they lie as characters do, their boxes are the labels, and the confidence is 1. Else the word is cut by
the widths of its letters, and the confidence is SLICED. Either way a label is the ink between its ends, as on rendered pages: else boxes
would grow each time that a network learns from what it has seen. Confidences are the scores of the characters, which weight the targets.
Deviations from the paper: there a word is cut into equal parts, only where the confidence is at most a half; what is seen wrongly
otherwise is learnt. Boxes of a wrong number are never learnt here: a network would confirm itself in joining two letters.
"""

import unicodedata
from collections import Counter
from dataclasses import replace

import numpy as np

from ocr_crnn.detection.detector import TYPICAL_PX
from ocr_crnn.detection.ink_characters import fit_characters
from ocr_crnn.geometry import beyond_page, convex_quads, quad_sizes
from ocr_crnn.page import Characters
from ocr_crnn.training.word_canvases import boxes_of_words, boxes_on_page, fit_to_ink, lay_words

WIDE, NARROW, SPACE = 1.0, 0.55, 0.3  # advances in em
SLICED = 0.5  # the confidence of characters that were cut by their widths, at most
HEIGHT = 0.8  # of a word, times the height of print that a detector is brought to
MARGIN = 0.2  # heights of the page around a word that the detector sees too
LEAST_PX = 2.0  # of a word for each of its characters; with less nothing can be told
TALL, TALLER = 1.6, 2.0  # times as high as wide: such a word may run downwards, or does
SPREAD = 0.5  # standard deviation / mean of the widths of letters of one advance, at most
ASTRAY = 1.0  # em that a letter may lie from where its text puts it
# What becomes of a text. The first two are labelled by the detector or by widths, the third has been before; the others stay without.
SEEN, CUT, KNOWN = "seen", "sliced", "known before"
NOT_READABLE, NO_TEXT, NOT_FINITE = "not readable", "no text", "not finite"
NO_AREA, OUTSIDE, TOO_SMALL = "without area", "outside the page", "too small for its characters"


def label_characters(detector, image, page, height_px=None, widths=None, to_ink=True):
    """A page of words or segments → `(Page, Counter)`: the same with characters, and how many texts became what.

    detector: TextDetector that finds characters, whose own decoder reads its maps; None cuts all texts by widths.
    image: uint8 `(height, width, 3)`, of the page. height_px: of a word as the detector sees it; None for HEIGHT times its `typical_px`.
        The paper's 64 pixels and more are larger than the texts that our networks learn on: there they see fewer of the characters.
    widths: function `(text, down) → (characters,)`, the advances by which texts are cut; `advances` by default.
    to_ink: False leaves boxes as they were seen or cut.
    A text with characters keeps them. What cannot be labelled is None among the characters: targets give it no weight.
    Raises ValueError for a detector that finds no characters.
    """
    texts = np.array([None if text is None else unicodedata.normalize("NFC", text) for text in page.texts] + [None], object)[:-1]
    page = replace(page, texts=texts)
    known = np.array([page.characters is not None and page.characters[row] is not None for row in range(len(page))], bool)
    characters, outcomes = np.array([*(page.characters if known.any() else [None] * len(page)), None], object)[:-1], Counter()
    outcomes[KNOWN] += int(known.sum())
    quads, rows = convex_quads(page.quads), []
    for row, reason in enumerate(_unfit(page)):
        if not known[row] and reason:
            outcomes[reason] += 1
        elif not known[row]:
            rows.append(row)
    rows = np.array(rows, int)
    down = np.array([runs_down(texts[row], quads[row]) for row in rows], bool)
    height_px = round(height_px or HEIGHT * (detector.typical_px if detector else TYPICAL_PX))
    words = lay_words(image, quads[rows], down, height_px, round(MARGIN * height_px))
    seen = [np.zeros((0, 4))] * len(rows) if detector is None else boxes_of_words(words, [look(detector, one) for one in words.canvases])
    for number, row in enumerate(rows):
        boxes, score = letter_boxes(texts[row], words.sizes[number], down[number], seen[number], widths or advances)
        letters = np.array([to_ink and not letter.isspace() for letter in texts[row]])
        boxes[letters] = fit_to_ink(image, quads[row], words.sizes[number], boxes[letters], int(down[number]))
        outcomes[SEEN if score == 1 else CUT] += 1
        characters[row] = Characters(boxes_on_page(words.quads[number], words.sizes[number], boxes), np.full(len(boxes), score))
    return replace(page, characters=characters), +outcomes


def _unfit(page):
    """Why each text cannot be labelled; None where it can."""
    height, width = page.size
    finite = np.isfinite(page.quads).all(axis=(1, 2))
    quads = np.where(finite[:, None, None], page.quads, 0)
    sizes, far = quad_sizes(convex_quads(quads)), beyond_page(quads, page.size)
    outside = (quads.max(axis=1) <= 0).any(axis=1) | (quads.min(axis=1) >= (width, height)).any(axis=1) | far
    for row, text in enumerate(page.texts):
        count = 0 if text is None else count_letters(text)
        yield (
            NOT_READABLE if text is None
            else NO_TEXT if not count
            else NOT_FINITE if not finite[row]
            else NO_AREA if sizes[row].min() < 1
            else OUTSIDE if outside[row]
            else TOO_SMALL if sizes[row].max() < LEAST_PX * count
            else None
        )  # fmt: skip


def count_letters(text):
    """The characters of a text in normal form C, without spaces."""
    return sum(not letter.isspace() for letter in text)


def runs_down(text, quad):
    """Whether a text stands in a column: its quad `(4, 2)` is tall, by CRAFT's rule, and some of its letters are wide.

    Without the latter a tight box of "11" would be a column.
    """
    count, (width, height) = count_letters(text), quad_sizes(quad)[0]
    ratio = height / max(width, 1e-6)
    rather = ratio > TALL and min(width, height) / (max(width, height) / max(count, 1)) > 2.4
    return bool(count > 1 and (ratio > TALLER or rather) and any(is_wide(letter) for letter in text))


def is_wide(letter):
    """Whether a letter is as wide as a syllable: Hangul, Hanja, full-width forms, and symbols and numbers such as ★ and ①."""
    width = unicodedata.east_asian_width(letter)
    return width in "WF" or (width == "A" and unicodedata.category(letter)[0] in "SN")


def advances(text, down=False):
    """How far each character of a text takes it, in em, float64 `(characters,)`; in a column all but spaces take a whole one."""
    return np.array([SPACE if one.isspace() else WIDE if down or is_wide(one) else NARROW for one in text], np.float64)


def equal_advances(text, down=False):
    """As `advances`, letters all of one width."""
    return np.array([SPACE if one.isspace() else WIDE for one in text], np.float64)


def confidence(count, seen):
    """How far the number of characters seen agrees with that of the text, 0..1."""
    return (count - min(count, abs(count - seen))) / count


def slices(widths):
    """Where characters of such advances begin and end, in parts of their text: float64 `(characters, 2)`."""
    ends = np.cumsum(widths)
    return np.stack([ends - widths, ends], axis=1) / ends[-1]


def letter_boxes(text, size, down, seen, widths=advances):
    """The characters of a text in its frame, and how sure they are: boxes float64 `(characters, 4)`, spaces included, and a score.

    size: (width, height) of the frame. seen: boxes `(m, 4)`, in any order. A space is what lies between its neighbours.
    """
    is_letter = np.array([not letter.isspace() for letter in text], bool)
    axis = int(down)
    spans = slices(widths(text, down)) * size[axis]  # (characters, 2), along the text
    score = confidence(is_letter.sum(), len(seen))
    seen = seen[np.argsort(seen[:, axis] + seen[:, 2 + axis], kind="stable")]
    if score < 1 or not is_sane(seen[:, [axis, 2 + axis]], spans[is_letter], widths(text, down)[is_letter]):
        return _across(spans, np.tile([0.0, size[1 - axis]], (len(text), 1)), axis), SLICED
    boxes = np.zeros((len(text), 4))
    boxes[is_letter] = seen
    for place in np.flatnonzero(~is_letter):
        before, after = boxes[:place][is_letter[:place]], boxes[place:][is_letter[place:]]
        begin = before[-1] if len(before) else after[0]
        end = after[0] if len(after) else before[-1]
        low, high = (begin[2 + axis], end[axis]) if len(before) and len(after) else spans[place]
        boxes[place] = (begin + end) / 2
        boxes[place, [axis, 2 + axis]] = np.sort([low, high])
    return boxes, 1.0


def _across(along, across, axis):
    """Spans `(n, 2)` along and across a text → boxes `(n, 4)`."""
    x, y = (across, along) if axis else (along, across)
    return np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], axis=1)


def is_sane(seen, spans, widths):
    """Whether boxes seen along a text, `(letters, 2)` in order, lie as its letters do: the guards against learning one's own mistakes.

    spans: where the letters are by their widths `(letters,)`. Each begins before the next one does and ends before it, none reaches the
    next one's middle, none is an em from its place, and those of one advance are about equally wide.
    """
    em = (spans[:, 1] - spans[:, 0]).sum() / widths.sum()
    middles, lengths = seen.mean(axis=1), seen[:, 1] - seen[:, 0]
    ordered = (np.diff(seen, axis=0) > 0).all() and (seen[:-1, 1] <= middles[1:]).all() and (seen[1:, 0] >= middles[:-1]).all()
    near = (np.abs(middles - spans.mean(axis=1)) < ASTRAY * em).all()
    alike = all(lengths[widths == one].std() < SPREAD * lengths[widths == one].mean() for one in np.unique(widths))
    return bool(ordered and near and alike and (lengths > 0).all())


def look(detector, canvas):
    """The boxes `(n, 4)` of all characters that a detector finds on a canvas uint8 `(height, width, 3)`, brought to its ink."""
    found = detector.decode(detector.predict_maps(canvas), 1.0)
    if found.characters is None:
        raise ValueError(
            f"Characters are labelled by a detector that finds some. Received: one of {type(detector.decoder).__name__}. "
            "Take a preset such as craft_light_ko."
        )
    characters = fit_characters(canvas, found.quads, found.characters)
    quads = np.concatenate([np.zeros((0, 4, 2)), *(one.quads for one in characters)])
    return np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1)
