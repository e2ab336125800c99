"""Reading: what a spotter has found on one page, before it is put into order and words. Both spotters give it, here and in graph."""

from dataclasses import dataclass

import cv2
import numpy as np

from ocr_crnn.images import is_spread, spread_grey
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.characters import box_characters
from ocr_crnn.reading.crops import boxes_in_quad, crop_quad, expand_lines, expand_quads
from ocr_crnn.reading.lost_points import restore_points
from ocr_crnn.reading.orientation import turn_quads
from ocr_crnn.reading.settings import SPOTTER
from ocr_crnn.reading.stacked import box_stacked, unstack
from ocr_crnn.recognition.false_spaces import close_spaces


@dataclass(frozen=True, eq=False)
class Reading:
    """n texts of one page and their c characters, spaces included, in one flat table: texts in order, and within a text as it is read.

    size: `(height, width)` of the page as given, in pixels.
    turns: the quarter turns, 0..3, counter-clockwise (`np.rot90`), after which the page was read.
    quads: float32 `(n, 4, 2)`, pixels of the page as given, clockwise from the text's own top-left.
    stacked: bool `(n,)`, texts whose characters stand one below the other.
    segments: int32 `(c,)`, the text of each character. codes: int32 `(c,)`, Unicode code points. scores: float32 `(c,)`, 0..1.
    spans: float32 `(c, 2)`, from where to where a character was seen along its text's crop, in pixels of that crop: of
        `crops.expand_lines`, or the image that `stacked.unstack` makes. NaN where the decoder does not tell.
    left_out: how many texts were found besides, but read too doubtfully, or as nothing.
    """

    size: tuple[int, int]
    turns: int
    quads: np.ndarray
    stacked: np.ndarray
    segments: np.ndarray
    codes: np.ndarray
    scores: np.ndarray
    spans: np.ndarray
    left_out: int = 0

    def __post_init__(self):
        object.__setattr__(self, "size", (int(self.size[0]), int(self.size[1])))
        for name, (dtype, shape) in _COLUMNS.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype).reshape(shape))
        counts = {name: len(getattr(self, name)) for name in _COLUMNS}
        texts, characters = [counts[name] for name in ("quads", "stacked")], [counts[name] for name in _OF_CHARACTERS]
        if len({*texts}) > 1 or len({*characters}) > 1 or (self.segments < 0).any() or (self.segments >= len(self.quads)).any():
            raise ValueError(f"A Reading has one row per text and one per character, each of a text it has. Received: {counts}.")
        if (np.diff(self.segments) < 0).any():
            raise ValueError("The characters of a Reading stand in the order of its texts. Received: segments that go back. Sort by them.")

    def __len__(self):
        return len(self.quads)

    @property
    def texts(self):
        """The text of each segment, spaces at the ends included: a list of str."""
        return ["".join(map(chr, codes)) for codes in self.split(self.codes)]

    def split(self, column):
        """A column of the characters as a list of arrays, one a text."""
        return np.split(column, np.searchsorted(self.segments, np.arange(1, len(self)))) if len(self) else []


_COLUMNS = {
    "quads": (np.float32, (-1, 4, 2)), "stacked": (bool, -1), "segments": (np.int32, -1), "codes": (np.int32, -1),
    "scores": (np.float32, -1), "spans": (np.float32, (-1, 2)),
}  # fmt: skip
_OF_CHARACTERS = ("segments", "codes", "scores", "spans")


def reading_of_lines(size, turns, quads, stacked, lines, left_out=0):
    """A Reading of one ReadLine for each quad."""
    lengths = [len(line.text) for line in lines]
    nothing = np.zeros((0, 2), np.float32)
    return Reading(
        size, turns, quads, stacked, np.repeat(np.arange(len(lines)), lengths), [ord(c) for line in lines for c in line.text],
        np.concatenate([nothing[:, 0], *(line.character_scores for line in lines)]),
        np.concatenate([nothing, *(_spans(line) for line in lines)]), left_out,
    )  # fmt: skip


def _spans(line):
    return np.full((len(line.text), 2), np.nan, np.float32) if line.spans_px is None else line.spans_px


_ROTATIONS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}


def turn_image(image, turns):
    """A page image turned by quarters, counter-clockwise, as a contiguous array; without colour as `images.spread_grey` makes it."""
    if is_spread(image):
        return spread_grey(turn_image(image[:, :, 0], turns))
    return cv2.rotate(image, _ROTATIONS[turns % 4]) if turns % 4 else np.ascontiguousarray(image)


def page_of_segments(reading, sheet, settings=SPOTTER):
    """A Reading and its page after `reading.turns`, uint8 `(height, width[, 3])` → Page of that sheet, a row per text, in no order.

    Rows have characters, boxed by their ink; spaces at the ends of a text are dropped.
    """
    quads = turn_quads(reading.quads, reading.size, reading.turns)
    columns = [reading.split(column) for column in (reading.scores, reading.spans)]
    rows = [
        place_text(text, scores, spans, sheet, quad, stacked, settings)
        for text, scores, spans, quad, stacked in zip(reading.texts, *columns, quads, reading.stacked, strict=True)
    ]
    return Page(
        None, sheet.shape[:2], quads, [text for text, _ in rows], scores=[_mean(scores) for scores in columns[0]],
        characters=[characters for _, characters in rows], left_out=reading.left_out, unit="segment",
    )  # fmt: skip


def place_text(text, scores, spans, sheet, quad, stacked=False, settings=SPOTTER):
    """A text without the spaces at its ends, and its Characters on the sheet. scores, spans: of all its characters, as in Reading.

    A decimal point that only the ink shows is put in, and a space before a unit that it does not show is left out."""
    crop_of = expand_quads(quad, settings.margin)[0] if stacked else None
    stack = unstack(crop_quad(sheet, crop_of), settings) if stacked else None
    if stack is not None:
        boxes = box_stacked(text, spans, stack)
    else:  # a line, or characters said to be stacked, by a server, where none are to be seen
        crop_of = expand_lines(quad, settings.margin, settings.narrow)[0]
        crop = crop_quad(sheet, crop_of)
        text, scores, spans = close_spaces(text, scores, spans, crop)
        text, scores, boxes = restore_points(text, scores, box_characters(text, spans, crop), crop)
        boxes = boxes / [*crop.shape[1::-1], *crop.shape[1::-1]]
    start = len(text) - len(text.lstrip(" "))
    kept = slice(start, start + len(text.strip(" ")))
    return text[kept], Characters(boxes_in_quad(crop_of, boxes[kept]), scores[kept])


def _mean(scores):
    return float(np.mean(scores)) if len(scores) else 0.0
