import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.alphabet import hanja as hanja_of_the_standard
from ocr_crnn.synthesis.text import hanja

ALPHABET = Alphabet.korean(with_hanja=True)


def has_hanja(text):
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def test_a_word_is_as_long_as_its_reading_and_in_the_standard():
    for word, reading in hanja.WORDS:
        assert len(word) == len(reading), (word, reading)
        assert set(word) <= set(hanja_of_the_standard()), word
        assert all("가" <= character <= "힣" for character in reading), reading


@given(st.integers(0, 2**32))
def test_a_line_holds_hanja_that_the_alphabet_has(seed):
    text = hanja.draw_hanja_line(np.random.default_rng(seed))
    assert ALPHABET.covers(text), ALPHABET.uncovered([text])
    assert has_hanja(text), text


@given(st.integers(0, 2**32))
def test_what_looks_like_a_dash_or_a_letter_never_stands_alone(seed):
    assert not hanja.AMBIGUOUS.issuperset(hanja.draw_any_hanja(np.random.default_rng(seed)).replace(" ", ""))


def test_all_hanja_are_drawn():
    rng = np.random.default_rng(0)
    drawn = set("".join(hanja.draw_any_hanja(rng) for _ in range(2000)))
    assert len(drawn & set(hanja.all_hanja())) > 4500  # of 4,622, of which about 20,000 were drawn


@pytest.mark.parametrize(("number", "written"), [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")])
def test_small_numbers(number, written):
    assert hanja._small(number) == written


def test_particles_follow_the_reading():
    drawn = {hanja._particle(np.random.default_rng(seed), "계약") for seed in range(60)}
    assert drawn <= {"은", "이", "을", "과", "으로", "의", "에", "에서", "에게", "도", "만", ""} and len(drawn) > 8
    assert "는" in {hanja._particle(np.random.default_rng(seed), "정부") for seed in range(60)}
