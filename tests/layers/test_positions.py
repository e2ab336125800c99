import numpy as np

from ocr_crnn.layers.positions import distance_bias, distance_slopes, sinusoids


def test_slopes_fall_to_0():
    assert distance_slopes(4) == [0.5, 0.125, 0.03125, 0.0]


def test_bias_is_minus_slope_times_distance():
    bias = np.asarray(distance_bias(3, 2, "float32"))
    np.testing.assert_allclose(bias[0], [[0, -0.5, -1], [-0.5, 0, -0.5], [-1, -0.5, 0]])
    assert not bias[1].any()


def test_a_longer_line_has_the_same_bias_between_the_same_frames():
    np.testing.assert_array_equal(np.asarray(distance_bias(50, 4, "float32"))[:, :9, :9], np.asarray(distance_bias(9, 4, "float32")))


def test_sinusoids_by_hand():
    places = np.asarray(sinusoids(3, 4, "float32"))
    np.testing.assert_allclose(places[0], [0, 0, 1, 1], atol=1e-6)
    np.testing.assert_allclose(places[2], [np.sin(2), np.sin(0.02), np.cos(2), np.cos(0.02)], atol=1e-6)
    np.testing.assert_allclose(sinusoids(2, 3, "float32")[1], [np.sin(1), np.sin(0.01), np.cos(1)], atol=1e-6)
    assert sinusoids(0, 4, "float32").shape == (0, 4)
