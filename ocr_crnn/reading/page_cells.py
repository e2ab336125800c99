"""A page as texts in which numbers are looked for: cells, segments of lines, rows of boxes for one digit each, with what stands beside.

Every text knows of each of its characters from which row of the Page it is, and which character there. Only the places of the rows on the
page count here, so tables without rules have cells as well.
"""

from typing import NamedTuple

import numpy as np

from ocr_crnn.geometry import upright_boxes
from ocr_crnn.reading.broken_numbers import broken_chains, may_go_on
from ocr_crnn.reading.identifier_labels import is_bank, label_before

GAP = 1.5  # heights between two words of a line, from which on they are of two segments
WIDE_GAP = 2.5  # likewise where the spaces of a line are set wide: a number with spaces goes over gaps that are no wider
APART = 4.0  # heights between boxes of one digit each, from which on they are of two numbers
OVERLAP = 0.5  # of the smaller side, from which on one stands beside or above the other
SHORT, LONGEST_LABEL = 60, 40  # characters of a cell that has a header, and of a header
SPREAD = 8  # letters of a label that is spread over the room it has, each a segment of its own
LONG = 5  # digits of a word that may be a number of its own
FARTHEST = 80  # cells above that are looked at
NEAR_A_BREAK = 4  # lines at the foot and at the head of pages between which a number may be broken: their numbers, titles, notes are some
MOST_LINES = 3  # of a label that is broken in its cell
HEADERS = 0.6  # of the cells of a row that say more than a number, in a row of headers


class Cell(NamedTuple):
    """text: lines parted by line breaks. places: (row of the Page, character of its text) of each code point, None for what parts words.
    context: the header above it, and in the next line what stands left of it; None of a line of several segments, each of which is a Cell
    of its own that knows what is above it. broken: whether its lines are segments between which a number may be broken; a number that is
    in one of them is found there."""

    text: str
    places: list
    context: str | None
    broken: bool = False


def cells_of_page(page):
    """The Cells of a Page, those that overlap too: each segment of a line, each block of whole lines, each run of boxes for one digit."""
    readable = [bool(text) for text in page.texts]
    if not any(readable):
        return []
    boxes = upright_boxes(page.quads)
    segments = [part for rows in page.line_rows() for part in _split(rows[np.array(readable)[rows]], boxes)]
    texts, frames = [_join(page, [rows])[0] for rows in segments], np.array([_around(boxes[rows]) for rows in segments])
    several = [lines for lines in page.block_lines() if 1 < len(lines) <= MOST_LINES]
    texts += [_join(page, lines)[0].replace("\n", " ") for lines in several]
    headers = _Headers(texts, np.array([*frames, *(_around(boxes[np.concatenate(lines)]) for lines in several)]))
    found = [Cell(*_join(page, [rows]), headers.of(number)) for number, rows in enumerate(segments)]
    found += [
        Cell(*_join(page, [segments[number] for number in chain]), headers.of(chain[0]), True)
        for chain in broken_chains(texts[: len(segments)], frames)
    ]  # fmt: skip
    found += [
        Cell(*_join(page, [[row]]), headers.above(boxes[[row]]) + "\n" + _before(page, rows, place, headers.beside(boxes[rows])))
        for rows in segments for place, row in _numbers(page, rows)
    ]  # fmt: skip
    for rows in page.line_rows():
        kept = rows[np.array(readable)[rows]]
        parts = len(_split(kept, boxes))
        wide = [part for part in _split(kept, boxes, WIDE_GAP) if len(part) > 1] if parts > 1 else []
        found += [Cell(*_join(page, [part]), headers.beside(boxes[part])) for part in wide if len(_split(part, boxes)) > 1]
    for lines in page.block_lines():
        own = {int(row) for line in lines for row in line}
        parts = [number for number, rows in enumerate(segments) if int(rows[0]) in own]
        if len(parts) == len(lines) > 1:  # a cell or a paragraph
            found.append(Cell(*_join(page, lines), headers.of(parts[0])))
        elif len(parts) > 1:  # columns, or numbers with wide gaps
            found += [Cell(*_join(page, [line]), None) for line in lines]
    return found + [Cell(*_join(page, [rows]), headers.beside(boxes[rows])) for rows in _digit_boxes(page, boxes)]


def cells_over_break(page, following):
    """Cells of a segment at the foot of a Page and one at the head of the next, where a number may be broken between them.

    Their first line is of `page`, the second of `following`; places are those of either."""
    feet = [line for lines in page.block_lines() for line in lines][-NEAR_A_BREAK:]
    heads = [line for lines in following.block_lines() for line in lines][:NEAR_A_BREAK]
    boxes, boxes_below = upright_boxes(page.quads), upright_boxes(following.quads)
    ends = [(rows[:place], part) for rows in feet for place, part in _parts(rows, boxes)]
    cells = []
    for before, part in ends:
        text, places = _join(page, [part])
        for head in (head for rows in heads for _, head in _parts(rows, boxes_below)):
            below, places_below = _join(following, [head])
            if may_go_on(text, below):
                context = " ".join(page.texts[before])[-LONGEST_LABEL:]
                cells.append(Cell(f"{text}\n{below}", [*places, None, *places_below], context, True))
    return cells


def _parts(rows, boxes):
    """(place in the line, rows) of the segments of a line."""
    parts = _split(rows, boxes)
    return zip(np.cumsum([0, *map(len, parts[:-1])]), parts, strict=True)


def _numbers(page, rows):
    """The words of a segment that hold numbers, and their places in it, where there are several: of columns that are set tight, each has
    a header of its own."""
    long = [(place, row) for place, row in enumerate(rows) if sum(character.isdecimal() for character in page.texts[row]) >= LONG]
    return long if len(long) > 1 else []


def _before(page, rows, place, context):
    """What stands left of a word of a segment; of the first one what stands left of the segment, by the context of that."""
    return " ".join(page.texts[rows[:place]])[-LONGEST_LABEL:] if place else context.rpartition("\n")[2]


def _split(rows, boxes, least=GAP):
    """The rows of a line, cut where a gap is wider than `least` heights."""
    if len(rows) == 0:
        return []
    gaps = boxes[rows[1:], 0] - boxes[rows[:-1], 2]
    heights = np.minimum(boxes[rows[1:], 3] - boxes[rows[1:], 1], boxes[rows[:-1], 3] - boxes[rows[:-1], 1])
    return np.split(rows, np.flatnonzero(gaps > least * heights) + 1)


def _around(boxes):
    return [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]


def _join(page, lines):
    """(text, places) of rows, line by line."""
    text, places = [], []
    for rows in lines:
        for number, row in enumerate(rows):
            if places:
                text.append(" " if number else "\n")
                places.append(None)
            text.append(page.texts[row])
            places += [(int(row), index) for index in range(len(page.texts[row]))]
    return "".join(text), places


class _Headers:
    """What stands left of a cell and above it. texts, boxes: of the segments of a page, then of its cells of a few lines."""

    def __init__(self, texts, boxes):
        self.texts, self.boxes = texts, boxes
        self.left, self.top, self.right, self.bottom = boxes.T
        self.labels = np.array([_may_be_label(text) for text in texts])
        self.known = {}  # whether a segment announces a number, of those that were asked

    def of(self, number):
        context = self._context(self.boxes[number])
        return context if len(self.texts[number]) <= SHORT else "\n" + context.rpartition("\n")[2]

    def beside(self, boxes):
        return self._context(np.array(_around(boxes)))

    def above(self, boxes):
        return self.beside(boxes).split("\n")[0]

    def _context(self, box):
        left, top, right, bottom = box
        height, width = max(bottom - top, 1e-6), max(right - left, 1e-6)
        beside = np.minimum(bottom, self.bottom) - np.maximum(top, self.top) >= OVERLAP * np.minimum(height, self.bottom - self.top)
        beside &= self.right <= left + 0.5 * height
        before, letters = [], 0
        beside = np.flatnonzero(beside)[np.argsort(-self.right[beside], kind="stable")][:SPREAD]
        for place, number in enumerate(beside, 1):
            own = sum(character.isalpha() for character in self.texts[number])
            before.insert(0, self.texts[number])
            letters += own
            if own >= 2 or letters >= SPREAD:
                before[:0] = [self.texts[one] for one in beside[place : place + 1] if is_bank(self.texts[one])]  # of a holder
                break
        above = np.flatnonzero((self.bottom <= top + 0.5 * height) & self.labels)
        above = above[np.argsort(-self.bottom[above], kind="stable")][:FARTHEST]
        overlap = np.minimum(right, self.right[above]) - np.maximum(left, self.left[above])
        over = overlap >= OVERLAP * np.minimum(width, self.right[above] - self.left[above])
        header = next((i for i, is_over in zip(above, over, strict=True) if (is_over or self._heads(i, box)) and self._announces(i)), None)
        return ("" if header is None else self.texts[header]) + "\n" + " ".join(before)[-LONGEST_LABEL:]

    def _heads(self, number, box):
        """Whether a segment is the one of a row of headers that is nearest to the column of a box."""
        row = np.flatnonzero(
            np.abs(self.top + self.bottom - self.top[number] - self.bottom[number]) < self.bottom[number] - self.top[number]
        )
        if len(row) < 3 or self.labels[row].mean() < HEADERS:
            return False
        return number == row[np.argmin(np.abs(self.left[row] + self.right[row] - box[0] - box[2]))]

    def _announces(self, number):
        if number not in self.known:
            text = self.texts[number]
            self.known[number] = len(text) <= LONGEST_LABEL and label_before("", 0, text) is not None
        return self.known[number]


def _may_be_label(text):
    """Whether a cell says more than a number: the header of a column stands above all its numbers."""
    letters = sum(character.isalpha() for character in text)
    return letters >= 2 and letters > sum(character.isdecimal() for character in text)


def _digit_boxes(page, boxes):
    """Runs of rows of one or two characters each, digits and dashes, that stand side by side: as in forms with a box for each digit."""
    tiny = [row for row, text in enumerate(page.texts) if text and len(text) <= 2 and not text.isalpha()]
    tiny.sort(key=lambda row: boxes[row, 0])
    runs = []
    for row in tiny:
        left, top, _, bottom = boxes[row]
        for run in runs:
            _, last_top, last_right, last_bottom = boxes[run[-1]]
            height = max(bottom - top, last_bottom - last_top, 1e-6)
            if left - last_right <= APART * height and abs(top + bottom - last_top - last_bottom) <= height:
                run.append(row)
                break
        else:
            runs.append([row])
    return [np.array(run) for run in runs if len(run) >= 6]
