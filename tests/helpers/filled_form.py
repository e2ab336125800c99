"""Forms for tests: drawn in the repository's fonts, and pages as a reader without faults would read them."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ocr_crnn.page import Characters
from ocr_crnn.reading.templates.registration import register
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.blank_forms import leave_request
from ocr_crnn.synthesis.page.blanks import describe_blank, draw_blank
from ocr_crnn.synthesis.page.rendering import render_page

DPI = 100
VALUES = {
    "department": "총무과", "name": "나누리", "number": "1,024", "annual": True, "start": "2026. 3. 5.", "end": "2026-03-06",
    "phone": "010-0123-4567", "reason": "가족 행사", "signed": "2026년 3월 2일", "seal": True,
}  # fmt: skip


@lru_cache
def faces():
    return tuple(load_faces(find_fonts([Path(__file__).parents[2] / "fonts"])))


def page_of(blank, values=None, dpi=DPI):
    """(Page, image uint8 RGB) of a blank, filled with `values`."""
    image, page = render_page(draw_blank(blank, list(faces()), dpi, values, None, np.random.default_rng(0)))
    return replace(page, scores=np.ones(len(page), np.float32)), image


@lru_cache
def leave_template(version=1):
    blank = leave_request(version)
    page, image = page_of(blank)
    return register([page], [image], describe_blank(blank, DPI))


@lru_cache
def filled_leave(version=1):
    return page_of(leave_request(version), VALUES)


def move(page, image, matrix, size=None):
    """The page and its image through a `(3, 3)` matrix; size: height and width, those of the page by default."""
    height, width = size or page.size

    def through(quads):
        return cv2.perspectiveTransform(np.float32(quads).reshape(-1, 1, 2), np.float64(matrix)).reshape(-1, 4, 2)

    characters = [Characters(through(one.quads), one.scores) for one in page.characters]
    turned = cv2.warpPerspective(image, np.float64(matrix), (width, height), flags=cv2.INTER_AREA, borderValue=(255, 255, 255))
    return replace(page, size=(height, width), quads=through(page.quads), characters=characters), turned


def without(page, dropped):
    """The page without some rows."""
    return page.take(np.setdiff1d(np.arange(len(page)), dropped))
