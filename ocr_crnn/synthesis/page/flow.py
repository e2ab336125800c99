"""The flow of a page: a column that takes paragraphs, headings, lists, rows and rules from the top down."""

from dataclasses import dataclass, replace

import numpy as np

from ocr_crnn.synthesis.page.layout import Fill, Layout, Rule
from ocr_crnn.synthesis.page.typeset import Style, break_text, printable, text_width


@dataclass(frozen=True)
class Look:
    """The typography one document keeps: styles, line height, alignment, line breaking, accent colour, thickness of rules."""

    body: Style
    heading: Style
    leading: float
    align: str
    anywhere: bool
    accent: tuple[int, int, int]
    rule_pt: float
    faces: tuple

    def sized(self, factor):
        """The same typography, larger or smaller."""
        return replace(
            self,
            body=replace(self.body, size_pt=self.body.size_pt * factor),
            heading=replace(self.heading, size_pt=self.heading.size_pt * factor),
        )


_INKS = [(0, 0, 0), (0, 0, 0), (0, 0, 0), (20, 20, 20), (35, 31, 32), (51, 51, 51), (70, 70, 75)]
_ACCENTS = [(0, 0, 0), (30, 60, 120), (0, 90, 160), (150, 30, 30), (20, 110, 80), (90, 60, 20), (60, 60, 60), (100, 40, 120)]


TIGHT = 0.6  # share of the looks and tables whose lines nearly touch


def draw_tight_leading(rng):
    """A line height as notes and cells of word processors have it, 100 to 130 % of the type size; below 105 % in a third."""
    return float(rng.uniform(1.0, 1.05) if rng.random() < 0.35 else rng.uniform(1.05, 1.3))


def draw_dash(rng):
    """How a rule is broken: points on and off, from dots to long dashes."""
    on = float(np.exp(rng.uniform(np.log(0.4), np.log(5.0))))
    return on, max(0.5, on * float(rng.uniform(0.4, 2.0)))


def draw_look(rng, faces, size_pt=(8.0, 12.5)):
    """Draw a typography: a body face, a heading face (often the same, emboldened), and everything measured in them."""
    body_face, heading_face = (faces[index] for index in rng.integers(len(faces), size=2))
    others = tuple(faces[index] for index in rng.permutation(len(faces))[:8])  # so that a character one face lacks comes from another
    ink = _INKS[rng.integers(len(_INKS))]
    size = float(np.round(rng.uniform(*size_pt) * 2) / 2)
    narrow = rng.random()
    body = Style(
        (body_face, *others), size, ink,
        bold_em=float(rng.uniform(0, 0.015)) if rng.random() < 0.2 else 0.0,
        stretch=float(rng.choice([0.85, 0.9, 0.95, 1.05, 1.1])) if narrow < 0.3 else 1.0,
        spacing_em=float(rng.uniform(-0.08, 0.02)) if narrow < 0.5 else float(rng.uniform(0, 0.12)) if narrow > 0.85 else 0.0,
    )  # fmt: skip
    if rng.random() < 0.6:
        heading_face = body_face
    heading = replace(
        body, faces=(heading_face, *others), size_pt=size * float(rng.uniform(1.0, 1.25)),
        bold_em=float(rng.uniform(0.015, 0.04)) if rng.random() < 0.7 else 0.0, stretch=1.0,
    )  # fmt: skip
    accent = _ACCENTS[rng.integers(len(_ACCENTS))]
    if rng.random() < 0.3:
        heading = replace(heading, color=accent)
    return Look(
        body, heading,
        leading=draw_tight_leading(rng) if rng.random() < TIGHT else float(rng.uniform(1.3, 2.0)),
        align="justify" if rng.random() < 0.6 else "left",
        anywhere=bool(rng.random() < 0.6),
        accent=accent,
        rule_pt=float(rng.choice([0.25, 0.4, 0.5, 0.75, 1.0])),
        faces=others,
    )  # fmt: skip


_PAPER_PT = [(841.89, 595.28), (792.0, 612.0), (728.5, 515.9)]  # A4, Letter, B5


def a4(rng, look, dpi, kind, paper=(255, 255, 255)):
    """An empty page of A4 (now and then B5, Letter or landscape) and the column between its margins."""
    height, width = _PAPER_PT[rng.choice(3, p=[0.8, 0.1, 0.1])]
    if rng.random() < 0.04:
        height, width = width, height
    layout = Layout((height, width), dpi, kind, paper)
    left, right = rng.uniform(36, 85, 2)
    if rng.random() < 0.7:
        right = left
    top, bottom = rng.uniform(40, 95, 2)
    return layout, Column(layout, look, left, top, width - left - right, height - bottom)


class Column:
    """A place for text that fills from the top. Every method returns False, and sets nothing more, when the room is used up."""

    def __init__(self, layout, look, x, y, width, bottom):
        self.layout, self.look = layout, look
        self.x, self.y, self.width, self.bottom = x, y, width, bottom

    def skip(self, lines):
        """Leave room, in lines of the body."""
        self.y += lines * self.look.body.size_pt * self.look.leading

    def room(self, points=0.0):
        return self.y + points <= self.bottom

    def part(self, x, width):
        """A column inside this one, from its present height; x and width in points from its left."""
        return Column(self.layout, self.look, self.x + x, self.y, width, self.bottom)

    def paragraph(self, text, style=None, align=None, marker="", hang=None, indent=0.0, lead="", kind="text", leading=None):
        """Set a paragraph.

        marker: a number or bullet; the text hangs after it by `hang` points (its own width when None). lead: opening words set in
        the heading's weight. indent: of the first line, in points.
        """
        look = self.look
        style = style or look.body
        leading = (leading or look.leading) * style.size_pt
        text, missing = printable(text, style.faces)
        self.layout.missing += missing
        bold = replace(style, faces=look.heading.faces, bold_em=max(look.heading.bold_em, 0.02))
        marker, missing = printable(marker, style.faces)
        self.layout.missing += missing
        lead, missing = printable(lead, bold.faces)
        self.layout.missing += missing
        marker_width = text_width(marker + " ", style) if marker else 0.0
        hang = marker_width if hang is None else max(hang, marker_width)
        lead_width = text_width(lead + " ", bold) if lead else 0.0
        if lead_width > 0.6 * (self.width - hang):
            return self.paragraph(lead, bold, "left", kind=kind) and self.paragraph(text, style, align, marker, hang, indent, "", kind)
        width = max(self.width - hang, 3 * style.size_pt)
        lines = break_text(text, style, width, max(width - indent - lead_width, 2 * style.size_pt), look.anywhere) or [""]
        align = align or look.align
        block = self.layout.new_block()
        for number, line_text in enumerate(lines):
            if not self.room(leading):
                return False
            line = self.layout.new_line()
            baseline = self.baseline(style.size_pt, leading)
            start = hang
            if number == 0:
                if marker:
                    self.layout.text(marker, style, self.x, baseline, kind=kind, block=block, line=line)
                if lead:
                    self.layout.text(lead, bold, self.x + hang + indent, baseline, kind=kind, block=block, line=line)
                start += indent + lead_width
            last = number == len(lines) - 1
            line_align = "left" if align == "justify" and last else align
            self.layout.text(line_text, style, self.x + start, baseline, self.width - start, line_align, kind, block, line)
            self.y += leading
        return True

    def baseline(self, size_pt, leading):
        """Where the baseline of the next line lies: its em is centred in the line's height."""
        return self.y + leading / 2 + 0.36 * size_pt

    def heading(self, text, factor=1.0, align="left", kind="heading", spacing_em=None):
        """One heading in the heading style, cut to lines where it must be."""
        style = replace(self.look.heading, size_pt=self.look.heading.size_pt * factor)
        if spacing_em is not None:
            style = replace(style, spacing_em=spacing_em)
        return self.paragraph(text, style, align, kind=kind, leading=min(1.35, self.look.leading))

    def row(self, parts, style=None, leading=None, kind="row"):
        """One line of several runs: `parts` of (text, x, width, align), x and width in points from the left of the column."""
        style = style or self.look.body
        leading = (leading or self.look.leading) * style.size_pt
        if not self.room(leading):
            return False
        block, line = self.layout.new_block(), self.layout.new_line()
        for text, x, width, align in parts:
            text, part_style = self._fit(text, style, width)
            self.layout.text(text, part_style, self.x + x, self.baseline(style.size_pt, leading), width, align, kind, block, line)
        self.y += leading
        return True

    def _fit(self, text, style, width):
        """A run that fits its place: set up to 30 % smaller, then cut."""
        text, missing = printable(text, style.faces)
        self.layout.missing += missing
        natural = text_width(text, style)
        if natural <= width:
            return text, style
        style = replace(style, size_pt=style.size_pt * max(0.7, width / natural))
        return next(iter(break_text(text, style, width)), ""), style

    def rule(self, width_pt=None, color=None, dash_pt=None, gap=0.5):
        """A rule across the column with `gap` lines of room around it."""
        self.skip(gap / 2)
        if not self.room():
            return False
        color = color or self.look.body.color
        self.layout.rules.append(Rule((self.x, self.y, self.x + self.width, self.y), width_pt or self.look.rule_pt, color, dash_pt))
        self.skip(gap / 2)
        return True

    def fill(self, height, color, margin=3.0):
        """Colour the ground of the next `height` points of the column."""
        box = (self.x - margin, self.y, self.x + self.width + margin, self.y + height)
        self.layout.fills.append(Fill(box, color))
