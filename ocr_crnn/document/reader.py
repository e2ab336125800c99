"""DocumentReader: from a file to Pages. Detector → direction → crops → recogniser → words → cells and reading order."""

from dataclasses import replace

import numpy as np

from ocr_crnn.document.cells import cells_of_quads, find_cells
from ocr_crnn.document.crops import crop_quad, expand_quads
from ocr_crnn.document.reading_order import order_page
from ocr_crnn.document.words import split_words
from ocr_crnn.geometry import quad_sizes
from ocr_crnn.images import read_images
from ocr_crnn.page import Page

PROBED = 8  # texts that are read both ways to tell which way is up
DOUBTFUL = 0.75  # a page whose texts score less on average is looked at the other way round
TALL = 1.5  # a text this much taller than wide is written upright or lies on its side


class DocumentReader:
    """Read pages. detector: image → Detections. recognizer: images → ReadLines. min_score: lines read with less are left out."""

    def __init__(self, detector, recognizer, min_score=0.3):
        self.detector = detector
        self.recognizer = recognizer
        self.min_score = min_score

    @classmethod
    def from_preset(cls, detector=None, recognizer=None, **kwargs):
        """A reader with shipped weights. detector, recognizer: names or folders of presets; None for the defaults."""
        from ocr_crnn.detection.detector import TextDetector
        from ocr_crnn.recognition.recognizer import TextRecognizer

        detector = TextDetector.from_preset(*([detector] if detector else []))
        recognizer = TextRecognizer.from_preset(*([recognizer] if recognizer else []))
        return cls(detector, recognizer, **kwargs)

    def __call__(self, source, dpi=300, pages=None):
        """Read a source (see images.read_images; a list of them too) → list of Page, one row per word in reading order."""
        return [page for _, page in self.iterate(source, dpi, pages)]

    def iterate(self, source, dpi=300, pages=None):
        """As `__call__`, page by page: yields (PageImage, Page) and holds no more than one page."""
        if isinstance(source, list | tuple):
            for one in source:
                yield from self.iterate(one, dpi, pages)
            return
        for image in read_images(source, dpi=dpi, pages=pages):
            page = self.read_page(image.pixels)
            yield image, replace(page, image_path=image.source)

    def read_page(self, pixels):
        """uint8 RGB `(height, width, 3)` → Page of words with quads, scores, lines, blocks and characters, in page pixels."""
        size = pixels.shape[:2]
        found = self.detector(pixels)
        if len(found.quads) == 0:
            return _empty(size)
        quads, lines = self._read_upright(pixels, found.quads)
        kept = [i for i, line in enumerate(lines) if line.text.strip() and line.score >= self.min_score]
        if not kept:
            return _empty(size)
        texts = Page(None, size, quads[kept], [lines[i].text for i in kept], scores=[lines[i].score for i in kept], attributes=kept)
        ordered = order_page(texts, cells_of_quads(find_cells(pixels), texts.quads))
        rows, line_numbers, blocks = [], [], []
        for number, (row, block) in enumerate(zip(ordered.attributes, ordered.blocks, strict=True)):
            quad = expand_quads(quads[row])[0]
            words = split_words(lines[row], crop_quad(pixels, quad), quad)
            rows += words
            line_numbers += [number] * len(words)
            blocks += [block] * len(words)
        return Page(
            None, size, [word.quad for word in rows], [word.text for word in rows], scores=[word.score for word in rows],
            lines=line_numbers, blocks=blocks, characters=[word.characters for word in rows],
        )  # fmt: skip

    def _read_upright(self, pixels, quads):
        """Quads turned to begin at their texts' own top-left, and what was read in them.

        The detector does not tell directions. Texts wider than tall are read as they lie, others as lying on their right side; where
        that makes little sense on average, the longest are tried the other way round, and all are turned if that reads better.
        """
        quads = np.array(quads, np.float32)
        sizes = quad_sizes(quads)
        tall = sizes[:, 1] > TALL * sizes[:, 0]
        quads[tall] = np.roll(quads[tall], -1, axis=1)
        lines = np.empty(len(quads), object)
        for group in (np.flatnonzero(~tall), np.flatnonzero(tall)):
            read = self._read(pixels, quads[group])
            if np.mean([line.score for line in read] or [1]) < DOUBTFUL:
                longest = np.argsort(-sizes[group].max(axis=1))[:PROBED]
                turned = self._read(pixels, np.roll(quads[group[longest]], 2, axis=1))
                if _amount(turned) > _amount([read[i] for i in longest]):
                    quads[group] = np.roll(quads[group], 2, axis=1)
                    read = self._read(pixels, quads[group])
            lines[group] = np.fromiter(read, object, len(read))
        return quads, lines

    def _read(self, pixels, quads):
        return self.recognizer([crop_quad(pixels, quad) for quad in expand_quads(quads)])


def _amount(lines):
    """How much was read: characters, each by the certainty of its line."""
    return sum(line.score * len(line.text.strip()) for line in lines)


def _empty(size):
    return Page(None, size, [], [], scores=[], lines=[], blocks=[], characters=[])
