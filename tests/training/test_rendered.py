from dataclasses import replace

import numpy as np
import pytest
from small_source import FACES

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.recognition.codecs import CTCCodec
from ocr_crnn.training import rendered


def test_faces_without_korean_are_told(source):
    with pytest.raises(ValueError, match="none of 500 drawable"):
        replace(source, codec=CTCCodec(Alphabet("あ"))).draw_line(np.random.default_rng(0))


def test_withheld_syllables_are_rare_and_the_same_for_a_seed():
    sentences = ["가나다"] * 5 + ["라"]
    withheld = rendered.draw_withheld(np.random.default_rng(1), sentences, 30)
    assert len(set(withheld)) == 30 and not set(withheld) & set("가나다")
    assert withheld == rendered.draw_withheld(np.random.default_rng(1), sentences, 30)
    assert rendered.draw_withheld(np.random.default_rng(1), sentences, 0) == ""


def test_validation_lines(source):
    lines = rendered.draw_validation_lines(source, FACES[:1], count=4)
    assert {name: len(drawn) for name, drawn in lines.items()} == {"cer": 4, "cer_new_fonts": 4, "cer_new_syllables": 1}
    assert "약" in lines["cer_new_syllables"][0][1]
    assert set(rendered.draw_validation_lines(replace(source, withheld=""), [], count=1)) == {"cer"}


def test_kinds_of_text_are_those_of_the_mixtures(source):
    """Short lines are of the first mixture, others of the second; in the usual ones nothing is made up syllable by syllable."""
    of_words = replace(source, words=("나무",), lengths=((0.5, 1, 8), (0.5, 16, 20)), mixtures=({"word": 1}, {"sentence": 1}))
    texts = [of_words.draw_line(np.random.default_rng([1, i]))[1] for i in range(40)]
    short = [text for text in texts if "나" in text]
    assert 5 < len(short) < 35 and all("체" in text or "보" in text for text in texts if text not in short)
    for usual in (rendered.USUAL_SHORT_MIXTURE, rendered.USUAL_LINE_MIXTURE):
        assert "syllables" not in usual and {*usual} <= {*rendered.SHORT_MIXTURE, *rendered.LINE_MIXTURE}
