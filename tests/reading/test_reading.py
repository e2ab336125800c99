"""The record of what was read, and the segments that are made of it."""

import numpy as np
import pytest
from oracle import line

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.images import is_spread, spread_grey
from ocr_crnn.reading.reading import Reading, page_of_segments, reading_of_lines, turn_image

QUADS = boxes_to_quads([[20, 30, 100, 20], [150, 30, 20, 100]])


def sheet():
    """White paper 200 × 300 with two bars of ink in the first quad, and two one below the other in the second."""
    image = np.full((200, 300, 3), 255, np.uint8)
    for x in (22, 82):
        image[33:47, x : x + 30] = 0
    for y in (35, 85):
        image[y : y + 20, 153:167] = 0
    return image


def read(turns=0):
    # 4.8 pixels of margin around the first quad; the second one's characters lie side by side in squares of 29.6 pixels.
    lines = [line(" 가 나 ", [[0, 2], [21, 23], [50, 52], [81, 83], [100, 102]], 0.9), line("다라", [[18, 20], [52, 54]], 0.8)]
    return reading_of_lines((200, 300), turns, QUADS, [False, True], lines, left_out=3)


def test_one_flat_table():
    reading = read()
    assert len(reading) == 2 and reading.texts == [" 가 나 ", "다라"] and reading.left_out == 3
    assert reading.segments.tolist() == [0] * 5 + [1] * 2 and reading.segments.dtype == np.int32
    assert reading.codes.tolist() == [32, 0xAC00, 32, 0xB098, 32, 0xB2E4, 0xB77C] and reading.codes.dtype == np.int32
    assert [spans.tolist() for spans in reading.split(reading.spans)][1] == [[18, 20], [52, 54]]
    nothing = reading_of_lines((200, 300), 0, np.zeros((0, 4, 2)), [], [])
    assert len(nothing) == 0 and nothing.texts == [] and nothing.spans.shape == (0, 2)
    assert len(page_of_segments(nothing, sheet())) == 0


def test_columns_that_do_not_belong_together():
    reading = read()
    columns = {name: getattr(reading, name) for name in ("size", "turns", "quads", "stacked", "segments", "codes", "scores", "spans")}
    for name in ("stacked", "codes", "scores", "spans"):
        with pytest.raises(ValueError, match="one row per text and one per character"):
            Reading(**columns | {name: columns[name][1:]})
    with pytest.raises(ValueError, match="each of a text it has"):
        Reading(**columns | {"segments": columns["segments"] + 1})
    with pytest.raises(ValueError, match="in the order of its texts"):
        Reading(**columns | {"segments": columns["segments"][::-1]})


def test_segments_know_their_characters():
    page = page_of_segments(read(), sheet())
    assert page.unit == "segment" and page.left_out == 3 and page.size == (200, 300)
    assert list(page.texts) == ["가 나", "다라"]
    np.testing.assert_allclose(page.scores, [0.9, 0.8])
    first, space, second = page.characters[0].quads
    np.testing.assert_allclose(first, boxes_to_quads([[22, 33, 30, 14]])[0], atol=0.6)  # crops end at whole pixels
    np.testing.assert_allclose(space, boxes_to_quads([[52, 33, 30, 14]])[0], atol=0.6)
    np.testing.assert_allclose(second, boxes_to_quads([[82, 33, 30, 14]])[0], atol=0.6)
    upper, lower = page.characters[1].quads
    np.testing.assert_allclose(upper, boxes_to_quads([[145.2, 35, 29.6, 20]])[0], atol=0.6)
    np.testing.assert_allclose(lower, boxes_to_quads([[145.2, 85, 29.6, 20]])[0], atol=0.6)


def test_characters_said_to_be_stacked_where_none_are_seen_are_a_line():
    """As a server says that reads other pixels; nothing is below the other on a white page."""
    page = page_of_segments(read(), np.full((200, 300, 3), 255, np.uint8))
    assert list(page.texts) == ["가 나", "다라"]
    left, right = page.characters[1].quads
    assert left[0, 0] < right[0, 0] and left[0, 1] == right[0, 1]


def test_quads_are_those_of_the_page_as_given_and_segments_of_the_page_as_read():
    reading = read(turns=1)
    page = page_of_segments(reading, turn_image(sheet(), 1))
    assert page.size == (300, 200)
    np.testing.assert_allclose(page.quads[0], [[30, 280], [30, 180], [50, 180], [50, 280]])


def test_a_page_without_colour_turns_as_one_channel():
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for turns in range(4):
        turned = turn_image(spread_grey(grey), turns)
        assert is_spread(turned)
        np.testing.assert_array_equal(turned, np.rot90(np.repeat(grey[..., None], 3, axis=2), turns))
