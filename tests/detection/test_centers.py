import numpy as np
import pytest

from ocr_crnn.detection.centers import (
    CHARACTER_SIDES,
    LINK,
    PARENT,
    QUARTERS,
    SKEW,
    WORD_SIDES,
    cells_of_windows,
    center_targets,
    cover,
    fold_cells,
    soft_log,
    split_angle,
    unfold_cells,
)
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page


def page_of(boxes, text, size=(64, 96), quad=None):
    """One text whose characters are boxes (x, y, width, height)."""
    quads = boxes_to_quads(boxes)
    low, high = quads.min(axis=(0, 1)), quads.max(axis=(0, 1))
    quad = boxes_to_quads([[*low, *(high - low)]]) if quad is None else quad
    return Page(None, size, quad, [text], characters=[Characters(quads)])


def test_a_word_worked_out_by_hand():
    # 40 × 16 px at (8, 16): 10 × 4 cells around (7, 6). Its core is ±3 × ±1.2 cells: columns 4..9, rows 5 and 6.
    page = page_of([[8, 16, 20, 16], [28, 16, 20, 16]], "가나")
    words = center_targets(page)["words"]
    assert words.shape == (16, 24, 13) and words.dtype == np.float32
    rows, columns = np.nonzero(words[..., 0])
    assert set(rows) == {5, 6} and set(columns) == set(range(4, 10))
    assert words[5, 6, 0] == words[6, 7, 0] == 1  # the centre lies between four cells, which are all as good
    # Column 4 is 2.5 cells from the centre: √(2.5 / 7.5); column 6 half a cell: √(4.5 / 5.5).
    assert words[5, 4, 0] == pytest.approx(np.sqrt((2.5 / 7.5) / (4.5 / 5.5)))
    np.testing.assert_allclose(np.expm1(words[5, 4, WORD_SIDES]), [2.5, 1.5, 7.5, 2.5], rtol=1e-5)
    assert words[5, 4, LINK] == 0 and words[5, 4, SKEW].tolist() == [1, 0] and words[5, 4, QUARTERS].tolist() == [1, 0, 0, 0]
    assert (words[..., -1] == 1).all()


def test_characters_lie_on_cells_of_two_pixels_and_look_for_their_word():
    page = page_of([[8, 16, 20, 16], [28, 16, 20, 16]], "가나")
    characters = center_targets(page)["characters"]
    assert characters.shape == (16, 24, 4, 8)
    fine = unfold_cells(characters)
    rows, columns = np.nonzero(fine[..., 0] == 1)
    assert set(rows) == {11, 12} and set(columns) == {8, 9, 18, 19}
    # The centre of cell (11, 8) is (17, 23) px, of the first box (18, 24), of the word (28, 24).
    np.testing.assert_allclose(np.expm1(fine[11, 8, CHARACTER_SIDES]), [4.5, 3.5, 5.5, 4.5], rtol=1e-5)
    np.testing.assert_allclose(fine[11, 8, PARENT], [np.log(6), 0], rtol=1e-5)
    np.testing.assert_allclose(fine[11, 18, PARENT], [-np.log(6), 0], rtol=1e-5)


def test_words_of_a_segment_are_linked_and_spaces_are_no_characters():
    page = page_of([[8, 16, 16, 16], [24, 16, 8, 16], [32, 16, 16, 16], [48, 20, 16, 8]], "가 나다")
    targets = center_targets(page)
    words, fine = targets["words"], unfold_cells(targets["characters"])
    best = words[..., 0] == 1
    assert set(np.nonzero(best)[1]) == {3, 4, 11, 12}
    assert words[6, 3, LINK] == 1 and words[6, 11, LINK] == 0
    assert set(np.nonzero(fine[..., 0] == 1)[1]) == {7, 8, 19, 20, 27, 28}
    # Both are as high as their segment.
    np.testing.assert_allclose(np.expm1(words[5, 11, WORD_SIDES]), [3.5, 1.5, 4.5, 2.5], rtol=1e-5)


@pytest.mark.parametrize("quarter", range(4))
def test_the_frame_turns_with_the_skew_alone(quarter):
    """A text turned by 10° and quarter turns: its first side says the direction, its box is measured in the page turned by 10°."""
    angle = np.deg2rad(10) + quarter * np.pi / 2
    along, down = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    corners = np.array([[-20, -8], [20, -8], [20, 8], [-20, 8]]) @ np.array([along, down]) + 50
    page = Page(None, (100, 100), [corners], ["가"], characters=[Characters(corners[None])])
    words = center_targets(page)["words"]
    best = words[words[..., 0] == words[..., 0].max()][0]
    assert best[QUARTERS].argmax() == quarter
    np.testing.assert_allclose(best[SKEW], [np.cos(np.deg2rad(40)), np.sin(np.deg2rad(40))], atol=1e-6)
    left, top, right, bottom = np.expm1(best[WORD_SIDES])
    np.testing.assert_allclose([left + right, top + bottom], [4, 10] if quarter % 2 else [10, 4], rtol=1e-5)


def test_directions_near_the_diagonal_and_round_the_circle():
    for degrees, expected in ((0, (0, 0)), (44, (44, 0)), (46, (-44, 1)), (180, (0, 2)), (-90, (0, 3)), (-179, (1, 2))):
        skew, quarter = split_angle(np.deg2rad(degrees))
        assert (round(np.rad2deg(skew)), quarter) == expected


def test_long_words_are_no_ridges():
    words = center_targets(page_of([[0, 16, 400, 16]], "가", size=(64, 400)))["words"]
    columns = np.nonzero(words[..., 0])[1]
    # The middle 4 heights, 256 px … of which 0.6 are core: 50 ± 0.6 · 8 cells.
    assert columns.min() == 45 and columns.max() == 54


def test_what_cannot_be_learnt_has_no_weight():
    letters = Characters(boxes_to_quads([[8, 16, 16, 16]]))
    quads = boxes_to_quads([[8, 16, 16, 16], [40, 16, 16, 16], [64, 16, 16, 16], [8, 40, 16, 16]])
    page = Page(None, (64, 96), quads, ["가", None, "나", "다 라"], characters=[letters, letters, None, letters])
    targets = center_targets(page)
    weights, fine = targets["words"][..., -1], unfold_cells(targets["characters"])
    assert weights[4:8, 2:6].all() and not weights[4:8, 10:14].any() and not weights[10:14, 2:6].any()
    assert weights.sum() == pytest.approx(16 * 24 - 32, abs=20)  # the rims of quads count as covered
    assert fine[8:16, 4:12, -1].all() and not fine[8:16, 20:28, -1].any() and not fine[8:16, 32:40, -1].any()
    # A word is learnt without its characters too; of several nobody knows where each is.
    assert weights[4:8, 16:20].all() and targets["words"][6, 18, 0] == 1 and (targets["words"][10:, :, 0] == 0).all()
    targets = center_targets(Page(None, (64, 96), quads, ["가 나"] * 4))
    assert targets["words"][..., 0].max() == 0 and targets["characters"][..., 0].max() == 0


def test_characters_that_somebody_has_guessed_weigh_what_they_are_sure_of():
    page = page_of([[8, 16, 20, 16], [28, 16, 20, 16]], "가나")
    sure = center_targets(page)
    guessed = center_targets(Page(None, page.size, page.quads, page.texts, characters=[Characters(page.characters[0].quads, [0.5, 0.7])]))
    np.testing.assert_array_equal(guessed["words"], sure["words"])
    weights = unfold_cells(guessed["characters"])[..., -1]
    np.testing.assert_allclose(weights[8:16, 4:24], 0.6, rtol=1e-6)
    assert (weights[:7] == 1).all() and (weights[:, 26:] == 1).all()
    np.testing.assert_array_equal(guessed["characters"][..., :-1], sure["characters"][..., :-1])


def test_degenerate_pages():
    for size in ((1, 1), (10, 9), (4, 4)):
        targets = center_targets(Page(None, size, [], []))
        assert targets["words"].shape == (-(-size[0] // 4), -(-size[1] // 4), 13) and targets["words"][..., -1].all()
    odd = [[8, 8, 0, 0], [-500, 8, 20, 20], [500, 500, 20, 20], [8, 8, 20, 0.5], [0, 0, 96, 64]]
    quads = np.concatenate([boxes_to_quads(odd), np.full((1, 4, 2), np.nan, np.float32)])
    page = Page(None, (64, 96), quads, ["가"] * 6, characters=[Characters(quad[None]) for quad in quads])
    targets = center_targets(page)
    assert all(np.isfinite(maps).all() for maps in targets.values())
    assert targets["words"][2, 4, 0] == 1  # the thin one is made one cell thick and lies on top of the large one
    assert (targets["words"][..., 0] == 1).sum() >= 2


def test_thousands_of_boxes_that_overlap():
    rng = np.random.default_rng(0)
    quads = boxes_to_quads(np.concatenate([rng.uniform(-20, 220, (5000, 2)), rng.uniform(0, 60, (5000, 2))], axis=1))
    targets = center_targets(Page(None, (200, 200), quads, ["가"] * 5000, characters=[Characters(quad[None]) for quad in quads]))
    assert np.isfinite(targets["words"]).all() and np.isfinite(targets["characters"]).all()


def test_cells_are_folded_and_unfolded():
    maps = np.arange(4 * 6).reshape(4, 6, 1)
    assert fold_cells(maps)[0, 1, :, 0].tolist() == [2, 3, 8, 9]
    np.testing.assert_array_equal(unfold_cells(fold_cells(maps)), maps)


def test_windows_and_covers():
    rows, x, y = cells_of_windows(np.array([[1, 2], [5, 5], [0, 0]]), np.array([[3, 4], [5, 9], [1, 1]]))
    assert rows.tolist() == [0] * 4 + [2] and x.tolist() == [1, 2, 1, 2, 0] and y.tolist() == [2, 2, 3, 3, 0]
    assert cells_of_windows(np.zeros((0, 2), int), np.zeros((0, 2), int))[0].shape == (0,)
    covered = cover(boxes_to_quads([[8, 8, 8, 4]]), 4, (8, 8))
    assert covered[2, 2] and covered[2, 3] and not covered[4:].any() and not cover(np.full((1, 4, 2), np.nan), 4, (8, 8))[1:].any()
    assert soft_log(np.array([-1.0, 0, 3])).tolist() == pytest.approx([-np.log(2), 0, np.log(4)])
