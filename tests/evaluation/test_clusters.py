import numpy as np
import pytest

from ocr_crnn.evaluation.clusters import adjusted_rand_index, count_pairs


@pytest.mark.parametrize(
    ("found", "there", "index"),
    [
        ([], [], 1.0),
        ([3], [5], 1.0),
        ([0, 0, 1, 1], [7, 7, 2, 2], 1.0),  # names of blocks mean nothing
        ([0, 1, 2, 3], [0, 0, 0, 0], 0.0),
        ([0, 0, 1, 1], [0, 1, 0, 1], -0.5),
        ([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2], 0.24242424),  # the example of Wikipedia's formula by hand: (2 − 1.2) ÷ (4.5 − 1.2)
    ],
)
def test_the_adjusted_rand_index(found, there, index):
    assert adjusted_rand_index(np.array(found, int), np.array(there, int)) == pytest.approx(index)


def test_a_pair_counts_once_and_with_most_of_its_words():
    there = [{"label": [0], "value": [1, 2, 3]}, {"label": [4], "value": [5]}]
    found = [{"label": [0], "value": [1, 2]}, {"label": [0], "value": [1, 2, 3]}, {"label": [5], "value": [4]}]
    assert count_pairs(found, there) == (1, 3, 2)
    assert count_pairs(there, there) == (2, 2, 2) and count_pairs([], []) == (0, 0, 0)
    assert count_pairs([{"label": [], "value": []}], [{"label": [], "value": []}]) == (0, 1, 1)
