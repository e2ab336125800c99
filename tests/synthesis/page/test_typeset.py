"""Line breaking, alignment and tables, on text whose widths are known."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.flow import Column, draw_look
from ocr_crnn.synthesis.page.furniture import labelled_row, note_pair
from ocr_crnn.synthesis.page.layout import Layout, layout_page
from ocr_crnn.synthesis.page.table import Cell, Grid, set_table
from ocr_crnn.synthesis.page.typeset import Style, align_pens, break_text, printable, text_width

FACE = load_faces(find_fonts([Path(__file__).parents[3] / "fonts"]))[0]
STYLE = Style((FACE,), 10.0)


@given(st.text("가나다라 abc.,()1", max_size=60), st.floats(15, 200), st.booleans())
@settings(deadline=None, max_examples=200)
def test_breaking_loses_nothing_and_fits(text, width, anywhere):
    lines = break_text(text, STYLE, width, anywhere=anywhere)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line, STYLE) <= width + 1e-6 or len(line) == 1 for line in lines)


def test_korean_breaks_between_syllables_or_at_spaces():
    width = text_width("계약을 체", STYLE) + 0.1
    assert break_text("계약을 체결한다", STYLE, width) == ["계약을 체", "결한다"]
    assert break_text("계약을 체결한다", STYLE, width, anywhere=False) == ["계약을", "체결한다"]


def test_closing_marks_never_begin_a_line_and_latin_words_stay_whole():
    width = text_width("한다", STYLE) + 0.1
    assert break_text("한다.", STYLE, width) == ["한", "다."]
    assert break_text("가 Paper", STYLE, text_width("가 Pap", STYLE)) == ["가", "Paper"]
    assert break_text("Paper", STYLE, text_width("Pap", STYLE) + 0.1) == ["Pap", "er"]  # wider than the line itself: cut in the end


def test_alignment():
    text, width = "가 나", 100.0
    natural = text_width(text, STYLE)
    assert align_pens(text, STYLE, width, "right")[0] == pytest.approx(width - natural)
    assert align_pens(text, STYLE, width, "center")[0] == pytest.approx((width - natural) / 2)
    pens = align_pens(text, STYLE, width, "justify")[1]
    assert pens[2] == pytest.approx(width - text_width("나", STYLE))
    offset, pens = align_pens("성명", STYLE, 25.0, "distribute")
    assert offset == pytest.approx(0) and pens[1] == pytest.approx(25.0 - text_width("명", STYLE))
    offset, pens = align_pens("성명", STYLE, 200.0, "distribute")  # no further apart than 1.6 em
    assert pens[1] == pytest.approx(text_width("성", STYLE) + 16.0) and offset > 0


def test_printable_takes_out_what_is_not_covered():
    assert printable("가\ue000나 \ue000", (FACE,)) == ("가나 ", ["\ue000", "\ue000"])


def column(height=300.0):
    look = draw_look(np.random.default_rng(0), [FACE])
    layout = Layout((height, 300.0), 72, "test")
    return layout, Column(layout, look, 10.0, 10.0, 280.0, height - 10)


def test_table_cells_stand_in_their_boxes_row_by_row():
    layout, flow = column()
    rows = [[Cell("구분", rows=2), Cell("합계", columns=2)], [Cell("1"), Cell("2")], [Cell("가"), Cell("나"), Cell("다")]]
    boxes = set_table(flow, rows, [2, 1, 1], Grid())
    assert len(boxes) == 3 and boxes[0][3] == pytest.approx(boxes[1][1])
    page = layout_page(layout)
    assert list(page.texts) == ["구분", "합계", "1", "2", "가", "나", "다"]
    assert len(set(page.blocks)) == 7
    places = dict(zip(page.texts, page.quads.mean(axis=1), strict=True))
    assert boxes[0][1] < places["구분"][1] < boxes[1][3] and 10 < places["구분"][0] < 150
    assert 150 < places["1"][0] < 220 < places["2"][0] < 290
    x = boxes[1][1]  # the rule under the first row stops at the cell that spans both rows
    level = [rule.box for rule in layout.rules if rule.box[1] == rule.box[3] == pytest.approx(x)]
    assert min(box[0] for box in level) == pytest.approx(150)


def test_a_table_stops_at_the_foot_of_its_column_between_spans():
    layout, flow = column(height=70.0)
    rows = [[Cell("가")], [Cell("나", rows=9)], *[[] for _ in range(8)]]
    assert len(set_table(flow, rows, [1], Grid())) == 1
    assert list(layout_page(layout).texts) == ["가"]


@pytest.mark.parametrize("rows", [[[Cell("가", columns=3)]], [[Cell("가", rows=2), Cell("나")]], [[Cell("가"), Cell("나"), Cell("다")]]])
def test_cells_that_do_not_fit_their_table_are_refused(rows):
    _, flow = column()
    with pytest.raises(ValueError, match="fit its 2 columns"):
        set_table(flow, rows, [1, 1], Grid())


def test_a_paragraph_that_does_not_fit_says_so():
    layout, flow = column(height=60.0)
    assert flow.paragraph("가나다라 " * 3, indent=5)
    assert not flow.paragraph("가나다라 " * 200)
    page = layout_page(layout)
    assert page.quads.max() < 300 and page.quads[..., 1].max() < 60


def test_the_lead_of_a_paragraph_shares_its_first_line():
    layout, flow = column()
    flow.paragraph("본 계약은 서명한 날부터 효력이 있다.", lead="제1조(목적)")
    page = layout_page(layout)
    assert page.texts[0] == "제1조(목적)" and page.lines[0] == page.lines[1]
    assert page.quads[0, 1, 0] < page.quads[1, 0, 0]


@dataclass
class _OnlyDigits:
    path: str
    index: int = 0

    def covers_character(self, character):
        return character.isdigit()


def test_a_character_comes_from_the_first_face_that_has_it():
    style = Style((_OnlyDigits(FACE.path), FACE), 10.0)
    layout = Layout((50.0, 100.0), 72, "test")
    run = layout.text("1가", style, 5, 30)
    assert [type(face) for face in run.faces()] == [_OnlyDigits, type(FACE)]


def test_the_truth_says_where_a_word_stands_in_a_table_and_which_label_it_belongs_to():
    layout = Layout((800.0, 600.0), 72, "test")
    column = Column(layout, draw_look(np.random.default_rng(0), [FACE]), 50.0, 50.0, 400.0, 700.0)
    rows = [
        [Cell("구분", rows=2), Cell("성명", kind="label"), Cell("홍 길동", kind="value")],
        [Cell("주소", kind="label"), Cell("", kind="value")],
    ]
    set_table(column, rows, [1, 1, 2], Grid())
    labelled_row(column, [("전화", 0, 60, "left"), ("02-1234", 80, 100, "left")])
    mark = len(layout.texts)
    column.paragraph("상호 : 한빛 상사")
    note_pair(layout, mark, "상호 : ")
    page = layout_page(layout)
    facts = dict(zip(page.texts, page.attributes, strict=True))
    assert facts["구분"]["cell"] == {"table": 0, "row": 0, "column": 0, "row_span": 2, "column_span": 1}
    assert facts["주소"]["cell"]["row"] == 1 and facts["주소"]["cell"]["column"] == 1
    pairs = {text: row.get("pair") for text, row in facts.items()}
    assert pairs == {
        "구분": None, "성명": [0, "label"], "홍": [0, "value"], "길동": [0, "value"], "주소": None, "전화": [1, "label"],
        "02-1234": [1, "value"], "상호": [2, "label"], ":": [2, "label"], "한빛": [2, "value"], "상사": [2, "value"],
    }  # fmt: skip
