"""Registered forms as a stage of reading: `stage(page, image) → page` with the records "forms" and "fields".

"forms": {"template", "version", "page", "score", "labels", "shown", "quad"} of each form found. Of a page, or what is left of it, that
shows no registered form: {"template": null, "candidates": [{"template", "version", "page", "score", "labels", "why"}]}. Two versions that
cannot be told apart are both given, with "versions": all that are possible; the fields are then those that both have at one place.

"fields": {"form", "template", "version", "page", "field", "type", "state", "text", "value", "valid", "score", "quad", "words", "reason"},
one a field. form: which of "forms", from 0. page: of the template, from 1. state: "filled"; "empty"; "missing", where the picture ends
before it; "unreadable", where there is ink that was not read. value: a date as 2026-03-05, an amount or number as a number, a number of
a person, company or telephone as its digits, true or false for a check box or a stamp, else the text; null where the text does not fit
the type. valid: false where it does not, a check digit is wrong, a required field is empty, or two boxes of a group are ticked; reason
says which.
"""

from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from ocr_crnn.reading.cells import find_cells
from ocr_crnn.reading.settings import CELLS
from ocr_crnn.reading.templates.extraction import read_fields
from ocr_crnn.reading.templates.letters import letters_of
from ocr_crnn.reading.templates.matching import match_page
from ocr_crnn.reading.templates.schema import read_templates

RULES = CELLS._replace(longest_px=700)  # rules of a scan at 200 dpi within four pixels, in a third of the time
SHIPPED = Path(__file__).parent / "forms"


def find_forms(page, image, templates):
    """The stage. image: uint8 `(height, width, 3)` RGB as the page lies. templates: list of Template."""
    letters = letters_of(page)
    matches, refused = match_page(page, templates, letters)
    cells = find_cells(image, RULES) if matches else None
    forms, fields, seen = [], [], {}
    for match in matches:
        rows = read_fields(page, image, match, letters, cells)
        number = _twin(seen, match)
        if number is None:
            seen[len(forms)] = match
            fields.append(_named(rows, match, len(forms)))
            forms.append(_form(match))
        else:
            forms[number].setdefault("versions", [forms[number]["version"]]).append(match.template.version)
            fields[number] = _common(fields[number], rows)
    if not matches:
        forms.append({"template": None, "candidates": [_candidate(one) for one in refused]})
    return replace(page, records={**page.records, "forms": forms, "fields": [row for rows in fields for row in rows]})


def load_stage(folder):
    """The stage of a folder of templates. Raises as `read_templates`."""
    return partial(find_forms, templates=read_templates(folder))


def find_shipped_forms(page, image):
    """The stage of the forms that ship with the package, SHIPPED."""
    return find_forms(page, image, _shipped())


@lru_cache
def _shipped():
    return read_templates(SHIPPED)


def _form(match):
    return {
        "template": match.template.name, "version": match.template.version, "page": match.number + 1, "score": round(match.score, 4),
        "labels": len(match.found), "shown": match.shown, "quad": np.round(match.outline.astype(np.float64), 1).tolist(),
    }  # fmt: skip


def _candidate(refused):
    return {
        "template": refused.template.name, "version": refused.template.version, "page": refused.number + 1,
        "score": round(refused.score, 4), "labels": refused.inliers, "why": refused.why,
    }  # fmt: skip


def _named(rows, match, form):
    return [
        {"form": form, "template": match.template.name, "version": match.template.version, "page": match.number + 1} | row for row in rows
    ]


def _twin(seen, match):
    """The number of a form that is another version of this one at the same place, or None."""
    for number, other in seen.items():
        same = other.template.name == match.template.name and other.number == match.number
        if same and other.template.version != match.template.version and (other.used & match.used).any():
            return number
    return None


def _common(rows, others):
    """Those rows whose field another version has too, with the same value."""
    same = {(row["field"], str(row["value"]), row["text"]) for row in others}
    return [row for row in rows if (row["field"], str(row["value"]), row["text"]) in same]
