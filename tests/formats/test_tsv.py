import csv

from ocr_crnn.formats.tsv import format_tsv, write_tsv
from ocr_crnn.page import Page


def test_words_lines_blocks_and_boxes(contract_page):
    rows = list(csv.DictReader(format_tsv([contract_page]).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    words = [row for row in rows if row["level"] == "5"]
    assert [row["text"] for row in words] == ["표준", "<계약서>", "「목적」", "①㎡ & 漢字"]
    assert [(row["block_num"], row["line_num"], row["word_num"]) for row in words] == [
        ("1", "1", "1"), ("1", "1", "2"), ("1", "2", "1"), ("2", "1", "1"),
    ]  # fmt: skip
    assert words[0] | {"text": ""} == {
        "level": "5", "page_num": "1", "block_num": "1", "par_num": "1", "line_num": "1", "word_num": "1",
        "left": "100", "top": "100", "width": "300", "height": "60", "conf": "91", "text": "",
    }  # fmt: skip
    assert words[2]["height"] == "80"  # the box around a turned quad
    assert [row["level"] for row in rows] == list("123455452345")


def test_a_page_without_text_is_one_row():
    assert format_tsv([Page(None, (20, 10), [], [])]).splitlines()[1:] == ["1\t1\t0\t0\t0\t0\t0\t0\t10\t20\t-1\t"]


def test_tabs_and_newlines_in_a_text_do_not_break_the_table():
    page = Page(None, (9, 9), [[[0, 0], [9, 0], [9, 9], [0, 9]]], ["a\tb\n\\500"])
    last = format_tsv([page]).splitlines()[-1]
    assert last.endswith("\ta b \\500")  # a won sign of Korean keyboards stays one


def test_written_file_is_utf8(contract_page, tmp_path):
    write_tsv([contract_page], tmp_path / "쪽.tsv")
    assert "「목적」" in (tmp_path / "쪽.tsv").read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["쪽.tsv"]
