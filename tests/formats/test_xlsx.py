from dataclasses import replace

import openpyxl
import pytest

from ocr_crnn.extras import MissingExtraError
from ocr_crnn.formats.xlsx import to_number, write_xlsx


def test_a_sheet_a_table_with_spans_numbers_and_no_formulas(tables_page, tmp_path):
    path = tmp_path / "표.xlsx"
    write_xlsx([tables_page, tables_page], path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["p1 t1", "p2 t1"]
    sheet = book["p1 t1"]
    assert {str(merged) for merged in sheet.merged_cells.ranges} == {"B1:C1", "A3:B3"}
    assert (sheet["B2"].value, sheet["B2"].number_format) == (-1500, "#,##0")
    assert (sheet["C2"].value, sheet["C2"].data_type) == ("=1+1", "s")
    assert (sheet["C3"].value, sheet["A2"].value) == ("007", "책상과 의자")  # zeros in front are no number's
    assert sheet["A1"].font.bold and not sheet["A2"].font.bold


def test_a_number_read_with_doubt_stays_text(tables_page, tmp_path):
    write_xlsx([replace(tables_page, scores=[0.89] * len(tables_page))], tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["B2"].value == "-1,500"


def test_a_document_without_tables_is_a_workbook(contract_page, tmp_path):
    write_xlsx([contract_page], tmp_path / "a.xlsx")
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active.max_row == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("1,234,567", 1234567), ("12.50", 12.5), ("-3", -3), ("007", None), ("1,23", None), ("1.234,5", None), ("-", None),
        ("3%", None), ("1,000.", None), ("123456789012345", 123456789012345), ("1234567890123456", None), ("１２", None), ("02-123", None),
    ],
)  # fmt: skip
def test_only_what_is_a_number_for_certain_is_one(text, number):
    assert to_number(text) == number


def test_without_openpyxl_the_extra_is_named(tables_page, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(MissingExtraError, match=r"ocr-crnn\[documents\]"):
        write_xlsx([tables_page], tmp_path / "a.xlsx")
    assert not list(tmp_path.iterdir())
