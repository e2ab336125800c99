import numpy as np
import pytest

from ocr_crnn.detection.gaussian import draw_gaussians, link_quads
from ocr_crnn.geometry import boxes_to_quads


def gaussian(u, v, a, b):
    """The target of detection/gaussian.py in the frame of an upright character of half sides a and b."""
    outside = (u / (1.5 * a)) ** 2 + (v / (1.5 * b)) ** 2 > 1
    return np.where(outside, 0, np.exp(-0.5 * ((u / (0.6 * a)) ** 2 + (v / (0.6 * b)) ** 2)))


def test_an_upright_character_has_the_closed_form_in_every_cell():
    drawn = draw_gaussians(boxes_to_quads([[10, 8, 12, 6]]), (24, 40))
    y, x = np.mgrid[:24, :40] + 0.5
    np.testing.assert_allclose(drawn, gaussian(x - 16, y - 11, 6, 3), atol=1e-6)
    # With a centre on a centre of a cell: 1 there, 0.249 in the middle of its sides, 0.062 at its corners.
    drawn = draw_gaussians(boxes_to_quads([[10.5, 8.5, 12, 6]]), (24, 40))
    assert [drawn[11, 16], drawn[11, 10], drawn[8, 16], drawn[8, 10]] == pytest.approx([1, 0.24935, 0.24935, 0.062177], abs=1e-5)


def test_a_turned_character_has_it_in_its_own_frame():
    angle = np.deg2rad(30)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    quad = np.array([(-8, -4), (8, -4), (8, 4), (-8, 4)]) @ turn + (30, 20)
    y, x = np.mgrid[:40, :60] + 0.5
    u, v = np.moveaxis((np.stack([x, y], axis=-1) - (30, 20)) @ turn.T, -1, 0)
    np.testing.assert_allclose(draw_gaussians(quad[None], (40, 60)), gaussian(u, v, 8, 4), atol=1e-5)


def test_in_perspective_the_middle_is_where_the_diagonals_meet():
    quad = np.array([(10.5, 10.5), (50.5, 14.5), (48.5, 30.5), (8.5, 38.5)])
    drawn = draw_gaussians(quad[None], (60, 70))
    enlarged = quad.mean(axis=0) + 1.5 * (quad - quad.mean(axis=0))
    # The diagonals of the enlarged quad meet where those of the square do: there the value is 1.
    a, b = enlarged[2] - enlarged[0], enlarged[3] - enlarged[1]
    along = np.linalg.solve(np.stack([a, -b], axis=1), enlarged[1] - enlarged[0])[0]
    x, y = enlarged[0] + along * a
    assert drawn[int(y), int(x)] > 0.98 and drawn.max() <= 1
    assert (np.argwhere(drawn > 0)[:, ::-1] >= enlarged.min(axis=0) - 1).all()


def test_touching_characters_are_joined_by_the_larger_value_whatever_their_number():
    boxes = boxes_to_quads([[4.5, 4.5, 8, 8], [12.5, 4.5, 8, 8]])
    both = draw_gaussians(boxes, (18, 28))
    np.testing.assert_array_equal(both, np.maximum(*(draw_gaussians(boxes[i : i + 1], (18, 28)) for i in (0, 1))))
    assert both[8, 12] == pytest.approx(0.24935, abs=1e-5)  # the valley
    many = draw_gaussians(np.concatenate([boxes] * 3000), (18, 28))  # more cells than are drawn at once
    np.testing.assert_array_equal(both, many)


def test_the_rim_cuts_and_does_not_bend():
    box = boxes_to_quads([[3, 2, 12, 10]])
    whole = draw_gaussians(box + 20, (60, 60))
    np.testing.assert_allclose(draw_gaussians(box - 9, (30, 30)), whole[29:59, 29:59], atol=1e-6)


def test_what_has_no_area_draws_nothing():
    lines = np.array([[(5, 5)] * 4, [(1, 1), (9, 1), (9, 1), (1, 1)], [(0, 0), (8, 0), (4, 4), (8, 8)]], float)
    bad = np.array([[(np.nan, 0), (9, 0), (9, 9), (0, 9)], [(np.inf, 0), (9, 0), (9, 9), (0, 9)]])
    far = boxes_to_quads([[1000, 1000, 10, 10], [-1e9, 0, 5, 5]])
    assert draw_gaussians(np.concatenate([lines[:2], bad, far]), (10, 10)).max() == 0
    assert draw_gaussians(np.zeros((0, 4, 2)), (3, 2)).shape == (3, 2)
    huge = draw_gaussians(boxes_to_quads([[-1e6, -1e6, 2e6, 2e6]]), (4, 4))
    np.testing.assert_allclose(huge, 1, atol=1e-6)


def test_links_go_from_centre_to_centre():
    first, second = boxes_to_quads([[0, 0, 6, 6], [10, 0, 6, 12]])
    expected = [(3, 1), (13, 2), (13, 10), (3, 5)]
    np.testing.assert_allclose(link_quads(first[None], second[None])[0], expected, atol=1e-5)
    below = boxes_to_quads([[0, 10, 6, 6]])
    np.testing.assert_allclose(link_quads(first[None], below)[0], [(1, 3), (5, 3), (5, 13), (1, 13)], atol=1e-5)
