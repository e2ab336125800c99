"""Pages by number: page `index` of a seed is the same in every process, whoever renders it and whatever was rendered before."""

import numpy as np

from ocr_crnn.synthesis.damage.page import degrade_page
from ocr_crnn.synthesis.page.rendering import draw_page, render_page
from ocr_crnn.synthesis.text import templates


def draw_sentences(rng, count=2000):
    """Sentences made of templates alone, for pages without a corpus."""
    return [templates.draw_clause(rng) for _ in range(count)]


def render_numbered_page(seed, index, faces, corpus, dpi=150, kind=None, degradation=None):
    """Page `index` of `seed` → (image uint8 `(height, width, 3)` RGB, Page, characters left out because no face covers them).

    kind, degradation: keys of PAGE_KINDS and DEGRADATIONS; None draws them.
    """
    rng = np.random.default_rng([seed, index])
    layout = draw_page(rng, faces, corpus, dpi, kind)
    image, page = render_page(layout)
    image, page = degrade_page(rng, image, page, degradation, dpi)
    return image, page, layout.missing


def render_pages(seed, faces, corpus, start=0, stop=None, dpi=150, kind=None, degradation=None):
    """Yield (image, page) for the indices from `start` to before `stop`, without end when it is None."""
    index = start
    while stop is None or index < stop:
        image, page, _ = render_numbered_page(seed, index, faces, corpus, dpi, kind, degradation)
        yield image, page
        index += 1
