import cv2
import numpy as np
import pytest

from ocr_crnn.detection.ink_characters import fit_characters, is_print, keep_one_of_each, lines_around, not_overfull
from ocr_crnn.geometry import boxes_to_quads, quad_ious
from ocr_crnn.page import Characters

# A text of 40 pixels from y = 60, an em. What is drawn and what was seen are left, top, right, bottom in pixels.
TEXT = [30, 60, 330, 100]
GA = [(40, 68, 58, 90), (62, 62, 72, 98)]  # ㄱ and ㅏ
WHOLE = (40, 62, 72, 98)
FULL_STOP = (84, 90, 91, 97)
SYLLABLES = [(200, 62, 232, 98), (240, 62, 272, 98)]


def as_quads(sides):
    left, top, right, bottom = np.reshape(sides, (-1, 4)).T.astype(float)
    return boxes_to_quads(np.stack([left, top, right - left, bottom - top], axis=1))


def draw(inked, turn=None, size=(200, 400)):
    page = np.full((*size, 3), 255, np.uint8)
    for left, top, right, bottom in inked:
        if turn is None:
            page[top:bottom, left:right] = 0
        else:
            corners = turn(as_quads([(left, top, right, bottom)])[0])
            cv2.fillPoly(page, [np.round((corners - 0.5) * 16).astype(int)], (0, 0, 0), cv2.LINE_AA, shift=4)
    return page


def characters_of(seen, scores=0.8):
    return np.array([Characters(as_quads(seen), np.full(len(seen), scores)), None], object)[:-1]


def fit(inked, seen, page=None):
    """The boxes found, in pixels, and their scores."""
    (found,) = fit_characters(draw(inked) if page is None else page, as_quads(TEXT), characters_of(seen))
    return [tuple(np.round([*quad[0], *quad[2]]).astype(int).tolist()) for quad in found.quads], found.scores.tolist()


def check(found, expected, scores):
    assert found[0] == expected and found[1] == pytest.approx(scores)


def test_a_box_becomes_its_ink_and_a_full_stop_a_character():
    check(fit([*GA, FULL_STOP], [(36, 58, 70, 101)]), [WHOLE, FULL_STOP], [0.8, 0.5])


def test_a_full_stop_within_a_box_is_split_off():
    check(fit([*GA, FULL_STOP], [(36, 58, 92, 101)]), [WHOLE, FULL_STOP], [0.8, 0.8])


def test_bars_in_one_box_are_figures():
    bars = [(40, 64, 46, 96), (54, 64, 60, 96), (68, 64, 75, 96)]  # 1l1
    check(fit(bars, [(38, 62, 78, 98)]), bars, [0.8] * 3)
    check(fit(bars, [(38, 62, 50, 98)]), bars, [0.8, 0.5, 0.5])


def test_dot_and_stem_are_one():
    check(fit([(41, 62, 48, 69), (42, 74, 47, 98)], [(38, 66, 50, 99)]), [(41, 62, 48, 98)], [0.8])


def test_rings_and_stroke_are_a_per_cent_sign():
    check(fit([(40, 62, 54, 78), (52, 62, 62, 98), (60, 82, 74, 98)], [(42, 60, 72, 99)]), [(40, 62, 74, 98)], [0.8])


def test_figures_that_touch_are_parted_between_their_boxes():
    """5 and 5, joined by a stroke of two pixels; the thinnest column that is nearest to the middle, the 61st, is neither's."""
    blocks = [(40, 64, 58, 96), (61, 64, 80, 96), (58, 78, 61, 80)]
    check(fit(blocks, [(40, 62, 56, 97), (64, 62, 80, 97)]), [(40, 64, 60, 96), (61, 64, 80, 96)], [0.8] * 2)


def test_figures_that_touch_in_one_box_stay_one():
    blocks = [(40, 64, 58, 96), (61, 64, 80, 96), (58, 78, 61, 80)]
    check(fit(blocks, [(42, 62, 78, 97)]), [(40, 64, 80, 96)], [0.8])


def test_a_character_nobody_saw():
    check(fit([*GA, (90, 64, 108, 96)], [WHOLE]), [WHOLE, (90, 64, 108, 96)], [0.8, 0.5])


@pytest.mark.parametrize(
    "dirt",
    [
        (90, 80, 92, 82),  # a speck
        (90, 80, 94, 84),
        (36, 99, 330, 101),  # a rule under the word
        (36, 102, 150, 105),  # a shorter one, below it
        (90, 112, 97, 119),  # of the next line
        (346, 62, 352, 98),  # the edge of a cell, beyond the end of the text
        (90, 40, 94, 120),  # one through the line
    ],
)
def test_dirt_and_rules_are_no_characters(dirt):
    check(fit([*GA, dirt], [WHOLE]), [WHOLE], [0.8])


def test_marks_beyond_the_end_of_a_text():
    """A full stop beside its last character is its; one farther on is dirt or a leader."""
    last = (308, 62, 330, 98)
    check(fit([last, (336, 90, 343, 97)], [last]), [last, (336, 90, 343, 97)], [0.8, 0.5])
    check(fit([last, (348, 90, 355, 97)], [last]), [last], [0.8])


def test_halves_become_a_syllable_and_figures_do_not():
    """이 beside 17, in a text of syllables."""
    halves, figures = [(40, 70, 54, 90), (60, 62, 66, 98)], [(100, 64, 106, 96), (112, 64, 126, 96)]
    seen = [*halves, *figures, *SYLLABLES, (280, 62, 312, 98)]
    check(fit(seen, seen), [(40, 62, 66, 98), *seen[2:]], [0.8] * 6)


def test_of_two_boxes_on_one_character_the_surer_is_kept():
    seen = np.array([Characters(as_quads([WHOLE, (60, 62, 74, 98)]), [0.9, 0.6]), None], object)[:-1]
    found = fit_characters(draw(GA), as_quads(TEXT), seen)
    assert len(found[0]) == 1 and found[0].scores[0] == np.float32(0.9)


def test_white_on_black():
    check(fit([], [(36, 58, 70, 101)], 255 - draw([*GA, FULL_STOP])), [WHOLE, FULL_STOP], [0.8, 0.5])


@pytest.mark.parametrize("degrees", [7, 90, 180, 270])
def test_turned_words(degrees):
    angle = np.deg2rad(degrees)
    matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])

    def turn(points):
        return (points - (180, 80)) @ matrix + (200, 200)

    page = draw([*GA, FULL_STOP], turn, (400, 400))
    (found,) = fit_characters(page, turn(as_quads(TEXT)), np.array([Characters(turn(as_quads([(36, 58, 70, 101)]))), None], object)[:-1])
    assert found.scores.tolist() == [1.0, 0.5] and len(found) == 2
    assert np.diag(quad_ious(found.quads, turn(as_quads([WHOLE, FULL_STOP])))).min() > 0.65
    np.testing.assert_allclose(found.quads[0, 0], turn(as_quads([WHOLE]))[0, 0], atol=1.5)  # from the character's own upper left corner


def test_a_column():
    """가 and 나 below each other: their halves stand side by side, as across the line."""
    column, second = [60, 30, 100, 230], [(63, 80, 79, 100), (83, 74, 93, 110)]
    first = [(62, 40, 80, 60), (84, 34, 94, 70)]
    seen = characters_of([(62, 36, 90, 68), (64, 76, 90, 108)])
    (found,) = fit_characters(draw([*first, *second], size=(260, 200)), as_quads(column), seen)
    np.testing.assert_allclose(found.quads, as_quads([(62, 34, 94, 70), (63, 74, 93, 110)]), atol=1)


def test_what_lies_in_another_text_is_that_one_s():
    """A full stop within reach of the first text, which is the second one's."""
    quads = as_quads([[30, 60, 80, 100], [80, 60, 200, 100]])
    seen = np.array([Characters(as_quads([WHOLE])), Characters(as_quads([(110, 62, 142, 98)])), None], object)[:-1]
    found = fit_characters(draw([*GA, FULL_STOP, (110, 62, 142, 98)]), quads, seen)
    assert [len(one) for one in found] == [1, 2]


def test_crumbs_are_left_together():
    """A syllable of a fax, eight pieces: none becomes a character, and its box all of them."""
    rng = np.random.default_rng(0)
    crumbs = [(x, y, x + 3, y + 3) for x, y in zip(range(41, 70, 4), rng.permutation(np.arange(62, 96, 4))[:8], strict=False)]
    ((found,), scores) = fit([*crumbs], [(44, 60, 68, 98)])
    assert scores == pytest.approx([0.8]) and found[0] <= 42 and found[2] >= 71


@pytest.mark.parametrize(
    ("page", "seen"),
    [
        (np.full((200, 400, 3), 200, np.uint8), [WHOLE]),  # no contrast
        (draw([(40, 62, 72, 78), (40, 82, 72, 98)]), [(40, 60, 72, 79), (41, 81, 72, 99)]),  # two lines
        (draw(GA), []),
    ],
)
def test_what_cannot_be_told_stays(page, seen):
    before = characters_of(seen)
    after = fit_characters(page, as_quads(TEXT), before)
    np.testing.assert_array_equal(after[0].quads, before[0].quads)


def test_no_texts_and_tiny_pages():
    assert len(fit_characters(draw([]), np.zeros((0, 4, 2), np.float32), np.empty(0, object))) == 0
    for size in ((1, 1), (3, 500)):
        found = fit_characters(np.zeros((*size, 3), np.uint8), as_quads(TEXT), characters_of([WHOLE]))
        np.testing.assert_array_equal(found[0].quads, as_quads([WHOLE]))


def test_noise_is_bounded():
    rng = np.random.default_rng(0)
    page = rng.integers(0, 256, (200, 300, 3)).astype(np.uint8)
    quads = boxes_to_quads(np.column_stack([rng.uniform(-50, 300, (200, 2)), rng.uniform(1, 400, (200, 2))]))
    letters = [Characters(boxes_to_quads(np.column_stack([rng.uniform(-50, 300, (9, 2)), rng.uniform(0, 90, (9, 2))]))) for _ in quads]
    found = fit_characters(page, quads, np.array([*letters, None], object)[:-1])
    assert all(np.isfinite(one.quads).all() for one in found) and sum(map(len, found)) < 20_000


def test_one_of_each():
    """0 and 1 are one, and 2 is farther on; in the second text two lie one above the other, which is half of what it has."""
    boxes = np.array([[0, 0, 1, 1], [0.2, 0, 1.2, 1], [1.3, 0, 2, 1], [0, 0, 1, 1], [0, 1.1, 1, 2]], float)
    assert keep_one_of_each(np.array([0, 0, 0, 1, 1]), boxes, np.array([0.5, 0.9, 0.1, 1, 1]), 2).tolist() == [1, 2]
    assert keep_one_of_each(np.zeros(0, int), np.zeros((0, 4)), np.zeros(0), 3).tolist() == []


def test_lines():
    """A low box has the line of its neighbours, and a lone one 0.9 em; print is in it and no rule."""
    boxes = np.array([[0, -0.5, 1, 0.5], [1, 0.2, 1.3, 0.4], [0, -0.1, 1, 0.1]])
    line = lines_around(np.array([0, 0, 1]), boxes)
    np.testing.assert_allclose(line, [[-0.5, 0.5], [-0.5, 0.5], [-0.45, 0.45]])
    pieces = np.array([[0, 0, 0.5, 0.5], [0, 0.6, 0.5, 1], [0, -1, 0.1, 1], [0, 0.4, 3, 0.5], [0, 0, 0.04, 0.04]])
    assert is_print(pieces, np.tile(line[:1], (5, 1))).tolist() == [True, False, False, False, False]


def test_what_claims_too_much_is_as_wide_as_it_was_seen():
    boxes, filled = np.array([[0, 0, 0.5, 1.0]] * 3), np.array([[-0.1, 0, 0.6, 1.0], [0, 0, 1.3, 1], [-0.5, 0, 1.4, 1]])
    np.testing.assert_allclose(not_overfull(filled.copy(), boxes), [[-0.1, 0, 0.6, 1], [0, 0, 1.3, 1], [-0.2, 0, 0.7, 1]])
