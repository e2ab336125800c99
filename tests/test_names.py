import os

import pytest

from ocr_crnn.names import from_cell, printable, readable, to_cell

CP949 = os.fsdecode("계약서.png".encode("cp949"))


def test_names_of_korean_archives_are_readable():
    assert readable(f"자료/{CP949}") == "자료/계약서.png" and readable("가.png") == "가.png"
    assert readable(os.fsdecode(b"\xff\xff.png")) == "\\udcff\\udcff.png"


def test_a_terminal_has_nothing_to_obey():
    assert printable("a\x1b]0;b\x07.png\n\u202egnp") == "a\\x1b]0;b\\x07.png\n\\x202egnp"
    assert printable(f"{CP949}: \ud800") == "계약서.png: \\ud800"


def test_passwords_are_for_servers_only():
    assert printable("nothing from http://user:p/a@ss@host:8501/v1 came") == "nothing from http://user:…@host:8501/v1 came"
    assert printable("user:pass@host") == "user:…@host"
    assert printable("http://host:8501/v1 is it") == "http://host:8501/v1 is it"


@pytest.mark.parametrize("text", ["=cmd|calc!A1", "+82-2", "-", "@SUM(A1)", "\t=1", "\r=1", "'=1", "＝1+1", "＠A1"])
def test_a_spreadsheet_has_nothing_to_run(text):
    assert to_cell(text) == f"'{text}" and from_cell(to_cell(text)) == text


@pytest.mark.parametrize("value", ["가", "1-2", "", 5, -5.0, None])
def test_other_cells_stay(value):
    assert to_cell(value) == value


def test_names_come_back_from_a_cell():
    assert to_cell(CP949).encode("utf-8") and from_cell(to_cell(CP949)) == CP949
