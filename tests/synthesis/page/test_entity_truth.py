"""What a rendered page knows of its entities."""

from pathlib import Path

import numpy as np

from ocr_crnn.page import Page
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.entity_truth import true_entities
from ocr_crnn.synthesis.page.layout import layout_page
from ocr_crnn.synthesis.page.rendering import draw_page
from ocr_crnn.synthesis.text.marks import MARKS, marking

FACES = load_faces(find_fonts([Path(__file__).parents[3] / "fonts"]))
CORPUS = ["본 계약은 쌍방이 서명한 날부터 효력이 발생한다."]


def test_entities_of_pages_are_texts_of_their_kind():
    seen = set()
    with marking():
        for seed, kind in enumerate(("invoice", "form", "receipt", "contract", "official_letter") * 2):
            layout = draw_page(np.random.default_rng(seed), FACES[:2], CORPUS, kind=kind)
            page = layout_page(layout)
            assert (
                MARKS.isdisjoint(page.text)
                and not MARKS & set(layout.missing)
                and not any(MARKS & set(picture.text) for picture in layout.pictures)
            )
            for type_, start, end in true_entities(page):
                text = page.text[start:end]
                seen.add(type_)
                assert text.strip() == text and "\n\n" not in text
                if type_ == "EMAIL":
                    assert "@" in text
                if type_ in ("PHONE", "ID"):
                    assert sum(character.isdecimal() for character in text) >= 6
                if type_ == "PERSON":
                    assert 2 <= len("".join(text.split())) <= 4
    assert {"PERSON", "ORGANIZATION", "ADDRESS", "DATE", "MONEY", "PHONE", "EMAIL", "ID"} <= seen


def test_an_entity_over_two_words_and_two_lines_is_one():
    known = [
        {"entities": [None, ["ADDRESS", True]]},
        {"entities": [["ADDRESS", False]]},
        {"entities": [["ADDRESS", False], ["DATE", True]]},
        {},
    ]
    page = Page(None, (9, 9), np.zeros((4, 4, 2)), ["가서", "울", "중2", "끝"], lines=[0, 0, 1, 2], blocks=[0, 0, 0, 1], attributes=known)
    assert page.text == "가서 울\n중2\n\n끝"
    assert true_entities(page) == [("ADDRESS", 1, 6), ("DATE", 6, 7)]


def test_pages_that_were_not_marked_have_none():
    assert true_entities(layout_page(draw_page(np.random.default_rng(0), FACES[:2], CORPUS, kind="form"))) == []
