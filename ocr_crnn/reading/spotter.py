"""Spotter: from the image of a page to a Reading. Detector → direction → crops → recogniser → texts that are taller than wide."""

from functools import partial
from typing import NamedTuple

import numpy as np

from ocr_crnn.geometry import level_narrow, order_quads, quad_sizes
from ocr_crnn.ops.lines import to_grey
from ocr_crnn.reading.condensed import is_condensed, stretch, surer
from ocr_crnn.reading.confidence import calibrate
from ocr_crnn.reading.crops import crop_quad, expand_lines, expand_quads
from ocr_crnn.reading.gaps import join_parts, part_texts
from ocr_crnn.reading.orientation import choose_turns, longest_rows, probe_quads, said_turns, turn_quads
from ocr_crnn.reading.reading import reading_of_lines, turn_image
from ocr_crnn.reading.settings import SPOTTER
from ocr_crnn.reading.stacked import unstack
from ocr_crnn.recognition.doubted import is_doubted, move_spans, read_doubted


class Segment(NamedTuple):
    """A text on a page that lies upright. quad `(4, 2)`: its first corner is the text's own top-left. line: the ReadLine of it.
    stacked: whether its characters stand one below the other; the line was then read from `stacked.unstack`."""

    quad: np.ndarray
    line: object
    stacked: bool = False


class Spotter:
    """Find and read the texts of a page.

    detector: image → object with `quads`, which may say that they are `directed`, as Instances. recognizer: list of images → list of
        ReadLine. settings: SpotterSettings.
    """

    def __init__(self, detector, recognizer, settings=SPOTTER):
        self.detector = detector
        self.recognizer = recognizer
        self.settings = settings

    def __call__(self, image):
        """uint8 RGB `(height, width, 3)` → Reading. A page that lies on its side or upside down is read as it should lie."""
        found, seen = self.look(image)
        known = {}
        if getattr(found, "directed", False):  # nothing has to be tried
            turns = said_turns(found.quads)
            quads = turn_quads(found.quads, image.shape[:2], turns)
        else:
            upper = self.order(found.quads)
            known = self.read_longest(seen, upper)
            turns = 0 if self.are_sure(known.values()) else self.find_turns(seen, upper)
            quads = self.order(turn_quads(upper, image.shape[:2], turns))
        sheet = self.turn(image, seen, turns)
        lines = self.read_again(sheet, quads, self.read_rest(sheet, quads, {} if turns else known))
        segments = [Segment(quad, line) for quad, line in zip(quads, lines, strict=True)]
        tall = np.flatnonzero(self.is_tall(quads))
        for index, better in zip(tall, self.read_tall(sheet, [segments[i] for i in tall]), strict=True):
            segments[index] = better
        size = image.shape[:2] if turns % 2 == 0 else image.shape[1::-1]
        kept = [s for s in segments if s.line.text.strip() and s.line.score >= self.settings.min_score]
        quads = turn_quads(np.array([s.quad for s in kept]).reshape(-1, 4, 2), size, -turns)
        lines = [s.line._replace(character_scores=calibrate(s.line.character_scores, self.settings.calibration)) for s in kept]
        stacked = [s.stacked for s in kept]
        return reading_of_lines(image.shape[:2], turns, quads, stacked, lines, len(segments) - len(kept))

    def order(self, quads):
        """Quads from their upper left corners; of lone narrow characters, whose slope cannot be told, level ones."""
        return level_narrow(order_quads(quads), self.settings.leaning, self.settings.lone)

    def look(self, image):
        """What is found on a page, and what its texts are read from."""
        return self.detector(image), to_grey(image)  # all that follows reads grey crops; so a page is made grey once

    def turn(self, image, seen, turns):
        """What texts are read from once the page has been turned by quarters."""
        return turn_image(seen, turns)

    def read(self, sheet, quads, margins=None):
        """The ReadLine of each quad `(n, 4, 2)`, read along its first side, in parts where it has wide gaps.

        margins: `(n,)`, in place of that of the settings.
        """
        if not len(quads):
            return []
        parts = part_texts(sheet, quads, self.settings.gap)
        margins = self.settings.margin if margins is None else np.asarray(margins)[parts.rows]
        expanded = expand_lines(parts.quads, margins, self.settings.narrow)
        return join_parts(self.read_crops([crop_quad(sheet, quad) for quad in expanded]), parts)

    def read_longest(self, sheet, quads):
        """{row: ReadLine} of the few longest of some quads: they tell whether a page lies upright, and are read as its texts with that."""
        rows = longest_rows(quads, self.settings.probed)
        return dict(zip(rows.tolist(), self.read(sheet, quads[rows]), strict=True))

    def are_sure(self, lines):
        """Whether lines read so well that they cannot read clearly better another way."""
        return not lines or np.mean([line.score for line in lines]) >= 1 - self.settings.clearer

    def read_rest(self, sheet, quads, known):
        """The ReadLine of each quad. known: {row: ReadLine} of those that have been read."""
        rest = np.setdiff1d(np.arange(len(quads)), list(known)).astype(int)
        lines = known | dict(zip(rest.tolist(), self.read(sheet, quads[rest]), strict=True))
        return [lines[row] for row in range(len(quads))]

    def read_again(self, sheet, quads, lines):
        """The ReadLine of each quad, of those that are doubted what most readings say, with the margins of the settings."""

        def read(rows, margins):
            usual, others = self.crop_lengths(quads[rows], self.settings.margin), self.crop_lengths(quads[rows], np.array(margins))
            read = self.read(sheet, quads[rows], margins)
            return [move_spans(line, (mine - other) / 2, mine) for line, mine, other in zip(read, usual, others, strict=True)]

        doubted = partial(is_doubted, doubted=self.settings.doubted, min_score=self.settings.min_score)
        return read_doubted(lines, read, self.settings.margins, doubted)

    def crop_lengths(self, quads, margins):
        """How long the crops of lines are, `(n,)`."""
        return quad_sizes(expand_lines(quads, margins, self.settings.narrow))[:, 0]

    def read_crops(self, crops):
        """The ReadLine of each crop; of condensed print the surer one of the crop as it is and stretched."""
        lines = self.recognizer(crops)
        rows = [row for row, line in enumerate(lines) if is_condensed(line, len(crops[row]), self.settings.condensed)]
        for row, line in zip(rows, self.recognizer([stretch(crops[row]) for row in rows]) if rows else [], strict=True):
            lines[row] = surer(lines[row], line)
        return lines

    def find_turns(self, sheet, quads):
        """The quarter turns after which a page reads best. Parts of a few long texts, `(n, 4, 2)` with the upper side first, are read
        all four ways; those that stand upright in a way are read as columns, where they have characters one below the other."""
        upright, *others = probe_quads(quads, self.settings)  # (texts, 4, 2) each
        score = self.mean_score(sheet, upright)
        if score >= 1 - self.settings.clearer:  # no other way can be clearer
            return 0
        return choose_turns([score, *(self.mean_score(sheet, way) for way in others)], self.settings.clearer)

    def mean_score(self, sheet, quads):
        """The mean score of texts, those that stand upright read as columns where they are; 0 of none."""
        scores = np.array([line.score for line in self.read(sheet, quads)])
        tall = np.flatnonzero(self.is_tall(quads))
        for index, line in zip(tall, self.read_downwards(sheet, quads[tall]), strict=True):
            scores[index] = line.score if line is not None and line.score > 0 else scores[index]
        return scores.mean() if len(scores) else 0.0

    def read_downwards(self, sheet, quads):
        """The ReadLine of each column of upright characters; None where there are not two of them."""
        quads = expand_quads(quads, self.settings.margin)
        stacks = [unstack(crop_quad(sheet, quad), self.settings) for quad in quads]
        images = [stack.image for stack in stacks if stack is not None]
        lines = iter(self.recognizer(images) if images else [])
        return [None if stack is None else next(lines) for stack in stacks]

    def read_tall(self, sheet, segments):
        """The likeliest reading of texts that are taller than wide: as they lie, on either side, or downwards."""
        quads = np.array([segment.quad for segment in segments], np.float32).reshape(-1, 4, 2)
        choices = [[segment] for segment in segments]
        for roll in (-1, 1):  # the text's top-left is the top right corner, or the bottom left one
            rolled = np.roll(quads, roll, axis=1)
            for choice, quad, line in zip(choices, rolled, self.read(sheet, rolled), strict=True):
                choice.append(Segment(quad, line))
        for choice, quad, line in zip(choices, quads, self.read_downwards(sheet, quads), strict=True):
            if line is not None:
                choice.append(Segment(quad, line, stacked=True))
        return [self.surest(*choice) for choice in choices]

    def surest(self, as_it_lies, *others):
        """The Segment to keep of one text read several ways.

        As it lies is right for a narrow character, so another way has to be surer by `settings.surer`, and to give two characters.
        """
        longer = [other for other in others if len(other.line.text.strip()) > 1]
        best = max(longer, key=lambda other: other.line.score, default=as_it_lies)
        return best if best.line.score > as_it_lies.line.score + self.settings.surer else as_it_lies

    def is_tall(self, quads):
        """bool `(n,)`."""
        width, height = quad_sizes(quads).T
        return height > self.settings.tall * width
