"""Rendered document pages: draw a layout, render it to an image and its truth. Damage is in `synthesis.damage.page`."""

import math

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ocr_crnn.synthesis.page.elements import blend, draw_picture
from ocr_crnn.synthesis.page.kinds import PAGE_KINDS
from ocr_crnn.synthesis.page.layout import POINTS_PER_INCH, layout_page
from ocr_crnn.synthesis.page.typeset import load_font


def draw_page(rng, faces, corpus, dpi=150, kind=None):
    """Draw all parameters of a page: what is on it, where, in which faces. No pixel is made.

    rng: np.random.Generator; the same state gives the same layout. faces: from `load_faces`; corpus: from `read_corpus`.
    kind: a key of PAGE_KINDS, or None to draw one. Returns a Layout.
    """
    if kind is None:
        kinds = list(PAGE_KINDS)
        weights = np.array([PAGE_KINDS[name][1] for name in kinds], np.float64)
        kind = kinds[rng.choice(len(kinds), p=weights / weights.sum())]
    if kind not in PAGE_KINDS:
        raise ValueError(f"A page kind is one of {', '.join(PAGE_KINDS)}. Received: {kind!r}.")
    return PAGE_KINDS[kind][0](rng, faces, corpus, dpi)


def render_page(layout):
    """Layout → (image uint8 `(height, width, 3)` RGB, Page with one row per word). Deterministic."""
    height, width = layout.size_px
    image = np.empty((height, width, 3), np.uint8)
    image[:] = layout.paper
    scale = layout.dpi / POINTS_PER_INCH
    for fill in layout.fills:
        _draw_fill(image, np.array(fill.box) * scale, fill.color)
    for picture in layout.pictures:
        if not picture.over:
            draw_picture(image, picture, scale)
    for rule in layout.rules:
        _draw_rule(image, rule, scale)
    for run in layout.texts:
        _draw_text(image, run, scale)
    for picture in layout.pictures:
        if picture.over:
            draw_picture(image, picture, scale)
    return image, layout_page(layout)


def _draw_fill(image, box, color):
    x0, y0, x1, y1 = np.round(box).astype(int)
    image[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = color


def _draw_rule(image, rule, scale):
    x0, y0, x1, y1 = np.array(rule.box) * scale
    width_px = max(1, round(rule.width_pt * scale))
    if rule.dash_pt is None:
        pieces = [(x0, y0, x1, y1)]
    else:
        length = math.hypot(x1 - x0, y1 - y0)
        on, off = (max(1.0, part * scale) for part in rule.dash_pt)
        starts = np.arange(0, length, on + off) / max(length, 1)
        ends = np.minimum(starts + on / max(length, 1), 1)
        step = np.array([x1 - x0, y1 - y0])
        pieces = [(*(start * step + (x0, y0)), *(end * step + (x0, y0))) for start, end in zip(starts, ends, strict=True)]
    for ax, ay, bx, by in pieces:
        if ax == bx or ay == by:  # upright rules are exact rectangles, as a printer draws them
            left, top = round(min(ax, bx) - width_px / 2 * (ax == bx)), round(min(ay, by) - width_px / 2 * (ay == by))
            right = left + width_px if ax == bx else round(max(ax, bx))
            bottom = top + width_px if ay == by else round(max(ay, by))
            image[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = rule.color
        else:
            cv2.line(image, (round(ax), round(ay)), (round(bx), round(by)), rule.color, width_px, cv2.LINE_AA)


def _draw_text(image, run, scale):
    """Draw a run into a strip of its own, turn the strip, and lay it on the page."""
    boxes = run.boxes() * scale
    inked = boxes[boxes[:, 2] > boxes[:, 0]]
    if len(inked) == 0:
        return
    pad = 3
    x0, y0 = np.floor(inked[:, :2].min(axis=0)) - pad
    x1, y1 = np.ceil(inked[:, 2:].max(axis=0)) + pad
    ox, oy = np.array(run.origin) * scale
    # The pen's origin inside the strip is chosen so that the turned strip falls on whole pixels.
    fraction_x, fraction_y = {0: (ox, oy), 90: (oy, -ox), 180: (-ox, -oy), 270: (-oy, ox)}[run.angle]
    origin = np.array([-x0 + fraction_x % 1, -y0 + fraction_y % 1])
    strip = _draw_strip(run, scale, origin, int(x1 - x0) + 2, int(y1 - y0) + 2)
    height, width = strip.shape
    left, top = {
        0: (ox - origin[0], oy - origin[1]),
        90: (ox + origin[1] - height, oy - origin[0]),
        180: (ox + origin[0] - width, oy + origin[1] - height),
        270: (ox - origin[1], oy + origin[0] - width),
    }[run.angle]
    blend(image, np.rot90(strip, -run.angle // 90), run.style.color, round(left), round(top))


def _draw_strip(run, scale, origin, width, height):
    """The ink of a run, uint8 `(height, width)`; `origin`: where the pen starts in it, float pixels."""
    style = run.style
    shaped = style.stretch != 1.0 or style.slant != 0.0
    canvas_width = math.ceil(width / min(style.stretch, 1.0)) + 2 * height if shaped else width
    strip = Image.new("L", (canvas_width, height))
    draw = ImageDraw.Draw(strip)
    size_px = round(style.size_pt * scale * 8) / 8  # eighths of a pixel keep the font cache small
    for char, face, pen in zip(run.text, run.faces(), run.pens * scale, strict=True):
        if char == " ":
            continue
        x, y, anchor = (origin[0], origin[1] + pen, "ms") if run.stacked else (origin[0] + pen / style.stretch, origin[1], "ls")
        font = load_font(str(face.path), face.index, size_px)
        draw.text((x, y), char, 255, font=font, anchor=anchor, stroke_width=style.bold_em * size_px)
    ink = np.asarray(strip)
    if shaped:
        shear = np.array([
            [style.stretch, -style.slant, origin[0] * (1 - style.stretch) + style.slant * origin[1]],
            [0, 1, 0],
        ])  # fmt: skip
        ink = cv2.warpAffine(ink, shear, (width, height), flags=cv2.INTER_LINEAR)
    return ink
