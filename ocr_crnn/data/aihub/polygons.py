"""금융업 특화 문서 OCR (632) and 의약품·화장품 패키징 OCR: photographs with a polygon a text; one JSON an image.

Some files are CP949. Coordinates are those of the image turned upright as its EXIF says, so the Pages are `turned`. Points begin
anywhere and run either way round. A type says what a text is: 0 unreadable, 1 printed, 2 handwritten.
"""

from ocr_crnn.data.aihub.labels import make_label, size_of
from ocr_crnn.data.aihub.rows import Rows, lookup, objects, plain_values, point_corners
from ocr_crnn.data.aihub.telling import DataSet

_WRITING = {"1": "printed", "2": "handwritten"}
_UNREADABLE = "0"


def read_label(document, where, report):
    """The Label of a JSON."""
    image = next(iter(objects(lookup(document, "images"), where, report)), {})
    rows = Rows(where, report, plain_values(image, category="category", type="type"))
    for annotation in objects(lookup(document, "annotations"), where, report):
        for row in objects(lookup(annotation, "polygons"), where, report):
            kind, points = str(lookup(row, "type")), lookup(row, "points")
            if kind != _UNREADABLE and kind not in _WRITING:
                report.add("unknown_type", where, f"type: {kind[:40]}")
            own = {"writing": _WRITING[kind]} if kind in _WRITING else {}
            rows.add(lookup(row, "text"), point_corners(points), row.get("id"), kind != _UNREADABLE, points, **own)
    name = lookup(image, "file_name", "name", "identifier") or lookup(document, "name")
    return make_label(rows, name, size_of(lookup(image, "height"), lookup(image, "width")), turned=True)


def _has_polygons(keys):
    return any(".polygons" in key for key in keys)


def _is_packaging(keys, where):
    return _has_polygons(keys) and any(word in where for word in ("의약품", "화장품", "패키징"))


def _may_be_packaging(keys, where):
    return _has_polygons(keys) and "금융" not in where


PACKAGING = DataSet("의약품·화장품 패키징 OCR", _is_packaging, read_label, _may_be_packaging)
FINANCE_DOCUMENTS = DataSet("금융업 특화 문서 OCR (632)", lambda keys, where: _has_polygons(keys), read_label)
