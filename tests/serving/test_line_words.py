"""Words cut out of lines whose text is known."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr_crnn.formats.page_json import read_page_json
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.serving.line_words import advance, place_words, split_lines

PAGES = Path(__file__).parents[2] / "data" / "sample_pages"


def draw(*runs, size=(20, 200)):
    """Ink of runs (left, right) between a margin above and below."""
    ink = np.zeros(size, bool)
    for left, right in runs:
        ink[3:17, left:right] = True
    return ink


def test_words_part_in_the_gap_that_fits_their_characters():
    # Three characters of 18 px, a space, one; within the first word a gap as wide as the space.
    ink = draw((10, 28), (36, 54), (56, 74), (82, 100))
    assert place_words(["가나다", "라"], ink) == [(10, 3, 74, 17), (82, 3, 100, 17)]
    assert place_words(["가", "나다라"], ink) == [(10, 3, 28, 17), (36, 3, 100, 17)]
    assert place_words(["가", "나다", "라"], ink) == [(10, 3, 28, 17), (36, 3, 74, 17), (82, 3, 100, 17)]


def test_without_gaps_or_ink_words_are_as_wide_as_their_characters():
    assert advance("가a.") == pytest.approx(1.85)
    merged = place_words(["가나", "다"], draw((0, 160)))  # 2.3 and 1.3 of 3.6 advances, their spaces included
    assert merged[0][2] == merged[1][0] + 1 == 103 and merged[1][2] == 160
    assert place_words(["가", "나"], draw()) == [(0, 0, 100, 20), (100, 0, 200, 20)]


def test_rows_keep_their_columns_and_columns_of_characters_are_divided():
    quads = boxes_to_quads([[10, 10, 100, 20], [150, 10, 20, 120], [10, 60, 30, 20], [0, 0, 5, 5]])
    texts = ["가 나", "세로 글", "하나", ""]
    page = Page("a.png", (200, 200), quads, texts, scores=[0.5, 0.6, 0.7, 0.8], lines=[0, 1, 2, 3], blocks=[0, 1, 1, 2])
    words = split_lines(page, np.full((200, 200, 3), 255, np.uint8))
    assert list(words.texts) == ["가", "나", "세로", "글", "하나"]
    assert list(words.lines) == [0, 0, 1, 1, 2] and list(words.blocks) == [0, 0, 1, 1, 1] and words.image_path == "a.png"
    np.testing.assert_allclose(words.scores, [0.5, 0.5, 0.6, 0.6, 0.7])
    np.testing.assert_allclose(words.quads[2], [[150, 10], [170, 10], [170, 82], [150, 82]])  # three of five places
    np.testing.assert_array_equal(words.quads[4], quads[2])
    assert len(split_lines(page.take([]), np.zeros((200, 200, 3), np.uint8))) == 0


def test_words_of_a_rendered_page_lie_where_they_were_drawn():
    truth = read_page_json(PAGES / "00000002.json")
    image = np.asarray(Image.open(PAGES / Path(truth.image_path).name).convert("RGB"))
    segments = {}
    for row, attributes in enumerate(truth.attributes):
        segments.setdefault(attributes["segment"], []).append(row)
    found = []
    for rows in segments.values():
        first, last = truth.quads[rows[0]], truth.quads[rows[-1]]
        line = Page(None, truth.size, [[first[0], last[1], last[2], first[3]]], [" ".join(truth.texts[rows])])
        words = split_lines(line, image)
        centres = words.quads.mean(axis=1)
        inside = (centres > truth.quads[rows].min(axis=1)) & (centres < truth.quads[rows].max(axis=1))
        found += inside.all(axis=1).tolist() if len(rows) > 1 else []
    assert len(found) > 100 and np.mean(found) > 0.97
