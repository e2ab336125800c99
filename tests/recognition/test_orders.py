from itertools import permutations

import numpy as np
import pytest

from ocr_crnn.recognition.orders import draw_orders, left_to_right, ranks_of


@pytest.mark.parametrize(("length", "count"), [(0, 1), (1, 1), (2, 2), (3, 6), (4, 6), (9, 6)])
def test_orders_are_permutations_in_mirrored_pairs(length, count):
    orders = draw_orders(np.random.default_rng(0), length)
    assert orders.shape == (count, length + 2)
    assert (np.sort(orders, axis=1) == np.arange(length + 2)).all() and (orders[:, 0] == 0).all()
    np.testing.assert_array_equal(orders[0], np.arange(length + 2))
    if count > 1:
        np.testing.assert_array_equal(orders[1], [0, *range(length + 1, 0, -1)])  # the end first
        np.testing.assert_array_equal(orders[2::2, 1:-1], orders[3::2, -2:0:-1])
        assert (orders[2:, -1] == length + 1).all()


def test_short_texts_have_no_order_twice():
    for seed in range(20):
        inner = [tuple(order[1:-1]) for order in draw_orders(np.random.default_rng(seed), 4)[2:]]
        assert len({(1, 2, 3, 4), (4, 3, 2, 1), *inner}) == 6
    assert {tuple(o[1:-1]) for o in draw_orders(np.random.default_rng(0), 3)[2:]} | {(1, 2, 3), (3, 2, 1)} == set(permutations((1, 2, 3)))


def test_the_generator_decides():
    draw = lambda seed: draw_orders(np.random.default_rng(seed), 8).tolist()  # noqa: E731
    assert draw(3) == draw(3) != draw(4)


def test_ranks_by_hand():
    # begin, the third character, the first, the second, the end
    np.testing.assert_array_equal(ranks_of(np.array([[0, 3, 1, 2, 4]])), [[0, 2, 3, 1, 4]])
    np.testing.assert_array_equal(ranks_of(left_to_right(2)), [[0, 1, 2, 3]])


def test_orders_come_in_pairs():
    with pytest.raises(ValueError, match="Received: 3 orders. Take an even number"):
        draw_orders(np.random.default_rng(0), 5, 3)
