import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.reading.aligned_tables import find_aligned_tables


def words_of(*lines, left=50, top=40, pitch=30, em=12):
    """Boxes and texts of lines, each a list of (x, text): every character is one em wide."""
    placed = [(left + x, top + pitch * row, text) for row, line in enumerate(lines) for x, text in line]
    boxes = np.array([[x, y, x + em * len(text), y + em] for x, y, text in placed], np.float64).reshape(-1, 4)
    return boxes, [text for *_, text in placed]


def cells_of(table, texts):
    return {tuple(place): " ".join(texts[word] for word in words) for place, words in zip(table.places, table.words, strict=True)}


GOODS = [
    [(0, "품명"), (200, "수량"), (300, "금액")], [(0, "연필"), (212, "3"), (264, "1,500")],
    [(0, "책상과"), (212, "1"), (240, "250,000")], [(0, "의자"), (200, "12"), (264, "9,000")],
]  # fmt: skip


def test_columns_of_names_and_figures_are_a_table():
    boxes, texts = words_of(*GOODS)
    (table,) = find_aligned_tables(boxes, texts)
    assert (table.rows, table.columns) == (4, 3)
    found = cells_of(table, texts)
    assert found[0, 1, 1, 1] == "수량" and found[2, 0, 1, 1] == "책상과" and found[3, 2, 1, 1] == "9,000"


def test_the_order_of_the_words_changes_nothing():
    boxes, texts = words_of(*GOODS)
    order = np.random.default_rng(0).permutation(len(texts))
    (table,) = find_aligned_tables(boxes[order], [texts[word] for word in order])
    (straight,) = find_aligned_tables(boxes, texts)
    assert cells_of(table, [texts[word] for word in order]) == cells_of(straight, texts)


def test_a_heading_over_two_columns_and_a_label_of_two_rows():
    lines = [
        [(170, "상반기에")], [(0, "부서"), (360, "비고")], [(120, "건수"), (240, "금액")], [],
        [(120, "3"), (240, "500"), (360, "신규")], [(0, "총무과")], [(120, "4"), (240, "600")], [],
        [(120, "7"), (240, "80")], [(0, "재무과")], [(120, "9"), (240, "90")],
    ]  # fmt: skip
    boxes, texts = words_of(*lines, pitch=15)
    (table,) = find_aligned_tables(boxes, texts)
    found = cells_of(table, texts)
    assert found[0, 0, 2, 1] == "부서" and found[0, 1, 1, 2] == "상반기에" and found[1, 2, 1, 1] == "금액"
    assert found[2, 0, 2, 1] == "총무과" and found[4, 0, 2, 1] == "재무과" and found[5, 2, 1, 1] == "90"


def test_prose_labelled_values_and_two_columns_of_text_are_none():
    prose = [[(0, "이"), (18, "계약은"), (60, "서명한"), (102, "날부터"), (144, "효력을")]] * 5
    labelled = [[(0, "성명:"), (100, "홍길동")], [(0, "주소:"), (100, "서울시"), (140, "중구")], [(0, "전화:"), (100, "02-123-4567")]]
    columns = [[(0, "가나다라마바사아자차카타파하가나다라마바"), (300, "가나다라마바사아자차카타파하가나다라마바")]] * 6
    named = (("상호", "가온누리"), ("주소", "서울시 중구"), ("대표자", "홍길동"))
    parties = [[(0, "갑"), (60, label), (150, value)] for label, value in named]
    contents = [[(0, f"{number}. 사업의 개요"), (300, str(3 * number))] for number in range(1, 6)]
    marked = [[(0, mark), (40, "계약을 맺은 날부터 효력이 있다")] for mark in "①②③④"]
    forms = [[(0, "성명"), (60, "홍길동"), (200, "생년월일"), (300, "1990.1.31")]]
    forms = [*forms, [(0, "주소"), (60, "서울"), (200, "전화"), (300, "02-120")]] * 2
    listed = [[(0, mark), (30, "품질을 높인다"), (200, "기간"), (300, "삼 년")] for mark in ("①", "②", "·", "·")]
    chapters = [[(0, f"제{number}절"), (60, "사업의 개요"), (200, "가온"), (300, str(3 * number))] for number in range(1, 6)]
    leaves = [[(0, f"{number}. 사업의 개요"), (300, f"p.{3 * number}")] for number in range(1, 6)]
    for lines in (listed, chapters, leaves, prose, labelled, columns, [[(0, "가"), (200, "1")]] * 2, [], parties, contents, marked, forms):
        assert find_aligned_tables(*words_of(*lines)) == []


def test_ten_thousand_words_are_quick():
    lines = [[(60 * column, str(row + column)) for column in range(20)] for row in range(500)]
    boxes, texts = words_of(*lines)
    begin = time.process_time()
    (table,) = find_aligned_tables(boxes, texts)
    assert (table.rows, table.columns) == (500, 20) and time.process_time() - begin < 3


box = st.tuples(*[st.floats(0, 500, width=32)] * 2, *[st.floats(0, 80, width=32)] * 2)


@given(st.lists(st.tuples(box, st.text("가1: ", max_size=3)), max_size=40))
def test_whatever_lies_on_a_page_every_word_is_in_one_cell_at_most(words):
    boxes = np.array([[x, y, x + width, y + height] for (x, y, width, height), _ in words], np.float64).reshape(-1, 4)
    seen, texts = set(), [text for _, text in words]
    for table in find_aligned_tables(boxes, texts):
        taken = set()
        for (row, column, row_span, column_span), own in zip(table.places, table.words, strict=True):
            places = {(row + down, column + across) for down in range(row_span) for across in range(column_span)}
            assert not places & taken and row + row_span <= table.rows and column + column_span <= table.columns
            assert not seen & set(own)
            taken |= places
            seen |= set(own)
