import numpy as np
import pytest

from ocr_crnn.decoding.line import check_logits, map_threads, score_characters


def test_frame_counts_stay_within_the_line():
    logits, counts = check_logits(np.zeros((3, 4, 2)), [[-1], [2], [99]])
    assert logits.dtype == np.float32 and counts.tolist() == [0, 2, 4]
    assert check_logits(np.zeros((2, 5, 2)), None)[1].tolist() == [5, 5]


@pytest.mark.parametrize(
    ("shape", "counts", "message"), [((4, 2), None, r"Received: shape \(4, 2\)"), ((2, 4, 2), [4], "2 lines, 1 frame")]
)
def test_shapes_that_do_not_fit(shape, counts, message):
    with pytest.raises(ValueError, match=message):
        check_logits(np.zeros(shape), counts)


def test_scores_are_the_softmax_at_the_frames_asked_for():
    logits = np.zeros((2, 3, 3), np.float32)
    logits[0, 1] = np.log([1, 2, 5])
    logits[1, 2] = [0, 200, 0]  # e²⁰⁰ is beyond float32
    scores = score_characters(logits, np.array([0, 0, 1, 1, 1]), np.array([1, 1, 0, 2, 2]), np.array([1, 2, 0, 1, 0]))
    np.testing.assert_allclose(scores, [2 / 8, 5 / 8, 1 / 3, 1, 0], rtol=1e-6)


def test_threads_keep_the_order():
    assert map_threads(pow, range(50), [2] * 50) == [n * n for n in range(50)]
