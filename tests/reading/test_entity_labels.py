# ruff: noqa: E501 — tables of examples read better in long lines.
"""Labels, inline and in cells."""

import pytest

from ocr_crnn.reading.entity_labels import heading_kinds, is_label, label_kinds, labelled_values, labels_of_blocks


def test_a_label_is_compared_without_spaces_and_marks():
    assert label_kinds("성    명 :") == label_kinds("(성명)") == ("PERSON",)
    assert label_kinds("금액(원)") == ("MONEY",) and label_kinds("을") == ("PERSON", "ORGANIZATION") and label_kinds("홍길동") == ()


def test_a_label_may_be_misread_by_one_letter():
    assert label_kinds("성멍") == label_kinds("섬명") == label_kinds("대표쟈") == label_kinds("대묘자") == ("PERSON",)
    assert label_kinds("공급갃가액") == label_kinds("계약금앱액") == ("MONEY",)
    assert label_kinds("세액1") == label_kinds("우리은행") == label_kinds("홍길동전") == ()
    assert is_label("사업자록번호") and is_label("공급갃가액") and not is_label("품목들") and not is_label("우리은행")
    assert (
        label_kinds("종믁")
        == ()
        == label_kinds("ㅏ명")
        == label_kinds("을을")
        == label_kinds("결제")
        == label_kinds("단계")
        == label_kinds("단거")
    )
    assert is_label("종목") and is_label("종믁") and not is_label("종마") and not is_label("홍길동") and not is_label("")


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("성명 : 홍길동 / 생년월일: 1990. 1. 31.", ["홍길동 / ", "1990. 1. 31."]), ("가. 성  명 : 홍길동", ["홍길동"]), ("대표이사 나누리", ["나누리"]), ("합계 41,000원", ["41,000원"]),
        ("을 : 홍길동", ["홍길동"]), ("을 계약의 당사자로", []), ("갑은 을에게", []), ("성명", []), ("은행 : 신한", ["신한"]), ("", []), ("그의 성명을 : 적는다", []),
    ],
)  # fmt: skip
def test_values_in_a_line(line, values):
    assert [line[start:end] for _, start, end in labelled_values(line)] == values


def grid(rows, width=100, height=20):
    boxes = [
        [column * width, row * 2 * height, column * width + 80, row * 2 * height + height]
        for row, cells in enumerate(rows)
        for column, _ in enumerate(cells)
    ]
    return boxes, [text for cells in rows for text in cells]


def test_a_label_beside_a_value_comes_before_a_heading():
    boxes, texts = grid([["성명", "홍길동", "직위", "과장"], ["주소", "서울", "성명", "김철수"]])
    assert labels_of_blocks(boxes, texts) == ["", "성명", "", "", "", "주소", "", "성명"]


def test_headings_go_down_their_columns():
    boxes, texts = grid([["구분", "금액(원)"], ["선금", "1"], ["잔액", "2"]])
    boxes[3] = [160, 40, 190, 60]  # at the right of its cell
    labels = labels_of_blocks(boxes, texts)
    assert labels[3] == labels[5] or labels[5] == "잔액"
    assert labels[3] == "금액(원)"


def test_a_row_of_fewer_cells_takes_the_heading_that_it_stands_under():
    boxes, texts = grid([["품명", "수량", "금액"], ["종이", "2", "300"]])
    boxes, texts = [*boxes, [0, 80, 80, 100], [200, 80, 280, 100]], [*texts, "계", "300"]
    assert labels_of_blocks(boxes, texts)[-1] == "금액"


def test_a_table_below_of_more_columns_has_other_headings():
    boxes, texts = grid([["구분", "금액"], ["가", "100"], ["1", "2", "3", "4"]])
    assert labels_of_blocks(boxes, texts) == ["", "", "", "금액", "", "", "", ""]


def test_a_number_at_the_right_of_its_column_has_the_heading_at_the_left():
    boxes = [[0, 0, 40, 20], [100, 0, 140, 20], [250, 0, 290, 20], [0, 40, 40, 60], [190, 40, 240, 60]]
    assert labels_of_blocks(boxes, ["품명", "금액", "비고", "종이", "1,000"])[-1] == "금액"


def test_what_is_far_below_has_no_heading_and_no_blocks_no_labels():
    assert labels_of_blocks([[0, 0, 80, 20], [0, 300, 80, 320]], ["성명", "홍길동"]) == ["", ""]
    assert labels_of_blocks([], []) == []


def test_among_headings_any_one_letter_may_be_misread():
    boxes, texts = grid([["품명", "수량", "단갔"], ["단감", "2", "300"]])
    assert labels_of_blocks(boxes, texts) == ["", "", "", "", "", "단갔"]
    assert (heading_kinds("단갔"), label_kinds("단갔"), label_kinds("합곘"), label_kinds("핱합계"), label_kinds("공급액")) == (
        ("MONEY",), (), ("MONEY",), ("MONEY",), ("MONEY",),
    )  # fmt: skip
    assert label_kinds("단감") == label_kinds("단계") == ()
