"""OCR 데이터(공공) (71299), OCR 데이터(금융 및 물류) and 대용량 손글씨 OCR (605): one JSON an image with Annotation, Dataset, Images, Bbox.

A box has x[4] and y[4] that are no ring, and vintages differ in their order: only the smallest and the largest count. The first set
writes `Bbox`, the others `bbox`. Codes such as `writing_style` have no code book; they are kept as they are.
In 대용량 손글씨 only what was filled in by hand is labelled, so how much of a page is found means nothing; 'xxx' is illegible.
"""

from ocr_crnn.data.aihub.labels import make_label, size_of
from ocr_crnn.data.aihub.rows import Rows, lookup, objects, plain_values, side_corners
from ocr_crnn.data.aihub.telling import DataSet, decade, first_keys

_PUBLIC = {"type": "type", "writing_style": "writing_style", "group": "group", "year": "year", "dpi": "dpi"}
_HANDWRITTEN = {
    "type": "type", "pen_type": "pen_type", "pen_color": "pen_color", "writer_age": "writer_age", "writer_sex": "writer_sex",
    "written_content": "written_content", "background": "background", "application_field": "application_field",
    "location": ("acquistion_location", "acquisition_location"), "media_type": "media_type",
}  # fmt: skip


def read_printed_label(document, where, report):
    """The Label of a JSON of the two sets of documents."""
    return _read_label(document, where, report, _PUBLIC, {})


def read_handwritten_label(document, where, report):
    """The Label of a JSON of 대용량 손글씨."""
    return _read_label(document, where, report, _HANDWRITTEN, {"writing": "handwritten"})


def _read_label(document, where, report, names, base):
    image = next(iter(objects(lookup(document, "Images"), where, report)), {})
    about = next(iter(objects(lookup(document, "Dataset"), where, report)), {})
    base = base | plain_values(about, category="category") | plain_values(image, **names)
    rows = Rows(where, report, base | decade(base))
    for row in objects(lookup(document, "Bbox", "bbox"), where, report):
        x, y = lookup(row, "x"), lookup(row, "y")
        rows.add(lookup(row, "data"), side_corners(x, y), row.get("id"), box=(x, y))
    name = lookup(image, "identifier") or lookup(about, "identifier")
    return make_label(rows, name, size_of(lookup(image, "height"), lookup(image, "width")))


def _has_boxes(keys):
    return bool({"bbox", "Bbox"} & first_keys(keys))


def _is_handwritten(keys, where):
    return _has_boxes(keys) and any(key.lower().startswith(("images.pen", "images.writer")) for key in keys)


def _is_public(keys, where):
    """By the capital letter, unless the names of folders tell: vintages differ in it."""
    told = _told_by_name(where)
    return _has_boxes(keys) and (told == "public" or (told is None and "Bbox" in first_keys(keys)))


def _is_commercial(keys, where):
    return _has_boxes(keys)


def _fits(kind):
    """Two sets have the same keys but for a capital letter, in which vintages differ."""
    return lambda keys, where: _has_boxes(keys) and not _is_handwritten(keys, where) and _told_by_name(where) in (None, kind)


def _told_by_name(where):
    names = {"public": ("ocr 데이터(공공)", "ocr(public)"), "commercial": ("금융 및 물류", "금융및물류", "ocr(finance", "ocr(logistics")}
    return next((kind for kind, words in names.items() if any(word in where for word in words)), None)


HANDWRITING = DataSet("대용량 손글씨 OCR (605)", _is_handwritten, read_handwritten_label)
PUBLIC_OCR = DataSet("OCR 데이터(공공) (71299)", _is_public, read_printed_label, _fits("public"))
FINANCE_LOGISTICS = DataSet("OCR 데이터(금융 및 물류)", _is_commercial, read_printed_label, _fits("commercial"))
