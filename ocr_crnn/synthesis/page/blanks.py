"""Blank forms: printed labels, ruled cells and the places that somebody fills in, in points; drawn empty or filled.

The cells of a form keep their size whatever is written into them, which is what makes a form one that can be registered
(reading/templates).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from ocr_crnn.synthesis.page.furniture import seal
from ocr_crnn.synthesis.page.layout import POINTS_PER_INCH, Fill, Layout, Rule
from ocr_crnn.synthesis.page.typeset import Style, text_width

CHECK_EM = 0.9  # side of a check box in ems of its label
TINT = (238, 238, 238)
PEN = (20, 30, 120)


class Place(NamedTuple):
    """Something to fill in. type: of reading/templates/schema.py. box: (x0, y0, x1, y1) in points. align: of what is written."""

    name: str
    type: str
    box: tuple = ()
    align: str = "left"


class Label(NamedTuple):
    """Printed text in a box, in points. size_pt: its em. align: "left", "center", or "stacked" for characters one below the other."""

    text: str
    box: tuple
    size_pt: float
    align: str = "center"


@dataclass
class Blank:
    """A form. size_pt: height and width. cells: ruled boxes in points, `tinted` of them on a ground."""

    name: str
    version: int
    size_pt: tuple
    body_pt: float = 9.5
    labels: list = field(default_factory=list)
    cells: list = field(default_factory=list)
    tinted: list = field(default_factory=list)
    places: list = field(default_factory=list)

    def text(self, x, y, text, size_pt=None, width=None, align="left"):
        """Printed text whose em begins at the height y. Returns where it ends."""
        size = size_pt or self.body_pt
        self.labels.append(Label(text, (x, y, x + (width or 400), y + size * 1.2), size, align))

    def place(self, name, type_, x, y, width, height, align="left"):
        """A place without rules."""
        self.places.append(Place(name, type_, (x, y, x + width, y + height), align))

    def row(self, x, y, height, cells):
        """One row of ruled cells from x on: each (width, content). A text is a label, a Place something to fill in, None an empty cell,
        a list some check boxes (name, text). A cell (width, content, rows) reaches over several rows of this height."""
        for width, content, *rows in cells:
            box = (x, y, x + width, y + height * (rows[0] if rows else 1))
            self.cells.append(box)
            if isinstance(content, str):
                stacked = width < 3 * self.body_pt and len(content) > 2
                self.tinted.append(box)
                self.labels.append(Label(content, box, self.body_pt, "stacked" if stacked else "center"))
            elif isinstance(content, Place):
                self.places.append(content._replace(box=box))
            elif content:
                self.checks(x + 6, y, height, content, width - 8)
            x += width

    def checks(self, x, y, height, choices, width):
        """Check boxes beside each other: (name, text) each."""
        side, step = CHECK_EM * self.body_pt, width / len(choices)
        for number, (name, text) in enumerate(choices):
            left, top = x + number * step, y + (height - side) / 2
            self.cells.append((left, top, left + side, top + side))
            self.places.append(Place(name, "check", (left, top, left + side, top + side)))
            self.labels.append(Label(text, (left + side + 3, y, left + step, y + height), self.body_pt, "left"))


def draw_blank(blank, faces, dpi, values=None, pen=None, rng=None, rule_pt=0.5, ink=(0, 0, 0)):
    """The Layout of a form, empty or filled.

    faces: of the print. values: {name of a place: text, or True for a check or a stamp}; names left out stay empty. pen: faces of what is
    filled in, the print's by default. rng: of the stamps.
    """
    layout = Layout(blank.size_pt, dpi, "blank")
    for box in blank.tinted:
        layout.fills.append(Fill(box, TINT))
    for box in blank.cells:
        x0, y0, x1, y1 = box
        for side in ((x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)):
            layout.rules.append(Rule(side, rule_pt, ink))
    for label in blank.labels:
        _print(layout, label, Style(tuple(faces), label.size_pt, ink))
    for place in blank.places:
        value = (values or {}).get(place.name)
        if value:
            _fill_in(layout, place, value, Style(tuple(pen or faces), blank.body_pt, PEN if pen else (0, 0, 0)), rng)
    return layout


def place_quads(blank, dpi):
    """{name of a place: quad float32 `(4, 2)`} on the page as rendered at `dpi`."""
    scale = dpi / POINTS_PER_INCH
    corners = {place.name: place.box for place in blank.places}
    return {name: np.float32([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) * np.float32(scale) for name, (x0, y0, x1, y1) in corners.items()}


def describe_blank(blank, dpi):
    """What `ocr-crnn template register` is told of the form, drawn empty at `dpi`: see reading/templates/registration.py."""
    fields = [
        {"name": name, "type": place.type, "box": [round(float(number), 1) for number in (*quad[0], *quad[2])]}
        for place, (name, quad) in zip(blank.places, place_quads(blank, dpi).items(), strict=True)
    ]
    size = list(Layout(blank.size_pt, dpi, "blank").size_px)
    return {"name": blank.name, "version": blank.version, "blank": True, "size": size, "fields": fields}


def _print(layout, label, style):
    x0, y0, x1, y1 = label.box
    if label.align == "stacked":
        step = min(1.25, (y1 - y0 - 4) / (len(label.text) * style.size_pt))
        layout.stacked_text(label.text, style, (x0 + x1) / 2, (y0 + y1 - len(label.text) * step * style.size_pt) / 2, step, "label")
        return
    align = "center" if label.align == "center" else "left"
    layout.text(label.text, style, x0, (y0 + y1) / 2 + 0.36 * style.size_pt, x1 - x0, align, "label")


def _fill_in(layout, place, value, style, rng):
    x0, y0, x1, y1 = place.box
    if place.type == "check":
        _tick(layout, place.box, style.color)
    elif place.type == "stamp":
        seal(rng, layout, (x0 + x1) / 2, (y0 + y1) / 2, min(x1 - x0, y1 - y0) * 0.95, "도장", style.faces[0])
    else:
        inner = x1 - x0 - 6
        size = style.size_pt * min(1.0, inner / max(text_width(value, style), 1e-6))
        fitted = Style(style.faces, size, style.color)
        layout.text(value, fitted, x0 + 3, (y0 + y1) / 2 + 0.36 * size, inner, place.align, "value")


def _tick(layout, box, color):
    """A tick that reaches a little beyond its box."""
    x0, y0, x1, y1 = box
    w, h = x1 - x0, y1 - y0
    low = (x0 + 0.42 * w, y0 + 0.88 * h)
    layout.rules.append(Rule((x0 + 0.12 * w, y0 + 0.42 * h, *low), 1.3, color))
    layout.rules.append(Rule((*low, x0 + 1.05 * w, y0 - 0.12 * h), 1.3, color))
