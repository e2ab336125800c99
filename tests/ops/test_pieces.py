import cv2
import numpy as np
import pytest

from ocr_crnn.ops.pieces import MOST, box_of, find_pieces


@pytest.mark.parametrize("connectivity", [4, 8])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (40, 300), (700, 701)])
def test_pieces_are_those_of_opencv(shape, connectivity):
    mask = np.random.default_rng(1).random(shape) < 0.4
    count, labels, stats = find_pieces(mask, connectivity)
    expected, others, boxes, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=connectivity)
    assert count == expected == len(stats)
    pairs = np.unique(np.stack([labels.ravel(), others.ravel()]), axis=1)  # of the same pieces under numbers of their own
    assert pairs.shape == (2, count if not mask.all() else 1) and len(set(pairs[0])) == len(set(pairs[1])) == pairs.shape[1]
    np.testing.assert_array_equal(stats[pairs[0]], boxes[pairs[1]])


def test_more_pieces_than_labels_of_16_bits():
    mask = np.zeros((520, 520), np.uint8)
    mask[::2, ::2] = 1
    count, labels, stats = find_pieces(mask)
    assert count == 260 * 260 + 1 > MOST and labels.max() == count - 1
    assert (stats[1:, cv2.CC_STAT_AREA] == 1).all()


def test_a_mask_that_is_a_view_of_a_larger_one():
    mask = np.zeros((20, 30), bool)
    mask[5:8, 4:9] = True
    count, labels, stats = find_pieces(mask[2:, ::2])
    assert count == 2 and stats[1].tolist() == [2, 3, 3, 3, 9] and labels[3, 2] == 1


def test_the_box_around_what_is_set():
    mask = np.zeros((20, 30), np.uint8)
    assert box_of(mask) is None and box_of(mask[:0]) is None
    mask[5, 4] = mask[7, 11] = 1
    assert box_of(mask) == (slice(5, 8), slice(4, 12))
    assert box_of(mask.T) == (slice(4, 12), slice(5, 8))
