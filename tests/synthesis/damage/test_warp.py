import numpy as np

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.synthesis.damage.warp import Warp, draw_waves, move_page

SHIFT = np.array([[1.0, 0, 5], [0, 1, 2], [0, 0, 1]])


def test_pixels_and_points_move_together():
    image = np.full((10, 20, 3), 250, np.uint8)
    image[3, 4] = 0
    warp = Warp(SHIFT, (12, 30))
    moved = warp.image(image, np.full((12, 30, 3), 90, np.uint8))
    assert moved.shape == (12, 30, 3) and (moved[5, 9] == 0).all() and (moved[5, 10] == 250).all()
    assert (moved[0] == 90).all(), "where the sheet ends the background is seen"
    np.testing.assert_allclose(warp.points([[4.5, 3.5]]), [[9.5, 5.5]])


def test_points_of_a_bent_sheet():
    """What the bent sheet shows at p is at p + shift · sin(vector · p + phase) on the flat one."""
    waves = draw_waves(np.random.default_rng(0), (300, 200), 0.02)
    bent = np.random.default_rng(1).uniform(0, 200, (20, 2))
    flat = bent + sum(np.sin(bent @ wave[:2] + wave[2])[:, None] * wave[3:] for wave in waves)
    np.testing.assert_allclose(Warp(np.eye(3), (300, 200), waves).points(flat + 0.5), bent + 0.5, atol=1e-3)


def test_texts_that_leave_the_page():
    quads = boxes_to_quads([(0, 0, 10, 10), (12, 0, 22, 10), (26, 0, 36, 10)])
    characters = [Characters(quads[:1], np.ones(1, np.float32)), None, Characters(quads[2:], np.ones(1, np.float32))]
    page = Page(None, (10, 40), quads, ["가", "나", "다"], characters=characters)
    moved = move_page(page, lambda points: points + np.float32([5, 0]), (10, 25))
    assert moved.size == (10, 25)
    assert moved.texts.tolist() == ["가", None], "whole, four fifths seen, and outside"
    np.testing.assert_array_equal(moved.characters[0].quads, moved.quads[:1])
