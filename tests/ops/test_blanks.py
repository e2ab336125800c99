import numpy as np
import pytest

from ocr_crnn.ops.blanks import widest_blanks

INK = np.zeros((5, 20), bool)
INK[2, [3, 4, 8, 15]] = True  # without ink: 0:3, 5:8, 9:15, 16:20


@pytest.mark.parametrize(
    ("before", "after", "blank"),
    [
        (0.0, 20.0, (9, 15)),
        (0.0, 9.0, (0, 3)),  # the first of two as wide
        (4.5, 8.5, (5, 8)),
        (10.9, 12.1, (10, 13)),  # of a wider run what is between the two, the pixels of both whole
        (12.0, 18.0, (12, 15)),
        (-7.5, 30.0, (9, 15)),
        (-7.5, 2.0, (0, 2)),
        (17.0, 40.0, (17, 20)),
        (3.0, 5.0, (4.0, 4.0)),  # ink alone
        (8.0, 8.0, (8.0, 8.0)),
        (30.0, 40.0, (35.0, 35.0)),
        (-9.0, -4.0, (-6.5, -6.5)),
        (14.0, 10.0, (12.0, 12.0)),
    ],
)
def test_the_widest_run_without_ink_between_two_places(before, after, blank):
    assert widest_blanks(INK, [before], [after]) == [blank]


def test_a_line_of_many_words_and_one_without_ink():
    assert widest_blanks(INK, [0.0, 4.0, 12.0], [6.0, 9.0, 20.0]) == [(0, 3), (5, 8), (16, 20)]
    assert widest_blanks(np.zeros((5, 20), bool), [2.0, 7.2], [7.0, 9.1]) == [(2, 7), (7, 10)]
    assert widest_blanks(np.ones((5, 20), bool), [2.0], [7.0]) == [(4.5, 4.5)]
    assert widest_blanks(INK, [], []) == []


def test_it_is_the_longest_of_all_runs():
    rng = np.random.default_rng(0)
    for _ in range(200):
        ink = rng.random((3, 30)) < 0.15
        before, after = sorted(rng.uniform(-5, 35, 2).tolist())
        free = [not ink[:, column].any() for column in range(30)]
        first, last = max(int(before), 0), min(int(np.ceil(after)), 30)
        runs = [(start, stop) for start in range(first, last) for stop in range(start + 1, last + 1) if all(free[start:stop])]
        longest = max(runs, key=lambda run: (run[1] - run[0], -run[0]), default=((before + after) / 2,) * 2)
        assert widest_blanks(ink, [before], [after]) == [longest]
