"""The JSON of 한국어 글자체 이미지 as a stream of records, and the rules by which records become Pages.

The files reach hundreds of megabytes, so they are parsed in pieces (two passes: annotations, then images) and only what
was asked for is kept. A damaged record, or a file that breaks off, is a finding of the report, never the end.
"""

import unicodedata

import numpy as np

from ocr_crnn.data.aihub.json_files import iter_records, record_key
from ocr_crnn.data.aihub.rows import clean_text
from ocr_crnn.data.aihub.telling import DataSet
from ocr_crnn.data.samples import UnreadableImageError, measure_image
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page

KINDS = ("sentence", "word", "syllable")
UNITS = {"sentence": "line", "word": "word", "syllable": "character"}
FONT_IMAGES = DataSet("한국어 글자체 이미지 (81)", lambda keys, where: bool({"images.item.file_name", "annotations.item.image_id"} & keys))
_KIND_OF_TYPE = {
    "글자(음절)": "syllable", "글자": "syllable", "음절": "syllable", "syllable": "syllable", "character": "syllable",
    "단어(어절)": "word", "단어": "word", "어절": "word", "word": "word",
    "문장": "sentence", "sentence": "sentence",
}  # fmt: skip


def attributes_of(record, where="", report=None):
    """The attributes of a record that are plain values; others are a finding."""
    attributes = record.get("attributes")
    plain = attributes if isinstance(attributes, dict) else {}
    plain = {name: value for name, value in plain.items() if not isinstance(value, dict | list) and value not in (np.inf, -np.inf)}
    if report is not None and attributes is not None and plain != attributes:
        report.add("bad_attributes", where, attributes)
    return plain


def kind_of(attributes, where, report):
    """"sentence", "word", "syllable", or None for a type that is not known; class "ignored" has no kind."""
    value = attributes.get("type", attributes.get("class"))
    kind = _KIND_OF_TYPE.get(unicodedata.normalize("NFC", str(value)).strip().lower())
    if kind is None and value != "ignored":
        report.add("unknown_type", where, f"type: {value!r}")
    return kind


def read_annotations(path, kind, report):
    """image key → list of (text, box or None, attributes with "kind"), and the set of keys of annotations of other kinds."""
    kept, others = {}, set()
    for record in iter_records(path, "annotations", report):
        key = record.get("image_id", record.get("id"))
        if key is None:
            report.add("bad_record", path, f"an annotation without id: {str(record)[:80]}")
            continue
        key = record_key(key)
        attributes = attributes_of(record, f"{path} id {key}", report)
        row_kind = kind_of(attributes, key, report)
        if kind is not None and row_kind != kind and attributes.get("class") != "ignored":
            others.add(key)
            continue
        where = f"{path} id {record.get('id')}"
        text = None if attributes.get("class") == "ignored" else clean_text(record.get("text"), where, report)
        if attributes.get("class") == "character" and text and len(text) > 1:
            report.add("long_character", where, text)
        row = (text, record.get("bbox"), attributes | {"kind": row_kind})
        if "bbox" in record:
            kept.setdefault(key, []).append(row)
        elif key in kept:
            report.add("duplicate_annotation", where, text)
        else:
            kept[key] = [row]
    return kept, others


def image_size(record, image_path, report):
    """`(height, width)` of an image record; from the file's header where the record has no usable numbers, else None."""
    height, width = record.get("height"), record.get("width")
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) and 1 <= value < 1e6 for value in (height, width)):
        return int(height), int(width)
    report.add("bad_size", image_path, f"width {width!r}, height {height!r}")
    try:
        return measure_image(image_path)
    except (OSError, UnreadableImageError) as error:
        report.add("image_unreadable", image_path, error)
        return None


def line_page(image_path, size, row, extra):
    """A Page with one text that fills the image."""
    text, _, attributes = row
    height, width = size
    quad = [(0, 0), (width, 0), (width, height), (0, height)]
    unit = UNITS.get(attributes["kind"], "word")
    return Page(image_path, size, [quad], [text], attributes=[attributes | extra], unit=unit)


def photo_page(image_path, size, rows, extra, report):
    """A Page with one row per box. Boxes are [x, y, width, height]; cut to the image, left out without area."""
    boxes, kept = [], []
    for text, box, attributes in rows:
        box = clip_box(box, size, image_path, report)
        if box is not None:
            boxes.append(box)
            kept.append((text, attributes | extra))
    texts, attributes = zip(*kept, strict=True) if kept else ((), ())
    return Page(image_path, size, boxes_to_quads(boxes), texts, attributes=attributes)


def clip_box(box, size, where, report):
    """A box cut to an image of `(height, width)`; None and a finding where it is no box or nothing of it is inside."""
    try:
        x, y, width, height = map(float, box if isinstance(box, list) else ())
    except (TypeError, ValueError, OverflowError):
        x = y = width = height = np.nan
    if not np.isfinite([x, y, width, height]).all():
        report.add("bad_box", where, box)
        return None
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + width, size[1]), min(y + height, size[0])
    if right - left < 1 or bottom - top < 1:
        report.add("empty_box", where, box)
        return None
    if (left, top, right, bottom) != (x, y, x + width, y + height):
        report.add("box_outside", where, box)
    return left, top, right - left, bottom - top
