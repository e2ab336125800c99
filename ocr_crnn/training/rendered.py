"""Rendered lines as a source of training: text, font and damage drawn anew for each line."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from ocr_crnn.alphabet import HANGUL_SYLLABLES
from ocr_crnn.ops.lines import resize_line
from ocr_crnn.recognition.codecs import Codec
from ocr_crnn.synthesis.fonts import Face
from ocr_crnn.synthesis.line.rendering import UncoveredTextError, draw_line_parameters, render_line
from ocr_crnn.synthesis.text.corpus import MIXTURE, cut_to_length, draw_text
from ocr_crnn.synthesis.text.typography import begin_item, curl_quotes, fold_alike, quote_words, spread_title

# (share of the lines, shortest, longest text in characters). A line costs what it is wide, so a third of the time goes to the last row.
LENGTHS = ((0.34, 1, 8), (0.26, 6, 20), (0.30, 18, 46), (0.10, 45, 110))
# A text that the alphabet does not cover is drawn again, so without Hanja in it the other kinds share their place.
SHORT_MIXTURE = {
    "corpus_word": 0.22, "cell": 0.26, "template": 0.1, "word": 0.08, "syllables": 0.05, "confusable": 0.17, "hanja": 0.1, "figures": 0.3,
    "signs": 0.14,
}  # fmt: skip
ENGLISH_MIXTURE = {"sentence": 0.9, "corpus_word": 0.1}
LINE_MIXTURE = {**MIXTURE, "syllables": 0.04, "confusable": 0.18, "hanja": 0.14, "figures": 0.14, "signs": 0.08}
# Word processors grow the strokes of a face that has no bold one. Then ㅗ is a bar, and that it is a word tells 목적 from 믁적.
GROWN, GROWN_EM = 0.12, (0.01, 0.032)
# What readers lose is two fifths of those lines, and made-up words teach that any syllable may follow any other. For the last stage of a
# training: what documents hold, and a little of the rest, so that it is not forgotten.
USUAL_SHORT_MIXTURE = {
    "corpus_word": 0.44, "cell": 0.2, "template": 0.1, "word": 0.08, "figures": 0.16, "confusable": 0.05, "signs": 0.04, "hanja": 0.03,
}  # fmt: skip
USUAL_LINE_MIXTURE = {
    "sentence": 0.56, "corpus_word": 0.05, "template": 0.3, "cell": 0.06, "word": 0.03, "figures": 0.08, "confusable": 0.04, "signs": 0.03,
    "hanja": 0.04,
}  # fmt: skip
VALIDATION = 2**31  # a group number that training does not reach
ENGLISH = 0.07  # share of the texts that are English, where there are any: quotations, foreign names, manuals
QUOTES = 0.06  # share of the texts with words in quotation marks or brackets; half of the straight marks are curled besides
ITEMS = 0.06  # share of the texts behind the mark or number of a list item
SPREAD_TITLES = 0.06  # share of the short words that are spread; with a quarter the network sees spaces in every loose font
CHECKBOXES = 0.02  # share of the texts behind a box to tick
# Beyond it print looks like typed spaces, and a label without them teaches the wrong thing. A line with wider gaps between its words
# shows which is which.
WIDEST_LETTER_SPACING_EM, WIDEST_BETWEEN_WORDS_EM = 0.2, 0.45
# Typed spaces that are narrow where signs stand around them: "- 1 -", "1 / 2", "성명 : 김하늘".
_NARROW, NARROW_SPACES = re.compile(r"^- \d+ -$|\S [/:~] \S"), 0.4
# Figures are set close and narrow to fit their cells, and then a point or a nought is lost: 3.25 % becomes 325 %.
_FIGURES, TIGHT_FIGURES, NARROW_FIGURES = re.compile(r"\d[.,]\d|\d{3}"), 0.4, 0.15


@dataclass(frozen=True)
class RenderedLines:
    """Everything that decides the rendered lines; cheap to send to another process. A source as training/line_batches.py takes it.

    codec: of the network, its alphabet that of the texts. frames_for_width: the network's frames of a width in pixels, see ops/frames.py.
    faces, latin_faces: as `draw_line_parameters` takes them. sentences, words: as `draw_text` takes them. english: sentences too.
    withheld: characters that no line holds, kept for measuring. easy_groups: the first groups of batches hold short, clean lines,
    on which CTC takes off. height: of the lines in pixels.
    """

    seed: int
    faces: tuple[Face, ...]
    codec: Codec
    frames_for_width: Callable
    latin_faces: tuple[Face, ...] = ()
    sentences: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    withheld: str = ""
    easy_groups: int = 0
    height: int = 32
    lengths: tuple = field(default=LENGTHS)
    mixtures: tuple[dict, dict] = (SHORT_MIXTURE, LINE_MIXTURE)

    def draw_line(self, rng, easy=False):
        """One `(image uint8 (height, width), text)` that the alphabet covers and that fits into its frames.

        Raises ValueError where 500 texts in a row cannot be drawn: the faces or the alphabet are for another language.
        """
        for _ in range(500):
            text = self._draw_text(rng, easy)
            if not text or not self.codec.alphabet.covers(text):
                continue
            try:
                parameters = draw_line_parameters(rng, self.faces, text, self.latin_faces, degrade=not easy)
            except UncoveredTextError:
                continue
            widest = WIDEST_BETWEEN_WORDS_EM if text.count(" ") * 8 >= len(text) else WIDEST_LETTER_SPACING_EM
            parameters = replace(parameters, letter_spacing_em=min(parameters.letter_spacing_em, widest))
            if _NARROW.search(text) and rng.random() < NARROW_SPACES:
                tight_em = min(parameters.letter_spacing_em, 0.0)
                parameters = replace(parameters, word_spacing=rng.uniform(0.4, 0.8), letter_spacing_em=tight_em)
            if _FIGURES.search(text):
                parameters = _set_close(rng, parameters)
            if rng.random() < GROWN and not parameters.faces[0].is_bold:
                parameters = replace(parameters, embolden_em=rng.uniform(*GROWN_EM))
            line = resize_line(render_line(parameters), self.height)
            if self.codec.fits(text, self.frames_for_width(line.shape[1])):
                return line, text
        raise ValueError(
            f"Faces and alphabet have to cover the text. Received: {len(self.faces)} faces, {self.codec.alphabet!r} and texts like "
            f"{text!r}, none of 500 drawable. Install Korean fonts, or name them with --fonts."
        )

    def _draw_text(self, rng, easy):
        lengths = ((1.0, 3, 14),) if easy else self.lengths
        shares = np.cumsum([share for share, _, _ in lengths])
        _, shortest, longest = lengths[min(int(np.searchsorted(shares, rng.random() * shares[-1], "right")), len(lengths) - 1)]
        length = int(rng.integers(shortest, longest + 1))
        mixture = self.mixtures[0 if longest < 15 else 1]
        sentences = self.sentences
        if len(self.english) and rng.random() < ENGLISH:
            sentences, mixture = self.english, ENGLISH_MIXTURE
        text = ""
        while len(text) < max(shortest, 0.6 * length):
            more = draw_text(rng, sentences, self.words, self.withheld, mixture, max_length=longest)
            text = f"{text} {more}".strip()
        text = cut_to_length(rng, text, length)
        if rng.random() < QUOTES:
            text = quote_words(rng, text)
        if rng.random() < 0.5:
            text = curl_quotes(text)
        if rng.random() < SPREAD_TITLES:
            text = spread_title(text)
        if rng.random() < ITEMS:
            text = begin_item(rng, text)
        if rng.random() < CHECKBOXES:
            text = f"{'☑☐☒□■'[rng.integers(5)]} {text}"
        return " ".join(fold_alike(text).split())  # nobody can count spaces in print


def _set_close(rng, parameters):
    """The parameters of a line with figures, of which some are set closer and some narrower."""
    if rng.random() < TIGHT_FIGURES:
        parameters = replace(parameters, letter_spacing_em=rng.uniform(-0.12, -0.05), keeps_latin=False)
    if rng.random() < NARROW_FIGURES:
        parameters = replace(parameters, width_scale=rng.uniform(0.5, 0.75))
    return parameters


def draw_withheld(rng, sentences, count):
    """A string of `count` syllables that occur in fewer than 5 of the sentences, to keep out of training and to measure."""
    seen = Counter(character for sentence in sentences for character in set(sentence))
    rare = [syllable for syllable in HANGUL_SYLLABLES if seen[syllable] < 5]
    if count > len(rare):
        raise ValueError(f"Only syllables of fewer than 5 sentences are withheld, here {len(rare)}. Received: {count}. Lower --withhold.")
    return "".join(sorted(rng.choice(rare, count, replace=False))) if count else ""


def draw_validation_lines(source, new_faces, count=160):
    """Lines `[(image, text)]` that no training batch holds, by what they measure.

    cer: lines as in training, of another seed. cer_new_fonts: the same in faces that training does not use; absent without
    any. cer_new_syllables: clean words that each hold one withheld syllable; absent without any.
    """
    draw = lambda drawn_from, seed, **how: [  # noqa: E731
        drawn_from.draw_line(np.random.default_rng([source.seed, VALIDATION, seed, i]), **how) for i in range(count)
    ]
    plain = replace(source, easy_groups=0)
    lines = {"cer": draw(plain, 0)}
    lines["cer_new_fonts"] = draw(replace(plain, faces=tuple(new_faces)), 1) if new_faces else []
    lines["cer_new_syllables"] = [_draw_withheld_word(source, i, syllable) for i, syllable in enumerate(source.withheld)]
    return {name: drawn for name, drawn in lines.items() if drawn}


def _draw_withheld_word(source, number, syllable):
    """A clean line of a withheld syllable between two others; over all of them the CER is the share misread, and a little more."""
    rng = np.random.default_rng([source.seed, VALIDATION, 2, number])
    while True:
        before, after = (HANGUL_SYLLABLES[i] for i in rng.integers(len(HANGUL_SYLLABLES), size=2))
        text = before + syllable + after
        if source.withheld.find(before) < 0 and source.withheld.find(after) < 0:
            try:
                parameters = draw_line_parameters(rng, source.faces, text, degrade=False)
            except UncoveredTextError:
                continue
            return resize_line(render_line(parameters), source.height), text
