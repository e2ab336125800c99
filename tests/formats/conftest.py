import numpy as np
import pytest

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page


@pytest.fixture
def contract_page():
    """Two blocks, three readable lines, one unreadable text; the second line is turned by a few degrees."""
    quads = boxes_to_quads([[100, 100, 300, 60], [450, 100, 200, 60], [10, 10, 5, 5], [100, 200, 300, 60], [100, 400, 500, 60]])
    quads[3] += [[0, 0], [0, 20], [0, 20], [0, 0]]
    return Page(
        "계약서.png", (1000, 800), quads, ["표준", "<계약서>", None, "「목적」", "①㎡ & 漢字"],
        scores=[0.91, 0.8, 0.1, 0.72, 0.999], lines=[0, 0, 1, 2, 3], blocks=[0, 0, 0, 0, 1],
    )  # fmt: skip


@pytest.fixture
def page_image():
    image = np.full((1000, 800, 3), 255, np.uint8)
    image[100:160, 100:400] = 30
    return image


@pytest.fixture
def tables_page():
    """A word, a table of three rows and columns with two spans, and a word: a heading over two columns, a text of two lines, a formula."""
    words = [
        ("목록", 20, 10),
        ("품목", 20, 50),
        ("금액", 200, 50),
        ("책상과", 20, 80),
        ("의자", 20, 105),
        ("-1,500", 200, 90),
        ("=1+1", 300, 90),
    ]
    words += [("합계", 20, 140), ("007", 300, 140), ("끝", 20, 200)]
    places = [
        (0, 0, 1, 1, [1]),
        (0, 1, 1, 2, [2]),
        (1, 0, 1, 1, [3, 4]),
        (1, 1, 1, 1, [5]),
        (1, 2, 1, 1, [6]),
        (2, 0, 1, 2, [7]),
        (2, 2, 1, 1, [8]),
    ]
    names = ("row", "column", "row_span", "column_span", "words")
    cells = [dict(zip(names, place, strict=True)) | {"header": place[0] == 0} for place in places]
    table = {"quad": [[10, 40], [390, 40], [390, 170], [10, 170]], "ruled": True, "rows": 3, "columns": 3, "cells": cells}
    quads = boxes_to_quads([(x, y, 20 * len(text), 20) for text, x, y in words])
    lines, blocks = [0, 1, 1, 2, 3, 4, 4, 5, 5, 6], [0, 1, 2, 3, 3, 4, 5, 6, 7, 8]
    return Page(None, (300, 400), quads, [text for text, *_ in words], lines=lines, blocks=blocks, records={"tables": [table]})
