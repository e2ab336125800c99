"""A page as texts in which numbers are looked for: cells, segments of lines, rows of boxes for one digit each, with what stands beside.

Every text knows of each of its characters from which row of the Page it is, and which character there. Only the places of the rows on the
page count here, so tables without rules have cells as well.
"""

from typing import NamedTuple

import numpy as np

from ocr_crnn.geometry import upright_boxes
from ocr_crnn.reading.broken_numbers import broken_chains, may_go_on
from ocr_crnn.reading.heights import Heights
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
    blocks = page.block_lines()
    lines = [line for block in blocks for line in block]
    if not lines:
        return []
    boxes = upright_boxes(page.quads)
    segments = [part for line in lines for part in _split(line, boxes)]
    texts, frames = [_join(page, [rows])[0] for rows in segments], np.array([_around(boxes[rows]) for rows in segments])
    several = [block for block in blocks if 1 < len(block) <= MOST_LINES]
    texts += [_join(page, block)[0].replace("\n", " ") for block in several]
    headers = _Headers(texts, np.array([*frames, *(_around(boxes[np.concatenate(block)]) for block in several)]))
    found = [Cell(*_join(page, [rows]), headers.of(number)) for number, rows in enumerate(segments)]
    found += [
        Cell(*_join(page, [segments[number] for number in chain]), headers.of(chain[0]), True)
        for chain in broken_chains(texts[: len(segments)], frames)
    ]  # fmt: skip
    found += [
        Cell(*_join(page, [[row]]), headers.above(boxes[[row]]) + "\n" + _before(page, rows, place, headers.beside(boxes[rows])))
        for rows in segments for place, row in _numbers(page, rows)
    ]  # fmt: skip
    for line in lines:
        parts = len(_split(line, boxes))
        wide = [part for part in _split(line, boxes, WIDE_GAP) if len(part) > 1] if parts > 1 else []
        found += [Cell(*_join(page, [part]), headers.beside(boxes[part])) for part in wide if len(_split(part, boxes)) > 1]
    begins = {int(rows[0]): number for number, rows in enumerate(segments)}
    for block in blocks:
        parts = [begins[row] for line in block for row in map(int, line) if row in begins]
        if len(parts) == len(block) > 1:  # a cell or a paragraph
            found.append(Cell(*_join(page, block), headers.of(parts[0])))
        elif len(parts) > 1:  # columns, or numbers with wide gaps
            found += [Cell(*_join(page, [line]), None) for line in block]
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
        self.left, self.top, self.right, self.bottom = np.ascontiguousarray(boxes.T)
        self.heights = Heights(boxes)
        self.labels = np.array([_may_be_label(text) for text in texts])
        lowest_first = np.argsort(-self.bottom, kind="stable")
        self.lowest_first = lowest_first[self.labels[lowest_first]]  # of the labels
        self.heights_of_those = -self.bottom[self.lowest_first]
        self.known = {}  # whether a segment announces a number, of those that were asked
        self.rows = {}  # the row of headers that a segment stands in, likewise

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
        beside = self.heights.between(top, bottom)
        tops, bottoms, rights = self.top[beside], self.bottom[beside], self.right[beside]
        are_beside = np.minimum(bottom, bottoms) - np.maximum(top, tops) >= OVERLAP * np.minimum(height, bottoms - tops)
        beside = beside[are_beside & (rights <= left + 0.5 * height)]
        before, letters = [], 0
        beside = beside[np.argsort(-self.right[beside], kind="stable")][:SPREAD]
        for place, number in enumerate(beside, 1):
            own = sum(character.isalpha() for character in self.texts[number])
            before.insert(0, self.texts[number])
            letters += own
            if own >= 2 or letters >= SPREAD:
                before[:0] = [self.texts[one] for one in beside[place : place + 1] if is_bank(self.texts[one])]  # of a holder
                break
        first = np.searchsorted(self.heights_of_those, -(top + 0.5 * height))
        above = self.lowest_first[first : first + FARTHEST]
        overlap = np.minimum(right, self.right[above]) - np.maximum(left, self.left[above])
        over = overlap >= OVERLAP * np.minimum(width, self.right[above] - self.left[above])
        header = next((i for i, is_over in zip(above, over, strict=True) if self._announces(i) and (is_over or self._heads(i, box))), None)
        return ("" if header is None else self.texts[header]) + "\n" + " ".join(before)[-LONGEST_LABEL:]

    def _heads(self, number, box):
        """Whether a segment is the one of a row of headers that is nearest to the column of a box."""
        row = self._row_of_headers(number)
        return len(row) > 0 and number == row[np.argmin(np.abs(self.left[row] + self.right[row] - box[0] - box[2]))]

    def _row_of_headers(self, number):
        """The segments of the row that one stands in, none if they are no headers."""
        if number not in self.rows:
            top, bottom = self.top[number], self.bottom[number]
            row = self.heights.between(top, bottom)
            row = row[np.abs(self.top[row] + self.bottom[row] - top - bottom) < bottom - top]
            self.rows[number] = row if len(row) >= 3 and self.labels[row].mean() >= HEADERS else row[:0]
        return self.rows[number]

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
    runs, ends = [], np.empty((4, len(tiny)))  # of each run the box of its last row
    for row in tiny:
        left, top, _, bottom = boxes[row]
        _, last_top, last_right, last_bottom = ends[:, : len(runs)]
        height = np.maximum(np.maximum(bottom - top, last_bottom - last_top), 1e-6)
        goes_on = (left - last_right <= APART * height) & (np.abs(top + bottom - last_top - last_bottom) <= height)
        number = int(goes_on.argmax()) if goes_on.any() else len(runs)
        if number == len(runs):
            runs.append([])
        runs[number].append(row)
        ends[:, number] = boxes[row]
    return [np.array(run) for run in runs if len(run) >= 6]
