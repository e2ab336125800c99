"""Rendered lines whose every character has its script: for the training of scripts_ko and for what measures it."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ocr_crnn.reading.script_network import CLASSES, SCRIPTS, UNKNOWN
from ocr_crnn.reading.scripts import script_of_character
from ocr_crnn.recipes.experiment import HELD_OUT_FONTS
from ocr_crnn.synthesis.damage import degradation, marks
from ocr_crnn.synthesis.fonts import find_fonts, load_faces, load_latin_faces
from ocr_crnn.synthesis.line.rendering import draw_numbered_line, render_line_with_quads
from ocr_crnn.synthesis.text.corpus import read_corpus
from ocr_crnn.synthesis.text.scripts import draw_line_of_script, draw_line_of_scripts

# Kept out of this training, for measuring; each has all five scripts. HELD_OUT_FONTS are in no training at all.
TEST_FONTS = ("Noto Serif CJK KR", "Noto Serif KR", "NanumBarunGothic", "NanumBarunGothic YetHangul", "UnBatang")
OWN_FONTS = Path(__file__).parents[1] / "fonts"
OTHER_LETTERS = ("אבגדהוזחטיכלמנסעפצקרשת", "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ", "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցփքօ")
MIXED, NEITHER = 0.4, 0.06  # shares of the lines: of several scripts, of none of ours; the others are of one


class ScriptLine(NamedTuple):
    """image: uint8 `(height, width)`. text; kind: one of SCRIPTS, "mixed" or "unknown". classes: int `(characters,)` of CLASSES.
    edges: float `(characters, 2)`, from where to where each stands, in pixels of the image. condition: of the damage."""

    image: np.ndarray
    text: str
    kind: str
    classes: np.ndarray
    edges: np.ndarray
    condition: str


def class_of_character(character):
    """The class of a character; spaces are paper."""
    if character == " ":
        return CLASSES.index(UNKNOWN)
    script = script_of_character(character) or "digit"
    return CLASSES.index(script if script in SCRIPTS else UNKNOWN)


def draw_script_line(seed, number, sources, kind=None, degrade=True):
    """Line `number` of a seed. sources: as of load_sources. kind: as in ScriptLine, drawn if None; half of "unknown" is paper."""
    faces, other_faces, latin_faces, corpus = sources
    rng = np.random.default_rng([seed, number, 1])
    if kind is None:
        shares = (MIXED, NEITHER, *[(1 - MIXED - NEITHER) / len(SCRIPTS)] * len(SCRIPTS))
        kind = ("mixed", UNKNOWN, *SCRIPTS)[rng.choice(len(shares), p=shares)]
    if kind == UNKNOWN and (not other_faces or rng.random() < 0.5):
        return ScriptLine(draw_paper(rng), "", UNKNOWN, np.zeros(0, int), np.zeros((0, 2)), "clean")
    if kind == UNKNOWN:
        faces, latin_faces = other_faces, ()
        draw = lambda rng: " ".join(other_word(rng) for _ in range(rng.integers(1, 5)))  # noqa: E731
    elif kind == "mixed":
        draw = lambda rng: draw_line_of_scripts(rng, corpus)  # noqa: E731
    else:
        draw = lambda rng: draw_line_of_script(rng, kind, corpus)  # noqa: E731
    parameters = draw_numbered_line(seed, number, faces, draw, latin_faces, degrade)
    image, quads = render_line_with_quads(parameters)
    classes = np.array([class_of_character(c) for c in parameters.text])
    edges = np.stack([quads[:, (0, 3), 0].mean(axis=1), quads[:, (1, 2), 0].mean(axis=1)], axis=1)
    return ScriptLine(image, parameters.text, kind, classes, edges, parameters.condition)


def other_word(rng):
    letters = OTHER_LETTERS[rng.integers(len(OTHER_LETTERS))]
    return "".join(letters[i] for i in rng.integers(len(letters), size=rng.integers(2, 9)))


def draw_paper(rng):
    """What a detector takes for text at times: paper, rules and edges, as it is scanned."""
    height, width = int(rng.integers(20, 60)), int(rng.integers(20, 500))
    image = marks.fill_paper((height, width), (int(rng.integers(120, 256)),) * 3)
    for _ in range(rng.integers(0, 4)):
        level = rng.random()
        ends = ((0, level), (1, level + rng.normal(0, 0.02))) if rng.random() < 0.6 else ((level, 0), (level, 1))
        image = marks.apply_rule(image, *ends, float(rng.uniform(0.6, 4)), (int(rng.integers(0, 150)),) * 3)
    if rng.random() < 0.5:
        image = marks.apply_grain(image, float(rng.uniform(2, 25)), float(rng.uniform(2, 20)), int(rng.integers(1 << 30)))
    for effect in degradation.draw_condition(rng, 30, 200)[1]:
        image = effect(image)
    return image


def load_sources(fonts, corpus, tested=False):
    """(faces, faces of other letters, Latin faces, sentences) of the training; or, tested, those that it kept out, all where none is."""
    files = find_fonts(fonts)
    if tested:
        faces = load_faces(files)
        own = load_faces(find_fonts([OWN_FONTS]))  # of the repository: one of them has all scripts, which many Korean fonts lack
        kept_out = [face for face in faces if face.family in TEST_FONTS]
        faces, latin = kept_out or faces + [face for face in own if face.family in TEST_FONTS], []
    else:
        faces, latin = load_faces(files, exclude=HELD_OUT_FONTS + TEST_FONTS), load_latin_faces(files, exclude=HELD_OUT_FONTS)
    return faces, load_faces(files, exclude=HELD_OUT_FONTS, holds="אა"), latin, read_corpus(corpus) if corpus else []
