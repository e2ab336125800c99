"""PAGE XML of PRImA, 2010 to 2019 (https://www.primaresearch.org/schema/PAGE/gts/pagecontent/): regions, lines and words.

Rows are the words where any line of the page has words, else the lines, else the regions with a text. They stand in the reading order of
the file. `Baseline` says in which direction a line runs.
"""

import io
import re

import numpy as np

from ocr_crnn.data.annotations.rows import Row, labelled_page
from ocr_crnn.data.annotations.target import Target
from ocr_crnn.formats.files import NOT_TEXT, plain_text
from ocr_crnn.page import UNITS
from ocr_crnn.untrusted.xml_text import parse_xml

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
SUFFIX = ".xml"
MOST_BYTES = 1 << 26
UNIT = re.compile(r"unit\s*\{\s*type:\s*(\w+)\s*;?\s*\}")
MOST_DEPTH = 64  # of regions in regions


def read(files, source):
    """Yield the Page of each file."""
    for path in files:
        try:
            root = parse_xml(source.read(path, MOST_BYTES), path)
        except (OSError, ValueError) as error:
            source.report.add("labels_damaged", path, error)
            continue
        element = next((child for child in root if _tag(child) == "Page"), None)
        if element is None or not element.get("imageFilename"):
            source.report.add("labels_damaged", path, "no Page with an imageFilename")
            continue
        image_path = source.image(element.get("imageFilename"), path, path)
        if image_path is None:
            continue
        rows, unit = _read_rows(element)
        page = labelled_page(source, image_path, _size(element), rows, unit, path)
        if page is not None:
            yield page


def _read_rows(element):
    """`([Row], unit)` of a Page element: blocks are regions, lines count over the page."""
    regions = _ordered(element)
    words = any(_children(line, "Word") for region in regions for line in _children(region, "TextLine"))
    lines = any(_children(region, "TextLine") for region in regions)
    rows, line_number = [], 0
    for block, region in enumerate(regions):
        for line in _children(region, "TextLine") or ([region] if not lines or _text_of(region)[0] else []):
            parts = _children(line, "Word") if words else [line]
            for part in parts or [line]:
                text, score = _text_of(part)
                points, drawn = _directed(_points(part), _baseline(line))
                rows.append(Row(points, text, score, line_number, block, as_drawn=drawn))
            line_number += 1
    kept = UNIT.search(element.get("custom") or "")
    unit = kept[1] if kept and kept[1] in UNITS else "word" if words else "line" if lines else "block"
    return rows, unit


def _ordered(element):
    """The text regions, nested ones too, by the ReadingOrder of the page; those that it does not name follow."""
    found = [region for region in element.iter() if _tag(region) == "TextRegion"]
    order = {}
    for reading in (child for child in element if _tag(child) == "ReadingOrder"):
        _number_groups(reading, order)
    return sorted(found, key=lambda region: order.get(region.get("id"), len(order) + len(found)))


def _number_groups(group, order, depth=0):
    children = [child for child in group if isinstance(child.tag, str)]
    indices = [_whole(child.get("index"), position) for position, child in enumerate(children)]
    for _, child in sorted(zip(indices, children, strict=True), key=lambda pair: pair[0]):
        name = child.get("regionRef")
        if name is not None:
            order.setdefault(name, len(order))
        if len(child) and depth < MOST_DEPTH:
            _number_groups(child, order, depth + 1)


def _text_of(element):
    """`(text, confidence or None)` of the first TextEquiv by its index; no TextEquiv is no text."""
    equivalents = [child for child in element if _tag(child) == "TextEquiv"]
    if not equivalents:
        return "", None
    chosen = min(enumerate(equivalents), key=lambda pair: (_whole(pair[1].get("index"), 0), pair[0]))[1]
    unicode = next((child for child in chosen if _tag(child) == "Unicode"), None)
    if unicode is None:
        return "", None
    try:
        score = float(chosen.get("conf"))
    except (TypeError, ValueError):
        score = None
    known = score is not None and 0 <= score <= 1
    return None if element.get("custom") == _UNREADABLE else unicode.text or "", score if known else None


_UNREADABLE = "readability {unreadable:true;}"


def _points(element):
    coords = next((child for child in element if _tag(child) == "Coords"), None)
    if coords is None:
        return None
    if coords.get("points") is not None:
        return _pairs(coords.get("points"))
    return [(point.get("x"), point.get("y")) for point in coords if _tag(point) == "Point"]  # as it was until 2010


def _baseline(element):
    line = next((child for child in element if _tag(child) == "Baseline"), None)
    points = None if line is None else _pairs(line.get("points") or "")
    try:
        return None if not points else np.array([points[0], points[-1]], float)
    except (TypeError, ValueError, OverflowError):
        return None


def _directed(points, baseline):
    """Four corners so that the first side runs as the baseline does, and whether there is one."""
    try:
        quad = np.array(points, float)
        along = None if baseline is None else baseline[1] - baseline[0]
        if quad.shape != (4, 2) or along is None or not np.isfinite([*quad.ravel(), *along]).all() or not along.any():
            return points, False
    except (TypeError, ValueError, OverflowError):
        return points, False
    x, y = quad.T
    if (x * np.roll(y, -1) - y * np.roll(x, -1)).sum() < 0:
        quad = quad[::-1]
    sides = np.roll(quad, -1, axis=0) - quad
    lengths = np.linalg.norm(sides, axis=1)
    start = int((sides @ along / np.where(lengths > 0, lengths, 1)).argmax())
    return np.roll(quad, -start, axis=0).tolist(), True


def _pairs(text):
    return [tuple(pair.split(",")) for pair in text.split()]


def _size(element):
    size = _whole(element.get("imageHeight"), 0), _whole(element.get("imageWidth"), 0)
    return size if min(size) > 0 else None


def _whole(text, default):
    return int(text) if text is not None and re.fullmatch(r"\d{1,9}", text) else default


def _children(element, name):
    return [child for child in element if _tag(child) == name]


def _tag(element):
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


class XmlFiles(Target):
    """A file beside each image."""

    holds = frozenset({"scores", "lines", "blocks", "unit"})

    def add(self, page, name):
        (self.folder / name).with_suffix(SUFFIX).write_bytes(format_page_xml(page, name))


def format_page_xml(page, image_name):
    """A Page as a PAGE 2019 document, bytes. image_name: as the file names its image.

    Corners are whole pixels of the page, as the schema wants them. Rows that are words stand in lines; other rows are lines themselves.
    """
    from lxml import etree

    root = etree.Element(f"{{{NAMESPACE}}}PcGts", nsmap={None: NAMESPACE})
    metadata = _add(root, "Metadata")
    for name, text in (("Creator", "ocr_crnn"), ("Created", "1970-01-01T00:00:00"), ("LastChange", "1970-01-01T00:00:00")):
        _add(metadata, name).text = text  # the same page gives the same bytes
    height, width = page.size
    size = {"imageWidth": str(width), "imageHeight": str(height)}
    element = _add(root, "Page", imageFilename=plain_text(image_name), **size, custom=f"unit {{type:{page.unit};}}")
    blocks = np.zeros(len(page), int) if page.blocks is None else page.blocks
    numbered = [rows for rows in page.line_rows() if len(rows)]
    groups = {}
    for rows in numbered:
        groups.setdefault(int(blocks[rows[0]]), []).append(rows)
    if groups:
        order = _add(_add(element, "ReadingOrder"), "OrderedGroup", id="order")
        for index in range(len(groups)):
            _add(order, "RegionRefIndexed", index=str(index), regionRef=f"region{index}")
    for index, lines in enumerate(groups.values()):
        _add_region(element, page, index, lines)
    stream = io.BytesIO()
    etree.ElementTree(root).write(stream, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return stream.getvalue()


def _add_region(element, page, index, lines):
    from ocr_crnn.granularity import enclosing_quad

    region = _add(element, "TextRegion", id=f"region{index}")
    _add_coords(region, page, enclosing_quad(page.quads[np.concatenate(lines)]))
    for rows in lines:
        parts = [[row] for row in rows] if page.unit not in ("word", "character") else [rows]
        for members in parts:
            line = _add(region, "TextLine", id=f"line{members[0]}")
            quad = enclosing_quad(page.quads[members]) if len(members) > 1 else page.quads[members[0]]
            _add_coords(line, page, quad)
            _add(line, "Baseline", points=_format(quad[[3, 2]], page.size))
            if page.unit in ("word", "character"):
                for row in members:
                    word = _add(line, "Word", id=f"word{row}")
                    _add_coords(word, page, page.quads[row])
                    _add_text(word, page, row)
            else:
                _add_text(line, page, members[0])


def _add_coords(element, page, quad):
    _add(element, "Coords", points=_format(quad, page.size))


def _add_text(element, page, row):
    if page.texts[row] is None:
        element.set("custom", _UNREADABLE)
    score = {} if page.scores is None else {"conf": f"{float(np.clip(page.scores[row], 0, 1)):.4f}"}
    _add(_add(element, "TextEquiv", **score), "Unicode").text = NOT_TEXT.sub("\ufffd", page.texts[row] or "")


def _format(points, size):
    whole = np.clip(np.round(points), 0, size[::-1]).astype(int)
    return " ".join(f"{x},{y}" for x, y in whole)


def _add(parent, tag, **attributes):
    from lxml import etree

    return etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
