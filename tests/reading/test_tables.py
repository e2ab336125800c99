import json
from dataclasses import replace
from importlib.resources import files

import cv2
import jsonschema
import numpy as np

from ocr_crnn.formats.page_json import format_page_json, read_page_json
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.reading.orientation import turn_page
from ocr_crnn.reading.stages import find_stage
from ocr_crnn.reading.tables import cell_text, find_tables

SCHEMA_FILE = files("ocr_crnn.formats") / "page.schema.json"


def ruled_page():
    """A heading, and a table of two columns and three rows: labels, a name beside a figure, and a row without a name."""
    image = np.full((600, 800, 3), 245, np.uint8)
    for y in (100, 160, 220, 280):
        cv2.line(image, (100, y), (700, y), (20, 20, 20), 2)
    for x in (100, 400, 700):
        cv2.line(image, (x, 100), (x, 280), (20, 20, 20), 2)
    words = [("목록", 100, 40), ("품목", 120, 120), ("금액", 420, 120), ("작은", 120, 180), ("책상", 180, 180)]
    words += [("1,500", 420, 180), ("300", 420, 240)]
    quads = boxes_to_quads([(x, y, 50, 20) for _, x, y in words])
    lines, blocks = [0, 1, 1, 2, 2, 2, 3], [0, 1, 2, 3, 3, 4, 5]
    return Page(None, image.shape[:2], quads, [text for text, *_ in words], lines=lines, blocks=blocks), image


def test_a_ruled_table_has_all_its_cells_in_order():
    page, image = ruled_page()
    found = find_tables(page, image)
    (table,) = found.records["tables"]
    assert table["ruled"] and (table["rows"], table["columns"]) == (3, 2)
    assert [cell_text(found, cell) for cell in table["cells"]] == ["품목", "금액", "작은 책상", "1,500", "", "300"]
    assert [cell["header"] for cell in table["cells"]] == [True, True, False, False, False, False]
    assert [(cell["row"], cell["column"]) for cell in table["cells"]] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    np.testing.assert_allclose(table["quad"], [[100, 100], [700, 100], [700, 280], [100, 280]], atol=5)


def test_a_label_and_its_value_are_no_heading():
    page, image = ruled_page()
    form = replace(page, texts=["목록", "주소", "서울시", "작은", "책상", "1,500", "300"])
    (table,) = find_tables(form, image).records["tables"]
    assert not any(cell["header"] for cell in table["cells"])


def test_without_rules_the_texts_tell():
    page, _ = ruled_page()
    page = replace(page.take(slice(None)), quads=page.quads, texts=[*page.texts[:-2], "1,700", "300"])
    names = boxes_to_quads([(120, 240, 50, 20)])
    page = Page(None, page.size, np.concatenate([page.quads, names]), [*page.texts, "의자"])
    found = find_tables(page, np.full((600, 800, 3), 245, np.uint8))
    (table,) = found.records["tables"]
    assert not table["ruled"] and (table["rows"], table["columns"]) == (3, 2)
    assert [cell_text(found, cell) for cell in table["cells"]] == ["품목", "금액", "작은 책상", "1,700", "의자", "300"]


def test_other_records_stay_and_the_record_is_json_and_turns_with_the_page(tmp_path):
    page, image = ruled_page()
    found = find_tables(replace(page, records={"pairs": []}), image)
    assert list(found.records) == ["pairs", "tables"]
    path = tmp_path / "page.json"
    path.write_text(format_page_json(found), encoding="utf-8")
    assert read_page_json(path).records == found.records
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    turned = turn_page(found, 1)
    assert turn_page(turned, -1).records["tables"][0]["quad"] == found.records["tables"][0]["quad"]


def test_pages_with_nothing_and_with_little():
    stage = find_stage("tables")
    for texts, quads in (([], []), ([None], [(0, 0, 5, 5)]), (["가"], [(3, 3, 0, 0)]), (["가", None], [(3, 3, 9, 9), (3, 30, 9, 9)])):
        page = Page(None, (40, 40), boxes_to_quads(np.array(quads).reshape(-1, 4)), texts)
        assert stage(page, np.full((40, 40, 3), 255, np.uint8)).records["tables"] == []
    page, image = ruled_page()
    assert find_tables(page.take(slice(0, 0)), image).records["tables"] == []  # an empty grid is a drawing


def test_a_row_whose_rules_were_not_seen_is_parted_by_its_words_and_blank_strips_are_none():
    """A heading without upright rules over three columns, and an empty cell over all of them below."""
    image = np.full((600, 800, 3), 245, np.uint8)
    for y in (100, 160, 220, 280):
        cv2.line(image, (100, y), (700, y), (20, 20, 20), 2)
    for x, top, foot in ((100, 100, 280), (700, 100, 280), (300, 160, 220), (500, 160, 220)):
        cv2.line(image, (x, top), (x, foot), (20, 20, 20), 2)
    quads = boxes_to_quads([(x, y, 60, 20) for y in (120, 180) for x in (150, 350, 550)])
    page = Page(None, (600, 800), quads, ["품목", "수량", "금액", "책", "3", "900"], lines=[0, 0, 0, 1, 1, 1])
    (table,) = find_tables(page, image).records["tables"]
    assert (table["rows"], table["columns"]) == (2, 3)
    assert [cell["words"] for cell in table["cells"]] == [[0], [1], [2], [3], [4], [5]]
    crossing = replace(
        page, quads=np.concatenate([boxes_to_quads([(150, 120, 60, 20), (280, 120, 60, 20), (550, 120, 60, 20)]), quads[3:]])
    )
    (table,) = find_tables(crossing, image).records["tables"]
    assert table["cells"][0]["column_span"] == 3 and table["cells"][0]["words"] == [0, 1, 2]


def ruled(left, top, columns, rows, width=80, height=40):
    """Rules of a grid, and (text, left, top) of a text "row.column" in each of its cells."""
    right, foot = left + columns * width, top + rows * height
    rules = [((left, y), (right, y)) for y in range(top, foot + 1, height)]
    rules += [((x, top), (x, foot)) for x in range(left, right + 1, width)]
    return rules, [(f"{r}.{c}", left + 10 + c * width, top + 12 + r * height) for r in range(rows) for c in range(columns)]


def drawn(rules, words, size=(600, 800)):
    image = np.full((*size, 3), 245, np.uint8)
    for start, end in rules:
        cv2.line(image, start, end, (20, 20, 20), 2)
    return Page(None, size, boxes_to_quads([(x, y, 40, 16) for _, x, y in words]), [text for text, *_ in words]), image


def texts_of(page, table):
    return [((cell["row"], cell["column"]), cell_text(page, cell)) for cell in table["cells"] if cell["words"]]


def test_two_tables_side_by_side_and_one_row_alone():
    (rules, words), (more, others) = ruled(60, 60, 3, 4), ruled(380, 60, 2, 3, height=50)
    page, image = drawn(rules + more, words + others)
    found = find_tables(page, image)
    assert [(table["rows"], table["columns"]) for table in found.records["tables"]] == [(4, 3), (3, 2)]
    page, image = drawn(*ruled(60, 60, 4, 1))
    (table,) = find_tables(page, image).records["tables"]
    assert (table["rows"], table["columns"]) == (1, 4)
    page, image = drawn(*ruled(60, 60, 1, 4))  # boxes below each other
    assert find_tables(page, image).records["tables"] == []


def test_a_table_within_a_cell_is_one_of_its_own():
    (rules, words), (more, others) = ruled(60, 60, 2, 2, width=300, height=200), ruled(400, 100, 2, 2)
    page, image = drawn(rules + more, words + others)
    found = find_tables(page, image)
    assert sorted((table["rows"], table["columns"], len(table["cells"])) for table in found.records["tables"]) == [(2, 2, 4), (2, 2, 4)]
    outer = next(table for table in found.records["tables"] if table["cells"][0]["words"] == [0])
    assert texts_of(found, outer) == [((0, 0), "0.0"), ((0, 1), "0.1"), ((1, 0), "1.0"), ((1, 1), "1.1")]


def test_rows_of_a_table_whose_texts_are_turned_are_those_of_the_texts():
    page, image = drawn(*ruled(60, 60, 2, 4))
    upright = find_tables(page, image)
    for turns in (1, 2, 3):
        quads = turn_page(page, turns).quads
        turned = replace(page, quads=quads, size=image.shape[:2] if turns == 2 else image.shape[1::-1])
        found = find_tables(turned, np.ascontiguousarray(np.rot90(image, turns)))
        (table,), (expected,) = found.records["tables"], upright.records["tables"]
        assert (table["rows"], table["columns"]) == (4, 2) and texts_of(found, table) == texts_of(upright, expected)


def test_ten_thousand_cells_are_all_there():
    """A page as long as a scroll, 1200 × 10,000 pixels."""
    boxes = [(20 + 55 * column, 10 + 20 * row, 30, 12) for row in range(500) for column in range(20)]
    page = Page(None, (10_000, 1200), boxes_to_quads(boxes), [str(number % 997) for number in range(10_000)])
    (table,) = find_tables(page, np.full((10_000, 1200), 255, np.uint8)).records["tables"]
    assert (table["rows"], table["columns"], len(table["cells"])) == (500, 20, 10_000)
    assert sorted(word for cell in table["cells"] for word in cell["words"]) == list(range(10_000))


def test_a_letter_that_reaches_from_rule_to_rule_is_no_rule():
    """Rows of 24 pixels, and a stroke as high within the first text."""
    rules, words = ruled(60, 60, 2, 2, width=120, height=24)
    page, image = drawn([*rules, ((80, 60), (80, 84))], [(text, left, top - 8) for text, left, top in words], (1200, 1600))
    (table,) = find_tables(page, image).records["tables"]
    assert (table["rows"], table["columns"]) == (2, 2)
