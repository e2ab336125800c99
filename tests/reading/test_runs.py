import numpy as np
import pytest

from ocr_crnn.reading.runs import runs_without_space, tighten


@pytest.mark.parametrize(
    ("text", "runs"), [("", []), ("  ", []), ("가", [(0, 1)]), ("가나 다", [(0, 2), (3, 4)]), (" 가  나다 ", [(1, 2), (4, 6)])]
)
def test_runs_of_characters(text, runs):
    assert runs_without_space(text) == runs


def test_a_box_is_drawn_in_to_its_ink():
    ink = np.zeros((10, 30), bool)
    ink[2:5, 8:12] = ink[6, 20] = True
    assert tighten(ink, 0, 15) == (8, 2, 12, 5)
    assert tighten(ink, 9.5, 30) == (9, 2, 21, 7)
    assert tighten(ink, 10, 10) == (10, 2, 11, 5)  # a column at least
    assert tighten(ink, 13, 19) is None
