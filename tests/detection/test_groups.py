import numpy as np

from ocr_crnn.detection.groups import least_of, quantile_of, spread_of

GROUP = np.array([2, 0, 2, 2, 0, 2])
VALUES = np.array([5.0, 7.0, 1.0, 3.0, 4.0, 9.0])


def test_each_group_by_itself():
    """Group 1 has no values, 2 has 1, 3, 5 and 9: three quarters of them are below the last."""
    assert least_of(VALUES, GROUP, 4).tolist() == [4, np.inf, 1, np.inf]
    assert spread_of(VALUES, GROUP, 4).tolist() == [3, 0, 8, 0]
    assert quantile_of(VALUES, GROUP, 4).tolist() == [7, 0, 9, 0]
    assert quantile_of(np.arange(8.0), np.zeros(8, int), 1).tolist() == [6]


def test_no_values():
    nothing, nobody = np.zeros(0), np.zeros(0, int)
    assert least_of(nothing, nobody, 1).tolist() == [np.inf]
    assert spread_of(nothing, nobody, 2).tolist() == [0, 0] and quantile_of(nothing, nobody, 2).tolist() == [0, 0]
