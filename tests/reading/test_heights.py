from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.page import Page
from ocr_crnn.reading.heights import Heights
from ocr_crnn.reading.masking import KINDS, mask_page
from ocr_crnn.reading.page_cells import cells_of_page

BOXES = np.array([[0, 40, 9, 60], [0, 0, 9, 20], [20, 0, 29, 100], [0, 20, 9, 40]], np.float64)


def test_what_reaches_into_a_band_and_what_ends_above_it_behind_something_tall():
    heights = Heights(BOXES)
    assert heights.between(70, 90).tolist() == [0, 2, 3]  # 2 reaches that far; 0 and 3 begin below it and end above
    assert heights.between(0, 19).tolist() == [1, 2]
    assert heights.between(20, 20).tolist() == [1, 2, 3]  # an edge counts
    assert heights.between(101, 200).tolist() == [] == heights.between(-9, -1).tolist()
    assert Heights(BOXES[[1, 3, 0]]).between(50, 70).tolist() == [2]
    assert Heights(np.zeros((0, 4))).between(0, 9).tolist() == []


NUMBERS = ["900101", "900101-", "1234567", "900101-1234567", "9001011234567", "4111-1111-", "1111-1111", "4111", "1111", "-", "1", "23"]
LABELS = ["주민등록번호", "여권번호", "카드번호", "계좌번호", "성명", "번호", "국민", "홍길동", "M12345678", "110-123-456789", "2026"]
WORDS = st.sampled_from(NUMBERS + LABELS)
ROW = st.tuples(WORDS, st.integers(0, 8), st.integers(0, 8), st.sampled_from((20, 20, 20, 0, 45)), st.booleans(), st.booleans())


def page_of(rows):
    """A Page of (text, column, row, height, whether a line begins, whether a block begins)."""
    quads = [
        [[90 * x, 25 * y], [90 * x + 10 * len(text), 25 * y], [90 * x + 10 * len(text), 25 * y + height], [90 * x, 25 * y + height]]
        for text, x, y, height, *_ in rows
    ]
    blocks = np.cumsum([block for *_, block in rows])
    lines = np.cumsum([line or block for *_, line, block in rows])
    return Page(None, (300, 900), np.array(quads, np.float64).reshape(-1, 4, 2), [row[0] for row in rows], lines=lines, blocks=blocks)


@given(st.lists(ROW, min_size=1, max_size=16))
@settings(max_examples=60)
def test_cells_and_masks_of_a_page_are_those_that_a_look_at_every_segment_finds(rows):
    page = page_of(rows)
    cells, masked = cells_of_page(page), mask_page(page, kinds=KINDS)
    with patch.object(Heights, "between", lambda heights, top, bottom: np.arange(len(heights.tops))):
        assert cells_of_page(page) == cells
        slowly = mask_page(page, kinds=KINDS)
    assert list(slowly.texts) == list(masked.texts) and slowly.records == masked.records
