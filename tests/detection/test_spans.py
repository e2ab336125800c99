import numpy as np
import pytest

from ocr_crnn.detection.spans import are_figures, around, is_beside, is_claimed, is_mark, join_halves, stack

LINE = np.array([[-0.5, 0.5]])


def test_pieces_above_each_other_are_a_span():
    """The dot and the stem of an i, a letter beside it, and one of the next cell that reaches over it."""
    pieces = np.array([[0.1, -0.2, 0.2, 0.4], [0.1, -0.4, 0.2, -0.3], [0.25, -0.2, 0.6, 0.4], [0.3, -0.2, 0.9, 0.4]])
    spans, cells = stack(pieces, np.array([0, 0, 0, 1]))
    assert cells.tolist() == [0, 0, 1]
    np.testing.assert_allclose(spans, [[0.1, -0.4, 0.2, 0.4], [0.25, -0.2, 0.6, 0.4], [0.3, -0.2, 0.9, 0.4]])
    leaning = np.array([[0.0, -0.4, 0.5, 0.4], [0.4, -0.4, 0.9, 0.4]])  # a fifth of the second lies over the first
    assert len(stack(leaning, np.array([0, 0]))[0]) == 2
    assert len(stack(np.zeros((0, 4)), np.zeros(0, int))[0]) == 0


def test_a_box_claims_half_of_a_span_or_what_fills_half_of_it():
    box = np.array([[0.0, -0.5, 1.0, 0.5]])
    for left, right, claimed in ((0.1, 0.3, True), (0.89, 1.1, True), (0.95, 1.2, False), (0.4, 3.0, True), (0.6, 3.0, False)):
        assert is_claimed(np.array([[left, -0.4, right, 0.4]]), box).tolist() == [claimed]


@pytest.mark.parametrize(
    ("span", "mark"),
    [
        ([0, 0.3, 0.15, 0.45], True),  # .
        ([0, 0.2, 0.3, 0.5], True),  # a comma that is a blot: 0.09 of a square em, at the line's rim
        ([0, -0.15, 0.3, 0.15], False),  # ㅇ, as large, in the middle
        ([0, -0.05, 0.4, 0.05], True),  # -
        ([0, -0.05, 0.6, 0.04], False),  # ㅡ
        ([0, -0.3, 0.1, 0.4], False),  # l
    ],
)
def test_marks(span, mark):
    assert is_mark(np.array([span], float), LINE).tolist() == [mark]


def test_marks_stand_beside_what_is_large():
    """Before and behind the large spans of the first cell, not between them; the second cell has small spans alone."""
    cells = np.array([0, 0, 0, 0, 0, 1])
    small = np.array([True, False, True, False, True, True])
    assert is_beside(cells, small, ~small, 2).tolist() == [True, False, False, False, True, False]


def test_figures_are_alike():
    bars = np.array([[0, -0.4, 0.2, 0.3], [0.3, -0.4, 0.5, 0.32], [0.6, -0.4, 0.8, 0.3]])
    every, none = np.ones(3, bool), np.zeros(3, int)
    assert are_figures(bars, none, every, 2).tolist() == [True, False]
    assert are_figures(bars[:1], none[:1], every[:1], 1).tolist() == [False]  # one is no row
    for row, sides in ((0, [0, -0.3, 0.2, 0.3]), (1, [0.3, -0.3, 0.5, 0.4]), (2, [0.6, -0.4, 1.3, 0.3])):  # lower, not level, wide
        other = bars.copy()
        other[row] = sides
        assert are_figures(other, none, every, 1).tolist() == [False]


def halves(boxes, seen, **columns):
    count = len(boxes)
    found = {"text": np.zeros(count, int), "boxes": np.array(boxes, float), "seen": np.array(seen, bool), "half": np.ones(count, bool)}
    return found | {"narrow": np.ones(count, bool), "score": np.linspace(0.5, 0.9, count)} | columns


LEFT, RIGHT = [0, -0.2, 0.4, 0.2], [0.5, -0.4, 0.7, 0.4]  # ㅇ and ㅣ
NEXT = [0.75, -0.2, 1.1, 0.2]  # the ㅇ of another syllable, nearer to the ㅣ


def test_halves_of_a_syllable_are_joined():
    whole = np.zeros(1, bool)
    found = join_halves(halves([LEFT, RIGHT, NEXT], [True, True, True]), whole)
    np.testing.assert_allclose(found["boxes"], [[0, -0.4, 0.7, 0.4], NEXT])
    assert found["score"].tolist() == [0.7, 0.9] and found["seen"].all()
    found = join_halves(halves([LEFT, RIGHT], [True, False]), whole)
    assert len(found["boxes"]) == 1 and found["seen"].all()


@pytest.mark.parametrize(
    "found",
    [
        halves([[0, -0.4, 0.4, 0.4], RIGHT], [True, True]),  # 17: one as high as the other
        halves([[0, -0.4, 0.4, 0.4], RIGHT], [True, False]),
        halves([RIGHT, [0.9, -0.2, 1.3, 0.2]], [True, True]),  # the higher one first
        halves([LEFT, [0.9, -0.4, 1.1, 0.4]], [True, True]),  # too wide for one syllable
        halves([LEFT, RIGHT], [True, True], text=np.array([0, 1])),
        halves([LEFT, RIGHT], [True, True], half=np.array([True, False])),
    ],
)
def test_what_is_not_joined(found):
    assert len(join_halves(found, np.zeros(2, bool))["boxes"]) == 2


def test_crumbs_are_joined_though_they_look_like_figures():
    found = halves([[0, -0.4, 0.4, 0.4], RIGHT], [True, False])
    assert len(join_halves(found, np.ones(1, bool))["boxes"]) == 1


def test_boxes_around_groups():
    boxes = np.array([[0.0, 1.0, 2.0, 3.0], [5.0, 5.0, 6.0, 6.0], [1.0, 0.0, 4.0, 2.0]])
    assert around(boxes, np.array([0, 1, 0]), 2).tolist() == [[0, 0, 4, 3], [5, 5, 6, 6]]
