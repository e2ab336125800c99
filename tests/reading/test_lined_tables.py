import cv2
import numpy as np
import pytest

from ocr_crnn.reading.aligned_tables import find_aligned_tables
from ocr_crnn.reading.cells import find_strokes
from ocr_crnn.reading.lined_tables import find_frames, groups_of_frame, level_rules
from ocr_crnn.reading.settings import TABLES

EM = 12


def words_of(*words):
    """Boxes and texts of (left, top, text)."""
    boxes = np.array([[x, y, x + EM * len(text), y + EM] for x, y, text in words], np.float64).reshape(-1, 4)
    return boxes, [text for *_, text in words]


def rules_at(*heights, left=0.0, right=400.0):
    return np.array([[height, left, right] for height in heights], np.float64)


ROWS = [(0, 10, "품명"), (200, 10, "비고"), (0, 40, "의자"), (180, 40, "새로"), (230, 40, "산"), (180, 55, "것")]
ROWS += [(0, 80, "책상"), (200, 80, "헌것")]


def cells_of(table, texts):
    return {tuple(place): " ".join(texts[word] for word in words) for place, words in zip(table.places, table.words, strict=True)}


def test_what_stands_between_two_rules_is_a_row_however_many_lines_it_has():
    boxes, texts = words_of(*ROWS, (0, 130, "둘째"), (30, 130, "표"), (0, 170, "가"), (200, 170, "나"), (0, 200, "다"), (200, 200, "라"))
    level = rules_at(0, 30, 70, 110, 160, 190, 220)
    first, second = find_aligned_tables(boxes, texts, level)
    assert (first.rows, first.columns, second.rows) == (3, 2, 2)
    assert cells_of(first, texts)[1, 1, 1, 1] == "새로 것 산" and cells_of(second, texts)[1, 0, 1, 1] == "다"


def test_labels_and_headings_span_what_the_rules_say():
    """A label of two rows, whose rule begins behind it, and a heading over two columns, with a rule below it."""
    boxes, texts = words_of(
        (0, 25, "구분"), (186, 10, "실적"), (120, 40, "건수"), (260, 40, "금액"),
        (0, 85, "총무과"), (120, 70, "3"), (260, 70, "1,500"), (120, 100, "5"), (260, 100, "2,500"),
    )  # fmt: skip
    level = np.concatenate([rules_at(0, 60, 120), rules_at(30, left=100, right=330), rules_at(90, left=100)])
    (table,) = find_aligned_tables(boxes, texts, level)
    found = cells_of(table, texts)
    assert found[0, 0, 2, 1] == "구분" and found[0, 1, 1, 2] == "실적" and found[2, 0, 2, 1] == "총무과" and found[3, 2, 1, 1] == "2,500"


def test_under_a_heading_with_rules_alone_lines_are_rows():
    rows = [(0, 40 + 20 * row, name) for row, name in enumerate(["연필", "공책", "의자", "책상"])]
    rows += [(200, 40 + 20 * row, str(500 + row)) for row in range(4)]
    boxes, texts = words_of((0, 10, "품명"), (200, 10, "금액"), *rows)
    (table,) = find_aligned_tables(boxes, texts, rules_at(0, 30, 120))
    assert (table.rows, table.columns) == (5, 2) and cells_of(table, texts)[4, 1, 1, 1] == "503"


def test_lists_and_prose_between_rules_are_no_frames():
    words = [(0, 10, "①"), (30, 10, "가나다라마바사"), (0, 30, "②"), (30, 30, "가나다")]
    words += [(0, 60, "가나다라마바사아자차"), (130, 60, "카타파")]
    boxes, texts = words_of(*words)
    assert find_frames(rules_at(0, 50, 90), boxes, texts, EM, TABLES) == []
    assert find_frames(rules_at(0, 50, 90), *words_of(), EM, TABLES) == []
    assert find_frames(rules_at(0), boxes, texts, EM, TABLES) == []


def test_a_double_rule_is_one_and_short_ones_have_no_frame():
    boxes, texts = words_of(*ROWS)
    (frame,) = find_frames(rules_at(0, 30, 33, 70, 110), boxes, texts, EM, TABLES)
    assert frame.heights.tolist() == [0, 31.5, 70, 110] and frame.parted == 3
    assert len(groups_of_frame(frame, rules_at(0, 30, 33, 70, 110), boxes, texts, EM, TABLES)[0]) == 3
    assert find_frames(rules_at(0, 30, 70, 110, right=60.0), boxes, texts, EM, TABLES) == []


@pytest.mark.parametrize("angle_deg", [0.0, 2.0])
def test_rules_of_a_page_are_levelled(angle_deg):
    image = np.full((600, 800, 3), 245, np.uint8)
    angle = np.radians(angle_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    ends = np.array([[100, 200], [700, 200]]) @ turn
    cv2.line(image, *(tuple(map(int, end.round())) for end in ends), (20, 20, 20), 2)
    np.testing.assert_allclose(level_rules(find_strokes(image), turn), [[200, 100, 700]], atol=6)
