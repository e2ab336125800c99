"""DocumentReader: from a file to Pages. Detector → direction → crops → recogniser → words → cells and reading order."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ocr_crnn.geometry import order_quads, quad_sizes
from ocr_crnn.images import read_images
from ocr_crnn.page import Page
from ocr_crnn.reading.cells import cells_of_quads, find_cells, quads_of_cells
from ocr_crnn.reading.crops import crop_quad, expand_lines, expand_quads
from ocr_crnn.reading.loading import load_detector, load_recognizer
from ocr_crnn.reading.order import order_page
from ocr_crnn.reading.orientation import CLEARER, choose_turns, probe_quads, turn_page, turn_quads
from ocr_crnn.reading.stacked import split_stacked_words, unstack
from ocr_crnn.reading.words import split_words

TALL = 1.5  # a text this much taller than wide may lie on its side or be written downwards
SURER = 0.05  # by so much more a text has to score on its side or downwards than as it lies


class Segment(NamedTuple):
    """A text on a page that lies upright. quad `(4, 2)`: its first corner is the text's own top-left. line: what was read in it.
    stack: how its characters were laid side by side, where they stand one below the other."""

    quad: np.ndarray
    line: object
    stack: object = None


class DocumentReader:
    """Read pages.

    detector: image → Detections. recognizer: list of images → list of ReadLine. min_score: lines read with less are left out;
        they are strokes of stamps, pictures and what shines through from the other side. The page counts them.
    """

    def __init__(self, detector, recognizer, min_score=0.6):
        self.detector = detector
        self.recognizer = recognizer
        self.min_score = min_score

    @classmethod
    def from_preset(cls, detector=None, recognizer=None, **kwargs):
        """A reader with shipped weights. detector, recognizer: names or folders of presets; None for the defaults."""
        return cls(load_detector(detector), load_recognizer(recognizer), **kwargs)

    def __call__(self, source, dpi=300, pages=None, password=None):
        """Read a source (see images.read_images; a list of them too) → list of Page, one row per word in reading order."""
        return [page for _, page in self.iterate(source, dpi, pages, password)]

    def iterate(self, source, dpi=300, pages=None, password=None):
        """As `__call__`, page by page: yields (PageImage, Page) and holds no more than one page."""
        if isinstance(source, list | tuple):
            for one in source:
                yield from self.iterate(one, dpi, pages, password)
            return
        for image in read_images(source, dpi=dpi, pages=pages, password=password):
            page = self.read_page(image.pixels)
            yield image, replace(page, image_path=str(source) if isinstance(source, str | Path) else None)

    def read_pages(self, images):
        """`read_page` of each of a list of page images, uint8 RGB."""
        return [self.read_page(pixels) for pixels in images]

    def read_page(self, pixels):
        """uint8 RGB `(height, width, 3)` → Page of words with quads, scores, lines, blocks and characters, in page pixels.

        A page that lies on its side or upside down is read as it should lie; its quads are those of the page as given.
        """
        quads = self.detector(pixels).quads
        if len(quads) == 0:
            return _page_of_words(pixels.shape[:2], [])
        turns, sheet, segments = self._read_right_way_up(pixels, quads)
        kept = [s for s in segments if s.line.text.strip() and s.line.score >= self.min_score]
        ordered = order_segments(sheet, kept)
        words = [(number, block, word) for number, (segment, block) in enumerate(ordered) for word in _words(sheet, segment)]
        page = replace(_page_of_words(sheet.shape[:2], words), left_out=len(segments) - len(kept))
        return turn_page(page, -turns)

    def _read_right_way_up(self, pixels, quads):
        """The quarter turns that bring the page upright, the page turned by them, and what was read on it, as Segments."""
        upper = order_quads(quads)
        turns = self._find_turns(pixels, upper)
        sheet, turned = _turn(pixels, upper, turns)
        segments = [Segment(quad, line) for quad, line in zip(turned, self._read(sheet, turned), strict=True)]
        tall = np.flatnonzero(_is_tall(turned))
        for index, better in zip(tall, self._read_tall(sheet, turned[tall], [segments[i] for i in tall]), strict=True):
            segments[index] = better
        return turns, sheet, segments

    def _find_turns(self, pixels, quads):
        """The quarter turns after which a page reads best. The detector does not tell directions, so parts of a few long texts are read
        all four ways; those that stand upright in a way are read as columns, where they have characters one below the other."""
        upright, *others = probe_quads(quads)  # (texts, 4, 2) each
        score = self._score(pixels, upright)
        if score >= 1 - CLEARER:  # no other way can be clearer
            return 0
        return choose_turns([score, *(self._score(pixels, way) for way in others)])

    def _score(self, pixels, quads):
        """The mean score of texts, those that stand upright read as columns where they are; 0 of none."""
        scores = np.array([line.score for line in self._read(pixels, quads)])
        tall = np.flatnonzero(_is_tall(quads))
        for index, (_, line) in zip(tall, self._read_downwards(pixels, quads[tall]), strict=True):
            scores[index] = line.score if line is not None and line.score > 0 else scores[index]
        return scores.mean() if len(scores) else 0.0

    def _read_downwards(self, sheet, quads):
        """Of each column of upright characters its Stack and what was read; (None, None) where there are not two characters."""
        stacks = [unstack(crop_quad(sheet, quad)) for quad in expand_quads(quads)]
        images = [stack.image for stack in stacks if stack is not None]
        lines = iter(self.recognizer(images) if images else [])
        return [(stack, None if stack is None else next(lines)) for stack in stacks]

    def _read_tall(self, sheet, quads, segments):
        """The likeliest reading of texts that are taller than wide: as they lie, on either side, or downwards.

        As they lie is right for a narrow character, so another way has to be surer by `SURER`, and to give two characters.
        """
        choices = [[segment] for segment in segments]
        for roll in (-1, 1):  # the text's top-left is the top right corner, or the bottom left one
            rolled = np.roll(quads, roll, axis=1)
            for choice, quad, line in zip(choices, rolled, self._read(sheet, rolled), strict=True):
                choice.append(Segment(quad, line))
        for choice, segment, (stack, line) in zip(choices, segments, self._read_downwards(sheet, quads), strict=True):
            if stack is not None:
                choice.append(Segment(segment.quad, line, stack))
        return [_surest(*choice) for choice in choices]

    def _read(self, sheet, quads):
        return self.recognizer([crop_quad(sheet, quad) for quad in expand_lines(quads)]) if len(quads) else []


def order_segments(sheet, segments):
    """Segments of an upright page in reading order, as (Segment, number of its block) pairs.

    Where most of the text is written downwards, columns follow each other from right to left: the order of the rows of the page
    after a quarter turn.
    """
    if not segments:
        return []
    quads = np.stack([segment.quad for segment in segments])
    lengths = np.array([len(segment.line.text) for segment in segments])
    downwards = np.array([segment.stack is not None for segment in segments])
    cell_map = find_cells(sheet)
    cells = cells_of_quads(cell_map, quads)
    turns = int(lengths[downwards].sum() > lengths.sum() / 2)

    def lay(quads):
        return order_quads(turn_quads(quads, sheet.shape[:2], turns))

    cell_quads = {cell: lay(quad[None])[0] for cell, quad in quads_of_cells(cell_map, cells).items()}
    texts = Page(None, sheet.shape[:2], lay(quads), [segment.line.text for segment in segments], attributes=np.arange(len(segments)))
    ordered = order_page(texts, cells, cell_quads)
    return [(segments[row], int(block)) for row, block in zip(ordered.attributes, ordered.blocks, strict=True)]


def _words(sheet, segment):
    if segment.stack is not None:
        return split_stacked_words(segment.line, segment.stack, expand_quads(segment.quad)[0])
    quad = expand_lines(segment.quad)[0]
    return split_words(segment.line, crop_quad(sheet, quad), quad)


def _turn(pixels, quads, turns):
    """The page image and its quads turned by quarters, the quads beginning at their upper left again."""
    return np.ascontiguousarray(np.rot90(pixels, turns)), order_quads(turn_quads(quads, pixels.shape[:2], turns))


def _is_tall(quads):
    width, height = quad_sizes(quads).T
    return height > TALL * width


def _surest(as_it_lies, *others):
    """The Segment to keep of one text read several ways."""
    longer = [other for other in others if len(other.line.text.strip()) > 1]
    best = max(longer, key=lambda other: other.line.score, default=as_it_lies)
    return best if best.line.score > as_it_lies.line.score + SURER else as_it_lies


def _page_of_words(size, words):
    """A Page of (line, block, Word) rows."""
    lines, blocks, words = zip(*words, strict=True) if words else ((), (), ())
    return Page(
        None, size, [word.quad for word in words], [word.text for word in words], scores=[word.score for word in words],
        lines=lines, blocks=blocks, characters=[word.characters for word in words],
    )  # fmt: skip
