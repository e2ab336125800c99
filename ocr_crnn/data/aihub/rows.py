"""The rows of one image as its label gives them: texts, corners and attributes; what is wrong with one is a finding."""

import re
import unicodedata

import numpy as np

from ocr_crnn.geometry import convex_quads, min_area_quad, order_quads

LARGEST_PX = 1e6
ILLEGIBLE = re.compile("[xX]{3,}")  # a whole text; a word of Latin letters may hold an x
_PARTLY_ILLEGIBLE = re.compile("[가-힣][xX]{3}|[xX]{3}[가-힣]")
_STRAY_JAMO = re.compile("[가-힣][ㄱ-ㅎㅏ-ㅣ]|[ㄱ-ㅎㅏ-ㅣ][가-힣]")
_SPREAD = re.compile("[가-힣](?: [가-힣])+")
_JOINTS = str.maketrans("", "", "._- ")


def clean_text(text, where, report):
    """The text in NFC, or None where there is nothing to read; findings go to the report."""
    if text is None:
        report.add("null_text", where)
        return None
    if isinstance(text, dict | list | bool):
        report.add("bad_text", where, text)
        return None
    normal = unicodedata.normalize("NFC", str(text))
    if normal != text:
        report.add("text_not_nfc", where, normal)
    if not normal.strip():
        report.add("empty_text", where)
        return None
    if _STRAY_JAMO.search(normal):
        report.add("stray_jamo", where, normal)
    return normal


def lookup(record, *names):
    """The value of a record under the first of the names that it has, whatever its case and its dots, dashes and underscores; else None."""
    for name in names:
        if name in record:
            return record[name]
    plain = {str(key).translate(_JOINTS).lower(): value for key, value in record.items()}
    return next((plain[name] for name in (name.translate(_JOINTS).lower() for name in names) if name in plain), None)


def objects(value, where, report):
    """The objects of a list, or one object by itself; anything else in their place is a finding."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    found = [item for item in values if isinstance(item, dict)]
    if len(found) < len(values):
        other = next(item for item in values if not isinstance(item, dict))
        report.add("bad_record", where, f"{len(values) - len(found)} in place of an object: {str(other)[:80]!r}")
    return found


def plain_values(record, **names):
    """{name: value} of a record's plain values; names: of the result, each with a name of the record or several."""
    found = {name: lookup(record, *((keys,) if isinstance(keys, str) else keys)) for name, keys in names.items()}
    return {
        name: unicodedata.normalize("NFC", value) if isinstance(value, str) else value
        for name, value in found.items()
        if isinstance(value, str | int | float) and value not in ("", np.inf, -np.inf) and value == value
    }


def numbers(values, count):
    """A list of so many numbers as floats; None for anything else, and beyond what a page can have."""
    if not isinstance(values, list) or len(values) != count:
        return None
    try:
        found = list(map(float, values))
    except (TypeError, ValueError, OverflowError):
        return None
    for value in found:  # one by one: this is called a million times, and NaN has no order
        if not -LARGEST_PX < value < LARGEST_PX:
            return None
    return found


def box_corners(box):
    """[x, y, width, height] → the corners x, y, x, y, … clockwise from the top left; None for what is no box."""
    found = numbers(box, 4)
    return found and _rectangle(found[0], found[1], found[0] + found[2], found[1] + found[3])


def two_corners(box):
    """[x1, y1, x2, y2] → corners, as `box_corners`."""
    found = numbers(box, 4)
    return found and _upright(found[::2], found[1::2])


def side_corners(x, y):
    """The x and the y of four corners in any order → corners of the box around them, as `box_corners`."""
    x, y = numbers(x, 4), numbers(y, 4)
    return x and y and _upright(x, y)


def point_corners(points):
    """Points [[x, y], …], four in any order or more → corners clockwise from the text's top left; None for fewer than three."""
    if not isinstance(points, list) or not 3 <= len(points) <= 1000:
        return None
    found = [numbers(point, 2) for point in points]
    if None in found:
        return None
    quad = order_quads(convex_quads([found]))[0] if len(found) == 4 else min_area_quad(found)
    return [float(value) for value in quad.reshape(-1)]


def _upright(x, y):
    return _rectangle(min(x), min(y), max(x), max(y))


def _rectangle(left, top, right, bottom):
    return [left, top, right, top, right, bottom, left, bottom]


class Rows:
    """Collects the rows of one image. base: attributes of all of them.

    corners: eight numbers a row. texts: None where nothing can be read. attributes: a dict a row, shared by rows that have the same.
    """

    def __init__(self, where, report, base):
        self.where, self.report, self.base = where, report, base
        self.corners, self.texts, self.attributes = [], [], []
        self._ids, self._seen, self._shared = set(), set(), {}

    def __len__(self):
        return len(self.texts)

    def add(self, text, corners, row_id=None, readable=True, box=None, **attributes):
        """One row. readable: False where the set says that the text is not. box: as the label has it, for a finding."""
        where = self.where if row_id is None else f"{self.where} id {str(row_id)[:40]}"
        if corners is None:
            self.report.add("bad_box", where, box)
            return
        text = self._readable(text, where) if readable else None
        seen = (text, *corners)
        if seen in self._seen:
            self.report.add("duplicate_row", where, text)
            return
        self._seen.add(seen)
        if row_id is not None:
            if str(row_id) in self._ids:
                self.report.add("duplicate_id", where, text)
            self._ids.add(str(row_id))
        kind = attributes.pop("kind", None) or ("sentence" if text is not None and " " in text.strip() else "word")
        own = {"kind": kind, **attributes}
        self.corners.append(corners)
        self.texts.append(text)
        self.attributes.append(self._shared.setdefault(tuple(own.items()), self.base | own))

    def _readable(self, text, where):
        text = clean_text(text, where, self.report)
        if text is None:
            return None
        if ILLEGIBLE.fullmatch(text.strip()):
            self.report.add("illegible", where)
            return None
        if _PARTLY_ILLEGIBLE.search(text):
            self.report.add("partly_illegible", where, text)
        if _SPREAD.fullmatch(text):
            self.report.add("spread_text", where, text)
        return text
