"""One line of text as a printer sets it and a text detector cuts it out: parameters are drawn first, then rendered.

`draw_line_parameters(rng, faces, text)` → `LineParameters` → `render_line(parameters)` → image. `render_lines` does both for
numbered lines, each from its own random generator, so that line 123,456 of a seed is the same line whoever asks for it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ocr_crnn.synthesis.damage import degradation, marks
from ocr_crnn.synthesis.fonts import PROBE_EM_PX, Face
from ocr_crnn.synthesis.line.ink import set_type

_HANGUL = re.compile("[가-힣]")


@dataclass(frozen=True)
class LineParameters:
    """Everything that decides how a line looks; rendering adds no chance of its own.

    faces: the faces in use; face_ids: for each character the index of its face. em_px: the em of the print in image pixels,
    `points * dpi / 72`. width_scale: glyph width over normal (장평). letter_spacing_em: added after each character (자간), but not
    within words and numbers of ASCII where keeps_latin is True, as word processors justify.
    word_spacing: width of a space over normal. space_counts: how many spaces were typed for each space of the text, all one when
    empty; the text has single spaces, since nobody can count them in print. script_gap_em: added between Hangul and Latin or digits
    that no space parts, as word processors do: it is no space. embolden_em: radius by which strokes grow.
    slant: horizontal shift a unit of height. rule: "underline", "double underline", "strikethrough" or None. margins_em: left,
    top, right, bottom of the cut, negative cuts into the text. tight: the cut follows the ink of this text; else the line's full
    height. neighbours_em: distance of the baselines above and below, 0 = none; neighbour_shift: how far along they are moved.
    rotation_deg: of the text in its cut. ink, paper: RGB. marks: what is under and over the text, in order (`marks.py`).
    condition, effects: what print and scan do (`degradation.py`), by name and in order.
    """

    text: str
    faces: tuple[Face, ...]
    face_ids: tuple[int, ...]
    em_px: float
    dpi: float
    width_scale: float = 1.0
    letter_spacing_em: float = 0.0
    keeps_latin: bool = False
    word_spacing: float = 1.0
    space_counts: tuple[int, ...] = ()
    script_gap_em: float = 0.0
    embolden_em: float = 0.0
    slant: float = 0.0
    rule: str | None = None
    margins_em: tuple[float, float, float, float] = (0.1, 0.1, 0.1, 0.1)
    tight: bool = False
    neighbours_em: tuple[float, float] = (0.0, 0.0)
    neighbour_shift: float = 0.5
    rotation_deg: float = 0.0
    ink: tuple[int, int, int] = (0, 0, 0)
    paper: tuple[int, int, int] = (255, 255, 255)
    marks: tuple[Callable, ...] = ()
    effects: tuple[Callable, ...] = ()
    condition: str = "clean"


class UncoveredTextError(ValueError):
    """No face draws some character of a text; `characters` holds them."""

    def __init__(self, characters, text, face_count):
        self.characters = characters
        super().__init__(
            f"Some face has to draw each character. Received: {text[:60]!r} with {characters!r}, in none of {face_count} faces. "
            "Add a font that has them or leave the text out."
        )


# --- drawing -------------------------------------------------------------------------------------------------------------------


def draw_line_parameters(rng, faces, text, latin_faces=(), degrade=True, dpi=None):
    """Draw how a text is printed, scanned and cut.

    rng: np.random.Generator. faces: list of `Face` that hold Korean. latin_faces: faces that ASCII is sometimes set in, as
    word processors do. degrade: False leaves out what printers and scanners do. dpi: of the image, drawn when None. Runs of
    spaces are set as wide as they are, but count as one space of the text. Raises UncoveredTextError.
    """
    space_counts = tuple(len(run) for run in re.findall(" +", text.strip()))
    text = " ".join(text.split())
    used_faces, face_ids = draw_faces(rng, faces, text, latin_faces)
    points, drawn_dpi = draw_size(rng, len(text))
    dpi = dpi or drawn_dpi
    em_px = points * dpi / 72
    letter_spacing, word_spacing = draw_spacing(rng)
    ink, paper = marks.draw_colours(rng)
    condition, effects = degradation.draw_condition(rng, em_px, dpi) if degrade else ("clean", ())
    inside = rng.random() < 0.2
    return LineParameters(
        text=text,
        faces=used_faces,
        face_ids=face_ids,
        em_px=em_px,
        dpi=dpi,
        width_scale=draw_width_scale(rng),
        letter_spacing_em=letter_spacing,
        keeps_latin=letter_spacing > 0.04 and rng.random() < 0.6,
        word_spacing=word_spacing,
        space_counts=space_counts,
        script_gap_em=draw_script_gap(rng, used_faces[0], word_spacing) if letter_spacing <= 0.02 else 0.0,
        embolden_em=0.0 if rng.random() > 0.06 or used_faces[0].is_bold else rng.uniform(0.008, 0.02),
        slant=0.0 if rng.random() > 0.04 else rng.uniform(0.1, 0.27),
        rule=None if rng.random() > 0.05 else str(rng.choice(["underline", "underline", "double underline", "strikethrough"])),
        margins_em=draw_margins(rng),
        tight=bool(rng.random() < 0.25),
        neighbours_em=tuple(rng.uniform(1.15, 1.7, 2) * (rng.random(2) < 0.6)) if inside else (0.0, 0.0),
        neighbour_shift=rng.random(),
        rotation_deg=0.0 if rng.random() < 0.7 or not degrade else _draw_rotation(rng, len(text)),
        ink=ink,
        paper=paper,
        marks=marks.draw_marks(rng, faces, em_px),
        effects=tuple(effects),
        condition=condition,
    )


def draw_faces(rng, faces, text, latin_faces=()):
    """The faces of a line and the index of each character's face.

    One face for all, if any of six drawn has every character; sometimes ASCII in a Latin face, or the beginning in another
    weight. What these lack comes from other faces, as word processors do it, but the Hangul of a line never mixes faces for that.
    """
    for _ in range(6):
        main = draw_face(rng, faces)
        if main.covers(text):
            break
    else:
        hangul = "".join(c for c in text if "가" <= c <= "힣")
        if not main.covers(hangul):
            main = _draw_covering(rng, faces, hangul, text)
    used, ids = [main], [0] * len(text)
    if latin_faces and rng.random() < (0.25 if _HANGUL.search(text) else 0.6):
        latin = draw_face(rng, [face for face in latin_faces if face.is_bold == main.is_bold] or latin_faces)
        used.append(latin)
        ids = [int("!" <= c <= "~" and latin.covers_character(c)) for c in text]
    elif rng.random() < 0.06 and (head := re.match(r".+?[):.\]】] ?", text)):
        siblings = [face for face in faces if face.family == main.family and face.is_bold != main.is_bold and face.covers(head[0])]
        if siblings:
            used.append(draw_face(rng, siblings))
            ids[: head.end()] = [1] * head.end()
    for i, character in enumerate(text):
        if not used[ids[i]].covers_character(character):
            helper = next((n for n, face in enumerate(used) if face.covers_character(character)), len(used))
            if helper == len(used):
                used.append(_draw_covering(rng, faces, character, text))
            ids[i] = helper
    return tuple(used), tuple(ids)


def _draw_covering(rng, faces, characters, text):
    candidates = [face for face in faces if face.covers(characters)]
    if not candidates:
        uncovered = [c for c in dict.fromkeys(text) if not any(face.covers_character(c) for face in faces)]
        raise UncoveredTextError("".join(uncovered) or characters, text, len(faces))
    return draw_face(rng, candidates)


def draw_face(rng, faces):
    """One of the faces by their weights."""
    edges = np.cumsum([face.weight for face in faces])
    return faces[min(int(np.searchsorted(edges, rng.random() * edges[-1], side="right")), len(faces) - 1)]


def draw_size(rng, length):
    """`(points, dpi)` of office print: 8–14 pt at 100–300 dpi, some headings where the text is short."""
    if length < 25 and rng.random() < 0.12:
        points = rng.uniform(14, 26)
    else:
        points = rng.uniform(8, 12) if rng.random() < 0.7 else rng.uniform(12, 14)
    dpi = _pick(rng, (0.4, lambda: 300.0), (0.2, lambda: 200.0), (0.12, lambda: 150.0), (0.28, lambda: rng.uniform(100, 300)))
    return points, dpi


def draw_spacing(rng):
    """`(letter_spacing_em, word_spacing)`: mostly normal, some tightened, some justified or spread. Spaces stay wider than gaps."""
    letter = _pick(
        rng,
        (0.5, lambda: 0.0),
        (0.17, lambda: rng.uniform(-0.06, 0.04)),
        (0.13, lambda: rng.uniform(-0.12, -0.04)),
        (0.13, lambda: rng.uniform(0.04, 0.2)),
        (0.07, lambda: rng.uniform(0.2, 0.8)),
    )
    word = _pick(rng, (0.55, lambda: 1.0), (0.2, lambda: rng.uniform(0.65, 1.0)), (0.25, lambda: rng.uniform(1.0, 2.8)))
    return letter, max(word, 1 + 5 * letter) if letter > 0.04 else word


def draw_script_gap(rng, face, word_spacing):
    """The em between Hangul and Latin or digits: mostly none, else 0.05 to 0.25, and less than two thirds of a typed space."""
    if rng.random() > 0.18:
        return 0.0
    return min(rng.uniform(0.05, 0.25), 0.65 * word_spacing * face.glyph(" ").advance / PROBE_EM_PX)


def draw_width_scale(rng):
    """장평: mostly as the face is, some condensed to fit a cell, a few as wide as receipts print totals."""
    return _pick(
        rng,
        (0.66, lambda: 1.0),
        (0.17, lambda: rng.uniform(0.8, 1.0)),
        (0.09, lambda: rng.uniform(0.5, 0.8)),
        (0.03, lambda: rng.uniform(1.0, 1.25)),
        (0.05, lambda: rng.uniform(1.25, 2.1)),
    )


def draw_margins(rng):
    """Left, top, right, bottom around the text in em, as text detectors cut: tight, loose, or a little into the text."""
    kind = rng.random()
    if kind < 0.6:
        left, right = rng.uniform(0.02, 0.4, 2)
        top, bottom = rng.uniform(0.02, 0.22, 2)
    elif kind < 0.9:
        left, right = rng.uniform(0.0, 1.2, 2)
        top, bottom = rng.uniform(0.05, 0.6, 2)
    else:
        left, right = rng.uniform(-0.05, 0.2, 2)
        top, bottom = rng.uniform(-0.07, 0.08, 2)
    return left, top, right, bottom


def _draw_rotation(rng, length):
    """Degrees that a cut leaves in the text: it drifts by at most 0.3 em from end to end, or 2.5° where it is short."""
    limit = min(2.5, np.degrees(0.3 / max(length * 0.85, 1)))
    return rng.uniform(-limit, limit)


def _pick(rng, *choices):
    """One of `(probability, draw)`; probabilities sum to 1."""
    at = rng.random()
    for probability, draw in choices:
        at -= probability
        if at < 0:
            return draw()
    return choices[-1][1]()


# --- rendering -----------------------------------------------------------------------------------------------------------------


def render_line(parameters, channels=1):
    """The image of a line, uint8 `(height, width)`, or RGB `(height, width, 3)` with `channels=3`."""
    return render_line_with_quads(parameters, channels)[0]


def render_line_with_quads(parameters, channels=1):
    """The image and the quads of the characters, float32 `(characters, 4, 2)` in its pixels, clockwise from top-left, spaces included.

    A quad spans the character's advance and the height of the line. Quads may reach over the edge where the cut is tight.
    Where a fax or copy would leave nothing of the text, the image is the print itself.
    """
    p = parameters
    ink, quads = set_type(p)
    under = [mark for mark in p.marks if mark.func in marks.UNDER_TEXT]
    if under:
        image = marks.fill_paper(ink.shape, p.paper, channels)
        for mark in under:
            image = mark(image)
        image = marks.lay_ink(image, ink, p.ink)
    else:
        image = marks.print_ink(ink, p.ink, p.paper, channels)
    for mark in p.marks:
        if mark.func not in marks.UNDER_TEXT:
            image = mark(image)
    printed = image
    for effect in p.effects:
        image = effect(image)
    lossy = any(effect.func in degradation.MAY_LOSE_TEXT for effect in p.effects)
    if p.effects and not degradation.keeps_text(image, ink, least=0.55 if lossy else 0.3):
        image = printed
    return image, quads


# --- many lines ----------------------------------------------------------------------------------------------------------------


def render_lines(seed, faces, draw_text, start=0, stop=None, latin_faces=(), degrade=True, dpi=None, channels=1):
    """Yield `(image, text, parameters)` of the lines start, start + 1, … of a seed, without end when stop is None.

    draw_text: rng → text. Line `index` depends on `np.random.default_rng([seed, index])` alone, so training can go on at any
    index and workers can share the indices. A text that no face draws is drawn again from the same generator.
    """
    index = start
    while stop is None or index < stop:
        parameters = draw_numbered_line(seed, index, faces, draw_text, latin_faces, degrade, dpi)
        yield render_line(parameters, channels), parameters.text, parameters
        index += 1


def draw_numbered_line(seed, index, faces, draw_text, latin_faces=(), degrade=True, dpi=None, attempts=50):
    """The parameters of line `index` of a seed. Raises UncoveredTextError when `attempts` texts in a row cannot be drawn."""
    rng = np.random.default_rng([seed, index])
    for attempt in range(attempts):
        try:
            return draw_line_parameters(rng, faces, draw_text(rng), latin_faces, degrade, dpi)
        except UncoveredTextError:
            if attempt == attempts - 1:
                raise
