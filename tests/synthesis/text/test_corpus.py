import os
import re
import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.synthesis.text import fields
from ocr_crnn.synthesis.text.corpus import (
    cut_to_length,
    draw_span,
    draw_syllables,
    draw_text,
    read_corpus,
    read_english,
    read_words,
    vary_spacing,
)

SENTENCES = ["갑은 을에게 대금을 지급한다.", "서울의 가을 하늘은 높고 푸르다.", "한 낱말", "1990년 3월 12일 (토) 오후에 있었던 일"]


def test_corpus_is_nfc_without_empty_or_invisible(tmp_path):
    (tmp_path / "b.txt").write_text("둘째 파일\n", encoding="utf-8")
    (tmp_path / "a.txt").write_bytes(("\ufeff" + unicodedata.normalize("NFD", "첫째  줄") + "\r\n\n \u200b \n셋\u200b째\n").encode())
    (tmp_path / "c.md").write_text("not read", encoding="utf-8")
    assert read_corpus(tmp_path) == ["첫째 줄", "셋째", "둘째 파일"]
    assert read_corpus([tmp_path / "b.txt", tmp_path / "c.md"]) == ["둘째 파일", "not read"]
    assert read_corpus([]) == []


def test_corpus_that_is_not_utf8_names_the_file(tmp_path):
    (tmp_path / "old.txt").write_bytes("한글".encode("cp949"))
    with pytest.raises(ValueError, match=r"old\.txt.*iconv"):
        read_corpus(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_corpus(tmp_path / "absent.txt")


def test_a_pipe_is_not_waited_for_and_words_of_another_encoding_name_the_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "words.dic").write_bytes("사과".encode("cp949"))
    for read in (read_corpus, read_words):
        with pytest.raises(ValueError, match=r"pipe\.txt, a named pipe"):
            read(tmp_path / "pipe.txt")
    with pytest.raises(ValueError, match=r"UTF-8 text\. Received: .*words\.dic.* iconv"):
        read_words(tmp_path / "words.dic")


def test_words_of_a_hunspell_dictionary(tmp_path):
    path = tmp_path / "ko.dic"
    path.write_text("4\n" + unicodedata.normalize("NFD", "가감/12,13") + "\n나무\t po:noun\nabc\n나무\n", encoding="utf-8")
    assert read_words(path) == ["가감", "나무"]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.booleans(), st.integers(1, 120))
def test_every_text_is_readable_by_the_default_alphabet(seed, with_corpus, max_length):
    text = draw_text(np.random.default_rng(seed), SENTENCES if with_corpus else (), ["나무", "가감승제"], max_length=max_length)
    assert 1 <= len(text) <= max_length
    assert text == text.strip() == unicodedata.normalize("NFC", text)
    assert Alphabet.korean(with_hanja=True).covers(text), text


def test_withheld_characters_never_occur():
    rng = np.random.default_rng(0)
    withheld = "가나다을이0①"
    assert withheld and not any(set(withheld) & set(draw_text(rng, SENTENCES, withheld=withheld)) for _ in range(500))


def test_the_same_generator_gives_the_same_text():
    first, second = ([draw_text(np.random.default_rng([3, i]), SENTENCES) for i in range(50)] for _ in range(2))
    assert first == second and len(set(first)) > 25


def test_random_syllables_are_uniform():
    rng = np.random.default_rng(1)
    counts = Counter("".join(draw_syllables(rng) for _ in range(9000)).replace(" ", ""))
    total = sum(counts.values())
    assert len(counts) > 0.98 * 11172  # about 80,000 draws: e^-7 of the syllables are missing
    assert max(counts.values()) < 5 * total / 11172


def test_spans_are_consecutive_words():
    rng = np.random.default_rng(2)
    for _ in range(100):
        span = draw_span(rng, SENTENCES)
        assert any(f" {span} " in f" {sentence} " for sentence in SENTENCES)
    assert draw_span(rng, ["한낱말"]) == "한낱말"


@given(st.integers(0, 99), st.text(alphabet="가나 .,", min_size=1, max_size=60), st.integers(1, 20))
def test_cut_and_spacing_keep_the_characters(seed, text, max_length):
    rng = np.random.default_rng(seed)
    text = " ".join(text.split())
    assert vary_spacing(rng, text).replace(" ", "") == text.replace(" ", "")
    cut = cut_to_length(rng, text, max_length)
    assert len(cut) <= max_length and cut in text


# --- fields --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "영"), (1, "일"), (10, "일십"), (12345, "일만이천삼백사십오"), (100000000, "일억"), (10010, "일만일십"), (5600000000, "오십육억")],
)
def test_amounts_in_words(value, words):
    assert fields.in_words(value) == words
    assert fields.in_words(value, one_first=False).endswith(words[-1])


def test_amounts_with_units():
    assert fields.in_units(120030000) == "1억 2,003만"
    assert fields.in_units(10005) == "1만 5"


@pytest.mark.parametrize(
    ("word", "particles", "result"),
    [
        ("계약서", "을를", "계약서를"),
        ("금액", "을를", "금액을"),
        ("서울", "으로", "서울로"),
        ("법원", "으로", "법원으로"),
        ("“갑”", "은는", "“갑”은"),
        ("ABC", "이가", "ABC가"),
    ],
)
def test_particles_follow_the_last_sound(word, particles, result):
    assert fields.with_particle(word, particles) == result


def numbers(draw, pattern, count=300):
    for seed in range(count):
        text = draw(np.random.default_rng(seed))
        assert re.fullmatch(pattern, text), text
        yield text


def test_no_business_number_is_valid():
    for text in numbers(fields.business_number, r"\d{3}-\d{2}-\d{5}"):
        digits = [int(c) for c in text if c.isdigit()]
        total = sum(d * w for d, w in zip(digits, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=False)) + digits[8] * 5 // 10
        assert (10 - total % 10) % 10 != digits[9]


def test_no_resident_number_has_a_birthday():
    for text in numbers(fields.resident_number, r"\d{6}-[1-8](\d{6}|\*{6}|X{6}|●{6})"):
        assert int(text[2:4]) > 12 or int(text[4:6]) > 31


def test_no_corporate_or_card_number_passes_its_check():
    for text in numbers(fields.corporate_number, r"\d{6}-\d{7}"):
        digits = [int(c) for c in text if c.isdigit()]
        assert sum(d * (1 + i % 2) for i, d in enumerate(digits[:12])) % 10 != (10 - digits[12]) % 10
    for text in numbers(fields.card_number, r"[\d*]{4}(-[\d*]{4}){3}"):
        if "*" not in text:
            digits = [int(c) for c in text if c.isdigit()]
            assert sum(sum(divmod(2 * d, 10)) if i % 2 == 0 else d for i, d in enumerate(digits)) % 10


def test_no_phone_number_has_an_exchange():
    for seed in range(300):
        digits = re.sub(r"\D", " ", fields.phone(np.random.default_rng(seed))).split()
        exchange = digits[2] if digits[0] == "82" else digits[1]
        assert exchange[0] in "01" or len(digits) == 2  # masked in the middle


def test_no_account_has_the_length_of_a_real_one():
    for seed in range(300):
        account = re.search(r"[\d-]{9,}", fields.account(np.random.default_rng(seed)))[0]
        assert sum(map(str.isdigit, account)) in (9, 17, 18)


def test_english_is_on_every_machine():
    sentences = read_english()
    assert len(sentences) > 1000 and len(set(sentences)) == len(sentences)
    assert all(sentence == " ".join(sentence.split()) and ">>>" not in sentence for sentence in sentences)
