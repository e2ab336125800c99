import gzip
from collections import Counter

import pytest

from ocr_crnn.extras import MissingExtraError
from ocr_crnn.recognition import byte_pairs
from ocr_crnn.recognition.byte_pairs import BytePairs, clip_byte_pairs, find_list, read_merges, split_words
from ocr_crnn.untrusted.plain import DamagedFileError


@pytest.fixture(scope="module")
def clip():
    return clip_byte_pairs()


def test_pairs_are_merged_in_the_order_of_the_list_from_the_left():
    # 256 bytes, those ending a word, then the merges. "a" stands at 64 ("!" is 0), "b" at 65.
    pairs = BytePairs([("a", "a"), ("aa", "b</w>"), ("b", "aa"), ("b", "b</w>")])
    assert (pairs.size, pairs.begin, pairs.end) == (518, 516, 517)
    assert pairs.encode("aab") == [513]
    assert pairs.encode("aaab") == [512, 64, 256 + 65]  # aa, a, b</w>: after the first pair none is in the list
    assert pairs.encode("baab") == [65, 513]  # aa b</w> was in the list before b aa
    assert pairs.encode("A  bb\n") == [256 + 64, 515]
    assert pairs.encode("aaa") == [512, 256 + 64]  # the last letter ends the word, and is another one
    assert pairs.encode("") == pairs.encode(" \t") == []


# By OpenAI's own tokenizer, of the package openai-clip 1.0.1.
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("a photo of a cat", [320, 1125, 539, 320, 2368]),
        ("Hello,  World!  it's 2024 &amp; we've", [3306, 267, 1002, 256, 585, 568, 273, 271, 273, 275, 261, 649, 1200]),
        ("don't I'LL she'd '", [847, 713, 328, 1342, 1043, 1896, 262]),
        ("x!'s", [343, 13222, 338]),
        ("naïve café №1 ½ ①②", [1097, 35689, 563, 15304, 8604, 500, 272, 33613, 158, 239, 510, 158, 239, 350]),
        ("홍길동", [31882, 235, 32495, 19693, 237, 503]),
        ("제3조 (계약금액)", [20580, 506, 274, 168, 94, 364, 263, 36216, 226, 16071, 121, 32495, 230, 16071, 350, 264]),
        ("İSTANBUL 🙂", [328, 16384, 11231, 14860]),
    ],
)
def test_texts_have_the_tokens_of_clip(clip, text, tokens):
    assert clip.encode(text) == tokens


def test_every_syllable_has_one_to_three_tokens_of_the_49_408(clip):
    assert (clip.size, clip.begin, clip.end) == (49_408, 49_406, 49_407)
    pieces = clip.pieces(map(chr, range(0xAC00, 0xD7A4)))
    assert Counter(map(len, pieces)) == {3: 7715, 2: 3446, 1: 11}
    assert all(0 <= token < 49_406 for piece in pieces for token in piece)
    # The byte of a space is the 221st of those that do not print themselves first: 188 do, and it is the 33rd of the others.
    assert clip.pieces("aA ") == [[320], [320], [256 + 188 + 32]]


def test_words_are_parted_as_clip_parts_them():
    assert list(split_words("it's 24!? don'ts ½일")) == ["it", "'s", "2", "4", "!?", "don", "'t", "s", "½", "일"]


def test_another_list_is_refused(tmp_path):
    with gzip.open(find_list()) as stream:
        contents = stream.read()
    changed = bytearray(contents)
    changed[100_000] ^= 1
    for name, packed in {
        "changed": gzip.compress(changed, 1), "longer": gzip.compress(contents + b"x y\n", 1), "bomb": gzip.compress(bytes(1 << 25), 1),
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(packed)
        with pytest.raises(DamagedFileError, match=f"{name}, another list than that of CLIP's 49,408 tokens. Take the package's"):
            read_merges(tmp_path / name)
    cut = gzip.compress(contents, 1)[:90_000]
    for name, packed in {"cut": cut, "plain": contents[:99], "garbled": b"\x1f\x8b\x08" + bytes(40)}.items():
        (tmp_path / name).write_bytes(packed)
        with pytest.raises(DamagedFileError, match=f"{name}, no whole gzip file"):
            read_merges(tmp_path / name)


def test_without_the_package_its_command_is_named(monkeypatch):
    monkeypatch.setattr(byte_pairs, "find_spec", lambda module: None)
    with pytest.raises(MissingExtraError, match=r"Install it: pip install 'ocr-crnn\[clip\]'"):
        clip_byte_pairs()
