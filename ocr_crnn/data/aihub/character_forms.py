"""다양한 형태의 한글 문자 OCR (91): characters and words, one an image, by hand and in print, and printed forms; one JSON an image.

`text.letter` is one character that fills the image. `text.word` of 필기체 is a list of characters that are one word, which fills the
image; of 인쇄체 it is a list of words, each with a `wordbox` of two corners, no width and height.
"""

import unicodedata

from ocr_crnn.data.aihub.labels import make_label, size_of
from ocr_crnn.data.aihub.rows import Rows, lookup, objects, two_corners
from ocr_crnn.data.aihub.telling import DataSet

_NOWHERE = [0.0] * 8  # of a row that fills its image


def read_label(document, where, report):
    """The Label of a JSON."""
    info = next(iter(objects(lookup(document, "info"), where, report)), {})
    image = next(iter(objects(lookup(document, "image"), where, report)), {})
    text = next(iter(objects(lookup(document, "text"), where, report)), {})
    writing = "handwritten" if "필기체" in where else "printed" if "인쇄체" in where else None
    rows = Rows(where, report, {"writing": writing} if writing else {})
    named = lookup(image, "file_name"), size_of(lookup(image, "height"), lookup(image, "width"))
    words = objects(lookup(text, "word"), where, report)
    one_word = writing == "handwritten" or not any(lookup(row, "wordbox") is not None for row in words)
    if words and not one_word:
        for row in words:
            box = lookup(row, "wordbox")
            rows.add(lookup(row, "value"), two_corners(box), row.get("id"), box=box)
        return make_label(rows, *named)
    values = [lookup(row, "value") for row in words or objects(lookup(text, "letter"), where, report)]
    if not values:
        return make_label(rows, *named)
    joined = "".join(value for value in values if isinstance(value, str)) if words else values[0]
    rows.add(joined, _NOWHERE, kind="word" if words else "syllable")
    _compare(joined, lookup(info, "text"), where, report)
    label = make_label(rows, *named, unit="word" if words else "character")
    label.quads = None
    return label


def _compare(joined, told, where, report):
    """The text stands in `info` once more."""
    if isinstance(told, str) and isinstance(joined, str) and told.strip() and _letters(told) != _letters(joined):
        report.add("text_differs", where, f"{joined} and {told}")


def _letters(text):
    return unicodedata.normalize("NFC", text).replace(" ", "")


def _tells(keys, where):
    return bool({"text.letter", "text.letter.value", "text.word", "text.word.item.value"} & keys)


CHARACTER_FORMS = DataSet("다양한 형태의 한글 문자 OCR (91)", _tells, read_label)
