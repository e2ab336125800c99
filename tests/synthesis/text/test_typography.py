import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.synthesis.text.typography import begin_item, curl_quotes, fold_alike, quote_words, spread_title


def test_twins_are_folded():
    assert fold_alike("계약일：２ 급ㆍ간식～￦5，") == "계약일:２ 급·간식~₩5,"


@pytest.mark.parametrize(
    ("straight", "curled"),
    [
        ('"it\'s"', "“it’s”"),
        ("'갑'과 \"을\"", "‘갑’과 “을”"),
        ('(이하 "병"이라)', "(이하 “병”이라)"),
        ("", ""),
        ("없음", "없음"),
    ],
)
def test_quotes_are_curled(straight, curled):
    assert curl_quotes(straight) == curled


@given(st.integers(0, 2**32), st.lists(st.text("가나다을를ab", min_size=1, max_size=6), min_size=1, max_size=6))
def test_quoting_adds_one_pair_and_nothing_else(seed, words):
    text = " ".join(words)
    quoted = quote_words(np.random.default_rng(seed), text)
    assert len(quoted) == len(text) + 2
    kept = iter(quoted)
    assert all(character in kept for character in text)


def test_a_particle_stays_outside_the_quotes():
    texts = {quote_words(np.random.default_rng(seed), "발주자를") for seed in range(40)}
    assert "“발주자”를" in texts and not any("를”" in text for text in texts)


def test_items_begin_with_a_mark():
    texts = {begin_item(np.random.default_rng(seed), "주소") for seed in range(200)}
    assert {"• 주소", "②주소"} & texts and all(text.endswith("주소") and text != "주소" for text in texts)


def test_titles_are_spread():
    assert [spread_title(text) for text in ("계약서", "구", "계약 서", "A형", "")] == ["계 약 서", "구", "계약 서", "A형", ""]
