import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.alphabet import MORE_SYMBOLS, Alphabet
from ocr_crnn.synthesis.text import confusable

ALPHABET = Alphabet.korean(with_hanja=True)


def draw(function, count=300):
    return [function(np.random.default_rng([7, i])) for i in range(count)]


@given(st.integers(0, 2**32))
def test_every_line_is_in_the_alphabet(seed):
    text = confusable.draw_confusable(np.random.default_rng(seed))
    assert text.strip() and ALPHABET.covers(text), ALPHABET.uncovered([text])


@pytest.mark.parametrize(
    ("function", "pattern", "share"),
    [
        (confusable.draw_acronyms, r"AI", 0.1),
        (confusable.draw_acronyms, r"[A-Za-z1|]+[가-힣]", 0.5),
        (confusable.draw_decimals, r"\d\.\d", 0.6),
        (confusable.draw_decimals, r"\d,\d{3}", 0.2),
        (confusable.draw_zeros, r"00", 0.8),
        (confusable.draw_jamo, r"[ㄱ-ㅣ]", 1),
        (confusable.draw_units, r"\d[㎀-㏝ℓ℃℉%‰]", 1),
        (confusable.draw_marks, r"㊞", 0.03),
        (confusable.draw_narrow, r"^- \d+ -$", 0.15),
    ],
)
def test_what_a_kind_is_for_is_in_it(function, pattern, share):
    assert np.mean([bool(re.search(pattern, text)) for text in draw(function)]) >= share


def test_all_rare_marks_are_drawn():
    assert set("".join(draw(confusable.draw_marks, 4000))) >= set(MORE_SYMBOLS)


def test_a_swapped_syllable_keeps_its_initial():
    for seed in range(50):
        swapped = confusable._swap(np.random.default_rng(seed), "펀")
        assert "파" <= swapped <= "핗"
    assert "편" in {confusable._swap(np.random.default_rng(seed), "펀") for seed in range(200)}
    assert confusable._swap(np.random.default_rng(0), "AI") == "AI"
