import numpy as np
from keras import ops

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.layers.regions import ROWS, region_points, region_widths, sample_regions

QUADS = np.float32([[[8, 8], [24, 8], [24, 16], [8, 16]]])


def sample(maps, labels=None, own=1, quads=QUADS, widths=(4,), rows=2, columns=4):
    points = region_points(ops.convert_to_tensor(quads), np.array(widths, np.int32), rows, columns)
    return np.array(sample_regions(ops.convert_to_tensor(maps), labels, np.array([0]), np.array([own]), points, 4))


def test_points_lie_in_the_middle_of_rows_and_columns_and_beyond_the_width_on_the_last_one():
    points = np.array(region_points(ops.convert_to_tensor(QUADS), np.array([4], np.int32), 2, 6))
    assert points.shape == (1, 6, 2, 2)
    np.testing.assert_allclose(points[0, :, 0, 0], [10, 14, 18, 22, 22, 22])
    np.testing.assert_allclose(points[0, 0, :, 1], [10, 14])


def test_a_downward_quad_is_read_along_its_own_top():
    down = np.float32([[[16, 8], [16, 24], [8, 24], [8, 8]]])
    points = np.array(region_points(ops.convert_to_tensor(down), np.array([4], np.int32), 2, 4))
    np.testing.assert_allclose(points[0, :, 0], [[14, 10], [14, 14], [14, 18], [14, 22]])


def test_values_are_those_of_a_plane_and_constant_beyond_the_border():
    y, x = np.mgrid[:6, :8] + 0.5
    maps = np.stack([4 * x, 4 * y], -1)[None].astype(np.float32)  # each cell holds its own centre in pixels
    np.testing.assert_allclose(sample(maps)[0, 0], [[10, 10], [10, 14]], atol=1e-5)
    beyond = sample(maps, quads=QUADS - np.float32([100, 0]))
    assert (beyond[..., 0] == 2).all()


def test_the_features_of_another_text_change_nothing():
    # Two lines that touch at y = 16: the first's points lie up to 14, whose lower neighbour is the cell row of the second.
    maps, labels = np.ones((1, 6, 8, 3), np.float32), np.zeros((1, 6, 8), np.int32)
    labels[0, 2:4, 2:6], labels[0, 4:6, 2:6] = 1, 2
    quads = np.float32([[[8, 8], [24, 8], [24, 17], [8, 17]]])
    before = sample(maps, labels, quads=quads, rows=4)
    loud = maps.copy()
    loud[labels == 2] = 1e3
    np.testing.assert_array_equal(sample(loud, labels, quads=quads, rows=4), before)
    assert sample(loud, None, quads=quads, rows=4).max() > 1
    assert sample(loud, labels, own=2, quads=quads, rows=4).max() > 1


def test_the_labels_of_a_finer_map_are_those_of_the_cells_around():
    maps, labels = np.ones((1, 12, 16, 1), np.float32), np.full((1, 6, 8), 2, np.int32)
    labels[0, 2:4, 2:6] = 1
    points = region_points(ops.convert_to_tensor(QUADS), np.array([4], np.int32), 2, 4)
    finer = np.array(sample_regions(ops.convert_to_tensor(maps), labels, np.array([0]), np.array([1]), points, 2))
    np.testing.assert_allclose(finer, 1)  # all corners of these points are cells of the text


def test_columns_go_by_the_aspect_of_the_text():
    assert region_widths(boxes_to_quads([[0, 0, 40, 20], [0, 0, 1, 20], [0, 0, 0, 0]])).tolist() == [2 * ROWS, 1, 1]
