"""What a template is, and the folder it lies in: `template.json` of the schema `ocr_crnn/template/1`, and `blank.png`, a picture of the
empty form where there is one.

    {"schema": "ocr_crnn/template/1", "name": "휴가신청서", "version": 2, "replaces": 1, "valid_from": "2026-01-01",
     "created_from": {"sha256": "…", "dpi": 200},
     "pages": [{"size": [height, width],
                "anchors": [{"text": "신청자", "key": "신청자", "quad": [[x, y] × 4]}],
                "fields": [{"name": "start", "type": "date", "quad": [[x, y] × 4], "label": "시작일", "required": true, "choices": null,
                            "group": null, "printed": "", "ink": 0.0}]}],
     "thresholds": {"min_anchors": 6, "min_share": 0.5}}

Coordinates are pixels of the template's own page of `size`. A template holds what is printed on a form and where it is filled in, and
nothing that anybody has filled in. created_from: the scan that it was made of. printed, ink: what stands within a field on the empty
form, known only of forms that were registered empty. choices: the only texts a field may have. group: check boxes of which one is
ticked. required: whether an empty field is reported.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ocr_crnn.files import move, replace_file, unfinished_folder
from ocr_crnn.untrusted.json_text import read_json_file

SCHEMA = "ocr_crnn/template/1"
FILE, BLANK = "template.json", "blank.png"
TYPES = (
    "text", "person", "organisation", "address", "number", "amount", "date", "phone", "brn", "corp", "rrn", "account", "card", "check",
    "stamp",
)  # fmt: skip
MARKS = ("check", "stamp")  # types that are looked at, not read
MOST_BYTES = 1 << 22
MIN_ANCHORS, MIN_SHARE = 6, 0.5


class Anchor(NamedTuple):
    """A printed label. key: letters.fold of its text. quad: float32 `(4, 2)`."""

    text: str
    key: str
    quad: np.ndarray


class Field(NamedTuple):
    """A place that is filled in, see above."""

    name: str
    type: str
    quad: np.ndarray
    label: str = ""
    required: bool = False
    choices: tuple = ()
    group: str = ""
    printed: str = ""
    ink: float = 0.0


class TemplatePage(NamedTuple):
    """size: height and width. anchors, fields: tuples."""

    size: tuple
    anchors: tuple
    fields: tuple

    def points(self):
        """Middles of the labels `(m, 2)` and their heights `(m,)`, in pixels of this page."""
        quads = np.array([anchor.quad for anchor in self.anchors], np.float64).reshape(-1, 4, 2)
        return quads.mean(axis=1), np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1)

    def extent(self):
        """The box around all labels and fields, a quad `(4, 2)`."""
        points = np.concatenate([item.quad for item in (*self.anchors, *self.fields)])
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        return np.float32([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])


class Template(NamedTuple):
    """A registered form. created_from: dict. min_anchors, min_share: how many of its labels, and what share of those that the page could
    show, have to be found."""

    name: str
    version: int
    pages: tuple
    replaces: int | None = None
    valid_from: str | None = None
    created_from: dict | None = None
    min_anchors: int = MIN_ANCHORS
    min_share: float = MIN_SHARE


def read_template(folder):
    """The Template of a folder. Raises DamagedFileError, a ValueError, for anything that is not of this schema; OSError as `open` does."""
    from ocr_crnn.reading.templates.checking import check_template

    path = Path(folder) / FILE
    return check_template(read_json_file(path, "A template", "Register the form again.", MOST_BYTES), path)


def read_templates(folder):
    """The Templates of a folder of template folders, or of one such folder: a list in the order of their folders' names.

    Raises ValueError where there are none, two of the same name and version, or the rest of one; as `read_template`.
    """
    folder = Path(folder)
    if (folder / FILE).exists():
        return [read_template(folder)]
    folders = sorted(path.parent for path in folder.glob(f"*/{FILE}"))
    for path in sorted(folder.glob(f"*/{BLANK}")):
        if path.parent not in folders:
            raise ValueError(f"A template has a {FILE}. Received: {path.parent}, with {BLANK} alone. Register it again, or remove it.")
    if not folders:
        raise ValueError(
            f"Templates lie in folders of their own, each with a {FILE}. Received: {folder}, without any. Register a "
            "form: ocr-crnn template register."
        )
    templates, known = [], {}
    for one in folders:
        template = read_template(one)
        twin = known.setdefault((template.name, template.version), one)
        if twin != one:
            raise ValueError(
                f"A form has one template of each version. Received: {template.name}, version {template.version}, in {twin} and {one}. "
                "Remove one, or give it another version."
            )
        templates.append(template)
    return templates


def write_template(template, folder, blank_png=None):
    """Write a template's folder, which must not exist; it appears whole or not at all. blank_png: bytes of the picture, or None."""
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(
            f"A template is written to a new folder. Received: {folder}, which is there. Name another, or remove it first."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with unfinished_folder(folder.parent, folder.name) as unfinished:
        replace_file(unfinished / FILE, format_template(template))
        if blank_png is not None:
            replace_file(unfinished / BLANK, blank_png)
        if folder.exists():
            folder.rmdir()
        move(unfinished, folder)


def format_template(template):
    """A Template as JSON, one label or field a line."""
    head = {"schema": SCHEMA, "name": template.name, "version": template.version, "replaces": template.replaces}
    head |= {"valid_from": template.valid_from, "created_from": template.created_from}
    thresholds = {"min_anchors": template.min_anchors, "min_share": template.min_share}
    pages = ",\n".join(_format_page(page) for page in template.pages)
    return f'{_dump(head)[:-1]}, "thresholds": {_dump(thresholds)}, "pages": [\n{pages}\n]}}\n'


def _format_page(page):
    anchors = ",\n   ".join(_dump(anchor._asdict() | {"quad": _numbers(anchor.quad)}) for anchor in page.anchors)
    fields = ",\n   ".join(_dump(_field(field)) for field in page.fields)
    return f' {{"size": {list(page.size)}, "anchors": [\n   {anchors}],\n  "fields": [\n   {fields}]}}'


def _field(field):
    values = field._asdict() | {"quad": _numbers(field.quad), "choices": list(field.choices), "ink": round(float(field.ink), 4)}
    return {name: value for name, value in values.items() if name in ("name", "type", "quad") or value}


def _numbers(quad):
    return np.round(np.asarray(quad, np.float64), 1).tolist()


def _dump(value):
    return json.dumps(value, ensure_ascii=False)
