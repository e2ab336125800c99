"""Leaders are ink and no text, and what they stand between are two texts."""

from pathlib import Path

import numpy as np
import pytest

from ocr_crnn.granularity import segments
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.contents import LEADERS, contents, entry
from ocr_crnn.synthesis.page.flow import Column, draw_look
from ocr_crnn.synthesis.page.layout import LEADER, Layout
from ocr_crnn.synthesis.page.rendering import render_page
from ocr_crnn.synthesis.page.words import Words

FACES = load_faces(find_fonts([Path(__file__).parents[3] / "fonts"]))


def column_of(width=300.0):
    look = draw_look(np.random.default_rng(0), FACES[:1])
    layout = Layout((200.0, width), 144, "test")
    return layout, Column(layout, look, 10.0, 10.0, width - 20, 190.0)


@pytest.mark.parametrize("gaps", [(0.0, 0.0), (12.0, 3.0)])
@pytest.mark.parametrize("unit", sorted(set(LEADERS)))
def test_a_title_and_its_page_are_two_texts_with_ink_between_them(unit, gaps):
    layout, column = column_of()
    assert entry(column, "1. 계약의 목적", "12", (unit, column.look.body, None, gaps), 0.0, 1.5)
    image, page = render_page(layout)
    found = segments(page)
    assert list(found.texts) == ["1. 계약의 목적", "12"]
    between = image[:60, int(found.quads[0, 1, 0]) + 2 : int(found.quads[1, 0, 0]) - 2]
    drawn = any(run.kind == LEADER for run in layout.texts)
    assert drawn == (between.min() < 200) and (drawn or not FACES[0].covers(unit.strip()))


def test_a_rule_of_dashes_or_nothing_leads_as_well_and_an_entry_may_have_no_page():
    for dash_pt, value in (((1.0, 2.0), "3"), (None, "3"), ((1.0, 2.0), "")):
        layout, column = column_of()
        assert entry(column, "별표", value, (None, column.look.body, dash_pt, (3.0, 3.0)), 0.0, 1.5)
        assert len(layout.rules) == (dash_pt is not None)
        assert list(segments(render_page(layout)[1]).texts) == ["별표", *filter(None, [value])]


def test_an_entry_says_when_there_is_no_room_for_it():
    layout, column = column_of(width=60.0)
    assert not entry(column, "제목", "1,234,567,890", (".", column.look.body, None, (0.0, 0.0)), 0.0, 1.5)
    column.y = column.bottom
    assert not entry(column, "제목", "1", (".", column.look.body, None, (0.0, 0.0)), 0.0, 1.5)
    assert not layout.texts


def test_no_text_of_drawn_contents_is_a_leader():
    for seed in range(8):
        layout, column = column_of()
        contents(np.random.default_rng(seed), column, Words(np.random.default_rng(seed), ["계약은 서명한 날부터 효력이 있다."]))
        for text in segments(render_page(layout)[1]).texts:
            assert not any(unit * 4 in text for unit in LEADERS)
