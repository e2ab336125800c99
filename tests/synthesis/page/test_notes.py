"""Tight pages: the pitch of their lines, and a truth that still tells line from line."""

from pathlib import Path

import numpy as np
import pytest

from ocr_crnn.granularity import lines, segments
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.flow import Column, draw_look, draw_tight_leading
from ocr_crnn.synthesis.page.layout import Layout, layout_page
from ocr_crnn.synthesis.page.notes import BULLETS, label_rows, spread_label, widen
from ocr_crnn.synthesis.page.rendering import draw_page
from ocr_crnn.synthesis.page.table import Cell, Grid, set_table
from ocr_crnn.synthesis.page.words import Words

FACES = load_faces(find_fonts([Path(__file__).parents[3] / "fonts"]))
CORPUS = ["본 계약은 쌍방이 서명한 날부터 효력이 발생한다.", "제출 서류는 원본과 대조한 뒤 돌려준다."]


def column_of(leading, width=300.0):
    look = draw_look(np.random.default_rng(0), FACES[:1])
    layout = Layout((600.0, width), 72, "test")
    column = Column(layout, look, 10.0, 10.0, width - 20, 590.0)
    column.look = type(look)(**{**vars(look), "leading": leading})
    return layout, column


def baselines(layout):
    """Heights of the lines in points, from the top down."""
    return np.array(sorted({run.origin[1] for run in layout.texts}))


@pytest.mark.parametrize("leading", [1.0, 1.05, 1.2])
def test_the_pitch_of_a_paragraph_is_its_leading_and_every_line_is_a_text(leading):
    layout, column = column_of(leading)
    assert column.paragraph("계약을 체결한다 " * 30)
    assert np.diff(baselines(layout)) == pytest.approx(leading * column.look.body.size_pt)
    page = layout_page(layout)
    found = segments(page)
    assert len(found) == len(baselines(layout)) == len(lines(page)) > 3
    tops, bottoms = found.quads[:, 0, 1], found.quads[:, 2, 1]
    # At a leading of 100 % the ink of two lines may touch, but half of each line belongs to it alone.
    assert (tops[1:] - bottoms[:-1] > -0.25 * (bottoms - tops)[:-1]).all()


def test_tight_leadings_lie_between_100_and_130_percent():
    drawn = [draw_tight_leading(np.random.default_rng(seed)) for seed in range(200)]
    assert 1.0 <= min(drawn) < 1.02 and 1.25 < max(drawn) <= 1.3
    leadings = np.array([draw_look(np.random.default_rng(seed), FACES).leading for seed in range(200)])
    assert 0.5 < (leadings <= 1.3).mean() < 0.7 and leadings.max() > 1.8


def test_the_lines_of_a_cell_hang_behind_its_bullet():
    layout, column = column_of(1.3, width=120.0)
    set_table(column, [[Cell("-\t" + "가나다 " * 8 + "\n*\t라마\n끝")]], [1], Grid(leading=1.1))
    page = segments(layout_page(layout))
    starts = page.quads[:, 0, 0]
    assert page.texts[0].startswith("- 가나다") and list(page.texts[-2:]) == ["* 라마", "끝"]
    hang = layout.texts[1].origin[0] - layout.texts[0].origin[0]
    assert hang > 3 and starts[1] - starts[0] > 3  # the second line of the first item
    assert layout.texts[-1].origin[0] == layout.texts[0].origin[0] == layout.texts[-2].origin[0]
    assert np.diff(baselines(layout)) == pytest.approx(1.1 * column.look.body.size_pt)


def test_a_label_and_its_value_are_two_texts_of_one_line():
    layout, column = column_of(1.0, width=500.0)
    label_rows(np.random.default_rng(3), column, Words(np.random.default_rng(0), CORPUS))
    page = layout_page(layout)
    found, rows = segments(page), lines(page)
    assert len(rows) == len(baselines(layout))
    assert len(found) >= 2 * len(rows)


def test_wide_gaps_change_no_word():
    rng = np.random.default_rng(0)
    text = "임대인은 임차인에게 알린다"
    assert widen(rng, text, 0.0) == text
    wide = widen(rng, text, 1.0)
    assert wide.split() == text.split() and "  " in wide
    spread = {spread_label(np.random.default_rng(seed), "성명") for seed in range(40)}
    assert "성명" in spread and any(label.startswith("성  ") for label in spread)
    assert {label.replace(" ", "") for label in spread} == {"성명"}
    assert spread_label(rng, "사업자등록번호") == "사업자등록번호"


def test_notes_are_tight_and_hold_bullets():
    pitches, marks = [], set()
    for seed in range(3):
        layout = draw_page(np.random.default_rng(seed), FACES, [" ".join(CORPUS * 3)], dpi=72, kind="notes")
        for block in {run.block for run in layout.texts if run.kind in ("text", "list")}:
            runs = [run for run in layout.texts if run.block == block]
            pitches += (np.diff(sorted({run.origin[1] for run in runs})) / runs[0].style.size_pt).tolist()
        marks |= {run.text.split()[0] for run in layout.texts} & set(BULLETS)
    assert len(pitches) > 25 and min(pitches) > 0.99 and max(pitches) < 1.31
    assert len(marks) > 3
