from dataclasses import replace

from lxml import html

from ocr_crnn.formats.html import write_html
from ocr_crnn.formats.html_tables import format_html_table


def test_cells_spans_and_headings(tables_page):
    (table,) = tables_page.records["tables"]
    assert format_html_table(tables_page, table) == (
        '<table><tr><th>품목</th><th colspan="2">금액</th></tr><tr><td>책상과 의자</td><td>-1,500</td><td>&#x27;=1+1</td></tr>'
        '<tr><td colspan="2">합계</td><td>007</td></tr></table>'
    )


def test_rows_that_are_spanned_whole_are_there_and_text_is_no_markup(tables_page):
    page = replace(tables_page, texts=["<b>", *tables_page.texts[1:]])
    names = ("row", "column", "row_span", "column_span", "words", "header")
    cells = [dict(zip(names, (row, 0, 2 - row // 2, 1, [row], False), strict=True)) for row in (0, 2)]
    assert format_html_table(page, {"rows": 3, "columns": 1, "cells": cells}) == (
        '<table><tr><td rowspan="2">&lt;b&gt;</td></tr><tr></tr><tr><td>금액</td></tr></table>'
    )
    assert format_html_table(page, {"rows": 0, "cells": []}) == format_html_table(page, {"quad": []}) == ""


def test_the_viewer_keeps_them_below_the_page_and_out_of_its_text(tables_page, page_image, tmp_path):
    write_html([(tables_page, page_image[:300, :400])], tmp_path / "page.html")
    document = html.fromstring((tmp_path / "page.html").read_text(encoding="utf-8"))
    (table,) = document.xpath("//aside[@class='tables']//table")
    assert len(table.xpath(".//tr")) == 3 and not document.xpath("//section//table")
    words = document.xpath("//span[contains(@class, 'w')]")
    assert [word.text for word in words] == list(tables_page.texts)
    assert document.xpath("//aside//text()[not(ancestor::table)]") == []  # the label is written by the style
