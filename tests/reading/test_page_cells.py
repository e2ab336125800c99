import numpy as np

from ocr_crnn.page import Page
from ocr_crnn.reading.page_cells import cells_of_page

RUNS = ((0, "123456"), (40, "654321"))


def page_of(*words):
    """A Page of (text, x, y, width, line, block), words 20 pixels high."""
    quads = [[[x, y], [x + w, y], [x + w, y + 20], [x, y + 20]] for _, x, y, w, *_ in words]
    return Page(
        None, (400, 1000), quads, [word[0] for word in words], lines=[word[4] for word in words], blocks=[word[5] for word in words]
    )


def context_of(page, text):
    return next(cell.context for cell in cells_of_page(page) if cell.text == text)


def test_a_cell_knows_what_stands_left_of_it_and_above():
    page = page_of(
        ("주민등록번호", 0, 0, 120, 0, 0), ("9001011234567", 200, 0, 130, 1, 1), ("성명", 0, 60, 40, 2, 2), ("홍길동", 200, 60, 60, 3, 3)
    )
    assert context_of(page, "9001011234567") == "\n주민등록번호"
    assert context_of(page, "홍길동") == "\n성명"


def test_a_bank_left_of_the_holder_is_known_to_the_number():
    names = ("농협", 0, 0, 40, 0, 0), ("홍길동", 200, 0, 60, 1, 1)
    assert context_of(page_of(*names, ("301-1234-5678-91", 400, 0, 160, 2, 2)), "301-1234-5678-91") == "\n농협 홍길동"
    names = ("강남", 0, 0, 40, 0, 0), ("홍길동", 200, 0, 60, 1, 1)
    assert context_of(page_of(*names, ("301-1234-5678-91", 400, 0, 160, 2, 2)), "301-1234-5678-91") == "\n홍길동"


def test_the_header_of_a_column_is_found_over_its_numbers_though_it_is_set_in_the_middle():
    head = [("번호", 0, 0, 40, 0, 0), ("성명", 150, 0, 40, 0, 0), ("여권번호", 400, 0, 80, 0, 0)]
    rows = [
        [(str(n), 0, 40 * n, 10, n, 0), ("홍길동", 100, 40 * n, 60, n, 0), (f"M1234567{n}", 280, 40 * n, 90, n, 0)] for n in range(1, 9)
    ]
    assert context_of(page_of(*head, *(word for row in rows for word in row)), "M12345678").startswith("여권번호\n")


def test_lines_of_a_cell_are_one_text_and_segments_of_a_line_are_several():
    page = page_of(("900101-", 0, 0, 70, 0, 0), ("1234567", 0, 30, 70, 1, 0), ("가", 300, 0, 20, 2, 1), ("나", 500, 0, 20, 2, 1))
    cells = {cell.text: cell.places for cell in cells_of_page(page)}
    assert set(cells) == {"900101-", "1234567", "900101-\n1234567", "가", "나", "가 나"}
    assert cells["900101-\n1234567"] == [(0, i) for i in range(7)] + [None] + [(1, i) for i in range(7)]


def test_boxes_for_one_digit_each_are_one_text():
    page = page_of(
        ("주민등록번호", 0, 0, 120, 0, 0), *((digit, 200 + 40 * i, 0, 12, i + 1, i + 1) for i, digit in enumerate("900101-1234567"))
    )
    assert ("9 0 0 1 0 1 - 1 2 3 4 5 6 7", "\n주민등록번호") in [(cell.text, cell.context) for cell in cells_of_page(page)]


def test_two_runs_of_boxes_one_below_the_other_are_two_texts():
    first, second = ([(digit, 40 * i, y, 12, 14 * n + i, 0) for i, digit in enumerate(run)] for n, (y, run) in enumerate(RUNS))
    texts = [cell.text for cell in cells_of_page(page_of(*first, *second, ("7", 500, 0, 12, 40, 0)))]
    assert {"1 2 3 4 5 6", "6 5 4 3 2 1"} <= {*texts} and "1 2 3 4 5 6 7" not in texts  # 7 is too far away


def test_rows_without_text_and_pages_without_rows():
    assert cells_of_page(page_of()) == []
    assert cells_of_page(Page(None, (10, 10), np.zeros((1, 4, 2)), [None])) == []
    page = Page(None, (10, 10), np.zeros((3, 4, 2)), [None, "", "가"])
    assert [(cell.text, cell.places) for cell in cells_of_page(page)] == [("가", [(2, 0)])]


def test_numbers_of_one_segment_have_headers_of_their_own_and_what_stands_before_them():
    words = [("법인번호", 0, 100, 80, 1, 1), ("130811-4594706", 90, 100, 140, 1, 1), ("9001011234567", 240, 100, 130, 1, 1)]
    page = page_of(("여권번호", 250, 0, 80, 0, 0), *words)
    assert context_of(page, "130811-4594706") == "\n법인번호"
    assert context_of(page, "9001011234567") == "여권번호\n법인번호 130811-4594706"


def test_a_label_of_two_lines_stands_beside_what_is_between_them():
    page = page_of(("주 민 등 록", 0, 0, 120, 0, 0), ("번 호", 0, 30, 60, 1, 0), ("9001011234567", 200, 15, 130, 2, 1))
    assert context_of(page, "9001011234567") == "\n주 민 등 록 번 호"


def test_the_header_of_a_column_is_found_on_a_page_that_lies_askew():
    page = page_of(
        *[(f"머리{n}", 200 * n + 60, 0, 60, 0, 0) for n in range(3)], ("여권번호", 760, 0, 80, 0, 0),
        *[(text, 200 * n, 200, 100, 1, 1) for n, text in enumerate(("가나", "다라", "마바사", "M12345678"))],
    )  # fmt: skip
    for degrees in (-9, 5, 90, 180):
        angle = np.radians(degrees)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        turned = Page(None, (900, 900), page.quads @ turn.T, page.texts, lines=page.lines, blocks=page.blocks)
        assert context_of(turned, "M12345678").startswith("여권번호\n")


def test_the_first_number_of_a_segment_knows_the_label_beyond_the_gap_left_of_it():
    page = page_of(("법인번호", 0, 0, 80, 0, 0), ("180411-5701811", 120, 0, 140, 0, 0), ("123456", 270, 0, 60, 0, 0))
    assert context_of(page, "180411-5701811") == "\n법인번호"


def test_a_number_with_spaces_is_one_text_over_gaps_of_two_heights_and_not_of_three():
    for gap, is_one in ((40, True), (60, False)):
        places = [i * (40 + gap) for i in range(4)]
        page = page_of(*((group, x, 0, 40, 0, 0) for group, x in zip(("4111", "1111", "1111", "1112"), places, strict=True)))
        whole = [cell for cell in cells_of_page(page) if cell.text == "4111 1111 1111 1112" and cell.context is not None]
        assert bool(whole) == is_one
