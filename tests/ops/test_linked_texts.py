import numpy as np

from ocr_crnn.ops.linked_texts import find_linked_texts


def draw(*boxes, size=(12, 30)):
    """Maps with (channel, left, top, right, bottom, value)."""
    maps = np.zeros((*size, 2), np.float32)
    for channel, left, top, right, bottom, value in boxes:
        maps[top:bottom, left:right, channel] = value
    return maps


def test_texts_by_hand():
    """Two texts of region, joined by a link, one of low region, one that is a link alone, one of few pixels; a square one."""
    maps = draw((0, 2, 2, 6, 5, 0.9), (1, 6, 3, 10, 4, 0.5), (0, 10, 2, 14, 5, 0.8), (0, 18, 2, 24, 4, 0.5), (1, 18, 6, 24, 8, 0.9),
                (0, 2, 8, 4, 9, 1), (0, 8, 7, 12, 11, 0.7))  # fmt: skip
    quads, scores, *_ = find_linked_texts(maps, 0.4, 0.4, 0.6, 10)
    np.testing.assert_allclose(scores, [0.9, 0.7])
    np.testing.assert_allclose(quads[0], [[2, 2], [14, 2], [14, 5], [2, 5]], atol=1e-5)  # the link itself is not inside
    np.testing.assert_allclose(quads[1], [[8, 7], [12, 7], [12, 11], [8, 11]], atol=1e-5)
    quads, scores, *_ = find_linked_texts(maps, 0.4, 0.6, 0.4, 1)
    np.testing.assert_allclose(scores, [0.9, 0.8, 0.5, 0.7, 1])


def test_a_diamond_is_set_upright():
    maps = np.zeros((9, 9, 2), np.float32)
    y, x = np.mgrid[:9, :9]
    maps[np.abs(y - 4) + np.abs(x - 4) <= 3, 0] = 1
    quads = find_linked_texts(maps, 0.4, 0.4, 0.6, 1).quads
    np.testing.assert_array_equal(quads[0], [[1, 1], [8, 1], [8, 8], [1, 8]])
