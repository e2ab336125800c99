import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.page import Page
from ocr_crnn.reading.broken_numbers import MOST_PARTS, broken_chains
from ocr_crnn.reading.masking import mask_page


def chains_of(*segments):
    """Chains of (text, x, y), ten pixels a character, 20 high."""
    boxes = np.array([[x, y, x + 10 * len(text), y + 20] for text, x, y in segments], np.float64).reshape(-1, 4)
    return broken_chains([text for text, *_ in segments], boxes)


def masked(*words):
    """The texts that are left of a Page of (text, x, y), each word a line and a block of its own."""
    quads = [[[x, y], [x + 10 * len(t), y], [x + 10 * len(t), y + 20], [x, y + 20]] for t, x, y in words]
    rows = list(range(len(words)))
    return list(mask_page(Page(None, (900, 900), quads, [word[0] for word in words], lines=rows, blocks=rows)).texts)


def test_what_follows_in_the_order_beside_and_below():
    assert chains_of(("900101-", 500, 0), ("1234567", 0, 60)) == [(0, 1)]
    assert chains_of(("900101", 0, 0), ("가", 0, 30), ("1234567", 100, 0)) == [(0, 2)]
    assert chains_of(("900101-", 100, 0), ("가", 300, 0), ("1234567", 100, 30)) == [(0, 2)]
    assert chains_of(("1234", 0, 0), ("5678", 90, 0), ("-", 150, 0), ("9012", 180, 0))[0] == (0, 1, 2, 3)


def test_what_is_whole_an_amount_or_words_is_not_gone_on_with():
    assert chains_of(("4111-1111-1111-1111", 0, 0), ("1234567", 0, 30)) == []
    assert chains_of(("1,234,567", 0, 0), ("1234567", 0, 30)) == [] == chains_of(("123456", 0, 0), ("1,234,567", 0, 30))
    assert chains_of(("900101-", 0, 0), ("1234567", 0, 300), ("홍길동", 0, 30))[:1] == [(0, 1)]
    assert chains_of(("900101-", 0, 0), ("홍길동", 0, 30), ("1234567", 0, 300)) == []
    assert chains_of() == [] == chains_of(("900101-", 0, 0))


def test_a_number_that_is_broken_at_the_end_of_a_paragraph():
    assert masked(("주민등록번호", 0, 0), ("900101-", 150, 0), ("1234567", 0, 70))[1:] == ["900101-", "*******"]
    assert masked(("4111-1111-", 0, 0), ("1111-1111", 0, 70)) == ["4111-11**-", "****-1111"]
    assert masked(("계좌번호", 0, 0), ("110-", 90, 0), ("123-456789", 0, 60))[1:] == ["***-", "***-**6789"]


def test_a_number_in_two_cells_in_four_and_with_its_dash_in_a_third():
    head = ("주민등록번호", 100, 0)
    assert masked(head, ("900101", 100, 50), ("1234567", 300, 50))[1:] == ["900101", "*******"]
    assert masked(head, ("900101", 100, 50), ("-", 200, 50), ("1234567", 300, 50))[1:] == ["900101", "-", "*******"]
    four = [("카드번호", 0, 0), ("4111", 200, 0), ("1111", 300, 0), ("1111", 400, 0), ("1111", 500, 0)]
    assert masked(*four)[1:] == ["4111", "11**", "****", "1111"]


def test_figures_that_stand_side_by_side_are_no_numbers_of_persons():
    rows = [(str(figure), 120 * column, 40 * row) for row in range(8) for column, figure in enumerate((3041 + row, 4512, 900101, 5234567))]
    assert masked(*rows) == [text for text, *_ in rows]


@given(st.lists(st.tuples(st.text("0123456789-., 가", max_size=12), st.integers(0, 300), st.integers(0, 300)), max_size=12))
def test_chains_are_of_different_segments_and_each_is_there_once(segments):
    chains = chains_of(*segments)
    assert len(set(chains)) == len(chains)
    assert all(2 <= len(chain) == len(set(chain)) <= MOST_PARTS for chain in chains)
