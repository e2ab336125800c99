from pathlib import Path

import numpy as np

from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.numbered import draw_sentences, render_numbered_page, render_pages

FACES = load_faces(find_fonts([Path(__file__).parents[3] / "fonts"]))


def test_a_page_depends_on_its_number_alone():
    sentences = draw_sentences(np.random.default_rng(0), 20)
    assert len(sentences) == 20 and all(sentences)
    options = {"dpi": 40, "kind": "card", "degradation": "clean"}
    alone, truth, _ = render_numbered_page(3, 5, FACES, sentences, **options)
    pages = list(render_pages(3, FACES, sentences, start=4, stop=6, **options))
    assert len(pages) == 2
    np.testing.assert_array_equal(pages[1][0], alone)
    assert pages[1][1].texts.tolist() == truth.texts.tolist()
    assert pages[0][0].shape != alone.shape or (pages[0][0] != alone).any()
