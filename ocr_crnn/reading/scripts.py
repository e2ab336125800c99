"""Stage scripts: in which script each word is written, by the characters that were read in it and by how it looks."""

import re
import unicodedata
from collections import Counter
from dataclasses import replace
from functools import lru_cache

from ocr_crnn.ops.lines import to_grey
from ocr_crnn.presets import PresetError
from ocr_crnn.presets.engine_files import LiteRTError
from ocr_crnn.reading.crops import crop_quad, expand_lines
from ocr_crnn.reading.line_scripts import find_line_scripts
from ocr_crnn.reading.script_network import load_script_network

DIGIT, SYMBOL, OTHER = "digit", "symbol", "other"
DOUBTED = 0.9  # score of a word below which the network looks at it: Kana, which come out as something else, score less
SURE = 0.8  # share of Kana by which it is believed against the text
# Words of the name that Unicode gives a letter, such as PARENTHESIZED HANGUL KIYEOK or HALFWIDTH KATAKANA LETTER A.
NAMED = {
    "hangul": ("HANGUL", "KOREAN"),
    "latin": ("LATIN",),
    "hanja": ("CJK", "IDEOGRAPH", "IDEOGRAPHIC", "KANGXI"),
    "kana": ("HIRAGANA", "KATAKANA"),
}


def find_scripts(page, image, network=None):
    """The Page with `scripts`: "hangul", "latin", "hanja", "kana", "other" (letters of another script), "digit" or "symbol" of each word.

    Most of its letters decide; where two scripts have as many, Hangul does before Latin before Hanja before Kana: 第3條 is hanja, KOREA의
    latin, 3월 hangul. A word without letters is "digit" where it has one, else "symbol". None for a word that is not readable. With
    several scripts in it, `attributes["scripts"]` has the number of letters of each.
    A recogniser reads what it knows: Kana come out as Hangul that nobody wrote. So the network that looks at the image (script_network.py)
    has its say, see `settle`. network: that of the shipped preset if left out; without it, or without an image, the text decides alone.
    """
    counts = [count_scripts(text or "") for text in page.texts]
    scripts = [script_of(text, count) if text else None for text, count in zip(page.texts, counts, strict=True)]
    network = network or shipped_network()
    if network is not None and image is not None and len(page):
        grey = to_grey(image)
        for row, quad in enumerate(expand_lines(page.quads)):
            if scripts[row] is not None and (page.scores is None or page.scores[row] < DOUBTED):
                scripts[row] = settle(scripts[row], find_line_scripts(crop_quad(grey, quad), network))
    known = page.attributes if page.attributes is not None else [{}] * len(page)
    attributes = [{**had, "scripts": dict(count)} if len(count) > 1 else had for had, count in zip(known, counts, strict=True)]
    return replace(page, scripts=scripts, attributes=attributes)


def settle(by_text, seen):
    """The script of a word by what was read in it, and its LineScripts → the one it has.

    Only Kana are taken from what is seen, which the recogniser that ships cannot read: benchmarks/documents_scripts.py has the figures.
    Of signs alone the network knows more too, but 2026년 is of digits to it, and of Hangul here.
    """
    return seen.script if seen.script == "kana" and seen.share >= SURE else by_text


@lru_cache
def shipped_network():
    """The shipped network; None where it, its recogniser or LiteRT is not there."""
    try:
        return load_script_network()
    except (PresetError, LiteRTError):
        return None


def script_of(text, counts):
    """The script of a text whose letters are counted."""
    if counts:
        return max(counts, key=counts.get)  # of equal ones the first
    return DIGIT if any(character.isnumeric() for character in text) else SYMBOL


def count_scripts(text):
    """How many letters of each script, in the order of NAMED, those that are there."""
    found = Counter(script for character in text if (script := script_of_character(character)) is not None)
    return {name: found[name] for name in (*NAMED, OTHER) if found[name]}


def script_of_character(character):
    """The script of a letter; None for digits, marks and spaces."""
    if unicodedata.category(character)[0] not in "LNS":
        return None
    words = re.split("[ -]", unicodedata.name(character, ""))
    for script, known in NAMED.items():
        if any(word in known for word in words):
            return script
    return OTHER if character.isalpha() else None
