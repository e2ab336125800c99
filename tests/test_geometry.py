"""Quads: areas and overlaps against hand-worked figures and against counted points."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.geometry import (
    beyond_page,
    boxes_to_quads,
    convex_quads,
    level_narrow,
    min_area_quad,
    order_quads,
    polygon_areas,
    quad_intersections,
    quad_ious,
    thicken_quads,
    upright_boxes,
)

SQUARE = [(0, 0), (10, 0), (10, 10), (0, 10)]
DIAMOND = [(5, -5), (15, 5), (5, 15), (-5, 5)]  # area 200, around the square's centre
corners = st.tuples(*[st.tuples(st.integers(0, 40), st.integers(0, 40))] * 4)


@pytest.mark.parametrize(
    ("a", "b", "shared", "iou"),
    [
        (SQUARE, SQUARE, 100, 1),
        (SQUARE, [(5, 5), (15, 5), (15, 15), (5, 15)], 25, 25 / 175),
        (SQUARE, [(10, 0), (20, 0), (20, 10), (10, 10)], 0, 0),  # a shared side
        (SQUARE, [(2, 2), (4, 2), (4, 4), (2, 4)], 4, 4 / 100),  # inside
        (SQUARE, DIAMOND, 100, 1 / 2),  # the square's corners lie on the diamond's sides
        ([(0, 5), (5, 0), (10, 5), (5, 10)], SQUARE, 50, 1 / 2),
        (SQUARE, SQUARE[::-1], 100, 1),  # counter-clockwise
        (SQUARE, SQUARE[2:] + SQUARE[:2], 100, 1),  # upside down
        (SQUARE, [(0, 0), (10, 10), (10, 0), (0, 10)], 100, 1),  # crossed sides
        (SQUARE, [(0, 0), (10, 0), (10, 10), (9, 1)], 50, 1 / 2),  # a dent: the triangle around it
        (SQUARE, [(5, 0)] * 4, 0, 0),
        (SQUARE, [(5, 5)] * 4, 0, 0),  # a point inside
        (SQUARE, [(0, 0), (10, 0), (10, 0), (0, 0)], 0, 0),
        (SQUARE, [(0, 0), (10, 10), (20, 20), (5, 5)], 0, 0),
        (SQUARE, [(0, 0), (np.nan, 0), (10, 10), (0, 10)], 0, 0),
        (SQUARE, [(0, 0), (np.inf, 0), (10, 10), (0, 10)], 0, 0),
        ([(0, 0)] * 4, [(0, 0)] * 4, 0, 0),
    ],
)
def test_overlap(a, b, shared, iou):
    for first, second in ((a, b), (b, a)):
        assert quad_intersections([first], [second]) == pytest.approx(np.array([[shared]]), abs=1e-9)
        assert quad_ious([first], [second]) == pytest.approx(np.array([[iou]]), abs=1e-9)


def test_every_pair_is_in_its_place():
    a, b = boxes_to_quads([[0, 0, 10, 10], [100, 0, 10, 10]]), boxes_to_quads([[105, 0, 10, 10], [50, 50, 5, 5], [0, 0, 10, 5]])
    assert quad_intersections(a, b, pairs_at_once=1) == pytest.approx(np.array([[0, 0, 50], [50, 0, 0]]))
    assert quad_ious(a, b) == pytest.approx(np.array([[0, 0, 1 / 2], [1 / 3, 0, 0]]))


@pytest.mark.parametrize(("count_a", "count_b"), [(0, 0), (0, 3), (3, 0)])
def test_no_quads(count_a, count_b):
    assert quad_ious(np.zeros((count_a, 4, 2)), np.zeros((count_b, 4, 2))).shape == (count_a, count_b)


def test_far_from_the_origin():
    """The far corner of a large scan costs no digits."""
    quads = boxes_to_quads([[19000, 19000, 12, 8], [19006, 19000, 12, 8]])
    assert quad_ious(quads, quads) == pytest.approx(np.array([[1, 1 / 3], [1 / 3, 1]]))


@settings(deadline=None)
@given(corners, corners)
def test_agrees_with_counted_points(a, b):
    """Any four points make a quad whose overlap is the share of a fine grid that lies in both convex hulls."""
    step = 0.2
    grid = np.stack(np.meshgrid(*[np.arange(step / 2, 40, step)] * 2), axis=-1).reshape(-1, 2)
    inside = _inside_hull(grid, a) & _inside_hull(grid, b)
    assert quad_intersections([a], [b])[0, 0] == pytest.approx(inside.sum() * step**2, abs=20)
    assert polygon_areas(convex_quads([a]))[0] == pytest.approx(_inside_hull(grid, a).sum() * step**2, abs=20)


@settings(deadline=None)
@given(corners, corners, st.floats(0, 6.3), st.floats(-1000, 1000))
def test_turning_and_shifting_both_changes_nothing(a, b, angle, shift):
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = [np.float64(quad) @ turn + shift for quad in (a, b)]
    before, after = quad_ious([a], [b])[0, 0], quad_ious(moved[:1], moved[1:])[0, 0]
    assert 0 <= before <= 1
    thin = min(polygon_areas(convex_quads([a, b]))) < 1e-6
    assert thin or after == pytest.approx(before, abs=1e-6)


def _inside_hull(points, corners):
    """Points in the hull of four corners: in one of the four triangles of three corners; thin ones hold nothing."""
    inside = np.zeros(len(points), bool)
    corners = np.float64(corners)
    for left_out in range(4):
        a, b, c = np.delete(corners, left_out, axis=0)
        sides = [_side(points, p, q) for p, q in ((a, b), (b, c), (c, a))]
        if abs(_side(c[None], a, b)[0]) > 1e-9:
            inside |= np.all([side >= 0 for side in sides], axis=0) | np.all([side <= 0 for side in sides], axis=0)
    return inside


def _side(points, start, end):
    return (end[0] - start[0]) * (points[:, 1] - start[1]) - (end[1] - start[1]) * (points[:, 0] - start[0])


@pytest.mark.parametrize("angle_deg", [-44.0, -10.0, 0.0, 10.0, 44.0])
@pytest.mark.parametrize("size", [(40, 10), (10, 40), (20, 20)])
def test_ordered_quads_start_at_the_top_left_whatever_comes_in(angle_deg, size):
    angle = np.deg2rad(angle_deg)
    box = boxes_to_quads([(0, 0, *size)])[0] @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for start in range(4):
        for direction in (1, -1):
            mixed = np.roll(box, start, axis=0)[::direction]
            np.testing.assert_allclose(order_quads(mixed)[0], box, atol=1e-5)


def turned(box, angle_deg):
    angle = np.deg2rad(angle_deg)
    return boxes_to_quads([box])[0] @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def test_a_lone_narrow_character_stands_upright():
    one = np.float32([[50, 204], [60, 207], [54, 225], [44, 222]])  # the 1 of a form, as its strokes lean
    level = boxes_to_quads([(44, 204, 16, 21)])[0]
    np.testing.assert_array_equal(level_narrow([one], 0.14, (1.1, 2.5))[0], level)
    kept = [turned((0, 0, 40, 20), 12), turned((0, 0, 10, 40), 12), turned((0, 0, 10, 20), 5), turned((0, 0, 20, 20), 20)]
    np.testing.assert_array_equal(level_narrow(kept, 0.14, (1.1, 2.5)), np.float32(kept))  # a word, a column, little slope, a square
    assert level_narrow(np.zeros((0, 4, 2)), 0.14, (1.1, 2.5)).shape == (0, 4, 2)


def test_a_quad_at_45_degrees_starts_with_the_falling_side():
    assert order_quads(DIAMOND)[0].tolist() == [[5, -5], [15, 5], [5, 15], [-5, 5]]
    assert order_quads(np.zeros((0, 4, 2))).shape == (0, 4, 2)


def test_smallest_rectangle():
    np.testing.assert_allclose(min_area_quad([(1, 2), (5, 2), (5, 4), (3, 3), (1, 4)]), [(1, 2), (5, 2), (5, 4), (1, 4)], atol=1e-5)
    np.testing.assert_allclose(min_area_quad([(7, 3)]), [(7, 3)] * 4, atol=1e-5)
    with pytest.raises(ValueError, match="Received: none"):
        min_area_quad([])


def test_a_page_on_its_side_is_looked_at_upright():
    boxes = np.array([[[0, 0], [100, 0], [100, 20], [0, 20]], [[0, 40], [60, 40], [60, 60], [0, 60]]], np.float32)
    upright = upright_boxes(boxes)
    turned = upright_boxes(np.stack([500 - boxes[..., 1], boxes[..., 0]], axis=-1))  # a quarter clockwise
    np.testing.assert_allclose(turned - turned[0, [0, 1, 0, 1]], upright - upright[0, [0, 1, 0, 1]])


def test_beyond_page():
    quads = boxes_to_quads([(0, 0, 3, 4), (-3, 0, 10, 4), (0, 0, 10.1, 1), (0, 0, 1, 10.1)])
    assert beyond_page(quads, (4, 3)).tolist() == [False, False, True, True], "the diagonal is 5"
    assert beyond_page(np.zeros((0, 4, 2)), (4, 3)).tolist() == []


def test_quads_are_made_as_thick_as_asked_about_their_middle():
    thin = [(0, 4), (10, 4), (10, 5), (0, 5)]
    expected = [[(0, 3), (10, 3), (10, 6), (0, 6)], [(-1, -1), (2, -1), (2, 2), (-1, 2)]]
    got = thicken_quads(np.array([thin, [(0, 0), (1, 0), (1, 1), (0, 1)]], float), 3)
    np.testing.assert_allclose(got, expected, atol=1e-9)
    np.testing.assert_array_equal(thicken_quads(np.array([SQUARE], float), 3), [SQUARE])
    np.testing.assert_array_equal(thicken_quads(np.full((1, 4, 2), 7.0), 3), np.full((1, 4, 2), 7.0))  # a point has no sides
