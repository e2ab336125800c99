"""Layout: everything on a page, placed in points, before a pixel is drawn; and the truth that follows from it."""

from dataclasses import dataclass, field

import numpy as np

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.synthesis.page.typeset import TextLine, align_pens, printable
from ocr_crnn.synthesis.text.marks import take_marks, unmark

POINTS_PER_INCH = 72
SEGMENT_GAP_EM = 2.2  # a wider gap inside a line ends a segment
LEADER = "leader"  # kind of a run that is drawn and no truth: the dots from a title to its page number
LOW_EM = 0.5  # a run whose ink is lower, a dash in a cell for instance, stands in a box that reaches
BAND_EM = (-0.72, 0.0)  # from the height of digits down to the baseline: a dash alone has no size, and a tight box around it tells nothing


@dataclass(frozen=True)
class Fill:
    """A filled rectangle. box: (x0, y0, x1, y1) in points."""

    box: tuple
    color: tuple


@dataclass(frozen=True)
class Rule:
    """A straight line from (x0, y0) to (x1, y1) in points. dash_pt: (on, off) or None."""

    box: tuple
    width_pt: float
    color: tuple = (0, 0, 0)
    dash_pt: tuple | None = None


@dataclass(frozen=True)
class Picture:
    """Something drawn that is not text to read: `kind` is a key of `elements.PICTURES`; the seed draws its details.

    box: (x0, y0, x1, y1) in points. over: drawn over the text (stamps, signatures) or under it (watermarks, logos).
    text, face: the syllables of a seal or a watermark, which are not truth.
    """

    kind: str
    box: tuple
    color: tuple
    seed: int
    over: bool = False
    opacity: float = 1.0
    text: str = ""
    face: object = None


@dataclass
class Layout:
    """A page in points, filled by its methods in reading order. `missing` lists characters left out because no face covers them.

    facts: {number of a run in `texts`: what else is true of it}, see `note`.
    """

    size_pt: tuple[float, float]  # height, width
    dpi: float
    kind: str
    paper: tuple[int, int, int] = (255, 255, 255)
    fills: list = field(default_factory=list)
    rules: list = field(default_factory=list)
    pictures: list = field(default_factory=list)
    texts: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    line_count: int = 0
    block_count: int = 0
    table_count: int = 0
    pair_count: int = 0
    facts: dict = field(default_factory=dict)
    open_entity: tuple = (None, None)  # the block whose last line leaves an entity open, and its kind

    @property
    def size_px(self):
        """`(height, width)` in pixels."""
        return tuple(max(1, round(side * self.dpi / POINTS_PER_INCH)) for side in self.size_pt)

    def new_block(self):
        self.block_count += 1
        return self.block_count - 1

    def new_line(self):
        self.line_count += 1
        return self.line_count - 1

    def new_table(self):
        self.table_count += 1
        return self.table_count - 1

    def note(self, first, **facts):
        """Note what is true of the runs from number `first` on: `cell`, where they stand in a table; `label`, `value`, the number of the
        pair that they are part of; `pair`, `(number, words of the label)`, of a run that is both."""
        for number in range(first, len(self.texts)):
            self.facts.setdefault(number, {}).update(facts)

    def new_pair(self):
        self.pair_count += 1
        return self.pair_count - 1

    def text(self, text, style, x, baseline, width=None, align="left", kind="text", block=None, line=None, angle=0):
        """Set one line of text and return its TextLine, or None if nothing of it can be printed.

        x, baseline: start of the line in points; width: what `align` works in, measured along the text. block, line: numbers of
        an open block or line, else new ones.
        """
        goes_on = block is not None and block == self.open_entity[0]
        text, kinds, still_open = take_marks(text, self.open_entity[1] if goes_on else None)
        printed, missing = printable(text, style.faces)
        self.missing += missing
        if any(kinds):
            kept = [place for place, character in enumerate(text) if character not in missing]
            kept = kept[len(printed) - len(printed.lstrip()) : len(printed.rstrip())]
            kinds = tuple(kinds[place] for place in kept)
        text = printed.strip()
        if not text:
            return None
        block = self.new_block() if block is None else block
        self.open_entity = (block, still_open)
        offset, pens = align_pens(text, style, width or 0.0, align if width is not None else "left")
        entities = kinds if any(kinds) else ()
        return self._add(text, style, _turn((offset, 0), (x, baseline), angle), pens, kind, block, line, angle, False, entities)

    def stacked_text(self, text, style, x, y, advance_em=1.08, kind="vertical", block=None, line=None):
        """Set upright characters one below the other. x: the axis of the column, y: its top, in points."""
        text, missing = printable(unmark(text), style.faces)
        self.missing += missing
        if not text.strip():
            return None
        pens = np.cumsum([(0.5 if char == " " else 1.0) * advance_em * style.size_pt for char in text])
        pens = pens - advance_em * style.size_pt * 0.12
        return self._add(text, style, (x, y), pens, kind, block, line, 0, True)

    def _add(self, text, style, origin, pens, kind, block, line, angle, stacked, entities=()):
        block = self.new_block() if block is None else block
        line = self.new_line() if line is None else line
        self.texts.append(TextLine(text, style, origin, pens, kind, line, block, angle, stacked, entities))
        return self.texts[-1]


def layout_page(layout):
    """The truth of a layout: a Page with one row per word (어절), every column filled but scores, scripts and entities.

    Quads are the ink of the words, as are the quads of their characters, but for runs of low marks alone (LOW_EM): their words are as
    high as digits. Leaders are left out, and end a segment. attributes: segment (a number, see `segments`), kind
    (what the text is on the page), font, size_pt; of words in tables cell, {table, row, column, row_span, column_span}, counted from 0;
    of labels and their values pair, [number, "label" or "value"]; of marked texts (synthesis/text/marks.py) entities, a list with
    [kind, whether an entity begins here] or None for each character.
    """
    scale = layout.dpi / POINTS_PER_INCH
    texts, quads, lines, blocks, characters, attributes = [], [], [], [], [], []
    segment, last = -1, None
    for number, run in enumerate(layout.texts):
        if run.kind == LEADER:
            last = None
            continue
        boxes = run.boxes()
        low = _is_low(run, boxes)
        for word, (start, stop) in enumerate(_words(run.text)):
            word_boxes = boxes[start:stop]
            inked = word_boxes[word_boxes[:, 2] > word_boxes[:, 0]]
            if len(inked) == 0:
                continue
            extent = np.concatenate([inked[:, :2].min(axis=0), inked[:, 2:].max(axis=0)])
            if low:
                top, bottom = np.array(BAND_EM) * run.style.size_pt
                extent[1], extent[3] = min(extent[1], top), max(extent[3], bottom)
            place = (run.line, run.angle, *_span(run, extent))
            if last is None or place[:2] != last[:2] or place[2] - last[3] > SEGMENT_GAP_EM * run.style.size_pt:
                segment += 1
            last = place
            texts.append(run.text[start:stop])
            quads.append(_quads(extent[None], run)[0] * scale)
            characters.append(Characters(_quads(word_boxes, run) * scale))
            lines.append(run.line)
            blocks.append(run.block)
            face = run.style.faces[0]
            facts = {"segment": segment, "kind": run.kind, "font": f"{face.family} {face.style}", "size_pt": round(run.style.size_pt, 2)}
            if run.entities:
                facts["entities"] = [known and list(known) for known in run.entities[start:stop]]
            attributes.append(facts | _facts_of_word(layout.facts.get(number, {}), word))
    return Page(
        None, layout.size_px, np.array(quads).reshape(-1, 4, 2), texts,
        lines=lines, blocks=blocks, characters=characters, attributes=attributes,
    )  # fmt: skip


def _is_low(run, boxes):
    """Whether a run has dashes, dots and the like alone. boxes: `(characters, 4)`."""
    inked = boxes[boxes[:, 2] > boxes[:, 0]]
    return not run.stacked and len(inked) > 0 and np.ptp(inked[:, [1, 3]]) < LOW_EM * run.style.size_pt


def _facts_of_word(facts, word):
    """What `Layout.note` said of a run, as it is true of one of its words."""
    found = {"cell": facts["cell"]} if "cell" in facts else {}
    if "pair" in facts:
        number, label_words = facts["pair"]
        found["pair"] = [number, "label" if word < label_words else "value"]
    for part in ("label", "value"):
        if part in facts:
            found["pair"] = [facts[part], part]
    return found


def _words(text):
    """(start, stop) of every run of characters between spaces."""
    start = None
    for index, char in enumerate(text + " "):
        if char == " ":
            if start is not None:
                yield start, index
            start = None
        elif start is None:
            start = index


def _span(run, extent):
    """Where a word starts and ends along its line, in points; comparable between the runs of one line."""
    if run.stacked:
        return run.origin[1] + extent[1], run.origin[1] + extent[3]
    along = {0: run.origin[0], 90: run.origin[1], 180: -run.origin[0], 270: -run.origin[1]}[run.angle]
    return along + extent[0], along + extent[2]


def _quads(boxes, run):
    """Boxes in the frame of a run `(n, 4)` → quads on the page in points `(n, 4, 2)`."""
    x0, y0, x1, y1 = boxes.T
    quads = boxes_to_quads(np.stack([x0, y0, x1 - x0, y1 - y0], axis=-1))
    return _turn(quads, run.origin, run.angle)


def _turn(points, origin, angle):
    """Points `(…, 2)` of a line's own frame, turned clockwise by a multiple of 90° and moved to the origin."""
    x, y = np.moveaxis(np.asarray(points, np.float64), -1, 0)
    x, y = {0: (x, y), 90: (-y, x), 180: (-x, -y), 270: (y, -x)}[angle]
    return np.stack([x + origin[0], y + origin[1]], axis=-1)
