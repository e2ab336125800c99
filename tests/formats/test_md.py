import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ocr_crnn.formats.md import format_md, write_md
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page

PARSER = MarkdownIt("commonmark").enable("table")


def page_of(*lines, em=20):
    """A Page of lines (text, left, top, height, block): words of so many ems as they have characters."""
    rows = []
    for number, (text, left, top, height, block) in enumerate(lines):
        for word in text.split(" "):
            rows.append((word, (left, top, height * len(word), height), number, block))
            left += height * (len(word) + 0.5)
    texts, boxes, line, blocks = zip(*rows, strict=True)
    return Page(None, (1000, 1000), boxes_to_quads(np.array(boxes)), texts, lines=line, blocks=blocks)


def test_headings_by_size_paragraphs_joined_and_lists():
    page = page_of(
        ("용역 계약서", 300, 20, 40, 0), ("제1조 (목적)", 50, 100, 20, 1), ("갑은 을에게 다음 업무를 맡기고 대금을 지급", 50, 140, 20, 2),
        ("한다.", 50, 165, 20, 2), ("1. 조사", 50, 220, 20, 3), ("2) 설계", 50, 245, 20, 3),
        ("① 시공", 50, 270, 20, 3), ("- 감리", 50, 295, 20, 3),
    )  # fmt: skip
    assert format_md([page]) == (
        "# 용역 계약서\n\n### 제1조 (목적)\n\n갑은 을에게 다음 업무를 맡기고 대금을 지급한다.\n\n1. 조사\n2) 설계\n- ① 시공\n- 감리\n"
    )


def test_lines_that_do_not_fill_their_block_are_kept_and_so_are_wide_gaps():
    page = page_of(("주소 서울특별시 중구 세종대로 110 시청", 50, 20, 20, 0), ("전화: 02-120", 50, 45, 20, 0), ("끝", 50, 70, 20, 0))
    assert format_md([page]) == "주소 서울특별시 중구 세종대로 110 시청  \n전화: 02-120  \n끝\n"
    quads = boxes_to_quads([(0, 0, 40, 20), (200, 0, 60, 20)])
    assert format_md([Page(None, (50, 300), quads, ["성명", "홍길동"], lines=[0, 0])]) == "성명    홍길동\n"


def test_a_table_stands_where_its_first_word_does(tables_page):
    assert format_md([tables_page]) == (
        "목록\n\n| 품목 | 금액 |  |\n| --- | --- | --- |\n| 책상과 의자 | -1,500 | =1+1 |\n| 합계 |  | 007 |\n\n끝\n"
    )


def test_pages_are_parted_and_a_page_without_text_is_told(tables_page, tmp_path):
    empty = Page(None, (9, 9), [], [])
    assert format_md([]) == format_md([empty]) == ""
    write_md([empty, tables_page], tmp_path / "문서.md")
    assert (tmp_path / "문서.md").read_text(encoding="utf-8").startswith("<!-- page 2 -->\n\n목록\n\n|")


TEXTS = [
    "*a* __b__",
    "[a](b)",
    "<b>",
    "&lt;",
    "`a`",
    "# a",
    "> a",
    "- a",
    "+",
    "1. a",
    "1) b",
    "~~a~~",
    "a|b",
    "---",
    "===",
    "\\",
    "![a](b)",
    "    a",
    "<!--",
    "a\\",
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_is_no_markup(text):
    quads = boxes_to_quads([(0, 0, 40, 20), (0, 30, 40, 20)])
    page = Page(None, (99, 99), quads, [text, text], lines=[0, 1], blocks=[0, 0])
    check(page, [text, text])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("가a1 *_[]()<>`#+-.!|~&;:\\=\n\t", min_size=1, max_size=8), min_size=1, max_size=5), st.booleans())
def test_no_text_is_markup(texts, in_table):
    quads = boxes_to_quads([(0, 30 * row, 40, 20) for row in range(len(texts))])
    cells = [{"row": 0, "column": n, "row_span": 1, "column_span": 1, "words": [n], "header": False} for n in range(len(texts))]
    table = {"quad": [[0, 0]] * 4, "ruled": True, "rows": 1, "columns": len(texts), "cells": cells}
    check(Page(None, (99, 99), quads, texts, lines=range(len(texts)), records={"tables": [table]} if in_table else {}), texts)


def check(page, texts):
    """All characters that are letters or digits are shown, and nothing is anything but text, an item, a heading or a cell."""
    tokens = PARSER.parse(format_md([page]))
    parts = [part for token in tokens for part in token.children or ()]
    assert {part.type for part in parts} <= {"text", "text_special", "hardbreak", "softbreak"}
    assert not {token.type for token in tokens} & {"fence", "code_block", "html_block", "hr", "blockquote_open"}
    shown = "".join(part.content for part in parts if part.type.startswith("text"))
    shown += "".join(token.info for token in tokens if token.type == "list_item_open")
    assert letters(shown) == letters("".join(texts))


def letters(text):
    return sorted(character for character in text if character.isalnum())
