import numpy as np
import pytest

from ocr_crnn.layers.masking import FrameMask, RealFrames, count_frames


@pytest.mark.parametrize(("width", "frames"), [(0, 0), (1, 1), (4, 1), (5, 2), (640, 160)])
def test_count_frames_rounds_up(width, frames):
    assert count_frames(np.array([width]), 4) == [frames]


def test_what_lies_right_of_a_line_is_0():
    x = np.ones((3, 4, 2, 5), np.float32)
    real = RealFrames(2)(np.zeros((3, 8, 4, 1), np.float32), np.array([8, 3, 0]))
    assert np.asarray(real).tolist() == [[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 0]]
    masked = np.asarray(FrameMask()(x, real))
    assert masked[0].all()
    assert masked[1, :2].all() and not masked[1, 2:].any()
    assert not masked[2].any()
