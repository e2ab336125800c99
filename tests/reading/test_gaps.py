import cv2
import numpy as np
import pytest

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.reading.gaps import PAD, PER_HEIGHT, Parts, join_parts, part_texts
from ocr_crnn.recognition.recognizer import ReadLine

PADDING = 20 * PAD / PER_HEIGHT  # pixels of a text 20 px high


def page_with(*bars, size=(60, 400), paper=230, ink=20):
    """Ink from `left` to `right`, 20 px high from y = 20, a third of it."""
    image = np.full(size, paper, np.uint8)
    for left, right in bars:
        image[20:40:3, left:right] = ink
    return image


def test_a_text_is_cut_where_its_ink_leaves_a_wide_gap():
    image = page_with((20, 60), (66, 90), (150, 260), (300, 340))
    parts = part_texts(image, boxes_to_quads([[20, 20, 320, 20]]), gap=1.0)
    assert parts.rows.tolist() == [0, 0, 0]
    np.testing.assert_allclose(parts.starts, [0, 130 - PADDING, 280 - PADDING], atol=1.3)
    expected = [[20, 90 + PADDING], [150 - PADDING, 260 + PADDING], [300 - PADDING, 340]]
    np.testing.assert_allclose(parts.quads[:, [0, 1], 0], expected, atol=1.3)
    assert (parts.quads[:, [0, 1], 1] == 20).all() and (parts.quads[:, [2, 3], 1] == 40).all()


@pytest.mark.parametrize("gap_px", [18, 24])
def test_a_gap_is_wide_by_the_height_of_the_text(gap_px):
    image = page_with((20, 100), (100 + gap_px, 200))
    assert len(part_texts(image, boxes_to_quads([[20, 20, 180, 20]]), gap=1.0).rows) == 1 + (gap_px > 20)


def test_white_on_black_and_texts_that_lie_anyhow_are_cut_too():
    bars = (20, 100), (160, 260)
    assert len(part_texts(page_with(*bars, paper=10, ink=240), boxes_to_quads([[20, 20, 240, 20]])).rows) == 2
    turned = cv2.warpAffine(page_with(*bars), cv2.getRotationMatrix2D((200, 30), 20, 1), (400, 260), borderValue=230)
    corners = cv2.transform(boxes_to_quads([[20, 20, 240, 20]]), cv2.getRotationMatrix2D((200, 30), 20, 1)).astype(np.float32)
    parts = part_texts(turned, corners)
    assert parts.rows.tolist() == [0, 0] and parts.starts[1] == pytest.approx(140 - PADDING, abs=2)
    downwards = page_with(*bars).T.copy()
    quad = np.float32([[[40, 20], [40, 260], [20, 260], [20, 20]]])  # read from above to below
    assert part_texts(downwards, quad).starts.tolist() == pytest.approx([0, 140 - PADDING], abs=1.3)


def test_other_texts_stay_as_they_are_to_the_last_digit():
    image = page_with((20, 100), (160, 260))
    quads = np.float32([[[20.3, 19.7], [99.1, 20.2], [99.4, 40.3], [20.1, 39.8]], [[20, 20], [260, 20], [260, 40], [20, 40]]])
    parts = part_texts(image, quads[[0, 1, 0]])
    assert parts.rows.tolist() == [0, 1, 1, 2]
    np.testing.assert_array_equal(parts.quads[[0, 3]], quads[[0, 0]])


def test_spotted_paper_short_texts_and_dots_have_no_gap():
    spotted = page_with((20, 100), (160, 260))
    spotted[22:38, ::7] = 180
    leader = page_with((20, 100), (200, 260))
    leader[36:39, 106:200:16] = 60
    leader[36:39, 107:200:16] = 60
    for image in (spotted, leader):
        assert len(part_texts(image, boxes_to_quads([[20, 20, 240, 20]])).rows) == 1
    assert len(part_texts(page_with((20, 30), (80, 90)), boxes_to_quads([[20, 20, 70, 20]])).rows) == 1


def test_nothing_blank_and_beyond_the_page():
    assert len(part_texts(page_with(), np.zeros((0, 4, 2))).rows) == 0
    odd = boxes_to_quads([[20, 20, 200, 20], [-500, -90, 300, 20], [380, 50, 900, 20], [10, 10, 0, 0], [10, 10, 300, 0]])
    parts = part_texts(page_with(), odd)
    assert parts.rows.tolist() == [0, 1, 2, 3, 4] and np.isfinite(parts.quads).all()


def line(text, score=1.0):
    places = np.arange(len(text), dtype=np.float32) * 10
    return ReadLine(text, score, np.full(len(text), score, np.float32), np.stack([places, places + 8], axis=1))


def test_parts_are_joined_by_a_space_where_both_have_something():
    parts = Parts(np.zeros((5, 4, 2)), np.int32([0, 1, 1, 1, 2]), np.float32([0, 0, 50, 90, 0]))
    one, joined, last = join_parts([line("다"), line("가나"), line("", 0.0), line("1", 0.7), line("")], parts)
    assert (one.text, joined.text, last.text) == ("다", "가나 1", "")
    np.testing.assert_allclose(joined.character_scores, [1, 1, 0.7, 0.7], atol=1e-6)
    np.testing.assert_allclose(joined.spans_px, [[0, 8], [10, 18], [18, 90], [90, 98]])
    assert joined.score == pytest.approx(0.85)
    assert join_parts([], Parts(np.zeros((0, 4, 2)), np.zeros(0, np.int32), np.zeros(0, np.float32))) == []
