"""공공행정문서 OCR (88): scanned documents of offices with a box a word; one JSON an image with flat keys such as `image.file.name`.

Ids have gaps and duplicates, rows stand in no reading order, categories hold dots ("인.허가"), and words are spread as they are printed
("제 목"). There are boxes of words only, none of lines or tables.
"""

from ocr_crnn.data.aihub.labels import make_label, size_of
from ocr_crnn.data.aihub.rows import Rows, box_corners, lookup, objects, plain_values
from ocr_crnn.data.aihub.telling import DataSet, decade


def read_label(document, where, report):
    """The Label of a JSON."""
    image = next(iter(objects(lookup(document, "images"), where, report)), {})
    base = plain_values(image, category="image.category", make_code="image.make.code", year="image.make.year")
    rows = Rows(where, report, base | decade(base))
    for row in objects(lookup(document, "annotations"), where, report):
        box = lookup(row, "annotation.bbox", "bbox")
        rows.add(lookup(row, "annotation.text", "text"), box_corners(box), row.get("id"), box=box)
    return make_label(rows, lookup(image, "image.file.name"), size_of(lookup(image, "image.height"), lookup(image, "image.width")))


def _tells(keys, where):
    return any(".annotation." in key or ".image." in key for key in keys)


PUBLIC_DOCUMENTS = DataSet("공공행정문서 OCR (88)", _tells, read_label)
