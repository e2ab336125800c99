import numpy as np

from ocr_crnn.losses.ctc import feasible
from ocr_crnn.ops.frames import count_frames, count_frames_up_to, count_steps, frames_needed, lineage_frames


def test_frames_of_widths():
    assert [count_frames(width, 4) for width in (1, 4, 5, 8)] == [1, 1, 2, 2]
    np.testing.assert_array_equal(count_frames(np.array([1, 9]), 8), [1, 2])
    assert [count_frames_up_to(width, 4, 8) for width in (5, 8, 9)] == [2, 2, 0]  # what is wider has no room
    assert [count_steps(width, 26, 8) for width in (5, 8, 9)] == [26, 26, 0]
    assert lineage_frames(256) == 62 and lineage_frames(9) == 1


def test_equal_neighbours_need_a_blank_between_them():
    assert [frames_needed(text) for text in ("", "가", "가나", "가가", "1111")] == [0, 1, 2, 3, 7]
    assert frames_needed(np.array([1, 1, 2])) == 4


def test_the_rule_is_that_of_the_loss():
    rng = np.random.default_rng(0)
    labels = [rng.integers(0, 3, length) for length in range(8)]
    padded = np.full((len(labels), 8), -1)
    for row, ids in zip(padded, labels, strict=True):
        row[: len(ids)] = ids
    needed = np.array([frames_needed(ids) for ids in labels])
    assert np.asarray(feasible(padded, needed)).all() and not np.asarray(feasible(padded, needed - 1)).any()
