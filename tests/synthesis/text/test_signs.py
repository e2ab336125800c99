import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.synthesis.text import signs
from ocr_crnn.synthesis.text.corpus import draw_text

ALPHABET = Alphabet.korean(with_hanja=True)


@given(st.integers(0, 2**32))
def test_every_text_is_in_the_alphabet(seed):
    text = draw_text(np.random.default_rng(seed), mixture={"signs": 1})
    assert text and ALPHABET.covers(text)


def draw_many(draw, count=600):
    return [draw(np.random.default_rng([11, i])) for i in range(count)]


@pytest.mark.parametrize(
    ("draw", "pattern"),
    [
        (signs.draw_quantities, r"\d.*[㎀-㏿ℓ℃℉%‰A-Za-z²³]"),
        (signs.draw_numbered, r"[Ⅰ-ⅻ①-⑮❶-❿]"),
        (signs.draw_fraction, r"[½⅓⅔¼¾⅕⅛⅜]"),
        (signs.draw_party_sign, r"[㊞㈎-㈜㈔]|\(인\)|\(印\)"),
        (signs.draw_listed, r"[^\w\s]"),
        (signs.draw_code, r"\d{2,}"),
    ],
)
def test_a_kind_has_its_form(draw, pattern):
    texts = draw_many(draw)
    assert all(re.search(pattern, text) for text in texts) and len(set(texts)) > 300


def test_most_texts_of_notes_have_one():
    texts = draw_many(signs.draw_notes)
    assert sum(bool(re.search("[¹²³⁴-⁹]", text)) for text in texts) > 400


def test_a_unit_in_use_is_drawn_more_often_than_one_that_is_not():
    drawn = Counter("".join(draw_many(signs.draw_quantities, 2000)))
    assert drawn["㎡"] > 3 * drawn["㎚"] and drawn["㎥"] > 3 * drawn["㎦"] > 0 and drawn["㎏"] > 3 * drawn["㎲"]


def test_no_code_is_the_number_of_a_passport():
    assert not [text for text in draw_many(signs.draw_code, 2000) if re.search(r"\b[A-Z](\d{3}[A-Z]\d{4}|\d{8})\b", text)]
