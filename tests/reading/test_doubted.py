"""Which lines are looked at again, and which of several readings stays."""

import numpy as np
import pytest
from oracle import line

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.reading.doubted import agreed, is_doubted, moved
from ocr_crnn.reading.settings import SPOTTER


def scored(text, *scores):
    return line(text, [[0, 1]] * len(text), 0.9)._replace(character_scores=np.float32(scores))


@pytest.mark.parametrize(
    "read, doubted",
    [
        (scored("가나", 0.9, 0.69), True),
        (scored("가나", 0.9, 0.71), False),
        (scored("가 나", 0.9, 0.5, 0.9), True),  # a space counts
        (scored("가나", 0.9, 0.5)._replace(score=0.59), False),  # left out anyway
        (scored(" ", 0.1), False),
        (scored(""), False),
    ],
)
def test_a_line_with_a_doubtful_character_is_read_again(read, doubted):
    assert is_doubted(read, SPOTTER._replace(doubted=0.7, min_score=0.6)) == doubted


@pytest.mark.parametrize(
    "readings, best",
    [
        ([("가", 0.9)], 0),
        ([("가", 0.8), ("나", 0.9)], 1),
        ([("가", 0.8), ("나", 0.9), ("가", 0.7)], 0),
        ([("가", 0.6), ("나", 0.9), ("다", 0.7), ("나", 0.3)], 1),
        ([("가", 0.75), ("나", 0.75)], 0),  # as it was read first
        ([("", 0.0), ("", 0.0)], 0),
    ],
)
def test_the_text_whose_readings_score_most_together_stays(readings, best):
    assert agreed([line(text, [[0, 1]] * len(text), score) for text, score in readings]) == best


def test_places_are_those_of_the_crop_with_the_usual_margin():
    """A text of 100 × 20 px: with a margin of 0.25 its crop is 110 px long, with 0.5 120, so all lies 5 px further to the right there."""
    quad = boxes_to_quads([[50, 50, 100, 20]])[0]
    settings = SPOTTER._replace(margin=0.25)
    found = moved(line("가나", [[10, 20], [90, 118]], 0.9), quad, 0.5, settings).spans_px
    np.testing.assert_allclose(found, [[5, 15], [85, 110]])  # cut off where the crop ends
    np.testing.assert_allclose(moved(line("가", [[10, 20]], 0.9), quad, 0.0, settings).spans_px, [[15, 25]])
    assert moved(line("가", [[10, 20]], 0.9)._replace(spans_px=None), quad, 0.0, settings).spans_px is None
