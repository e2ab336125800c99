"""DocumentReader: from a file to Pages. A spotter reads what is on a page, stages put it into order and words."""

from dataclasses import replace
from pathlib import Path

from ocr_crnn.images import read_images
from ocr_crnn.ops.lines import to_grey
from ocr_crnn.reading.end_to_end import EndToEndSpotter
from ocr_crnn.reading.loading import load_networks
from ocr_crnn.reading.order import order_page
from ocr_crnn.reading.orientation import turn_page
from ocr_crnn.reading.reading import page_of_segments, turn_image
from ocr_crnn.reading.settings import SPOTTER
from ocr_crnn.reading.spotter import Spotter
from ocr_crnn.reading.stages import find_stage
from ocr_crnn.reading.words import (
    complete_page_numbers,
    drop_doubtful_ends,
    drop_even_spaces,
    join_spread_labels,
    space_choices,
    split_words,
)

# These look at no colour, and are given a page that is grey already.
STAGES = (order_page, drop_even_spaces, complete_page_numbers, space_choices, split_words, drop_doubtful_ends, join_spread_labels)


class DocumentReader:
    """Read pages.

    detector: image → Detections. recognizer: list of images → list of ReadLine; None for a detector that reads too, as TextSpotter.
    settings: SpotterSettings.
    stages: more stages, names of stages.STAGES_BY_NAME or functions `stage(page, image) → page`, run one after the other after those of
        STAGES. They see a page and its image, uint8 RGB, as they lie upright, one row per word in reading order.
    """

    def __init__(self, detector, recognizer, stages=(), settings=SPOTTER):
        self.spotter = EndToEndSpotter(detector, settings) if recognizer is None else Spotter(detector, recognizer, settings)
        self.stages = (*STAGES, *map(find_stage, stages))

    @classmethod
    def from_preset(cls, detector=None, recognizer=None, engine=None, with_hanja=True, **kwargs):
        """A reader with shipped weights. detector, recognizer: names or folders of presets; None for the defaults.

        A detector that reads too, as PANSpotter, is the only network; it takes no recogniser.

        engine: "litert", "keras", or None for LiteRT where it can be had, see loading.choose_engine.
        with_hanja: False where none are expected.
        Texts are left out below the least score of the recogniser's preset, unless `settings` has another.
        """
        networks, settings = load_networks(detector, recognizer, engine=engine, with_hanja=with_hanja)
        return cls(*networks, **{"settings": settings} | kwargs)

    @property
    def detector(self):
        return self.spotter.detector

    @property
    def recognizer(self):
        return self.spotter.recognizer

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
        return run_stages(self.spotter(pixels), pixels, self.stages, self.spotter.settings)


def run_stages(reading, image, stages=STAGES, settings=SPOTTER):
    """A Reading and the image of its page, as given → the Page that the stages make of it, on the page as given."""
    sheet = turn_image(image, reading.turns)
    grey = to_grey(sheet)
    page = page_of_segments(reading, grey, settings)
    for stage in stages:
        page = stage(page, grey if stage in STAGES else sheet)
    return turn_page(page, -reading.turns)
