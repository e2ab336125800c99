"""Stage scripts: in which script each word is written, by the characters that were read in it."""

import re
import unicodedata
from collections import Counter
from dataclasses import replace

DIGIT, SYMBOL, OTHER = "digit", "symbol", "other"
# Words of the name that Unicode gives a letter, such as PARENTHESIZED HANGUL KIYEOK or HALFWIDTH KATAKANA LETTER A.
NAMED = {
    "hangul": ("HANGUL", "KOREAN"),
    "latin": ("LATIN",),
    "hanja": ("CJK", "IDEOGRAPH", "IDEOGRAPHIC", "KANGXI"),
    "kana": ("HIRAGANA", "KATAKANA"),
}


def find_scripts(page, image):
    """The Page with `scripts`: "hangul", "latin", "hanja", "kana", "other" (letters of another script), "digit" or "symbol" of each word.

    Most of its letters decide; where two scripts have as many, Hangul does before Latin before Hanja before Kana: 第3條 is hanja, KOREA의
    latin, 3월 hangul. A word without letters is "digit" where it has one, else "symbol". None for a word that is not readable. With
    several scripts in it, `attributes["scripts"]` has the number of letters of each.
    """
    counts = [count_scripts(text or "") for text in page.texts]
    scripts = [script_of(text, count) if text else None for text, count in zip(page.texts, counts, strict=True)]
    known = page.attributes if page.attributes is not None else [{}] * len(page)
    attributes = [{**had, "scripts": dict(count)} if len(count) > 1 else had for had, count in zip(known, counts, strict=True)]
    return replace(page, scripts=scripts, attributes=attributes)


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
