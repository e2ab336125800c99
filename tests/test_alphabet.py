"""Alphabet: ids and back, the blank, normal form, what is covered, and files."""

import string
import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_crnn.alphabet import ASCII, CONTRACT_SYMBOLS, DOCUMENT_SYMBOLS, HANGUL_SYLLABLES, Alphabet, UnknownCharacterError, hanja, is_hangul

KOREAN = Alphabet.korean()


def test_ids_and_the_blank():
    alphabet = Alphabet("가나 a")
    assert len(alphabet) == 5 and alphabet.blank == 4
    assert [alphabet[i] for i in range(5)] == ["가", "나", " ", "a", ""]
    ids = alphabet.encode("a 가가")
    assert ids.dtype == np.int32 and ids.tolist() == [3, 2, 0, 0]
    assert alphabet.decode(ids) == "a 가가"


def test_decode_leaves_out_padding_and_blanks_and_keeps_repeats():
    alphabet = Alphabet("가나")
    assert alphabet.decode([0, 0, 2, 1, -1, -1]) == "가가나"
    assert alphabet.decode(np.array([[1], [0]])) == "나가"
    assert alphabet.decode([]) == ""


def test_the_empty_alphabet_has_the_blank():
    alphabet = Alphabet("")
    assert len(alphabet) == 1 and alphabet.blank == 0 and alphabet.encode("").shape == (0,)


@pytest.mark.parametrize(
    ("characters", "message"), [("가나가", "repeated .'가'."), ("A\u212b", "normal form C"), ("\uf900", "normal form C")]
)
def test_not_an_alphabet(characters, message):
    with pytest.raises(ValueError, match=message):
        Alphabet(characters)


def test_text_in_normal_form_d_is_the_same_text():
    text = "계약서 제3조"
    decomposed = unicodedata.normalize("NFD", text)
    assert len(decomposed) > len(text)
    np.testing.assert_array_equal(KOREAN.encode(decomposed), KOREAN.encode(text))
    assert KOREAN.covers(decomposed) and not KOREAN.uncovered([decomposed])


def test_unknown_characters_are_counted_and_named():
    with pytest.raises(UnknownCharacterError, match=r"'뷁' U\+BDC1 ×2") as error:
        Alphabet("가 ").encode("뷁 가뷁!")
    assert error.value.characters == Counter({"뷁": 2, "!": 1})
    assert isinstance(error.value, ValueError)
    assert Alphabet("가").uncovered(["가나", "나다"]) == Counter({"나": 2, "다": 1})
    assert not Alphabet("가").covers("가나")


def test_literal_underscore_is_a_character_of_its_own():
    alphabet = Alphabet.from_lineage("ab_")
    assert alphabet.characters == "ab" and alphabet.blank == 2
    assert not alphabet.covers("_")  # in the lineage it is the blank
    assert KOREAN.decode(KOREAN.encode("a_b")) == "a_b"


def test_a_lineage_alphabet_ends_with_the_blank():
    with pytest.raises(ValueError, match="ends with '_'"):
        Alphabet.from_lineage("abc")


def test_from_texts_keeps_hangul_and_adds_symbols_and_the_space():
    alphabet = Alphabet.from_texts(["계약 A漢", "약"])
    assert set(alphabet.characters) == {"계", "약", " ", *CONTRACT_SYMBOLS}
    assert alphabet == Alphabet.from_texts(["약", "계약"]) and hash(alphabet) == hash(Alphabet.from_texts(["약", "계약"]))
    assert "".join(sorted(alphabet.characters)) == alphabet.characters


def test_from_texts_keeps_what_is_asked_for():
    assert Alphabet.from_texts(["b가a"], keep=None, extra="").characters == " ab가"
    assert Alphabet.from_texts(["b가a"], keep=str.isascii, extra="#").characters == " #ab"
    assert Alphabet.from_texts([], extra="").characters == " "


def test_korean_covers_what_documents_hold():
    assert set(HANGUL_SYLLABLES) | set(ASCII) <= set(KOREAN.characters) and len(HANGUL_SYLLABLES) == 11_172
    asked = "①⑳㉠㉭㈜㎡㎥㎏㎜㎝㎞℃%‰₩￦「」『』《》〈〉【】○●□■△▲◇◆☆★※→←↑↓·ㆍ…“”‘’–—~§†№½×÷±≤≥∼ㄱㅎㅏㅣ"
    assert KOREAN.covers(asked), KOREAN.uncovered([asked])
    assert "\u3164" not in KOREAN  # the Hangul filler is invisible
    assert not KOREAN.covers("漢字")


def test_document_symbols_are_written_once():
    assert not [c for c, n in Counter(DOCUMENT_SYMBOLS).items() if n > 1]


def test_hanja_is_appended():
    with_hanja = Alphabet.korean(with_hanja=True)
    assert with_hanja.characters.startswith(KOREAN.characters)
    assert len(hanja()) == 4_622 and len(with_hanja) == len(KOREAN) + 4_622
    assert with_hanja.covers("大韓民國 契約書")


@pytest.mark.parametrize("character", "가힣ㄱㅣ")
def test_is_hangul(character):
    assert is_hangul(character)


@pytest.mark.parametrize("character", "a漢1 ①")
def test_is_not_hangul(character):
    assert not is_hangul(character)


@pytest.mark.parametrize("characters", ["가나다", " 가", "가 ", "\"'\\", "a\u00a0b", "가\u2028나"])
def test_saved_and_loaded(characters, tmp_path):
    alphabet = Alphabet(characters)
    alphabet.save(tmp_path / "alphabet.txt")
    assert Alphabet.load(tmp_path / "alphabet.txt") == alphabet
    assert (tmp_path / "alphabet.txt").read_bytes() == (characters + "\n").encode()


def test_korean_is_saved_and_loaded(tmp_path):
    KOREAN.save(tmp_path / "alphabet.txt")
    assert Alphabet.load(tmp_path / "alphabet.txt") == KOREAN


def test_equality_and_membership():
    assert Alphabet("ab") != Alphabet("ba") and Alphabet("ab") != "ab"
    assert "a" in Alphabet("ab") and "c" not in Alphabet("ab") and "" not in Alphabet("ab")
    assert repr(Alphabet("ab")) == "Alphabet(2 characters + blank)"


@given(st.text(alphabet=list(KOREAN.characters), max_size=50))
def test_text_comes_back(text):
    ids = KOREAN.encode(text)
    assert KOREAN.decode(ids) == unicodedata.normalize("NFC", text)
    assert not (ids == KOREAN.blank).any()


@given(st.text(max_size=30))
def test_any_text_is_covered_or_raises(text):
    if KOREAN.covers(text):
        assert KOREAN.decode(KOREAN.encode(text)) == unicodedata.normalize("NFC", text)
    else:
        with pytest.raises(UnknownCharacterError):
            KOREAN.encode(text)


def test_the_alphabet_of_the_lineage_is_a_string_whose_last_character_is_the_blank():
    letters = string.ascii_lowercase + string.ascii_uppercase + string.digits + " +-*.,:!?%&$~/()[]<>\"'@#"
    alphabet = Alphabet.from_lineage(letters + "_")
    assert len(alphabet) == 87 and alphabet.encode(" ").tolist() == [62] and alphabet.blank == 86 and "_" not in alphabet
    with pytest.raises(TypeError, match="A lineage alphabet is a string. Received: list"):
        Alphabet.from_lineage(list("ab_"))


@pytest.mark.parametrize("contents", [b"", b"\n", "가\n나\n".encode(), b"a\0b", b"\xb0\xa1\n", b"aa\n", b"\xef\xbf\xbe", b"a" * 9_000_000])
def test_files_that_are_no_alphabet_are_named(tmp_path, contents):
    (tmp_path / "alphabet.txt").write_bytes(contents)
    with pytest.raises(ValueError, match=r"in one line of UTF-8, none of them twice .* Received: .*alphabet\.txt: .* Write it anew"):
        Alphabet.load(tmp_path / "alphabet.txt")


def test_a_mark_and_the_line_ends_of_windows_are_no_characters(tmp_path):
    (tmp_path / "alphabet.txt").write_bytes(b"\xef\xbb\xbfab \r\n")
    assert Alphabet.load(tmp_path / "alphabet.txt") == Alphabet("ab ")
