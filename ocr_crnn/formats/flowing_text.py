"""Lines as they are printed → text as it is written: lines of a paragraph joined, with a space where one belongs.

Printed Korean breaks between any two syllables, and nothing shows whether a space stood there. The character n-grams of the shipped
language model tell what is more probable; `python benchmarks/documents_joining.py` measures it.
"""

from functools import lru_cache

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.decoding.language_model import LanguageModel, NGrams
from ocr_crnn.presets import preset_file, read_preset

CONTEXT = 6  # characters on both sides that are looked at
LEAST = -2.0  # log odds of a space from which on it is set: the best of benchmarks/documents_joining.py, .86 of breaks right
_OPENING, _CLOSING = "([{「『〈《“‘", ".,)]}」』〉》”’%"


def join_lines(lines):
    """Texts of the lines of one paragraph → the paragraph. Latin words that are hyphenated keep their hyphen."""
    joined = ""
    for line in filter(None, (line.strip() for line in lines)):
        joined += line if not joined or goes_on(joined, line) else f" {line}"
    return joined


def goes_on(before, after):
    """True if a line begins within the word that the line before it ends with."""
    if after[0] in _CLOSING or before[-1] in _OPENING:
        return True
    if before[-1] == "-" and before[-2:-1].isascii() and before[-2:-1].isalpha() and after[0].isascii() and after[0].isalpha():
        return True
    return _is_syllable(before[-1]) and _is_syllable(after[0]) and space_log_odds(before[-CONTEXT:], after[:CONTEXT]) < LEAST


@lru_cache(4096)
def space_log_odds(before, after):
    """The logarithm of how much more probable two texts are with a space between them than without one."""
    model, known = _model()
    before = before[max((place for place, character in enumerate(before, 1) if character not in known), default=0) :]
    after = after[: next((place for place, character in enumerate(after) if character not in known), len(after))]
    if not before or not after:  # of a character that it does not know, nothing is known
        return 0.0
    return model.log_probability(f"{before} {after}") - model.log_probability(before + after)


def _is_syllable(character):
    return "가" <= character <= "힣"


@lru_cache(1)
def _model():
    """The language model of documents and the characters it knows."""
    ngrams = NGrams.load(preset_file(*read_preset("documents_ko", "language_model"), "ngrams.npz"))
    characters = "".join(sorted({*ngrams.characters, *"0123456789"}))
    return LanguageModel(ngrams, Alphabet(characters)), frozenset(characters)
