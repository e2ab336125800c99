"""The ink of one line: its glyphs set on a canvas, spread, ruled, scaled, tilted and cut out, with the characters' quads."""

import cv2
import numpy as np

from ocr_crnn.synthesis.fonts import PROBE_EM_PX


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
        if _is_hangul(character) and _is_latin(after) or _is_latin(character) and _is_hangul(after):
            pen += p.script_gap_em * em
        if not (p.keeps_latin and "!" <= character <= "~" and "!" <= after <= "~"):
            pen += gap
    return pens, max(pen, 1.0)


def _is_hangul(character):
    return "가" <= character <= "힣"


def _is_latin(character):
    return character.isascii() and character.isalnum()


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
