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
