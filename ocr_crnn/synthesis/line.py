"""One line of text as a printer sets it and a text detector cuts it out: parameters are drawn first, then rendered.

`draw_line_parameters(rng, faces, text)` → `LineParameters` → `render_line(parameters)` → image. `render_lines` does both for
numbered lines, each from its own random generator, so that line 123,456 of a seed is the same line whoever asks for it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ocr_crnn.synthesis import degradation, marks
from ocr_crnn.synthesis.fonts import PROBE_EM_PX, Face

_HANGUL = re.compile("[가-힣]")


@dataclass(frozen=True)
class LineParameters:
    """Everything that decides how a line looks; rendering adds no chance of its own.

    faces: the faces in use; face_ids: for each character the index of its face. em_px: the em of the print in image pixels,
    `points * dpi / 72`. width_scale: glyph width over normal (장평). letter_spacing_em: added after each character (자간), but not
    within words and numbers of ASCII where keeps_latin is True, as word processors justify.
    word_spacing: width of a space over normal. space_counts: how many spaces were typed for each space of the text, all one when
    empty; the text has single spaces, since nobody can count them in print. embolden_em: radius by which strokes grow.
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
        width_scale=_pick(rng, (0.75, lambda: 1.0), (0.2, lambda: rng.uniform(0.8, 1.0)), (0.05, lambda: rng.uniform(1.0, 1.2))),
        letter_spacing_em=letter_spacing,
        keeps_latin=letter_spacing > 0.04 and rng.random() < 0.6,
        word_spacing=word_spacing,
        space_counts=space_counts,
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
        (0.55, lambda: 0.0),
        (0.25, lambda: rng.uniform(-0.06, 0.04)),
        (0.13, lambda: rng.uniform(0.04, 0.2)),
        (0.07, lambda: rng.uniform(0.2, 0.8)),
    )
    word = _pick(rng, (0.55, lambda: 1.0), (0.2, lambda: rng.uniform(0.65, 1.0)), (0.25, lambda: rng.uniform(1.0, 2.8)))
    return letter, max(word, 1 + 5 * letter) if letter > 0.04 else word


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


def set_type(p):
    """The ink of the cut-out line, uint8 `(height, width)` with 255 for full ink, and the characters' quads."""
    em = PROBE_EM_PX if p.em_px <= 1.03 * PROBE_EM_PX else 2 * PROBE_EM_PX
    glyphs = [p.faces[face].glyph(character, em) for character, face in zip(p.text, p.face_ids, strict=True)]
    pens, end = _advance(p, glyphs, em)
    box_top, box_bottom = _line_box(p, glyphs, em)
    # Room for the margins, and for what a tilt brings in from outside the cut.
    room = 0.1 + (0.4 if p.rotation_deg or p.slant else 0.0)
    left, top, right, bottom = (int(em * (max(margin, 0) + room)) for margin in p.margins_em)
    baseline = top - box_top
    canvas = np.zeros((_times_four(baseline + box_bottom + bottom), _times_four(left + int(end) + right)), np.uint8)
    _place(canvas, glyphs, [left + pen for pen in pens], baseline)
    _embolden(canvas, p.embolden_em * em)
    _add_neighbours(canvas, p, em)
    _draw_rule(canvas, p, em, left, baseline, end)
    quads = np.empty((len(pens), 4, 2), np.float32)
    quads[:, (0, 3), 0] = np.asarray(pens)[:, None] + left
    quads[:, (1, 2), 0] = np.append(pens[1:], end)[:, None] + left
    quads[:, :2, 1], quads[:, 2:, 1] = top, baseline + box_bottom
    ink, quads = _scale_and_tilt(*_halve(canvas, quads, baseline, p.em_px / em), p)
    return _cut(ink, quads, p)


def _times_four(length):
    """The next multiple of four, so that halving twice is exact."""
    return -(-length // 4) * 4


def _place(canvas, glyphs, pens, baseline):
    """Put the glyphs on the canvas at their pen positions; what sweeps beyond the canvas is cut."""
    for glyph, pen in zip(glyphs, pens, strict=True):
        height, width = glyph.bitmap.shape
        x, y = int(pen + 0.5) + glyph.left, baseline + glyph.top
        if x >= 0 and y >= 0:
            target = canvas[y : y + height, x : x + width]
            np.maximum(target, glyph.bitmap[: target.shape[0], : target.shape[1]], out=target)
        else:
            x_cut, y_cut = max(-x, 0), max(-y, 0)
            target = canvas[y + y_cut : max(y + height, 0), x + x_cut : max(x + width, 0)]
            np.maximum(target, glyph.bitmap[y_cut:, x_cut:][: target.shape[0], : target.shape[1]], out=target)


def _advance(p, glyphs, em):
    """Pen positions of the characters and where the pen ends, in canvas pixels from the first pen position."""
    pens, pen = [], 0.0
    gap = p.letter_spacing_em * em
    counts = iter(p.space_counts)
    for character, after, glyph in zip(p.text, p.text[1:] + " ", glyphs, strict=True):
        pens.append(pen)
        pen += glyph.advance * (p.word_spacing * next(counts, 1) if character == " " else 1.0)
        if not (p.keeps_latin and "!" <= character <= "~" and "!" <= after <= "~"):
            pen += gap
    return pens, max(pen, 1.0)


def _line_box(p, glyphs, em):
    """Top and bottom of the line from the baseline: of its ink, and of a full syllable unless the cut is tight."""
    boxes = [(g.top, g.top + g.bitmap.shape[0]) for c, g in zip(p.text, glyphs, strict=True) if c != " "]
    top, bottom = min((box[0] for box in boxes), default=0), max((box[1] for box in boxes), default=0)
    if p.tight and bottom - top >= 0.4 * em:  # nobody cuts out a dash by itself
        return top, bottom
    full = p.faces[0].glyph("한", em)
    return min(top, full.top), max(bottom, full.top + full.bitmap.shape[0])


def _embolden(canvas, radius_px):
    if radius_px > 0:
        size = max(2, round(2 * radius_px) + 1)
        cv2.dilate(canvas, np.ones((max(1, size - 1), size), np.uint8), dst=canvas)


def _add_neighbours(canvas, p, em):
    """The same line, moved along, above and below: only its edge shows in the cut, so nobody can read that it is the same."""
    if not any(p.neighbours_em):
        return
    line = np.roll(canvas, int(canvas.shape[1] * (0.2 + 0.6 * p.neighbour_shift)), axis=1)
    up, down = (int(distance * em) for distance in p.neighbours_em)
    if 0 < up < len(canvas):
        np.maximum(canvas[:-up], line[up:], out=canvas[:-up])
    if 0 < down < len(canvas):
        np.maximum(canvas[down:], line[:-down], out=canvas[down:])


def _draw_rule(canvas, p, em, side, baseline, end):
    if p.rule is None:
        return
    thickness = max(2, round(0.05 * em))
    rows = {"underline": [0.16], "double underline": [0.14, 0.24], "strikethrough": [-0.34]}[p.rule]
    for row in rows:
        y = baseline + round(row * em)
        canvas[y : y + thickness, side : side + int(end)] = 255


def _halve(ink, quads, baseline, scale):
    """Halve the canvas while its scale to the print stays below one half; halving averages, so thin strokes stay whole."""
    while scale <= 0.515:
        ink = cv2.resize(ink, (ink.shape[1] // 2, ink.shape[0] // 2), interpolation=cv2.INTER_AREA)
        quads, baseline, scale = quads / 2, baseline / 2, 2 * scale
    return (cv2.blur(ink, (2, 2)) if scale < 0.75 else ink), quads, baseline, scale


def _scale_and_tilt(ink, quads, baseline, scale, p):
    """Bring the ink to its size and width, slant it about the baseline and rotate it about its middle; the quads move along."""
    sx, sy = scale * p.width_scale, scale
    height, width = max(1, round(ink.shape[0] * sy)), max(1, round(ink.shape[1] * sx))
    if p.slant == 0 and p.rotation_deg == 0:
        return cv2.resize(ink, (width, height), interpolation=cv2.INTER_LINEAR), quads * np.float32([sx, sy])
    shear = np.array([[sx, -p.slant * sy, p.slant * baseline * sy], [0, sy, 0], [0, 0, 1]])
    matrix = cv2.getRotationMatrix2D((width / 2, baseline * sy), p.rotation_deg, 1.0) @ shear
    ink = cv2.warpAffine(ink, matrix, (width, height), flags=cv2.INTER_LINEAR)
    return ink, cv2.transform(quads, matrix).astype(np.float32)


def _cut(ink, quads, p):
    """Cut the line out with its margins; where the cut reaches beyond the ink, there is no ink."""
    left, top, right, bottom = (margin * p.em_px for margin in p.margins_em)
    x0, y0 = int(np.floor(quads[..., 0].min() - left)), int(np.floor(quads[..., 1].min() - top))
    x1, y1 = int(np.ceil(quads[..., 0].max() + right)), int(np.ceil(quads[..., 1].max() + bottom))
    cut = np.zeros((max(y1 - y0, 4), max(x1 - x0, 4)), np.uint8)
    source = ink[max(y0, 0) : y0 + cut.shape[0], max(x0, 0) : x0 + cut.shape[1]]
    cut[max(-y0, 0) : max(-y0, 0) + source.shape[0], max(-x0, 0) : max(-x0, 0) + source.shape[1]] = source
    return cut, quads - np.float32([x0, y0])


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
