from pathlib import Path

import numpy as np

from ocr_crnn.granularity import segments
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.rendering import draw_page, render_page

FACES = load_faces(find_fonts([Path(__file__).parents[3] / "fonts"]))
CORPUS = ["본 계약은 쌍방이 서명한 날부터 효력이 발생한다."]


def test_most_texts_of_a_sheet_are_lone_characters_in_places_of_their_own():
    texts = []
    for seed in range(6):
        image, page = render_page(draw_page(np.random.default_rng(seed), FACES, CORPUS, kind="sheet", dpi=100))
        found = segments(page)
        assert image.dtype == np.uint8 and len(found) > 10
        x0, x1 = found.quads[..., 0].min(axis=1), found.quads[..., 0].max(axis=1)
        assert (x1 - x0 < image.shape[1]).all()
        texts += list(found.texts)
    lone = [text for text in texts if len(text) == 1]
    assert len(lone) > 0.5 * len(texts)
    assert set("0123456789") <= set(lone)
