import numpy as np
import pytest

from ocr_crnn.data.gt_utility import GTUtility
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.training.held_out import TooLittleDataError, hold_lines, hold_pages


def page_of(texts, name="a.png"):
    boxes = [(0, 10 * row, 50, 8) for row in range(len(texts))]
    return Page(name, (10 * len(texts) + 10, 60), boxes_to_quads(boxes), texts)


def texts_of(gt_util):
    return [text for texts in gt_util.text for text in texts]


def test_lines_are_held_over_all_pages_and_unreadable_ones_are_in_neither_part():
    pages = [page_of([f"줄{page}{row}" for row in range(10)] + [None, ""], f"{page}.png") for page in range(4)]
    learnt, held = hold_lines(GTUtility(pages), 0.25, seed=1)
    assert len(texts_of(learnt)) == 30 and len(texts_of(held)) == 10
    assert set(texts_of(learnt)) | set(texts_of(held)) == {f"줄{page}{row}" for page in range(4) for row in range(10)}
    assert len(held) > 1 and None not in texts_of(learnt)
    again, other = (texts_of(hold_lines(GTUtility(pages), 0.25, seed)[1]) for seed in (1, 2))
    assert again == texts_of(held) != other
    for page in learnt:
        whole = pages[int(page.image_path[0])]
        assert np.array_equal(page.quads, whole.quads[[whole.texts.tolist().index(text) for text in page.texts]])


@pytest.mark.parametrize(
    ("pages", "share", "message"),
    [
        ([page_of(["가", None, ""] * 3)], 0.1, "At least 20 lines with a text are learnt from. Received: 3 in 1 images"),
        ([], 0.1, "Received: 0 in 0 images"),
        ([page_of(["같은 말"] * 30)], 0.1, "say different things. Received: 30 times '같은 말'"),
        ([page_of([f"{n}" for n in range(20)])], 0.99, "Received: a share of 0.99 of 20 lines .* leaves 0. Lower --held"),
    ],
)
def test_too_few_lines(pages, share, message):
    with pytest.raises(TooLittleDataError, match=message):
        hold_lines(GTUtility(pages), share, 0)


def test_what_was_found_in_the_data_is_told_with_it():
    gt_util = GTUtility([page_of(["가"])])
    gt_util.report.add("image_missing", "x.png")
    with pytest.raises(TooLittleDataError, match="(?s)What was found besides:.*image_missing"):
        hold_lines(gt_util, 0.1, 0)


def test_pages_are_held_whole_and_those_without_texts_left_out():
    pages = [page_of(["가", "나"], f"{n}.png") for n in range(9)] + [page_of([None, None], "none.png"), page_of([], "empty.png")]
    learnt, held = hold_pages(GTUtility(pages), 0.3, seed=0)
    assert len(learnt) == 6 and len(held) == 3
    assert set(learnt.image_names) | set(held.image_names) == {f"{n}.png" for n in range(9)}
    with pytest.raises(TooLittleDataError, match="At least 4 pages with texts are learnt from. Received: 0 of 2 images"):
        hold_pages(GTUtility(pages[9:]), 0.3, 0)
    with pytest.raises(TooLittleDataError, match="5 images of one text each. Lines are for the recogniser: ocr-crnn finetune lines"):
        hold_pages(GTUtility([page_of(["가"], f"{n}.png") for n in range(5)]), 0.3, 0)
    with pytest.raises(TooLittleDataError, match="which leaves 0. Lower --held"):
        hold_pages(GTUtility(pages[:9]), 0.99, 0)
