import numpy as np
import pytest
from keras import ops

from ocr_crnn.losses.segmentation import dice_loss, hard_example_mask


def logit(p):
    return np.log(p / (1 - p))


def test_dice_of_a_hand_worked_map():
    truth = np.array([[[1, 0], [1, 0]]])
    p = np.array([[[0.8, 0.5], [0.4, 0.1]]])
    # Σpg = 1.2, Σp² = 0.64 + 0.25 + 0.16 + 0.01 = 1.06, Σg² = 2.
    expected = 1 - (2 * 1.2 + 1e-3) / (1.06 + 2 + 1e-3)
    assert float(dice_loss(truth, logit(p), np.ones_like(truth))[0]) == pytest.approx(expected, abs=1e-6)
    # Only the upper row: Σpg = 0.8, Σp² = 0.89, Σg² = 1.
    mask = np.array([[[1, 1], [0, 0]]])
    expected = 1 - (2 * 0.8 + 1e-3) / (0.89 + 1 + 1e-3)
    assert float(dice_loss(truth, logit(p), mask)[0]) == pytest.approx(expected, abs=1e-6)


def test_dice_with_weights_counts_a_cell_as_often_as_it_weighs():
    truth = np.array([[[1, 0], [1, 0]]])
    p = np.array([[[0.8, 0.5], [0.4, 0.1]]])
    # The first cell three times: Σpg = 2.4 + 0.4, Σp² = 1.92 + 0.25 + 0.16 + 0.01, Σg² = 4.
    expected = 1 - (2 * 2.8 + 1e-3) / (2.34 + 4 + 1e-3)
    assert float(dice_loss(truth, logit(p), np.array([[[3, 1], [1, 1]]]))[0]) == pytest.approx(expected, abs=1e-6)


def test_dice_is_per_image_and_zero_without_cells():
    truth = np.zeros((2, 3, 3))
    truth[0] = 1
    loss = ops.convert_to_numpy(dice_loss(truth, np.full((2, 3, 3), 30.0), np.stack([np.ones((3, 3)), np.zeros((3, 3))])))
    np.testing.assert_allclose(loss, [0, 0], atol=1e-4)


def test_hard_examples_are_the_highest_negatives():
    truth = np.array([[[1, 0, 0, 0, 0, 0]]])
    logits = np.array([[[0.0, 5, 1, 4, 2, 3]]])
    valid = np.array([[[1, 1, 1, 1, 1, 0]]])  # the last cell is not to be learnt
    mask = ops.convert_to_numpy(hard_example_mask(truth, logits, valid, ratio=2))
    np.testing.assert_array_equal(mask, [[[1, 1, 0, 1, 0, 0]]])


def test_hard_examples_keep_their_weights_which_do_not_raise_their_number():
    truth = np.array([[[1, 0, 0, 0]]])
    logits = np.array([[[0.0, 5, 1, 4]]])
    mask = ops.convert_to_numpy(hard_example_mask(truth, logits, np.array([[[4, 3, 3, 1]]]), ratio=2))
    np.testing.assert_array_equal(mask, [[[4, 3, 0, 1]]])


@pytest.mark.parametrize(
    ("truth", "valid", "expected"),
    [
        ([[[0, 0]]], [[[1, 1]]], [[[1, 1]]]),  # no text: the whole image
        ([[[0, 0]]], [[[0, 0]]], [[[0, 0]]]),  # all ignored
        ([[[1, 1]]], [[[1, 1]]], [[[1, 1]]]),  # nothing but text
        ([[[1, 1]]], [[[0, 1]]], [[[0, 1]]]),
    ],
)
def test_hard_examples_of_degenerate_images(truth, valid, expected):
    mask = ops.convert_to_numpy(hard_example_mask(np.array(truth), np.zeros((1, 1, 2)), np.array(valid)))
    np.testing.assert_array_equal(mask, expected)
