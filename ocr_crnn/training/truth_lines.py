"""Lines of a ground truth as a source of training: AI Hub, a folder in its shape, pages of one's own."""

from functools import cached_property

import numpy as np

from ocr_crnn.data.line_cache import LineCache
from ocr_crnn.data.line_loader import LineLoader
from ocr_crnn.data.line_table import choose_lines
from ocr_crnn.data.validation import ValidationReport

EASY_CHARACTERS = 14  # of the longest line in an easy batch


class TruthLines:
    """The lines of the pages of a GTUtility, cut out and brought to the height; a source as training/line_batches.py takes it.

    Lines that cannot be learnt (characters that the alphabet lacks, too few frames, too small) are left out, as is what turns out
    unreadable; `.report` tells which and why. codec, frames_for_width: as of RenderedLines. cache_bytes: lines beyond it are cut anew.
    Raises ValueError where nothing is left to learn from.
    """

    withheld, easy_groups = "", 0

    def __init__(self, gt_util, codec, frames_for_width, seed=0, height=32, cache_bytes=4 << 30):
        self.codec, self.seed, self.height = codec, seed, height
        self.report = ValidationReport()
        self.table = choose_lines(
            gt_util.pages, codec.alphabet, height, None, None, frames_for_width, self.report, needed=codec.frames_needed
        )  # fmt: skip
        self.report.facts["lines"] = len(self.table)
        if len(self.table) == 0:
            raise ValueError(
                f"At least one line has to be left to learn from. Received: {gt_util.num_objects} texts, none usable:\n{self.report}\n"
                "Look at the alphabet and the sizes of the lines."
            )
        cache = LineCache(self.table.widths, height, 1, cache_bytes)
        self._load = LineLoader(gt_util.pages, self.table, height, 1, cache, self.report)

    def __len__(self):
        return len(self.table)

    @cached_property
    def _easy(self):
        easy = np.flatnonzero([len(label) <= EASY_CHARACTERS for label in self.table.labels])
        return easy if len(easy) else np.arange(len(self))

    @cached_property
    def characters(self):
        """Every character of the lines, a set."""
        return {character for label in self.table.labels for character in self.codec.text(label)}

    @cached_property
    def texts(self):
        """The text of each line."""
        return [self.codec.text(label) for label in self.table.labels]

    def draw_line(self, rng, easy=False):
        """One `(image uint8 (height, width), text)` of the readable lines. Raises ValueError where 500 in a row are not."""
        for _ in range(500):
            line = self.line(int(rng.choice(self._easy)) if easy else int(rng.integers(len(self))))
            if line is not None:
                return line
        raise ValueError(f"Images have to be readable. Received: 500 lines in a row that are not.\n{self.report}")

    def line(self, number):
        """`(image, text)` of a line by its number, or None where its image cannot be read."""
        image = self._load(number)
        return None if image is None else (np.array(image[..., 0]), self.codec.text(self.table.labels[number]))

    def lines(self, most=None):
        """`[(image, text)]` of the readable ones among the first `most` lines."""
        found = (self.line(number) for number in range(min(len(self), most or len(self))))
        return [line for line in found if line is not None]


class MixedLines:
    """Two sources as one: a share of the lines is drawn from the first, the rest from the second, whose other settings hold."""

    def __init__(self, first, second, share):
        self.first, self.second, self.share = first, second, share
        self.seed, self.height, self.codec = second.seed, second.height, second.codec
        self.withheld, self.easy_groups = second.withheld, second.easy_groups

    def draw_line(self, rng, easy=False):
        source = self.first if rng.random() < self.share else self.second
        return source.draw_line(rng, easy)


class VariedLines:
    """A source of lines of which each drawn one is changed: `vary(rng, image) → image`. One that no longer fits into its frames stays."""

    def __init__(self, source, vary, frames_for_width):
        self.source, self.vary, self.frames_for_width = source, vary, frames_for_width
        self.seed, self.height, self.codec = source.seed, source.height, source.codec
        self.withheld, self.easy_groups = source.withheld, source.easy_groups

    def draw_line(self, rng, easy=False):
        image, text = self.source.draw_line(rng, easy)
        varied = self.vary(rng, image)
        return (varied if self.codec.fits(text, self.frames_for_width(varied.shape[1])) else image), text
