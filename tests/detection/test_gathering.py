"""Words, characters and texts as arrays; what becomes of whole pages is in test_peaks.py."""

import numpy as np

from ocr_crnn.detection.gathering import (
    PRIOR,
    WAY_UP,
    connect,
    fit_ends,
    join_words,
    look_up,
    page_votes,
    paint,
    run_down,
    straighten,
    turned_to,
    vote_quarters,
)
from ocr_crnn.detection.turned_boxes import corners_of


def test_boxes_are_painted_the_smaller_on_top_and_never_without_end():
    boxes = np.array([[0, 0, 40, 40], [8, 8, 16, 16.0]])
    ids = paint(boxes, np.zeros(2), (12, 12))
    assert ids[0, 0] == 0 and ids[3, 3] == 1 and ids[11, 11] == -1
    assert look_up(ids, np.array([[13.0, 13.0], [-3, 5], [1e9, 4]])).tolist() == [1, -1, -1]
    many = np.tile([[0, 0, 4e5, 4e5]], (1000, 1)).astype(float)
    assert (paint(np.concatenate([many, boxes]), np.zeros(1002), (12, 12)) == 1001).any()
    assert connect(np.array([0, 2]), np.array([1, 4]), 5).tolist() == [0, 0, 2, 3, 2]


def words_of(boxes, link=0.0, quarter=0, sure=0.97):
    count = len(boxes)
    chances = np.full((count, 4), (1 - sure) / 3)
    chances[:, quarter] = sure
    return {
        "score": np.ones(count), "boxes": np.array(boxes, float), "skew": np.zeros(count),
        "link": np.full(count, link), "quarters": np.log(chances),
    }  # fmt: skip


def letters_of(boxes):
    boxes = np.array(boxes, float)
    return {"boxes": boxes, "skew": np.zeros(len(boxes)), "centre": (boxes[:, :2] + boxes[:, 2:]) / 2}


def test_words_are_joined_to_the_next_that_is_like_them():
    boxes = [[0, 0, 40, 16], [50, 1, 90, 15], [100, 0, 120, 40], [0, 24, 40, 40], [150, 0, 190, 16]]
    numbers = join_words(words_of(boxes, link=0.9), np.zeros(5, int), (20, 60), 0.5)
    # The third is too high, and hides what is behind it; the fourth stands on another line.
    assert numbers[0] == numbers[1] and len(set(numbers)) == 4
    near, unsure = join_words(words_of(boxes, link=0.4), np.zeros(5, int), (20, 60), 0.5), words_of(boxes, link=0.05)
    assert near[0] == near[1]  # ten pixels are not far for such high words
    assert len(set(join_words(unsure, np.zeros(5, int), (20, 60), 0.5))) == 5
    assert len(set(join_words(words_of(boxes, link=1.0), np.zeros(5, int), (20, 60), np.inf))) == 5
    apart = words_of([[0, 0, 40, 16], [60, 1, 100, 15]], link=0.4)
    assert len(set(join_words(apart, np.zeros(2, int), (20, 60), 0.5))) == 2
    # Read from right to left as the page lies, upside down, the first follows the second.
    numbers = join_words(words_of(boxes[:2], link=0.9, quarter=2), np.full(2, 2), (20, 60), 0.5)
    assert numbers[0] == numbers[1]
    # A word on the middle of another is a part of it, whatever the links say.
    assert len(set(join_words(words_of([[0, 0, 200, 16], [70, 0, 130, 16]]), np.zeros(2, int), (20, 60), 0.5))) == 1


def test_the_ends_of_long_words_are_those_of_their_characters():
    words = words_of([[20, 0, 100, 16], [0, 40, 30, 56]])
    letters = letters_of([[x, 1, x + 14, 15] for x in range(0, 120, 16)] + [[2, 41, 14, 55]])
    owner = np.array([0] * 8 + [1])
    boxes = fit_ends(words, letters, owner, np.zeros(2, int))
    assert boxes.tolist() == [[0, 0, 126, 16], [0, 40, 30, 56]]  # the second is short: a character may be missing
    few = {name: values[[0, 7]] for name, values in letters.items()}
    assert fit_ends(words, few, np.array([0, 0]), np.zeros(2, int))[0].tolist() == [20, 0, 100, 16]


def test_columns():
    letters = letters_of([[0, 0, 10, 10], [0, 12, 10, 22], [0, 24, 10, 34], [40, 0, 50, 10], [52, 0, 62, 10], [80, 0, 90, 10]])
    text, zeros = np.array([0, 0, 0, 1, 1, 2]), np.zeros(4, int)
    boxes = np.float64([[0, 0, 10, 34], [40, 0, 62, 10], [80, 0, 90, 10], [100, 0, 130, 10]])
    # The last ones, of one character and of none, as most of the page.
    assert run_down(letters, text, np.zeros(4), zeros, boxes).tolist() == [True, False, False, False]
    assert run_down(letters, text, np.zeros(4), zeros + 1, boxes).tolist() == [False, True, False, False]


def test_a_word_is_no_column_for_a_stray_character_or_one_in_pieces():
    in_pieces, stray = [[84, 0, 96, 5], [84, 5, 96, 10]], [[104, 0, 114, 10], [104, -16, 114, -6]]
    letters = letters_of([[x, 0, x + 10, 10] for x in range(0, 60, 12)] + in_pieces + stray)
    text = np.array([0] * 5 + [1, 1, 2, 2])
    boxes = np.float64([[0, 0, 58, 10], [84, 0, 96, 10], [100, 0, 124, 10]])
    assert not run_down(letters, text, np.zeros(3), np.zeros(3, int), boxes).any()
    tall = np.float64([[0, 0, 58, 10], [84, 0, 96, 10], [104, -16, 114, 10]])
    assert run_down(letters, text, np.zeros(3), np.zeros(3, int), tall).tolist() == [False, False, True]


def test_quarter_turns_are_voted_for():
    words = words_of([[0, 0, 160, 16], [0, 30, 16, 46], [30, 30, 46, 46]])
    words["quarters"][1] = np.log([0.3, 0.1, 0.5, 0.1])
    assert vote_quarters(words, np.arange(3), 3).tolist() == [0, 0, 0]  # of one character the page is surer
    words["quarters"][1] = np.log([1e-6, 1e-6, 1, 1e-6])
    assert vote_quarters(words, np.arange(3), 3).tolist() == [0, 0, 0]  # which way up, the page knows better even then
    words["quarters"][1] = np.log([1e-6, 1, 1e-6, 1e-6])
    assert vote_quarters(words, np.arange(3), 3).tolist() == [0, 1, 0]  # on its side a text is seen to lie
    assert vote_quarters(words, np.array([0, 0, 1]), 2).tolist() == [0, 0]
    long = words_of([[0, 0, 160, 16], [0, 30, 96, 46]])
    long["quarters"] = np.log([[0.97, 0.01, 0.01, 0.01], [1e-6, 1e-6, 1, 1e-6]])
    assert vote_quarters(long, np.arange(2), 2).tolist() == [0, 2]  # six characters that are sure, beside ten


def test_what_a_page_says_of_its_texts():
    words = words_of([[0, 0, 16, 16]])
    words["quarters"] = np.log([[0.7, 0.1, 0.15, 0.05]])
    sure = np.log(np.array([0.7, 0.1, 0.15, 0.05]) + 1e-3)
    expected = PRIOR * sure + WAY_UP * np.array([0, 0, sure[2] - sure[0], sure[3] - sure[1]])
    np.testing.assert_allclose(page_votes(words), expected)


def test_a_word_seen_upside_down_does_not_break_its_text():
    boxes = [[0, 0, 40, 16], [50, 0, 90, 16], [100, 0, 140, 16]]
    ways = np.array([0, 2, 0])
    assert len(set(join_words(words_of(boxes, link=0.9), ways, (20, 60), 0.5))) == 2  # it looks back, and so leads no further
    ways = np.array([0, 0, 2])
    assert len(set(join_words(words_of(boxes, link=0.9), ways, (20, 60), 0.5))) == 1


def test_a_text_lies_along_the_line_through_its_words():
    boxes = [[x - 20, 0.05 * x - 8, x + 20, 0.05 * x + 8] for x in (0, 50, 100, 150, 200)]  # straight, on a line that is not
    boxes += [[0, 500, 40, 516]]  # alone
    words, lengths, text = words_of(boxes), np.full(6, 40.0), np.array([0, 0, 0, 0, 0, 1])
    skew = straighten(words, lengths, text, np.zeros(2))
    np.testing.assert_allclose(skew, [np.arctan(0.05 * 5000 / (5000 + 256)), 0], atol=1e-3)  # 5,000 is the variance
    down = {**words, "boxes": np.array(boxes)[:, [1, 0, 3, 2]]}
    np.testing.assert_allclose(straighten(down, lengths, text, np.zeros(2)), -skew, atol=1e-6)  # a column leans the other way
    quads = turned_to(skew[text], words)
    np.testing.assert_allclose(quads.mean(axis=1), corners_of(words["boxes"], np.zeros(6)).mean(axis=1))
    np.testing.assert_allclose(np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1), 40)
    across = {**words, "skew": np.full(6, np.pi / 2)}  # by the wrap at 45° a word may lie a quarter turn from its text
    np.testing.assert_allclose(np.ptp(turned_to(np.zeros(6), across), axis=1), np.tile([16, 40], (6, 1)), atol=1e-9)
