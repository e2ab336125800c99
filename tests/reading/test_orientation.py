"""Pages that are turned, records and all."""

import numpy as np

from ocr_crnn.page import Page
from ocr_crnn.reading.orientation import turn_page


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
