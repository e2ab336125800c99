from pathlib import Path

import numpy as np

from ocr_crnn.granularity import segments
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.flow import Column, draw_look
from ocr_crnn.synthesis.page.layout import Layout, layout_page
from ocr_crnn.synthesis.page.rendering import draw_page, render_page
from ocr_crnn.synthesis.page.sheets import LABELS, boxes
from ocr_crnn.synthesis.page.words import Words

FACES = load_faces(find_fonts([Path(__file__).parents[3] / "fonts"]))
CORPUS = ["본 계약은 쌍방이 서명한 날부터 효력이 발생한다."]


def test_many_texts_of_a_sheet_are_lone_characters_in_places_of_their_own():
    texts = []
    for seed in range(6):
        image, page = render_page(draw_page(np.random.default_rng(seed), FACES, CORPUS, kind="sheet", dpi=100))
        found = segments(page)
        assert image.dtype == np.uint8 and len(found) > 10
        x0, x1 = found.quads[..., 0].min(axis=1), found.quads[..., 0].max(axis=1)
        assert (x1 - x0 < image.shape[1]).all()
        texts += list(found.texts)
    lone = [text for text in texts if len(text) == 1]
    assert len(lone) > 0.4 * len(texts)
    assert set("0123456789") <= set(lone)


def test_a_dash_alone_stands_in_a_box_as_high_as_digits():
    layout = Layout((300.0, 400.0), 72, "test")
    column = Column(layout, draw_look(np.random.default_rng(0), FACES[:1]), 10.0, 10.0, 380.0, 290.0)
    column.row([("-", 0, 50, "left"), ("8", 60, 50, "left")])
    dash, digit = segments(layout_page(layout)).quads
    high = column.look.body.size_pt
    assert dash[0, 1] <= digit[0, 1] + 0.1 * high and dash[2, 1] >= digit[2, 1] - 0.1 * high
    assert 0.7 * high < dash[2, 1] - dash[0, 1] < 0.8 * high


def test_boxes_hold_one_text_each_that_lies_within_the_rules_around_it():
    layout = Layout((300.0, 400.0), 72, "test")
    column = Column(layout, draw_look(np.random.default_rng(2), FACES[:1]), 10.0, 10.0, 380.0, 290.0)
    boxes(np.random.default_rng(1), column, Words(np.random.default_rng(1), CORPUS))
    found = segments(layout_page(layout))
    uprights = sorted({rule.box[0] for rule in layout.rules if rule.box[0] == rule.box[2]})
    assert len(found) > 3
    for text, quad in zip(found.texts, found.quads, strict=True):
        assert len(text) == 1 or text in LABELS
        assert not any(quad[:, 0].min() + 0.1 < x < quad[:, 0].max() - 0.1 for x in uprights)
