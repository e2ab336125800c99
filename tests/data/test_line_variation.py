import numpy as np

from ocr_crnn.data.line_variation import HEIGHTS, WIDTHS, vary_line


def line():
    image = np.full((32, 200), 240, np.uint8)
    image[8:24, 20:180:10] = 20
    return image


def test_a_line_stays_a_line_of_its_height_and_is_another_each_time():
    drawn = [vary_line(np.random.default_rng(seed), line()) for seed in range(40)]
    assert {image.shape[0] for image in drawn} == {32} and {image.dtype for image in drawn} == {np.dtype(np.uint8)}
    widths = [image.shape[1] for image in drawn]
    assert min(widths) >= WIDTHS[0] * 200 - 1 and max(widths) <= WIDTHS[1] * 200 + 1 and max(widths) - min(widths) > 30
    for image in drawn:  # as many strokes as before, dark on light
        row = image[14:18].mean(axis=0)
        dark = row < (row.min() + row.max()) / 2
        assert np.count_nonzero(np.diff(dark.astype(int)) > 0) in (15, 16, 17)
    assert HEIGHTS[1] < 32 / 24  # ink in the middle of a line is not cut


def test_the_same_generator_gives_the_same_line_and_the_smallest_does_not_fail():
    assert np.array_equal(*(vary_line(np.random.default_rng(3), line()) for _ in range(2)))
    assert vary_line(np.random.default_rng(0), np.zeros((32, 1), np.uint8)).shape == (32, 1)
