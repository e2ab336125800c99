"""What stages have found on a page, for the HTML viewer: outlines in a colour of their kind, and what words are told to be."""

from html import escape

import numpy as np

from ocr_crnn.formats.files import plain_text

KINDS = (
    "field", "table", "pair", "PERSON", "ORGANIZATION", "LOCATION", "ADDRESS", "DATE", "TIME", "MONEY", "QUANTITY", "PHONE", "EMAIL", "ID",
)  # fmt: skip
LONGEST = 60  # characters of a value


def outline_found(page):
    """SVG in page pixels: frames of tables and fields, entities, and a line from each label to its value; "" where nothing was found.

    Records may be anybody's (page_json.read_page_json): what lacks its place is left out.
    """
    frames = [(kind, record.get("quad")) for kind in ("table", "field") for record in page.records.get(f"{kind}s", [])]
    frames += [(str(entity.get("type")), quad) for entity in page.records.get("entities", []) for quad in entity.get("quads") or []]
    parts = [_shape("polygon", kind, np.reshape(quad, (4, 2))) for kind, quad in frames if quad]
    for label, value in _pairs(page):
        parts.append(_shape("polyline", "pair", [page.quads[rows].mean(axis=(0, 1)) for rows in (label, value)]))
    return f'<g class="found">{"".join(parts)}</g>' if parts else ""


def describe_words(page):
    """A text for each row, "" for those of which nothing was found: "DATE 2025-02-24", "field start", "value of 성명"."""
    notes = [[] for _ in range(len(page))]
    for entity in page.records.get("entities", []):
        _note(notes, entity.get("words") or [], entity.get("type"), entity.get("value"))
    for field in page.records.get("fields", []):
        _note(notes, field.get("words") or [], "field", field.get("field"))
    for label, value in _pairs(page):
        _note(notes, value, "value of", " ".join(text for text in page.texts[label] if text))
    return [", ".join(row) for row in notes]


def _pairs(page):
    """(rows of a label, rows of its value), where both have some."""
    for pair in page.records.get("pairs", []):
        rows = pair.get("label"), pair.get("value")
        if all(isinstance(one, list) and one for one in rows):
            yield rows


def _note(notes, rows, kind, value):
    for row in rows:
        notes[row].append(f"{kind} {'' if value is None else str(value)[:LONGEST]}".strip())


def _shape(tag, kind, points):
    hue = 360 * KINDS.index(kind) // len(KINDS) if kind in KINDS else 0
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in np.asarray(points, np.float64))
    return f'<{tag} class="{escape(plain_text(kind))}" style="--hue:{hue}" points="{corners}"/>'
