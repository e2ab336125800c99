import numpy as np
import pytest

from ocr_crnn.reading.confidence import PLAIN, calibrate, fit_calibration


def test_scores_on_the_curve():
    """logit(0.9) = ln 9; half of it is ln 3, of 3 / 4; an offset of ln 3 takes it back."""
    scores = np.array([0.5, 0.9, 0.1], np.float32)
    np.testing.assert_allclose(calibrate(scores, (0.5, 0.0)), [0.5, 0.75, 0.25], rtol=1e-6)
    np.testing.assert_allclose(calibrate(scores, (0.5, np.log(3))), [0.75, 0.9, 0.5], rtol=1e-6)
    assert calibrate(scores, PLAIN) is scores


def test_the_ends_stay_within_0_and_1_and_the_order_is_kept():
    scores = np.linspace(0, 1, 101)
    found = calibrate(scores, (0.8, -0.3))
    assert found.dtype == np.float32 and found.min() > 0 and found.max() < 1 and (np.diff(found) > 0).all()
    assert calibrate([], (0.8, -0.3)).shape == (0,)


def test_the_curve_that_made_the_answers_is_found():
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.02, 0.999, 40000)
    right = rng.random(len(scores)) < calibrate(scores, (0.7, -0.4))
    assert fit_calibration(scores, right) == pytest.approx((0.7, -0.4), abs=0.05)


def test_answers_that_are_all_right_have_a_curve():
    slope, offset = fit_calibration(np.full(50, 0.9), np.ones(50, bool))
    assert np.isfinite([slope, offset]).all() and calibrate(0.9, (slope, offset)) > 0.98
