"""The tokens of CLIP's text encoder: pairs of bytes, merged in the order of a list (Sennrich et al., 2016; Radford et al., 2021).

The list is in no file of ours. The package openai-clip (OpenAI, MIT licence; 1.4 MB, without PyTorch) ships it, and so do clip-anytorch and
open-clip-torch, to the byte: whichever is installed is read, and not imported.
"""

import gzip
import hashlib
import html
import re
import unicodedata
import zlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ocr_crnn.extras import MissingExtraError
from ocr_crnn.untrusted.plain import DamagedFileError, open_plain

FILE, MODULES = "bpe_simple_vocab_16e6.txt.gz", ("clip", "open_clip")
BYTES, SHA256 = 3_194_984, "67603cfda2e032ad77b5f8808af37789d590db664b26df8705d2bf8b3c553fc8"  # of what is packed in it
MERGES = 49_152 - 256 - 2  # of the list, which is longer
INSTALL = "pip install 'ocr-crnn[clip]'"
END_OF_WORD = "</w>"
CONTRACTIONS = re.compile("'(?:s|t|re|ve|m|ll|d)")
RUNS = re.compile("L+|N| +|O+")  # of kinds of characters: letters, one digit, space, others


class BytePairs:
    """Text to tokens. A token is its place among 256 bytes, the same ending a word, the merges in their order, and begin and end of a text.

    merges: pairs of texts, as CLIP's list has them. size: of the vocabulary, 49,408 with CLIP's; begin, end: its last two.
    """

    def __init__(self, merges):
        self.letters = letters_of_bytes()
        names = [*self.letters, *(letter + END_OF_WORD for letter in self.letters), *(a + b for a, b in merges)]
        self.ids = {name: place for place, name in enumerate(names)}
        self.ranks = {tuple(pair): rank for rank, pair in enumerate(merges)}
        self.by_byte = dict(zip(_order_of_bytes(), self.letters, strict=True))
        self.size, self.begin, self.end = len(names) + 2, len(names), len(names) + 1

    def encode(self, text):
        """Tokens of a text, without begin and end. It is put in small letters, and white space parts words.

        As CLIP does, but without the repairs of the package ftfy, which straightens quotation marks and parts ligatures too, and
        "<|endoftext|>" is text like any other.
        """
        text = " ".join(html.unescape(html.unescape(text)).split()).lower()
        return [self.ids[part] for word in split_words(text) for part in self._merge(word)]

    def pieces(self, characters):
        """Tokens of each character as a word of its own, which `CharacterTokens` writes texts with; of white space its bytes."""
        return [self.encode(one) or [self.ids[self.by_byte[byte] + END_OF_WORD] for byte in one.encode()] for one in characters]

    def _merge(self, word):
        parts = [self.by_byte[byte] for byte in word.encode()]
        parts[-1] += END_OF_WORD
        while True:
            pairs = [pair for pair in zip(parts, parts[1:], strict=False) if pair in self.ranks]
            if not pairs:
                return parts
            first = min(pairs, key=self.ranks.get)
            parts = _join(parts, first)


def clip_byte_pairs(path=None):
    """CLIP's BytePairs. path: of its list, packed by gzip; that of an installed package by default.

    Raises MissingExtraError without one, DamagedFileError for another list than CLIP's, and OSError as `open` does.
    """
    return BytePairs(read_merges(path or find_list()))


def find_list():
    for module in MODULES:
        spec = find_spec(module)
        path = Path(spec.origin).parent / FILE if spec and spec.origin else None
        if path and path.is_file():
            return path
    raise MissingExtraError(
        f"CLIP's byte pairs need the package of the extra `clip`. Received: no package with {FILE} is installed. Install it: {INSTALL}"
    )


def read_merges(path):
    """The pairs of CLIP's list, of a .txt.gz file. Raises DamagedFileError for any other list: its tokens would have other numbers."""
    with open_plain(path) as stream:
        try:
            contents = gzip.GzipFile(fileobj=stream).read(BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise _other_list(path, f"no whole gzip file ({error})") from None
    if len(contents) != BYTES or hashlib.sha256(contents).hexdigest() != SHA256:
        raise _other_list(path, "another list than that of CLIP's 49,408 tokens")
    return [tuple(line.split()) for line in contents.decode("utf-8").split("\n")[1 : MERGES + 1]]


def split_words(text):
    """Words of a text: "it's 24!" → "it", "'s", "2", "4", "!". White space parts them and is none."""
    kinds = "".join(map(_kind, text))
    place = 0
    while place < len(text):
        match = CONTRACTIONS.match(text, place) or RUNS.match(kinds, place)
        if kinds[place] != " ":
            yield text[place : match.end()]
        place = match.end()


@cache
def letters_of_bytes():
    """A letter for each of 256 bytes, in the order of CLIP's vocabulary: itself where it prints, else one of U+0100 on."""
    shown, others = _shown_bytes(), iter(range(256, 512))
    return [chr(byte) if byte in shown else chr(next(others)) for byte in _order_of_bytes()]


def _order_of_bytes():
    shown = _shown_bytes()
    return [*shown, *(byte for byte in range(256) if byte not in shown)]


@cache
def _shown_bytes():
    return [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]


def _kind(character):
    kind = unicodedata.category(character)[0]
    return " " if character.isspace() else kind if kind in "LN" else "O"


def _join(parts, pair):
    """Every occurrence of a pair becomes one, from the left."""
    joined, place = [], 0
    while place < len(parts):
        both = tuple(parts[place : place + 2]) == pair
        joined.append("".join(pair) if both else parts[place])
        place += 1 + both
    return joined


def _other_list(path, received):
    return DamagedFileError(f"CLIP's tokens are numbered by its own list. Received: {path}, {received}. Take the package's: {INSTALL}")
