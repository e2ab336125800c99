"""Boxes and characters found, against cases worked out by hand. A text of n characters is a box of n × 10 by 10 pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.evaluation.detection import DEFINITIONS, character_centres, match_rows, measure_detection
from ocr_crnn.geometry import boxes_to_quads, quad_ious
from ocr_crnn.page import Page


def page(boxes, texts=None):
    """A Page of (x, y, width, height) boxes; without texts the rows are detections that nobody read."""
    return Page(None, (1000, 1000), boxes_to_quads(boxes), [""] * len(boxes) if texts is None else texts)


def figures(truth, prediction, *names):
    return [measure_detection([(truth, prediction)])[name] for name in names]


IOU = ("precision@0.5", "recall@0.5", "hmean@0.5", "hmean@0.7")
CHARACTERS = ("char_precision", "char_recall", "splits", "merges", "repeated_characters")
WORDS = page([[0, 0, 40, 10], [50, 0, 20, 10]], ["가나다라", "마바"])


@pytest.mark.parametrize(
    ("truth", "boxes", "iou", "characters"),
    [
        # Exactly right.
        (WORDS, [[0, 0, 40, 10], [50, 0, 20, 10]], (1, 1, 1, 1), (1, 1, 0, 0, 0)),
        # The second word missed: 4 of 6 characters.
        (WORDS, [[0, 0, 40, 10]], (1, 1 / 2, 2 / 3, 2 / 3), (1, 4 / 6, 0, 0, 0)),
        # One box around both, 70 × 10: IoU 40 / 70 with the first. All 6 characters, less one for the merge in precision.
        (WORDS, [[0, 0, 70, 10]], (1, 1 / 2, 2 / 3, 0), (5 / 6, 1, 0, 1, 0)),
        # The first word in two halves of IoU 1/2; less one for the split in recall.
        (WORDS, [[0, 0, 20, 10], [20, 0, 20, 10], [50, 0, 20, 10]], (2 / 3, 1, 4 / 5, 2 / 5), (1, 5 / 6, 1, 0, 0)),
        # A box with nothing under it: wide, so 1 false character.
        (WORDS, [[0, 0, 40, 10], [50, 0, 20, 10], [0, 100, 50, 10]], (2 / 3, 1, 4 / 5, 4 / 5), (6 / 7, 1, 0, 0, 0)),
        # The same, 2 times as tall as wide: round(0.5 + 2) = 2 (to even) false characters.
        (WORDS, [[0, 0, 40, 10], [50, 0, 20, 10], [0, 100, 10, 20]], (2 / 3, 1, 4 / 5, 4 / 5), (6 / 8, 1, 0, 0, 0)),
        # 30 times as tall as wide: 10 at most.
        (WORDS, [[0, 0, 40, 10], [50, 0, 20, 10], [0, 100, 10, 300]], (2 / 3, 1, 4 / 5, 4 / 5), (6 / 16, 1, 0, 0, 0)),
        # The first box twice: 4 centres covered again count as claimed, and the text is split.
        (WORDS, [[0, 0, 40, 10], [0, 0, 40, 10], [50, 0, 20, 10]], (2 / 3, 1, 4 / 5, 4 / 5), (6 / 10, 5 / 6, 1, 0, 4)),
        # Three of four characters: IoU 30 / 40.
        (WORDS, [[0, 0, 30, 10], [50, 0, 20, 10]], (1, 1, 1, 1), (1, 5 / 6, 0, 0, 0)),
        # A box over the whole page covers every centre, but under 0.3 of it is text: it belongs to none.
        (WORDS, [[0, 0, 900, 900]], (0, 0, 0, 0), (0, 0, 0, 0, 0)),
        # Nothing found.
        (WORDS, [], (0, 0, 0, 0), (0, 0, 0, 0, 0)),
        # Nothing there, nothing found; nothing there, something found.
        (page([]), [], (1, 1, 1, 1), (1, 1, 0, 0, 0)),
        (page([]), [[0, 0, 10, 10]], (0, 0, 0, 0), (0, 0, 0, 0, 0)),
        # A box without area.
        (WORDS, [[0, 0, 40, 0]], (0, 0, 0, 0), (0, 0, 0, 0, 0)),
        # A space has no centre: two boxes find both halves of a line; one split.
        (page([[0, 0, 50, 10]], ["가나 다라"]), [[0, 0, 20, 10], [30, 0, 20, 10]], (0, 0, 0, 0), (1, 3 / 4, 1, 0, 0)),
        # A column read downwards.
        (page([[0, 0, 10, 40]], ["가나다라"]), [[0, 0, 10, 20]], (1, 1, 1, 0), (1, 2 / 4, 0, 0, 0)),
    ],
)
def test_one_page(truth, boxes, iou, characters):
    assert figures(truth, page(boxes), *IOU) == pytest.approx(iou)
    assert figures(truth, page(boxes), *CHARACTERS) == pytest.approx(characters)


@pytest.mark.parametrize(
    ("texts", "boxes", "counted", "precision", "char_precision"),
    [
        ([None, "마바"], [[0, 0, 40, 10], [50, 0, 20, 10]], 1, 1, 1),  # found on a don't-care text: not counted
        ([None, "마바"], [[50, 0, 20, 10]], 1, 1, 1),  # not found there: nothing missed
        ([None, "마바"], [[5, 0, 10, 10], [50, 0, 20, 10]], 1, 1, 1),  # a piece of it
        ([None, "마바"], [[30, 0, 40, 10]], 1, 1, 1),  # 20 of 40 px² on "마바": IoU 1/2 and a hit
        ([None, "마바"], [[0, 0, 40, 10], [0, 100, 50, 10]], 1, 0, 0),  # the stray box still counts
        (["가나다라", None], [[0, 0, 70, 10]], 1, 1, 1),  # over a readable and an unreadable text: judged by the readable one
        ([None, None], [[0, 0, 40, 10]], 0, 1, 1),
        (["가나다라", None], [[0, 0, 40, 10], [58, 0, 20, 10]], 1, 1, 1),  # 0.6 of the second box on the don't-care text
        (["가나다라", None], [[0, 0, 40, 10], [62, 0, 20, 10]], 2, 1 / 2, 1),  # 0.4 of it: not enough to be set aside by its area
        (["가나다라", None], [[0, 0, 40, 10], [50, 0, 20, 20]], 1, 1, 1),  # half of it, but matched at an IoU of 1/2
    ],
)
def test_dont_care(texts, boxes, counted, precision, char_precision):
    truth = page([[0, 0, 40, 10], [50, 0, 20, 10]], texts)
    assert figures(truth, page(boxes), "boxes", "precision@0.5", "char_precision") == pytest.approx((counted, precision, char_precision))


def test_a_text_inside_a_dont_care_area_is_found():
    truth = page([[0, 0, 100, 50], [0, 0, 40, 10]], [None, "가나다라"])
    assert figures(truth, page([[0, 0, 40, 10]]), "boxes", *IOU, "char_precision", "char_recall") == [1] * 7


def test_best_overlap_is_matched_first_and_only_once():
    truth = page([[0, 0, 100, 10], [0, 3, 100, 10]], ["가", "나"])
    prediction = page([[0, 2, 100, 10], [0, 1, 100, 10]])  # IoU: 8/12 and 9/11 · 9/11 and 8/12
    assert list(match_rows(truth, prediction)) == [1, 0]
    assert list(match_rows(truth, prediction.take([0]))) == [-1, 0]
    assert list(match_rows(truth, prediction, min_iou=0.9)) == [-1, -1]


def test_centres_of_a_line():
    centres, owners = character_centres(page([[0, 0, 30, 10], [5, 5, 10, 10], [0, 50, 10, 30]], ["가 나", None, "abc"]))
    assert centres == pytest.approx(np.array([[5, 5], [25, 5], [5, 55], [5, 65], [5, 75]]))
    assert list(owners) == [0, 0, 2, 2, 2]


def test_counts_are_summed_over_pages():
    measured = measure_detection([(WORDS, page([[0, 0, 40, 10]])), (page([]), page([])), (WORDS, page([]))])
    assert (measured["pages"], measured["texts"], measured["boxes"]) == (3, 4, 1)
    assert (measured["recall@0.5"], measured["char_recall"]) == pytest.approx((1 / 4, 4 / 12))
    assert measure_detection([])["hmean@0.5"] == 1


def test_every_figure_has_a_definition():
    names = measure_detection([], min_ious=(0.5,))
    assert [name.replace("@0.5", "@T") for name in names] == list(DEFINITIONS)


@given(st.integers(0, 2**32 - 1), st.floats(-3, 3))
def test_any_page(seed, angle):
    """A page against itself is perfect, whatever its rotation; against another one every figure is a share."""
    rng = np.random.default_rng(seed)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    sheets = []
    for count in rng.integers(0, 8, 2):
        corners = np.stack([rng.permutation(10)[:count] * 100, rng.integers(0, 900, count)], axis=1)
        boxes = np.concatenate([corners, rng.integers(12, 90, (count, 2))], axis=1)
        texts = [None if rng.random() < 0.2 else "가" * length for length in rng.integers(1, 6, count)]
        sheets.append(Page(None, (1000, 1000), boxes_to_quads(boxes) @ turn, texts))
    truth, other = sheets
    same = measure_detection([(truth, truth)])
    assert [same[name] for name in ("hmean@0.5", "hmean@0.7", "char_precision", "char_recall")] == pytest.approx([1] * 4)
    measured = measure_detection([(truth, other)])
    assert all(0 <= measured[name] <= 1 for name in measured if "@" in name or name.startswith("char"))
    matched = match_rows(truth, other)
    pairs = [(row, column) for row, column in enumerate(matched) if column >= 0]
    assert len({column for _, column in pairs}) == len(pairs)
    assert all(quad_ious(truth.quads, other.quads)[pair] >= 0.5 for pair in pairs)
