import numpy as np

from ocr_crnn.data.line_views import SHEARS, WIDTHS, view_line

MARKS = np.arange(20, 400, 40)


def line_of_marks():
    image = np.full((32, 420), 255, np.uint8)
    for number, mark in enumerate(MARKS):
        image[:, mark - 1 : mark + 2 + number % 3] = 0
    return image


def test_views_keep_the_order_and_the_share_of_the_width():
    image = line_of_marks()
    for seed in range(40):
        view = view_line(np.random.default_rng(seed), image)
        assert view.dtype == np.uint8 and view.shape[0] == 32
        assert WIDTHS[0] * 420 - 1 <= view.shape[1] <= WIDTHS[1] * 420 + 1
        row = view[16].astype(float)
        dark = row < (row.min() + np.median(row)) / 2
        starts = np.flatnonzero(dark & ~np.roll(dark, 1))
        ends = np.flatnonzero(dark & ~np.roll(dark, -1))
        # Noise may split a pale mark, or darken a pixel: what counts is that ink is where it has to be, and nowhere else.
        middles = (starts + ends) / 2 * 420 / view.shape[1]
        away = np.abs(middles[:, None] - MARKS[None] - 1)
        assert away.min(axis=1).max() <= 4 and away.min(axis=0).max() <= 4, seed
        assert (np.diff(away.argmin(axis=1)) >= 0).all()


def test_a_view_is_drawn_by_its_generator_and_is_another_one_each_time():
    image = line_of_marks()
    first, again, other = (view_line(np.random.default_rng(seed), image) for seed in (1, 1, 2))
    assert np.array_equal(first, again) and (first.shape != other.shape or (first != other).any())


def test_a_slant_moves_a_mark_by_less_than_a_frame():
    assert max(map(abs, SHEARS)) * 32 / 2 < 4


def test_a_view_is_no_wider_than_it_may_be():
    widths = [view_line(np.random.default_rng(seed), line_of_marks(), widest=420).shape[1] for seed in range(10)]
    assert max(widths) == 420


def test_a_line_of_one_pixel_is_a_view_of_one():
    assert view_line(np.random.default_rng(0), np.full((32, 1), 9, np.uint8)).shape == (32, 1)
