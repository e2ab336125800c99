"""Text to render: pieces of a corpus, templates of documents, dictionary words, random syllables — a weighted mixture of them."""

import ast
import inspect
import re
import sysconfig
import unicodedata
from functools import cache
from pathlib import Path

import numpy as np

from ocr_crnn.alphabet import HANGUL_SYLLABLES
from ocr_crnn.synthesis.text import templates
from ocr_crnn.synthesis.text.confusable import draw_confusable
from ocr_crnn.synthesis.text.figures import draw_figures
from ocr_crnn.synthesis.text.hanja import draw_hanja_line
from ocr_crnn.synthesis.text.signs import draw_signs
from ocr_crnn.untrusted.plain import read_plain_text

# Shares of the mixture; "corpus" and "words" fall to the templates where there is no corpus and no word list.
MIXTURE = {
    "sentence": 0.29,
    "long": 0.03,
    "corpus_word": 0.06,
    "template": 0.32,
    "cell": 0.08,
    "word": 0.05,
    "syllables": 0.07,
    "confusable": 0.07,
    "hanja": 0.03,
}
_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFE0F, 0xFEFF))  # characters that print as nothing


def read_corpus(folder_or_files):
    """The sentences of UTF-8 text files, one a line, NFC, without empty lines, in file order.

    folder_or_files: a folder, whose .txt files are read in the order of their names, a file, or an iterable of both.
    Raises FileNotFoundError, or ValueError for bytes that are not UTF-8 and for what is no plain file, with the file's name.
    """
    paths = [folder_or_files] if isinstance(folder_or_files, (str, Path)) else list(folder_or_files)
    sentences = []
    for path in map(Path, paths):
        files = sorted(path.rglob("*.txt")) if path.is_dir() else [path]
        for file in files:
            lines = read_plain_text(file, "A corpus").splitlines()
            lines = (" ".join(unicodedata.normalize("NFC", line).translate(_INVISIBLE).split()) for line in lines)
            sentences.extend(line for line in lines if line)
    return sentences


def read_words(file):
    """The words of a list, one a line, NFC; of a hunspell .dic file the count on top and the flags after a slash are left out.

    Raises as `read_corpus`.
    """
    lines = unicodedata.normalize("NFC", read_plain_text(file, "A list of words")).splitlines()
    words = (line.split("/")[0].split("\t")[0].strip() for line in lines)
    return [word for word in dict.fromkeys(words) if word and not word.isdigit() and all("가" <= c <= "힣" for c in word)]


@cache
def read_english():
    """English sentences that every machine with Python has: those of the docstrings of its standard library, in file order."""
    sentences = []
    for file in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                for paragraph in inspect.cleandoc(ast.get_docstring(node) or "").split("\n\n"):
                    if not re.search(r"^ |>>>|^\W", paragraph, re.M):  # examples, tables, lists
                        sentences += re.split(r"(?<=[.!?]) ", " ".join(paragraph.split()))
    return tuple(sentence for sentence in dict.fromkeys(sentences) if 4 <= sentence.count(" ") <= 60)


def draw_text(rng, corpus=(), words=(), withheld="", mixture=MIXTURE, max_length=120):
    """Draw one line of text, 1 to max_length characters.

    rng: np.random.Generator. corpus: sentences, as from `read_corpus`. words: as from `read_words`.
    withheld: characters that never occur; words that hold one are left out. mixture: shares of the kinds of text.
    """
    withheld = frozenset(withheld)
    while True:
        kind = _choose(rng, mixture)
        text = _draw_kind(rng, kind, corpus, words)
        text = unicodedata.normalize("NFC", text)
        if not withheld.isdisjoint(text):
            text = _without(text, withheld)
        text = cut_to_length(rng, text, max_length).strip()
        if text:
            return text


def _choose(rng, shares):
    names, weights = zip(*shares.items(), strict=True)
    edges = np.cumsum(weights)
    return names[min(int(np.searchsorted(edges, rng.random() * edges[-1], side="right")), len(names) - 1)]


def _draw_kind(rng, kind, corpus, words):
    if kind == "sentence" and len(corpus):
        return vary_spacing(rng, draw_span(rng, corpus))
    if kind == "long" and len(corpus):
        return " ".join(corpus[i] for i in rng.integers(len(corpus), size=3))
    if kind == "corpus_word" and len(corpus):
        return draw_span(rng, corpus, longest=1)
    if kind == "cell":
        return templates.draw_cell(rng)
    if kind == "word" and len(words):
        return " ".join(words[i] for i in rng.integers(len(words), size=rng.integers(1, 5)))
    if kind == "syllables":
        return draw_syllables(rng)
    if kind == "confusable":
        return draw_confusable(rng)
    if kind == "figures":
        return draw_figures(rng)
    if kind == "signs":
        return draw_signs(rng)
    if kind == "hanja":
        return draw_hanja_line(rng)
    return vary_spacing(rng, templates.draw_document_line(rng))


def draw_span(rng, corpus, longest=15):
    """One to `longest` consecutive words of one sentence of the corpus."""
    words = corpus[int(rng.integers(len(corpus)))].split(" ")
    count = min(int(rng.integers(1, longest + 1)), len(words))
    start = int(rng.integers(len(words) - count + 1))
    return " ".join(words[start : start + count])


def draw_syllables(rng):
    """Words of random syllables: each of the 11,172 is as likely as any other."""
    return " ".join(_random_word(rng) for _ in range(rng.integers(1, 6)))


def _random_word(rng):
    return "".join(HANGUL_SYLLABLES[i] for i in rng.integers(len(HANGUL_SYLLABLES), size=rng.integers(1, 6)))


def vary_spacing(rng, text):
    """Sometimes double spaces, a lost space after punctuation, a lost space between words, or spaces inside a short word."""
    kind = rng.random()
    if kind < 0.02:
        return text.replace(" ", "  ")
    if kind < 0.06:
        for mark in ",.:)":
            text = text.replace(mark + " ", mark)
        return text
    if kind < 0.09 and len(text) < 30:
        return text.replace(" ", "")
    if kind < 0.11 and 2 <= len(text) <= 6 and " " not in text:
        return " ".join(text)
    return text


def cut_to_length(rng, text, max_length):
    """A text that is too long is cut at spaces: as many whole words as fit, from a random word on."""
    if len(text) <= max_length:
        return text
    words = text.split(" ")
    start = int(rng.integers(len(words)))
    cut = words[start][:max_length]
    for word in words[start + 1 :]:
        if len(cut) + 1 + len(word) > max_length:
            break
        cut += " " + word
    return cut


def _without(text, withheld):
    return " ".join(word for word in text.split(" ") if withheld.isdisjoint(word))

