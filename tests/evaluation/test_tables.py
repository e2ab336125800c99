import numpy as np

from ocr_crnn.evaluation.tables import count_neighbourhoods, f_score, neighbourhoods, tables_of_truth
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page


def cell(row, column, words, row_span=1, column_span=1):
    return {"row": row, "column": column, "row_span": row_span, "column_span": column_span, "words": words}


def test_neighbourhoods_pass_over_empty_cells_and_along_spans():
    """A heading over two columns, and below it a text, an empty cell and a text."""
    table = {"cells": [cell(0, 0, [0], column_span=3), cell(1, 0, [1]), cell(1, 1, []), cell(1, 2, [2])]}
    assert neighbourhoods(table) == {(0, 1, "below"), (0, 3, "below"), (1, 3, "right")}
    assert neighbourhoods({"cells": []}) == set()


def truth():
    places = [(0, 0), (0, 1), (1, 0), (1, 1)]
    facts = [{"cell": {"table": 0, "row": row, "column": column, "row_span": 1, "column_span": 1}} for row, column in places]
    quads = boxes_to_quads([(100 * column, 50 * row, 60, 20) for row, column in places] + [(0, 200, 60, 20)])
    return Page(None, (300, 300), quads, ["가", "나", "다", "라", "마"], attributes=[*facts, {}])


def test_the_table_of_the_truth_is_found_whole_and_a_part_of_it_in_part():
    page = truth()
    (table,) = tables_of_truth(page)
    assert [c["words"] for c in table["cells"]] == [[0], [1], [2], [3]]
    assert count_neighbourhoods(page, [table], page, [table]) == (4, 4, 4)
    half = {"cells": table["cells"][:2]}
    right, found, there = count_neighbourhoods(page, [half], page, [table])
    assert (right, found, there) == (1, 1, 4) and f_score(right, found, there) == 0.4


def test_a_cell_of_two_is_neither_and_words_that_were_not_read_count_as_missing():
    page = truth()
    (table,) = tables_of_truth(page)
    merged = {"cells": [cell(0, 0, [0, 1]), cell(1, 0, [2]), cell(1, 1, [3])]}
    assert count_neighbourhoods(page, [merged], page, [table]) == (1, 2, 4)
    read = page.take(np.array([0, 1, 2]))
    found = {"cells": [cell(0, 0, [0]), cell(0, 1, [1]), cell(1, 0, [2])]}
    assert count_neighbourhoods(read, [found], page, [table]) == (2, 2, 4)


def test_pages_without_tables():
    page = Page(None, (10, 10), [], [])
    assert tables_of_truth(page) == [] and count_neighbourhoods(page, [], page, []) == (0, 0, 0) and f_score(0, 0, 0) == 1


def test_words_that_were_read_as_one_are_all_found():
    """합 계 read as 합계."""
    page = truth()
    quads = np.concatenate([boxes_to_quads([(0, 0, 25, 20), (35, 0, 25, 20)]), page.quads[1:]])
    apart = Page(None, page.size, quads, ["합", "계", *page.texts[1:]], attributes=[page.attributes[0], *page.attributes])
    (table,), (read,) = tables_of_truth(apart), tables_of_truth(page)
    assert table["cells"][0]["words"] == [0, 1] and count_neighbourhoods(page, [read], apart, [table]) == (4, 4, 4)
