"""Lines read doubtfully: read again with less and with more paper around them, and what most of the readings say is kept."""

import cv2
import numpy as np

DOUBTED = 0.85  # a line with a character that scores less is read again
# Paper that is added on all sides, or taken away, in heights of the image: first the first, and where that reads differently all of them.
SHARES = (-0.04, 0.05, -0.08, 0.1)
LEAST_PX = 8  # of an image that something is taken away from, in what is left


def is_doubted(line, doubted=DOUBTED, min_score=0.0):
    """Whether a ReadLine that scores `min_score` has a character that scores less than `doubted`."""
    return bool(line.text.strip()) and line.score >= min_score and bool(line.character_scores.min() < doubted)


def agreed(readings):
    """Of the ReadLines of one text the place of the one to keep: of the text whose readings score most together, the first."""
    texts, scores = [line.text for line in readings], np.array([line.score for line in readings], np.float32)
    return int(np.argmax([np.sum(np.where([other == text for other in texts], scores, 0), dtype=np.float32) for text in texts]))


def read_doubted(lines, read, ways, doubted):
    """ReadLines of n texts, of those that are doubted what most readings say.

    read: rows of texts and a way for each, lists → ReadLines, of places as those of `lines`. ways: the first is tried alone, and where
    it gives another text, all of them are. doubted: ReadLine → bool, `is_doubted` with its arguments bound.
    """
    lines, (first, *others) = list(lines), ways
    rows = [row for row, line in enumerate(lines) if doubted(line)]
    again = dict(zip(rows, read(rows, [first] * len(rows)) if rows else [], strict=True))
    rows = [row for row in rows if again[row].text != lines[row].text]
    more = read(rows * len(others), [way for way in others for _ in rows]) if rows else []
    for number, row in enumerate(rows):
        readings = [lines[row], again[row], *more[number :: len(rows)]]
        lines[row] = readings[agreed(readings)]
    return lines


def change_paper(image, share):
    """A line uint8 `(height, width[, channels])` with `share` of its height more of its edges on all sides, or less for share < 0 →
    `(image, pixels)` that were added to each side."""
    pixels = int(round(share * len(image)))
    if pixels > 0:
        return cv2.copyMakeBorder(image, pixels, pixels, pixels, pixels, cv2.BORDER_REPLICATE), pixels
    if pixels == 0 or min(image.shape[:2]) + 2 * pixels < LEAST_PX:
        return image, 0
    return image[-pixels:pixels, -pixels:pixels], pixels


def move_spans(line, by, width):
    """A ReadLine whose places are `by` pixels further to the right in an image `width` pixels wide."""
    if line.spans_px is None:
        return line
    return line._replace(spans_px=np.clip(np.asarray(line.spans_px, np.float32) + np.float32(by), 0, width).astype(np.float32))
