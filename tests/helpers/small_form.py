"""A form of two ruled rows and two lines below them, as a Page of words and its image."""

import cv2
import numpy as np

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page


def form():
    """Two ruled rows, a label of one line beside a value of two; below them a line with a colon, and one with a wide gap."""
    image = np.full((600, 800, 3), 245, np.uint8)
    for y in (100, 200, 300):
        cv2.line(image, (100, y), (700, y), (20, 20, 20), 2)
    for x in (100, 300, 700):
        cv2.line(image, (x, 100), (x, 300), (20, 20, 20), 2)
    words = [("주소", 150, 140, 0), ("서울특별시", 320, 115, 1), ("중구", 320, 155, 2), ("성명", 150, 240, 3), ("홍길동", 320, 240, 4)]
    words += [("상호:", 100, 340, 5), ("한빛", 160, 340, 5), ("상사", 210, 340, 5), ("전화", 100, 380, 6), ("02-120", 250, 380, 6)]
    quads = boxes_to_quads([(x, y, 20 * len(text), 20) for text, x, y, _ in words])
    lines = [line for *_, line in words]
    return Page(None, (600, 800), quads, [text for text, *_ in words], lines=lines, blocks=lines), image
