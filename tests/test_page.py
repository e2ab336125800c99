"""Page: columns of one length, rows by index, lines and blocks in order."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.page import Characters, Page


def page_of(texts, **columns):
    quads = np.arange(len(texts) * 8).reshape(-1, 4, 2)
    return Page("page.png", (100, 200), quads, texts, **columns)


def test_columns_have_their_dtypes():
    page = page_of(["가", None], scores=[0.5, 1], lines=[0, 1], blocks=(0, 0), entities=["date", None], attributes=[{"font": "a"}, {}])
    assert len(page) == 2 and page.size == (100, 200)
    assert page.quads.dtype == np.float32 and page.quads.shape == (2, 4, 2)
    assert page.scores.dtype == np.float32 and page.lines.dtype == np.int32 and page.blocks.dtype == np.int32
    assert page.texts.dtype == object and page.texts[1] is None and page.entities[0] == "date"
    assert page.scripts is None and page.characters is None


def test_a_page_says_what_its_rows_are():
    assert page_of(["가"]).unit == "word" and page_of(["가"], unit="character").take([0]).unit == "character"
    with pytest.raises(ValueError, match="one of character, word, segment, line, block. Received: 'glyph'"):
        page_of(["가"], unit="glyph")


def test_objects_of_equal_length_stay_objects():
    # NumPy would make a 2 × 2 array of these.
    pairs = page_of(["a", "b"], attributes=[["x", "y"], ["z", "w"]])
    assert pairs.attributes.shape == (2,) and pairs.attributes[0] == ["x", "y"]
    characters = [Characters(np.zeros((2, 4, 2))), Characters(np.zeros((2, 4, 2)))]
    assert page_of(["ab", "cd"], characters=characters).characters[1] is characters[1]


@pytest.mark.parametrize("empty", [[], np.zeros((0, 4, 2)), np.zeros(0)])
def test_a_page_without_text(empty):
    page = Page(None, (10, 20), empty, [])
    assert len(page) == 0 and page.quads.shape == (0, 4, 2)
    assert page.text == "" and page.line_rows() == [] and page.block_lines() == []
    assert len(page.take([])) == 0


@pytest.mark.parametrize(
    ("columns", "message"),
    [({"scores": [1.0]}, "2 texts, 1 scores"), ({"lines": [0, 1, 2]}, "2 texts, 3 lines"), ({"entities": []}, "2 texts, 0 entities")],
)
def test_columns_of_other_lengths(columns, message):
    with pytest.raises(ValueError, match=message):
        page_of(["a", "b"], **columns)


def test_quads_of_another_length():
    with pytest.raises(ValueError, match="2 texts, 1 quads"):
        Page(None, (10, 20), np.zeros((1, 4, 2)), ["a", "b"])


@pytest.mark.parametrize(
    ("indices", "texts"),
    [([2, 0], ["c", "a"]), (np.array([True, False, True]), ["a", "c"]), (slice(1, None), ["b", "c"]), ([], []), ([1, 1], ["b", "b"])],
)
def test_take(indices, texts):
    page = page_of(["a", "b", "c"], scores=[0.1, 0.2, 0.3], characters=[None, Characters(np.zeros((1, 4, 2))), None])
    taken = page.take(indices)
    assert taken.texts.tolist() == texts
    np.testing.assert_array_equal(taken.quads, page.quads[indices])
    np.testing.assert_array_equal(taken.scores, page.scores[indices])
    assert taken.lines is None and taken.image_path == "page.png"
    assert page.texts.tolist() == ["a", "b", "c"]


def test_a_page_is_not_changed_but_replaced():
    page = page_of(["a"])
    with pytest.raises(AttributeError):
        page.texts = []
    assert replace(page, scores=[0.5]).scores.tolist() == [0.5] and page.scores is None
    with pytest.raises(ValueError, match="1 texts, 2 scores"):
        replace(page, scores=[0.5, 0.5])


def test_text_in_lines_and_blocks():
    page = page_of(["수신", "홍길동", "제목", None, "계약", "끝"], lines=[0, 0, 1, 2, 2, 3], blocks=[0, 0, 0, 0, 0, 1])
    assert [rows.tolist() for rows in page.line_rows()] == [[0, 1], [2], [3, 4], [5]]
    assert [[rows.tolist() for rows in lines] for lines in page.block_lines()] == [[[0, 1], [2], [4]], [[5]]]
    assert page.text == "수신 홍길동\n제목\n계약\n\n끝"


def test_without_lines_every_row_is_its_own_line():
    page = page_of(["a", None, "", "b"])
    assert len(page.line_rows()) == 4
    assert page.text == "a\nb"


def test_characters():
    characters = Characters(np.zeros((3, 4, 2), np.float64), scores=[1, 0.5, 0])
    assert len(characters) == 3 and characters.quads.dtype == np.float32 and characters.scores.dtype == np.float32
    assert len(Characters([])) == 0
    with pytest.raises(ValueError, match="3 quads, scores of shape"):
        Characters(np.zeros((3, 4, 2)), scores=[1, 1])


@given(st.lists(st.integers(0, 3), max_size=12))
def test_every_row_is_in_one_line(lines):
    page = page_of(["x"] * len(lines), lines=lines)
    rows = page.line_rows()
    assert [row for line in rows for row in line] == list(range(len(lines)))
    for line, following in zip(rows, rows[1:], strict=False):
        assert len(set(page.lines[line])) == 1 and page.lines[line[0]] != page.lines[following[0]]


def page_to_show(path=None):
    quads = [[[10, 10], [40, 10], [40, 20], [10, 20]], [[50, 12], [90, 10], [90, 22], [50, 20]]]
    return Page(path, (60, 100), quads, ["계약", "금액"], scores=[0.9, 0.8], lines=[0, 0], blocks=[0, 0])


def test_repr_is_two_lines():
    assert repr(page_to_show("a.png")) == "Page('a.png', 100 × 60 px, 2 words, mean score 0.85)\n'계약 금액'"
    assert repr(Page(None, (6, 10), np.zeros((0, 4, 2)), [])) == "Page(None, 10 × 6 px, 0 words)\n''"
    long = Page(None, (6, 10), np.zeros((1, 4, 2)), ["가" * 100])
    assert repr(long).splitlines()[1] == repr("가" * 70 + "…")


def test_show_frames_each_word(tmp_path):
    for source in (None, np.full((60, 100), 200, np.uint8)):
        picture = page_to_show().show(source)
        assert picture.size == (100, 60) and picture.getpixel((20, 10)) == (30, 150, 60) != picture.getpixel((25, 15))
    picture.save(tmp_path / "a.png")
    assert page_to_show(tmp_path / "a.png").show().getpixel((5, 5)) == (200, 200, 200)


def test_a_table_of_the_words(monkeypatch):
    table = page_to_show().to_dataframe()
    assert list(table.columns) == ["text", "score", "line", "block", "left", "top", "right", "bottom"]
    assert table.loc[1, ["text", "left", "top", "right", "bottom"]].tolist() == ["금액", 50, 10, 90, 22]
    assert len(Page(None, (6, 10), np.zeros((0, 4, 2)), []).to_dataframe()) == 0
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        page_to_show().to_dataframe()


def _words(texts, boxes, blocks):
    """boxes: left, top, right, bottom; one word a line, but those of equal block."""
    quads = [[(left, top), (right, top), (right, bottom), (left, bottom)] for left, top, right, bottom in boxes]
    return Page(None, (400, 400), quads, texts, lines=range(len(texts)), blocks=blocks)


def test_cells_of_a_row_share_a_line_of_the_text():
    row = [(10, 100, 60, 120), (110, 102, 160, 122), (210, 98, 260, 118)]
    below = [(left, top + 40, right, bottom + 40) for left, top, right, bottom in row]
    page = _words(["제목", "사과", "3", "900", "배", "12", "700"], [(10, 10, 300, 40), *row, *below], range(7))
    assert page.text == "제목\n\n사과 3 900\n배 12 700"
    assert [after for _, after in page.parted_blocks()] == ["\n\n", " ", " ", "\n", " ", " ", ""]
    turned = replace(page, quads=np.stack([400 - page.quads[..., 0], 400 - page.quads[..., 1]], axis=-1))  # upside down
    assert turned.text == page.text


def test_a_cell_of_several_lines_stands_alone_and_so_does_what_is_left_of_the_text_before():
    boxes = [(10, 100, 60, 120), (110, 90, 160, 110), (110, 112, 160, 132), (210, 100, 260, 120)]
    assert _words(["가", "나", "다", "라"], boxes, [0, 1, 1, 2]).text == "가\n\n나\n다\n\n라"
    assert _words(["가", "나"], [(210, 100, 260, 120), (10, 100, 60, 120)], [0, 1]).text == "가\n\n나"
    assert [after for _, after in _words(["가"], [(0, 0, 9, 9)], [0]).parted_blocks()] == [""]
    assert _words([], [], []).parted_blocks() == []
