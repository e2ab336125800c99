import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.synthesis.text import figures
from ocr_crnn.synthesis.text.marks import MARKS, marking

ALPHABET = Alphabet.korean(with_hanja=True)


@given(st.integers(0, 2**32))
def test_every_line_is_in_the_alphabet_and_has_a_figure(seed):
    with marking():
        text = figures.draw_figures(np.random.default_rng(seed))
    assert ALPHABET.covers(text) and not MARKS & set(text) and len(text) <= 320


@pytest.mark.parametrize(
    ("draw", "pattern"),
    [
        (figures.draw_decimal, r"^\D*\d{1,3}(,?\d{3})*\.\d{1,3}\D*"),
        (figures.draw_whole, r"^[-(₩]?\d"),
        (figures.draw_range, r"^\d+(\.\d+)?( ?[~∼:/×x-] ?)\d"),
        (figures.draw_grouped, r"^\d+( ?[-./ ] ?\d+)+$"),
    ],
)
def test_a_kind_has_its_form(draw, pattern):
    texts = [draw(np.random.default_rng([7, i])) for i in range(300)]
    assert all(re.search(pattern, text) for text in texts) and len(set(texts)) > 200
