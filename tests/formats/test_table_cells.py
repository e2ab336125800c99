from ocr_crnn.formats.table_cells import cell_lines, grid_of, tables_of, to_spreadsheet


def test_a_grid_holds_spans_once_and_texts_of_lines_joined(tables_page):
    ((number, place, page, table),) = list(tables_of([tables_page]))
    assert (number, place) == (1, 1) and page is tables_page
    assert grid_of(page, table) == [["품목", "금액", ""], ["책상과 의자", "-1,500", "=1+1"], ["합계", "", "007"]]
    assert cell_lines(page, table["cells"][2]) == ["책상과", "의자"]


def test_pages_without_tables_have_none(contract_page):
    assert list(tables_of([contract_page])) == []


def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe():
    assert [to_spreadsheet(text) for text in ("-1,500", "=1+1", "-가", "합계")] == ["-1,500", "'=1+1", "'-가", "합계"]
