"""labelme's JSON, one file an image: shapes with a label and a description.

The text of a shape is its description; where no shape of a file has one, it is the label, unless that is a mere name of a class ("text").
"""

import json

from ocr_crnn.data.annotations.rows import Row, labelled_page
from ocr_crnn.data.annotations.target import Target
from ocr_crnn.page import UNITS
from ocr_crnn.untrusted.json_text import parse_json

SUFFIX = ".json"
MOST_BYTES = 1 << 27  # labelme may keep the image in the file
CLASSES = ("text", "ocr", "region", "글자", "단어", "텍스트", "문자", *UNITS)
SHAPES = ("polygon", "rectangle", "oriented_rectangle", "linestrip", "quad")
UNREADABLE_FLAG = "unreadable"


def read(files, source):
    """Yield the Page of each file."""
    for path in files:
        try:
            record = parse_json(source.read(path, MOST_BYTES), MOST_BYTES)
            shapes, name = record["shapes"], record["imagePath"]
            if not isinstance(shapes, list) or not isinstance(name, str):
                raise ValueError("shapes that are no list, or an imagePath that is no text.")
        except KeyError as error:
            source.report.add("labels_damaged", path, f"{error} is absent")
            continue
        except (OSError, ValueError) as error:
            source.report.add("labels_damaged", path, error)
            continue
        image_path = source.image(name, path, path)
        if image_path is None:
            continue
        rows, unit = _rows(shapes, path, source.report)
        page = labelled_page(source, image_path, _size(record), rows, unit, path)
        if page is not None:
            yield page


def _rows(shapes, path, report):
    good = [shape for shape in shapes if isinstance(shape, dict) and isinstance(shape.get("label"), str)]
    if len(good) < len(shapes):
        report.add("bad_record", path, f"{len(shapes) - len(good)} shapes without a label")
    described = any(isinstance(shape.get("description"), str) and shape["description"].strip() for shape in good)
    rows, units = [], set()
    for shape in good:
        kind = shape.get("shape_type") or "polygon"
        if kind not in SHAPES:
            report.add("bad_box", path, f"a shape of type {str(kind)[:40]}: {shape['label'][:40]}")
            continue
        is_class = shape["label"].strip().lower() in CLASSES
        text = shape.get("description") if described else "" if is_class else shape["label"]
        flags = shape.get("flags") if isinstance(shape.get("flags"), dict) else {}
        text = None if flags.get(UNREADABLE_FLAG) is True else text if isinstance(text, str) else ""
        units.add(shape["label"] if shape["label"] in UNITS else None)
        rows.append(Row(shape.get("points"), text, attributes={} if is_class or not described else {"label": shape["label"]}))
    unit = units.pop() if len(units) == 1 else None
    return rows, unit or "line"


def _size(record):
    size = record.get("imageHeight"), record.get("imageWidth")
    return size if all(isinstance(side, int) and not isinstance(side, bool) and side > 0 for side in size) else None


class LabelmeFiles(Target):
    """A file beside each image."""

    holds = frozenset({"unit"})

    def add(self, page, name):
        (self.folder / name).with_suffix(SUFFIX).write_text(format_labelme(page, name), encoding="utf-8")


def format_labelme(page, image_name):
    """A Page as labelme's JSON. Corners to a tenth of a pixel; the label is the unit of the page, the description the text."""
    height, width = page.size
    shapes = [
        {
            "label": page.unit,
            "points": [[round(float(x), 1), round(float(y), 1)] for x, y in quad],
            "group_id": None,
            "description": text or "",
            "shape_type": "polygon",
            "flags": {UNREADABLE_FLAG: True} if text is None else {},
            "mask": None,
        }
        for text, quad in zip(page.texts, page.quads, strict=True)
    ]
    record = {"version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": image_name, "imageData": None}
    return json.dumps(record | {"imageHeight": height, "imageWidth": width}, ensure_ascii=False, indent=1) + "\n"
