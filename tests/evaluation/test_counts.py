import pytest

from ocr_crnn.evaluation.counts import harmonic_mean, precision_recall_f, share


def test_shares_of_nothing():
    assert share(1, 4, 0) == 0.25
    assert share(0, 0, 0) == 1.0, "nothing asked for and nothing given"
    assert share(0, 0, 3) == 0.0


def test_harmonic_mean():
    assert harmonic_mean(0, 0) == harmonic_mean(0, 1) == 0
    assert harmonic_mean(0.5, 1) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [((3, 4, 6), (0.75, 0.5, 0.6)), ((0, 0, 0), (1, 1, 1)), ((0, 0, 5), (0, 0, 0)), ((0, 5, 0), (0, 0, 0))],
)
def test_precision_and_recall(counts, expected):
    assert precision_recall_f(*counts) == pytest.approx(expected)
