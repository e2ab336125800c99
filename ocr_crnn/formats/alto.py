"""ALTO 4 (https://www.loc.gov/standards/alto/): layout, lines and words with confidences, for archives and libraries."""

import io
from itertools import chain

import numpy as np
from lxml import etree

from ocr_crnn.files import replacing_file
from ocr_crnn.formats.files import bounding_box, confidence, plain_text
from ocr_crnn.names import readable

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def format_alto(pages):
    """Pages → an ALTO 4.4 document as bytes; a `TextBlock` per block, a `TextLine` per line, a `String` per word.

    Boxes are axis-aligned page pixels; the exact quads stand beside them as `Shape/Polygon`. `WC` is the score in 0..1.
    Rows without a text are left out.
    """
    stream = io.BytesIO()
    _write(pages, stream)
    return stream.getvalue()


def write_alto(pages, path):
    """Write the document to `path`, page by page of an iterable; the file appears whole or not at all."""
    with replacing_file(path) as stream:
        _write(pages, stream)


def _write(pages, stream):
    pages = iter(pages)
    first = next(pages, None)
    location = {"SCHEMAVERSION": "4.4", f"{{{XSI}}}schemaLocation": f"{NAMESPACE} {SCHEMA}"}
    with etree.xmlfile(stream, encoding="UTF-8") as document:
        document.write_declaration()
        with document.element(f"{{{NAMESPACE}}}alto", location, nsmap={None: NAMESPACE, "xsi": XSI}):
            document.write(_description(first), pretty_print=True)
            with document.element(f"{{{NAMESPACE}}}Layout"):
                for number, page in enumerate(chain([] if first is None else [first], pages), 1):
                    document.write(_page(number, page), pretty_print=True)


def _description(page):
    description = etree.Element(f"{{{NAMESPACE}}}Description", nsmap={None: NAMESPACE})
    _add(description, "MeasurementUnit").text = "pixel"
    if page is not None and page.image_path is not None:
        _add(_add(description, "sourceImageInformation"), "fileName").text = plain_text(readable(page.image_path))
    software = _add(_add(description, "Processing", ID="processing"), "processingSoftware")
    _add(software, "softwareName").text = "ocr_crnn"
    return description


def _page(number, page):
    height, width = page.size
    attributes = {"ID": f"page_{number}", "PHYSICAL_IMG_NR": str(number), "WIDTH": str(width), "HEIGHT": str(height), "LANG": "ko"}
    element = etree.Element(f"{{{NAMESPACE}}}Page", attributes, nsmap={None: NAMESPACE})
    space = _add(element, "PrintSpace", HPOS="0", VPOS="0", WIDTH=str(width), HEIGHT=str(height))
    line_count = 0
    for block, lines in enumerate(page.block_lines(), 1):
        block_element = _add(space, "TextBlock", ID=f"block_{number}_{block}", **_position(page.quads[np.concatenate(lines)]))
        for rows in lines:
            line_count += 1
            line = _add(block_element, "TextLine", ID=f"line_{number}_{line_count}", **_position(page.quads[rows]))
            for position, row in enumerate(rows):
                if position:
                    _add_space(line, page.quads[rows[position - 1]], page.quads[row])
                score = f"{confidence(page, row) / 100:.2f}"
                identifier = f"word_{number}_{row + 1}"
                string = _add(line, "String", ID=identifier, CONTENT=plain_text(page.texts[row]), WC=score, **_position(page.quads[row]))
                points = " ".join(f"{x:.1f},{y:.1f}" for x, y in page.quads[row])
                _add(_add(string, "Shape"), "Polygon", POINTS=points)
    return element


def _add_space(line, before, after):
    """The space between two words, as wide as the gap between their boxes."""
    left, top, width, _ = bounding_box(before)
    gap = max(bounding_box(after)[0] - (left + width), 0)
    _add(line, "SP", HPOS=str(left + width), VPOS=str(top), WIDTH=str(gap))


def _position(quads):
    left, top, width, height = bounding_box(quads)
    return {"HPOS": str(left), "VPOS": str(top), "WIDTH": str(width), "HEIGHT": str(height)}


def _add(parent, tag, **attributes):
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}", attributes)
