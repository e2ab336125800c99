import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.reading.scripts import count_scripts
from ocr_crnn.synthesis.text.scripts import ALIKE, LONGEST, SCRIPTS, draw_line_of_script, draw_line_of_scripts


@given(st.integers(0, 2**32), st.sampled_from(SCRIPTS), st.sampled_from([(), ("영어 API 문서를 읽는다.",)]))
def test_a_line_of_a_script_has_no_letter_of_another(seed, script, corpus):
    text = draw_line_of_script(np.random.default_rng(seed), script, corpus)
    assert 1 <= len(text) <= LONGEST and text == text.strip()
    assert set(count_scripts(text)) == (set() if script == "digit" else {script}), text
    assert not ALIKE.issuperset(text.replace(" ", "")), text


@given(st.integers(0, 2**32))
def test_a_mixed_line_is_a_line(seed):
    text = draw_line_of_scripts(np.random.default_rng(seed))
    assert text.strip() and "\n" not in text


def test_mixed_lines_are_of_all_scripts_and_mostly_of_several():
    rng = np.random.default_rng(0)
    counts = [count_scripts(draw_line_of_scripts(rng)) for _ in range(300)]
    assert {"hangul", "latin", "hanja", "kana"} <= set().union(*counts)
    assert sum(len(count) > 1 for count in counts) > 150


def test_another_script_is_none():
    with pytest.raises(KeyError):
        draw_line_of_script(np.random.default_rng(0), "thai")
