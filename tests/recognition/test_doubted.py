"""Which lines are looked at again, how, and which of several readings stays."""

import numpy as np
import pytest
from oracle import line

from ocr_crnn.recognition.doubted import agreed, change_paper, is_doubted, move_spans, read_doubted


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
    assert is_doubted(read, 0.7, 0.6) == doubted


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


def test_all_ways_are_tried_only_where_the_first_reads_differently():
    """Texts a, b, c: a is sure, b reads the same the first way, c differs and two of three ways agree."""
    lines = [scored("가", 0.9), scored("나", 0.5), scored("다", 0.5)]
    asked = []

    def read(rows, ways):
        asked.append((rows, ways))
        return [scored("나" if row == 1 else "라", 0.9) for row in rows]

    found = read_doubted(lines, read, (10, 20, 30), is_doubted)
    assert [one.text for one in found] == ["가", "나", "라"] and found[1] is lines[1]
    assert asked == [([1, 2], [10, 10]), ([2, 2], [20, 30])]
    asked.clear()
    assert read_doubted(lines[:1], read, (10, 20), is_doubted) == lines[:1] and not asked
    assert read_doubted([], read, (10, 20), is_doubted) == [] and not asked


def test_paper_is_added_as_the_edge_is_and_taken_away():
    image = np.arange(200, dtype=np.uint8).reshape(10, 20)
    wider, pixels = change_paper(image, 0.2)
    assert pixels == 2 and wider.shape == (14, 24) and (wider[:3, :3] == 0).all() and wider[-1, -1] == 199
    np.testing.assert_array_equal(wider[2:-2, 2:-2], image)
    tighter, pixels = change_paper(image, -0.1)
    assert pixels == -1
    np.testing.assert_array_equal(tighter, image[1:-1, 1:-1])
    for same, share in ((image, 0.01), (image, -0.2), (image[:0], 0.2)):  # less than a pixel; 6 would be left; nothing
        changed, pixels = change_paper(same, share)
        assert pixels == 0 and changed.shape == same.shape
    assert change_paper(np.zeros((10, 20, 3), np.uint8), 0.1)[0].shape == (12, 22, 3)


def test_places_are_those_of_the_first_image():
    np.testing.assert_allclose(move_spans(line("가나", [[10, 20], [90, 118]], 0.9), -5, 110).spans_px, [[5, 15], [85, 110]])
    np.testing.assert_allclose(move_spans(line("가", [[10, 20]], 0.9), 5, 110).spans_px, [[15, 25]])
    assert move_spans(line("가", [[10, 20]], 0.9)._replace(spans_px=None), 5, 110).spans_px is None
