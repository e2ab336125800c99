import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.reading.slope import turn_of_rows


def slope_of(turn):
    return np.degrees(np.arctan2(turn[0, 1], turn[0, 0]))


@pytest.mark.parametrize("angle_deg", [-3.0, -0.6, 0.0, 1.2, 6.0])
def test_level_boxes_on_a_page_askew_tell_its_slope(angle_deg):
    """Rows of a table: their middles are turned, their boxes are level as those of short texts are."""
    rng = np.random.default_rng(0)
    x, y = (side.ravel() for side in np.meshgrid(np.arange(60, 900, 90.0), np.arange(80, 700, 40.0)))
    angle = np.radians(angle_deg)
    x, y = x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle) + rng.normal(0, 0.5, len(x))
    quads = boxes_to_quads(np.stack([x, y, np.full(len(x), 40), np.full(len(x), 16)], axis=1))
    assert abs(slope_of(turn_of_rows(quads)) - angle_deg) <= 0.15


def test_few_texts_have_no_slope():
    for quads in (np.zeros((0, 4, 2)), boxes_to_quads([(0, 0, 9, 9), (40, 3, 9, 9)])):
        np.testing.assert_array_equal(turn_of_rows(quads), np.eye(2))


side = st.floats(0, 3e4, width=32)


@given(st.lists(st.tuples(side, side, st.floats(0, 100), st.floats(0, 100)), max_size=30))
def test_whatever_lies_there_it_is_a_rotation_of_seven_degrees_at_most(boxes):
    turn = turn_of_rows(boxes_to_quads(np.array(boxes, np.float64).reshape(-1, 4)))
    np.testing.assert_allclose(turn @ turn.T, np.eye(2), atol=1e-9)
    assert abs(slope_of(turn)) <= 7.01
