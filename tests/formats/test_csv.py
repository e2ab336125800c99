import csv
import io

from ocr_crnn.formats.csv import format_csv, write_csv


def test_each_table_stands_apart_and_no_cell_is_run(tables_page, tmp_path):
    rows = list(csv.reader(io.StringIO(format_csv([tables_page, tables_page]))))
    table = [["품목", "금액", ""], ["책상과 의자", "-1,500", "'=1+1"], ["합계", "", "007"], []]
    assert rows == [["page 1, table 1"], *table, ["page 2, table 1"], *table]
    write_csv([tables_page], tmp_path / "표.csv")
    assert (tmp_path / "표.csv").read_bytes().startswith(b'\xef\xbb\xbf"page 1, table 1"\n')


def test_a_document_without_tables_is_an_empty_file(contract_page):
    assert format_csv([contract_page]) == "" and format_csv([]) == ""
