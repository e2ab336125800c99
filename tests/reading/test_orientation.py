"""Pages that are turned, records and all."""

import numpy as np

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.reading.orientation import said_turns, turn_page, turn_quads


def test_records_turn_with_the_page():
    quad = [[0, 0], [2, 0], [2, 1], [0, 1]]
    records = {"tables": [{"quad": quad, "rows": 2, "cells": [{"words": [0], "quads": [quad, quad]}, {"words": [], "quad": None}]}]}
    page = Page(None, (10, 20), np.float32([quad]), ["가"], records=records)
    turned = turn_page(page, 1)
    (table,) = turned.records["tables"]
    assert table["quad"] == turned.quads[0].tolist() and table["cells"][0]["quads"] == [table["quad"]] * 2
    assert table["rows"] == 2 and table["cells"][0]["words"] == [0] and table["cells"][1]["quad"] is None
    assert turn_page(turned, -1).records == records
    assert page.take([0]).records == {}


def test_most_of_the_length_says_how_a_page_lies():
    upright = boxes_to_quads([[10, 10, 100, 10], [10, 40, 10, 10]])
    assert said_turns(upright) == 0 and said_turns(upright[:0]) == 0
    for turns in range(4):
        quads = turn_quads(upright, (60, 200), -turns)
        assert said_turns(quads) == turns
        assert said_turns(np.concatenate([quads, turn_quads(upright[1:], (60, 200), 1)])) == turns
