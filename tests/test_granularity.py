"""Words to segments, lines and blocks, on pages small enough to work out by hand."""

import numpy as np
import pytest

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.granularity import as_segments, blocks, enclosing_quad, enclosing_quads, join_words, lines, segments
from ocr_crnn.page import Characters, Page


def page_of(boxes, texts, **columns):
    return Page(None, (100, 100), boxes_to_quads(np.array(boxes, np.float32).reshape(-1, 4)), texts, **columns)


PAGE = page_of(
    [[0, 10, 10, 10], [14, 11, 10, 9], [60, 10, 10, 10], [0, 30, 20, 10]],
    ["합계", "금액", "41", "끝"],
    lines=[0, 0, 0, 1],
    blocks=[0, 0, 0, 0],
    scores=[0.9, 0.5, 1.0, 0.8],
    attributes=[{"segment": 0, "kind": "row"}, {"segment": 0}, {"segment": 1}, {"segment": 2}],
)


def test_segments():
    page = segments(PAGE)
    assert list(page.texts) == ["합계 금액", "41", "끝"]
    assert [make(PAGE).unit for make in (segments, lines, blocks)] == ["segment", "line", "block"]
    np.testing.assert_allclose(page.quads[0], [[0, 10], [24, 10], [24, 20], [0, 20]])
    assert list(page.lines) == [0, 0, 1] and page.attributes[0]["kind"] == "row"
    np.testing.assert_allclose(page.scores, [0.5, 1.0, 0.8])


def test_lines_and_blocks():
    assert list(lines(PAGE).texts) == ["합계 금액 41", "끝"]
    np.testing.assert_allclose(lines(PAGE).quads[0], [[0, 10], [70, 10], [70, 20], [0, 20]])
    assert list(blocks(PAGE).texts) == ["합계 금액 41 끝"]


def test_an_unreadable_word_makes_its_segment_unreadable():
    page = page_of([[0, 0, 9, 9], [10, 0, 9, 9]], ["가", None], attributes=[{"segment": 7}, {"segment": 7}])
    assert list(segments(page).texts) == [None]


def test_rows_of_a_segment_need_not_stand_together():
    page = page_of([[0, 0, 9, 9], [0, 20, 9, 9], [10, 0, 9, 9]], ["가", "나", "다"], attributes=[{"segment": n} for n in (5, 1, 5)])
    assert list(segments(page).texts) == ["가 다", "나"]


@pytest.mark.parametrize("degrees", [0, 17, 90, -45, 180])
def test_the_quad_follows_the_text(degrees):
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    upright = boxes_to_quads([[0, 0, 10, 10], [14, 2, 40, 6]])
    expected = np.array([[0, 0], [54, 0], [54, 10], [0, 10]]) @ turn
    np.testing.assert_allclose(enclosing_quad(upright @ turn), expected, atol=1e-4)
    point = np.full((1, 4, 2), 7, np.float32)  # without a direction it stands upright, where it is
    np.testing.assert_allclose(enclosing_quad(point), point[0])


def test_characters_get_a_space_between_the_words():
    quads = boxes_to_quads([[0, 0, 10, 10], [14, 0, 10, 10]])
    characters = [Characters(quads[:1], [0.9]), Characters(quads[1:], [0.4])]
    page = Page(None, (50, 50), quads, ["가", "나"], characters=characters, attributes=[{"segment": 0}] * 2)
    joined = segments(page).characters[0]
    assert len(joined) == len("가 나")
    np.testing.assert_allclose(joined.quads[1], [[10, 0], [14, 0], [14, 10], [10, 10]])
    np.testing.assert_allclose(joined.scores, [0.9, 0.4, 0.4])


def test_pages_that_know_too_little_are_refused_and_empty_ones_stay_empty():
    page = page_of([[0, 0, 9, 9]], ["가"])
    for function in (segments, lines, blocks):
        with pytest.raises(ValueError, match="Received: a Page without"):
            function(page)
    assert len(segments(page_of([], [], attributes=[]))) == 0


@pytest.mark.parametrize("degrees", [0, 17, 90, 180])
def test_words_are_joined_by_their_places(degrees):
    """Two words and, an em and a half away, a third; the line below; a title of twice their height behind a word."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    boxes = [[0, 0, 30, 10], [34, 1, 30, 10], [80, 0, 30, 10], [0, 14, 30, 10], [34, 10, 60, 20]]
    quads = boxes_to_quads(np.float32(boxes)) @ turn
    page = Page(None, (100, 100), quads, ["갑은", "을에게", "금액", "아래", "제목"])
    assert list(join_words(page).texts) == ["갑은 을에게", "금액", "아래", "제목"]
    apart = Page(None, (100, 100), quads, page.texts, lines=[0, 1, 1, 2, 3])
    assert list(join_words(apart).texts) == ["갑은", "을에게", "금액", "아래", "제목"]


def test_a_chain_of_words_is_one_segment_whatever_their_order():
    boxes = [[34, 0, 30, 10], [102, 0, 30, 10], [0, 0, 30, 10], [68, 0, 30, 10]]
    page = page_of([[0, 50, 20, 10], *boxes, [0, 30, 20, 10]], ["먼저", *"나라가다", "끝"])
    assert list(join_words(page).texts) == ["먼저", "가 나 다 라", "끝"]
    assert len(join_words(page_of([], []))) == 0


def test_segments_of_whatever_a_page_is_made_of():
    assert list(as_segments(PAGE).texts) == ["합계 금액", "41", "끝"]
    assert as_segments(segments(PAGE)).unit == as_segments(page_of([], [])).unit == "segment"
    assert as_segments(lines(PAGE)).unit == "line"
    with pytest.raises(ValueError, match="Segments are made of words. Received: a page of blocks"):
        as_segments(blocks(PAGE))


def test_groups_of_quads_are_enclosed_each_by_itself():
    rng = np.random.default_rng(3)
    quads = rng.uniform(0, 900, (40, 4, 2)).astype(np.float32)
    starts = [0, 1, 2, 9, 30]
    found = enclosing_quads(quads, starts)
    expected = [enclosing_quad(part) for part in np.split(quads, starts[1:])]
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert enclosing_quads(quads[:0], []).shape == (0, 4, 2)
