import numpy as np

from ocr_crnn.detection.turned_boxes import along_axes, corners_of, enclose, sizes_of, turn_corners


def test_boxes_on_the_turned_page_and_back():
    box, skew = np.array([[10.0, 20, 50, 30]]), np.array([np.deg2rad(30)])
    quads = corners_of(box, skew)
    cos, sin = np.cos(skew[0]), np.sin(skew[0])
    np.testing.assert_allclose(quads[0, 0], [10 * cos - 20 * sin, 10 * sin + 20 * cos])
    u, v = along_axes(quads, skew)
    np.testing.assert_allclose([u[0], v[0]], [[10, 50, 50, 10], [20, 20, 30, 30]])
    np.testing.assert_allclose(enclose(quads, skew, np.array([0])), box)
    assert sizes_of(box).tolist() == [[40, 10]]


def test_a_box_around_several():
    quads = corners_of(np.array([[0.0, 0, 10, 10], [20, 5, 30, 12], [50, 50, 60, 60]]), np.zeros(3))
    assert enclose(quads, np.zeros(2), np.array([0, 0, 1])).tolist() == [[0, 0, 30, 12], [50, 50, 60, 60]]


def test_the_first_corner_of_what_is_read_after_quarter_turns():
    quads = np.tile(corners_of(np.array([[0.0, 0, 40, 10]]), np.zeros(1)), (4, 1, 1))
    turned = turn_corners(quads, np.arange(4))
    assert turned[:, 0].tolist() == [[0, 0], [40, 0], [40, 10], [0, 10]]
    assert (turned[1, 1] - turned[1, 0]).tolist() == [0, 10]  # downwards
