import numpy as np
import pytest
from keras import ops

from ocr_crnn.losses.heat_maps import heat_map_loss


def loss(truth, maps, weights=None, **how):
    weights = np.ones_like(truth) if weights is None else weights
    return ops.convert_to_numpy(heat_map_loss(truth, maps, weights, **how))


TRUTH = np.array([[[1.0, 0.5, 0, 0], [0, 0, 0, 0.05]]])
MAPS = np.array([[[0.5, 0.5, 0.4, -0.2], [0.1, 0, 0.3, 0.05]]])


def test_all_negatives_where_there_are_few():
    # Positives: 0.25 and 0; negatives 0.16, 0.04, 0.01, 0, 0.09, 0.
    assert loss(TRUTH, MAPS) == pytest.approx(0.125 + 0.3 / 6)


def test_the_hardest_negatives_by_their_number():
    assert loss(TRUTH, MAPS, ratio=1, least=0) == pytest.approx(0.125 + 0.25 / 2)
    assert loss(TRUTH, MAPS, ratio=1, least=3) == pytest.approx(0.125 + 0.29 / 3)


def test_weights_count_before_the_ranking_and_nothing_where_they_are_0():
    weights = np.array([[[1, 0, 0.1, 1], [1, 1, 0, 1]]])
    # Positives: 0.25. Negatives 0.016, 0.04, 0.01, 0, 0.
    assert loss(TRUTH, MAPS, weights, ratio=1, least=0) == pytest.approx(0.25 + 0.04)
    assert loss(TRUTH, MAPS, np.zeros((1, 2, 4)), ratio=1, least=0) == 0


def test_images_are_mined_apart_and_empty_ones_teach():
    """Beside a dense page an empty one keeps its negatives."""
    truth = np.stack([np.ones((2, 4)), np.zeros((2, 4))])
    maps = np.stack([np.zeros((2, 4)), np.array([[0.3, 0, 0, 0], [0, 0, 0, 0.1]])])
    assert loss(truth, maps, ratio=3, least=2) == pytest.approx([1, (0.09 + 0.01) / 2])
    assert loss(truth, truth) == pytest.approx([0, 0])
