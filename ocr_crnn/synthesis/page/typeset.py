"""Typesetting without drawing: advances, line breaking and alignment in points, so that one layout serves every resolution.

Glyph boxes come from the outlines of a face at a large size. They are the ink of the glyph, which is what the truth of a page hugs.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import ImageFont

from ocr_crnn.synthesis.text.marks import MARKS

_EM_PX = 128
_WIDEST_GAP_EM = 1.6
_NEVER_FIRST = frozenset(".,)]}」』】〉》、。!?:;%’”℃…")
_NEVER_LAST = frozenset("([{「『【〈《‘“₩")


@dataclass(frozen=True)
class Style:
    """How a run of text looks. `faces`: the first that covers a character draws it.

    size_pt: the em. bold_em: stroke added around the glyphs. stretch: width of the glyphs (장평). spacing_em: added after each
    character (자간). slant: horizontal shift per unit of height.
    """

    faces: tuple
    size_pt: float
    color: tuple[int, int, int] = (0, 0, 0)
    bold_em: float = 0.0
    stretch: float = 1.0
    spacing_em: float = 0.0
    slant: float = 0.0


@dataclass(frozen=True)
class TextLine:
    """One run of text set at its place, in points.

    origin: where the pen starts, on the baseline. pens: `(characters,)` pen positions along the line from the origin.
    angle: 0, 90, 180 or 270 degrees, clockwise, about the origin. stacked: upright characters one below the other.
    line, block: numbers of the line and block it belongs to; a line may be made of several runs (columns of a receipt).
    entities: for each character (kind, whether an entity begins here) or None; empty where no text is marked (synthesis/text/marks.py).
    """

    text: str
    style: Style
    origin: tuple[float, float]
    pens: np.ndarray
    kind: str
    line: int
    block: int
    angle: int = 0
    stacked: bool = False
    entities: tuple = ()

    def boxes(self):
        """Ink of the characters in the frame of the line, float64 `(characters, 4)` of x0, y0, x1, y1 in points; spaces are empty."""
        style = self.style
        metrics = np.array([face_metrics(face, char) for face, char in zip(self.faces(), self.text, strict=True)]).reshape(-1, 5)
        boxes = metrics[:, 1:] * style.size_pt
        inked = boxes[:, 2] > boxes[:, 0]
        boxes[:, [0, 2]] *= style.stretch
        if style.slant:
            boxes[:, [0, 2]] -= style.slant * boxes[:, [3, 1]]
        if style.bold_em:
            boxes[inked] += np.array([-1, -1, 1, 1]) * style.bold_em * style.size_pt
        if self.stacked:
            boxes[:, [0, 2]] -= metrics[:, :1] * style.size_pt * style.stretch / 2
            boxes[:, [1, 3]] += self.pens[:, None]
        else:
            boxes[:, [0, 2]] += self.pens[:, None]
        boxes[~inked] = 0
        return boxes

    def faces(self):
        """The face of each character."""
        return [face_of(self.style.faces, char) for char in self.text]


def face_of(faces, char):
    """The first face that covers the character; None when none does, which `printable` prevents."""
    return next((face for face in faces if face.covers_character(char)), None)


def printable(text, faces):
    """The text without the characters that none of the faces covers, and those characters; marks (synthesis/text/marks.py) stay."""
    missing = [char for char in text if char != " " and char not in MARKS and face_of(faces, char) is None]
    return "".join(char for char in text if char not in missing), missing


@lru_cache(maxsize=256)
def load_font(path, index, size_px):
    """A Pillow font at a size, one glyph a character: no shaping, no kerning, so that every pen position is ours."""
    return ImageFont.truetype(path, size_px, index=index, layout_engine=ImageFont.Layout.BASIC)


def face_metrics(face, char):
    """(advance, x0, y0, x1, y1) of a character in em, y down from the baseline."""
    return _metrics(str(face.path), face.index, char)


@lru_cache(maxsize=400_000)
def _metrics(path, index, char):
    font = load_font(path, index, _EM_PX)
    advance = font.getlength(char) / _EM_PX
    # Not font.getbbox: that box reaches from the pen to the advance, whatever the ink.
    mask, (left, top) = font.getmask2(char, mode="L", anchor="ls")
    ink = mask.getbbox()
    if ink is None:
        return (advance, 0.0, 0.0, 0.0, 0.0)
    x0, y0, x1, y1 = ink
    return (advance, (left + x0) / _EM_PX, (top + y0) / _EM_PX, (left + x1) / _EM_PX, (top + y1) / _EM_PX)


def advances(text, style):
    """Advances of the characters in points, letter spacing included, float64 `(characters,)`.

    A character that no face covers takes no room: it is left out, and counted, where the text is set.
    """

    def advance_em(char):
        if char == " ":
            return _space_em(style) * style.stretch + style.spacing_em
        face = face_of(style.faces, char)
        return face_metrics(face, char)[0] * style.stretch + style.spacing_em if face else 0.0

    return np.array([advance_em(char) for char in text], np.float64) * style.size_pt


def text_width(text, style):
    """Width of the text in points, without the spacing after its last character."""
    return float(advances(text, style).sum() - style.spacing_em * style.size_pt) if text else 0.0


def _space_em(style):
    # A few Korean faces have no space or one of a full em; documents set it at a quarter to half.
    return min(max(face_metrics(style.faces[0], " ")[0], 0.2), 0.55)


def break_text(text, style, width_pt, first_width_pt=None, anywhere=True):
    """Cut a paragraph into lines no wider than `width_pt`, greedily.

    first_width_pt: of the first line. anywhere: Korean may break between any two syllables (the default of word processors and
    browsers); otherwise only at spaces. A word wider than the line is cut where it must be.
    """
    widths = advances(text, style)
    limit = width_pt if first_width_pt is None else first_width_pt
    lines, start, used, chance = [], 0, 0.0, None
    index = 0
    while index < len(text):
        char = text[index]
        if index > start and _may_break(text[index - 1], char, anywhere):
            chance = index
        if used + widths[index] > limit and char != " " and index > start:
            cut = chance if chance is not None and chance > start else index
            lines.append(text[start:cut].strip())
            while cut < len(text) and text[cut] == " ":
                cut += 1
            start, index, used, chance, limit = cut, cut, 0.0, None, width_pt
            continue
        used += widths[index]
        index += 1
    lines.append(text[start:].strip())
    return [line for line in lines if line]


def _may_break(before, after, anywhere):
    if before == " ":
        return True
    if not anywhere or after in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    return _is_syllable(before) or _is_syllable(after)


def _is_syllable(char):
    return "가" <= char <= "힣" or "一" <= char <= "鿿"


def align_pens(text, style, width_pt, align):
    """Pen positions of a line inside `width_pt` → (offset of the first pen, pens `(characters,)` from that offset).

    align: left, right, center, justify (the spaces take up the slack) or distribute (every gap takes it up, 균등 분할).
    """
    steps = advances(text, style)
    slack = width_pt - (steps.sum() - style.spacing_em * style.size_pt)
    offset = {"right": slack, "center": slack / 2}.get(align, 0.0)
    spaces = np.array([char == " " for char in text])
    if align == "justify" and slack > 0 and spaces.any():
        steps = steps + spaces * (slack / spaces.sum())
    elif align == "distribute" and slack > 0 and len(text) > 1:
        gap = min(slack / (len(text) - 1), _WIDEST_GAP_EM * style.size_pt)  # set further apart, the characters are no word any more
        steps = steps + gap
        offset = (slack - gap * (len(text) - 1)) / 2
    return offset, np.concatenate([[0.0], np.cumsum(steps)[:-1]])
