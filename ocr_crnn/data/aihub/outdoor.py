"""야외 실제 촬영 한글 이미지 (105): photographs of signs and of book covers; one JSON an image.

At most about three words of an image have a text, every other is 'xxx': there and not readable. Boxes may be short, hold null or
begin outside. `wordorientation` says how the words run ("가로", "세로"); it may stand once or for each row.
"""

from ocr_crnn.data.aihub.labels import make_label, size_of
from ocr_crnn.data.aihub.rows import Rows, box_corners, lookup, objects, plain_values
from ocr_crnn.data.aihub.telling import DataSet, first_keys


def read_label(document, where, report):
    """The Label of a JSON."""
    image = next(iter(objects(lookup(document, "images"), where, report)), {})
    about = objects(lookup(document, "metadata"), where, report)
    rows = Rows(where, report, plain_values(about[0], orientation=("wordorientation", "orientation")) if about else {})
    annotations = objects(lookup(document, "annotations"), where, report)
    for index, row in enumerate(annotations):
        own = plain_values(row, orientation=("wordorientation", "orientation"))
        if not own and len(about) == len(annotations):
            own = plain_values(about[index], orientation=("wordorientation", "orientation"))
        box = lookup(row, "bbox")
        rows.add(lookup(row, "text"), box_corners(box), row.get("id"), box=box, **own)
    return make_label(rows, lookup(image, "file_name"), size_of(lookup(image, "height"), lookup(image, "width")))


def _tells(keys, where):
    return "metadata" in first_keys(keys)


OUTDOOR = DataSet("야외 실제 촬영 한글 이미지 (105)", _tells, read_label)
