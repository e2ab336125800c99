"""Alphabet: text to ids and back. The only place that knows which id a character has and where the blank is."""

import unicodedata
from collections import Counter
from functools import cached_property
from pathlib import Path

import numpy as np

from ocr_crnn.untrusted.plain import read_plain

MOST_BYTES = 1 << 23  # of a file: all code points of Unicode in UTF-8 are half of it
HANGUL_SYLLABLES = "".join(map(chr, range(0xAC00, 0xD7A4)))
# Compatibility jamo without the invisible filler U+3164.
COMPATIBILITY_JAMO = "".join(chr(code) for code in range(0x3131, 0x318F) if code != 0x3164)
ASCII = "".join(map(chr, range(0x20, 0x7F)))
# What Koreans type in documents beyond the keyboard's own keys.
DOCUMENT_SYMBOLS = (
    "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㉠㉡㉢㉣㉤㉥㉦㉧㉨㉩㉪㉫㉬㉭㉮㉯㉰㉱㉲㉳㉴㉵㉶㉷㉸㉹㉺㉻㈀㈁㈂㈎㈏㈐㈜㈝㈞"
    "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹ"
    "㎡㎥㎢㎤㎏㎎㎍㎜㎝㎞㎖㎗㎘ℓ℃℉%‰₩￦¥€£¢"
    "「」『』《》〈〉【】〔〕［］｛｝〖〗“”‘’′″"
    "○●◎□■▣△▲▽▼◇◆☆★◁◀▷▶♠♣♥♡☎☏☞☜※→←↑↓↔⇒⇔√✓✔✕☐☑☒"
    "·ㆍ•∙…‥–—―〜～∼〃々、。，．：；？！（）＆＊＋－＝＜＞＠＃"
    "§¶†‡№℡™®©ªº°¹²³⁴ⁿ₁₂₃½⅓⅔¼¾⅛×÷±∓≤≥≠≒≡∞∴∵∠⊥∑∫∂∇∈∪∩∧∨¬αβγδεθλμπρσφωΔΣΩ"
    "─│┌┐└┘├┤┬┴┼━┃"
)
# What fewer documents have: the units of KS X 1001, circled and black numbers, raised and lowered figures, marks of lists.
MORE_SYMBOLS = (
    "㎕㎣㎦㎙㎚㎛㎟㎠㏊㏏㎈㎉㏈㎧㎨㎰㎱㎲㎳㎴㎵㎶㎷㎸㎹㎀㎁㎂㎃㎄㎺㎻㎼㎽㎾㎿㎐㎑㎒㎓㎔㏀㏁㎊㎋㎌㏖㏅㎭㎮㎯㏛㎩㎪㎫㎬㏝㏐㏓㏃㏉㏜㏆㏄"
    "ⅪⅫ❶❷❸❹❺❻❼❽❾❿㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉㊞㈑㈒㈓㈔㈕㈖㈗㈘㈙㈚㈛㉿ⓐⓑⓒⓓⓔⓕⓖⓗⓘⓙⓚⓛⓜⓝⓞⓟⓠⓡⓢⓣⓤⓥⓦⓧⓨⓩ"
    "⁰⁵⁶⁷⁸⁹₀₄₅₆₇₈₉⅕⅖⅗⅘⅙⅚⅜⅝⅞Φ◈❍❖❏❑❒➔➜➡➢▸‣⚠✽⊙▤▥▦▧▨▩◐◑♂♀♨〇"
)
# The symbols that the lineage's recipe adds to the Hangul gathered from contracts.
CONTRACT_SYMBOLS = "0123456789()[]{}<>「」『』.,·ㆍ:;'\"“”‘’!?%~-–/\\&@#*+=_₩￦①②③④⑤⑥⑦⑧⑨⑩※○●□■→㈜㎡㎥℃"


def hanja():
    """The Hanja of KS X 1001, from Python's euc_kr codec; NFC folds duplicates, so 4,888 become 4,622."""
    rows = (bytes((row, column)).decode("euc_kr") for row in range(0xCA, 0xFE) for column in range(0xA1, 0xFF))
    return "".join(dict.fromkeys(unicodedata.normalize("NFC", "".join(rows))))


def is_hangul(character):
    """A precomposed modern syllable or a compatibility jamo."""
    return "가" <= character <= "힣" or "ㄱ" <= character <= "ㆎ"


class UnknownCharacterError(ValueError):
    """A text holds characters that the alphabet lacks; `characters` counts them."""

    def __init__(self, characters, text):
        self.characters = characters
        listed = ", ".join(f"{c!r} U+{ord(c):04X} ×{n}" for c, n in characters.most_common(10))
        super().__init__(
            f"Every character of a text has to be in the alphabet. Received: {text[:80]!r} with {listed}. "
            "Build the alphabet from the texts (Alphabet.from_texts), add the characters, or leave the text out "
            "(Alphabet.covers)."
        )


class Alphabet:
    """An ordered set of characters; ids count from 0 and **the blank of CTC is the last id**.

    characters: a string without repeats, NFC, every character one code point. `len(alphabet)` counts the blank,
    so it is the number of classes of a network, and `alphabet[id]` is the character (`""` for the blank).
    """

    def __init__(self, characters):
        repeated = sorted(c for c, n in Counter(characters).items() if n > 1)
        if repeated:
            raise ValueError(f"An alphabet has every character once. Received: repeated {repeated[:10]}. Drop repeats: dict.fromkeys.")
        if unicodedata.normalize("NFC", characters) != characters:
            changed = [c for c in characters if unicodedata.normalize("NFC", c) != c]
            raise ValueError(f"An alphabet is in normal form C. Received: {changed[:10]}. Normalise with unicodedata.normalize('NFC', …).")
        self.characters = characters

    @classmethod
    def from_texts(cls, texts, keep=is_hangul, extra=CONTRACT_SYMBOLS):
        """The lineage's five steps: gather, deduplicate, keep (Hangul), add the contract symbols and the space.

        keep: a predicate on a character; None keeps all. Characters stand in code-point order, so the same texts in
        another order give the same alphabet.
        """
        gathered = set(unicodedata.normalize("NFC", "".join(texts)))
        kept = {c for c in gathered if keep is None or keep(c)} | set(unicodedata.normalize("NFC", extra)) | {" "}
        return cls("".join(sorted(kept)))

    @classmethod
    def korean(cls, with_hanja=False):
        """All 11,172 modern syllables, compatibility jamo, ASCII and symbols of documents; Hanja of KS X 1001 on demand.

        Groups are appended in a fixed order, Hanja last, so that adding them keeps every earlier id.
        """
        text = ASCII + DOCUMENT_SYMBOLS + COMPATIBILITY_JAMO + HANGUL_SYLLABLES + MORE_SYMBOLS + (hanja() if with_hanja else "")
        return cls("".join(dict.fromkeys(unicodedata.normalize("NFC", text))))

    @classmethod
    def from_lineage(cls, alphabet):
        """From a string of the ssd_detectors lineage, whose last character `_` stands for the blank.

        Such an alphabet cannot hold `_` as a character; the lineage read it, and every other unknown character, as a space:
        `InputGenerator(…, unknown=" ")`. Raises TypeError for what is no string.
        """
        if not isinstance(alphabet, str):
            raise TypeError(f"A lineage alphabet is a string. Received: {type(alphabet).__name__}. Join it: ''.join(characters).")
        if not alphabet.endswith("_"):
            raise ValueError(f"A lineage alphabet ends with '_', the blank. Received: …{alphabet[-5:]!r}. Else: Alphabet(characters).")
        return cls(alphabet[:-1])

    @property
    def blank(self):
        return len(self.characters)

    @cached_property
    def _ids(self):
        return {character: index for index, character in enumerate(self.characters)}

    def __len__(self):
        return len(self.characters) + 1

    def __getitem__(self, index):
        return "" if index == self.blank else self.characters[index]

    def __contains__(self, character):
        return character in self._ids

    def __eq__(self, other):
        return isinstance(other, Alphabet) and self.characters == other.characters

    def __hash__(self):
        return hash(self.characters)

    def __repr__(self):
        return f"Alphabet({len(self.characters)} characters + blank)"

    def encode(self, text):
        """int32 ids `(characters,)` of the text in NFC. Raises UnknownCharacterError: nothing is replaced or dropped."""
        text = unicodedata.normalize("NFC", text)
        try:
            return np.fromiter((self._ids[c] for c in text), np.int32, len(text))
        except KeyError:
            raise UnknownCharacterError(self.uncovered([text]), text) from None

    def decode(self, ids):
        """The text of ids `(characters,)`; padding (−1) and blanks are left out, repeats are kept."""
        return "".join(self.characters[i] for i in np.asarray(ids, np.int64).reshape(-1) if 0 <= i < self.blank)

    def covers(self, text):
        return all(c in self._ids for c in unicodedata.normalize("NFC", text))

    def uncovered(self, texts):
        """Counter of the characters of the texts (NFC) that the alphabet lacks."""
        counts = Counter()
        for text in texts:
            counts.update(c for c in unicodedata.normalize("NFC", text) if c not in self._ids)
        return counts

    def save(self, path):
        """Write the characters as one UTF-8 line; the blank is not written, it is always the last id."""
        Path(path).write_text(self.characters + "\n", encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, path):
        """Of a file that `save` has written. Raises ValueError, naming the file, for any other; OSError as `open` does."""
        try:
            text = read_plain(path, MOST_BYTES).decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
            control = sorted(c for c in set(text) if unicodedata.category(c) == "Cc" or ord(c) & 0xFFFE == 0xFFFE)
            if control or not text:
                raise ValueError(f"{len(text):,} characters, of them {control[:5]}")
            return cls(text)
        except ValueError as error:  # those of UTF-8 too
            raise ValueError(
                "An alphabet file is its characters in one line of UTF-8, none of them twice or a control character. "
                f"Received: {path}: {str(error).rstrip('.')}. Write it anew: Alphabet(characters).save(path)."
            ) from error
