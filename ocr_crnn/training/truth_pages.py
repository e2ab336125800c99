"""Pages of a ground truth as a source of crops for a detector, alone or mixed with rendered ones."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ocr_crnn.data.samples import UnreadableImageError, read_image
from ocr_crnn.detection.detector import page_scale, scale_page
from ocr_crnn.granularity import as_segments
from ocr_crnn.page import Page
from ocr_crnn.training.pages import CROPS_PER_PAGE, draw_crop

ZOOM = (0.8, 1.3)  # a page is learnt at the size in which the detector looks at it, times this


@dataclass(frozen=True)
class TruthPages:
    """Crops of pages as training/pages.py takes them; cheap to send to another process, for images are read when they are needed.

    pages: of words, segments or lines, with images that can be read (`readable_pages`). targets, side_px, crops_per_page: as of PageSource.
    short_side_px, max_scale: of the detector.
    """

    seed: int
    pages: tuple[Page, ...]
    targets: Callable
    short_side_px: float
    max_scale: float
    side_px: int = 640
    crops_per_page: int = CROPS_PER_PAGE

    def draw_crops(self, number):
        """The crops of one of the pages: `[(image uint8 (side, side, 3), Page)]`, a function of the number."""
        rng = np.random.default_rng([self.seed, number])
        page = self.find_page(number, int(rng.integers(len(self.pages))))
        image = read_image(page.image_path)
        scale = page_scale(*image.shape[:2], self.short_side_px, self.max_scale) * np.exp(rng.uniform(*np.log(ZOOM)))
        scaled = scale_page(image, scale)
        factors = np.float32([scaled.shape[1] / image.shape[1], scaled.shape[0] / image.shape[0]])
        page = _scale(page, factors, scaled.shape[:2])
        return [draw_crop(rng, scaled, page, self.side_px) for _ in range(self.crops_per_page)]

    def chosen(self, number):
        """The index of the page that `draw_crops` takes for a number."""
        return int(np.random.default_rng([self.seed, number]).integers(len(self.pages)))

    def find_page(self, number, index):
        """The Page to learn from, one of `pages` by its index."""
        return self.pages[index]


def _scale(page, factors, size):
    """The page with its quads, and those of its characters, times factors `(2,)`."""
    characters = page.characters
    if characters is not None:
        characters = [None if one is None else replace(one, quads=one.quads * factors) for one in characters]
    return replace(page, size=size, quads=page.quads * factors, characters=characters)


@dataclass(frozen=True)
class MixedPages:
    """Two sources of crops as one: a share of the pages is of the first, the rest of the second, whose other settings hold."""

    first: TruthPages
    second: object
    share: float

    def __getattr__(self, name):
        if name.startswith("__") or name == "second":
            raise AttributeError(name)
        return getattr(self.second, name)

    def draw_crops(self, number):
        return (self.first if self.takes_first(number) else self.second).draw_crops(number)

    def takes_first(self, number):
        """Whether a page number is one of the first source: by chance, so that runs of other lengths are alike."""
        return bool(np.random.default_rng([self.second.seed, number, 4]).random() < self.share)


def readable_pages(gt_util, granularity=as_segments):
    """The pages, as Pages of segments, whose image can be read and has the size that the truth says; the others are in the report.

    granularity: function Page → Page, another one than that of segments.
    """
    kept = []
    for page in gt_util:
        try:
            height, width = read_image(page.image_path).shape[:2]
        except (UnreadableImageError, OSError) as error:
            gt_util.report.add("image_unreadable", page.image_path, error)
            continue
        if (height, width) != page.size:
            gt_util.report.add("image_size_differs", page.image_path, f"{width} × {height} px, said to be {page.size[1]} × {page.size[0]}")
            continue
        kept.append(granularity(page))
    return kept
