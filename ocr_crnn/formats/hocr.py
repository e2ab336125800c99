"""hOCR 1.2 (https://kba.github.io/hocr-spec/1.2/): XHTML whose `title` attributes carry boxes and confidences."""

import io

import numpy as np
from lxml import etree

from ocr_crnn.files import replacing_file
from ocr_crnn.formats.files import bounding_box, confidence, plain_text
from ocr_crnn.names import readable

XHTML = "http://www.w3.org/1999/xhtml"
XML = "http://www.w3.org/XML/1998/namespace"
DOCTYPE = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf"


def format_hocr(pages, title="ocr_crnn"):
    """Pages → an hOCR document as bytes: page → area → paragraph → line → word, in reading order.

    Boxes are axis-aligned (left, top, right, bottom) in page pixels; a rotated line also carries its `baseline`
    slope, and every word its confidence `x_wconf` in 0–100. Rows without a text are left out.
    """
    stream = io.BytesIO()
    _write(pages, stream, title)
    return stream.getvalue()


def write_hocr(pages, path, title="ocr_crnn"):
    """Write the document to `path`, page by page of an iterable; the file appears whole or not at all."""
    with replacing_file(path) as stream:
        _write(pages, stream, title)


def _write(pages, stream, title):
    language = {"lang": "ko", f"{{{XML}}}lang": "ko"}
    with etree.xmlfile(stream, encoding="UTF-8") as document:
        document.write_declaration()
        document.write_doctype(DOCTYPE)
        with document.element(f"{{{XHTML}}}html", language, nsmap={None: XHTML, "xml": XML}):
            document.write(_head(title), pretty_print=True)
            with document.element(f"{{{XHTML}}}body"):
                for number, page in enumerate(pages, 1):
                    document.write(_page(number, page), pretty_print=True)


def _head(title):
    head = etree.Element(f"{{{XHTML}}}head", nsmap={None: XHTML})
    etree.SubElement(head, f"{{{XHTML}}}title").text = plain_text(title)
    etree.SubElement(head, f"{{{XHTML}}}meta", {"http-equiv": "Content-Type", "content": "text/html;charset=utf-8"})
    etree.SubElement(head, f"{{{XHTML}}}meta", {"name": "ocr-system", "content": "ocr_crnn"})
    etree.SubElement(head, f"{{{XHTML}}}meta", {"name": "ocr-capabilities", "content": CAPABILITIES})
    etree.SubElement(head, f"{{{XHTML}}}meta", {"name": "ocr-langs", "content": "ko"})
    return head


def _page(number, page):
    height, width = page.size
    image = "" if page.image_path is None else 'image "{}"; '.format(plain_text(readable(page.image_path)).replace('"', "'"))
    title = f"{image}bbox 0 0 {width} {height}; ppageno {number - 1}"
    page_element = etree.Element(f"{{{XHTML}}}div", {"class": "ocr_page", "id": f"page_{number}", "title": title}, nsmap={None: XHTML})
    line_count = 0
    for block, lines in enumerate(page.block_lines(), 1):
        box = _box(page.quads[np.concatenate(lines)], page.size)
        area = _add(page_element, "div", "ocr_carea", f"block_{number}_{block}", box)
        paragraph = _add(area, "p", "ocr_par", f"par_{number}_{block}", box)
        for rows in lines:
            line_count += 1
            slope = _slope(page.quads[rows])
            baseline = f"; baseline {slope:.4f} 0" if abs(slope) > 1e-3 else ""
            line = _add(paragraph, "span", "ocr_line", f"line_{number}_{line_count}", _box(page.quads[rows], page.size) + baseline)
            for row in rows:
                title = f"{_box(page.quads[row], page.size)}; x_wconf {confidence(page, row)}"
                _add(line, "span", "ocrx_word", f"word_{number}_{row + 1}", title, plain_text(page.texts[row])).tail = " "
    return page_element


def _add(parent, tag, css_class, identifier, title, text=None):
    element = etree.SubElement(parent, f"{{{XHTML}}}{tag}", {"class": css_class, "id": identifier, "title": title})
    element.text = text
    return element


def _box(quads, size):
    """The box around quads as far as it lies on the page, `(height, width)`: a box lies in that of its parent."""
    left, top, width, height = bounding_box(quads)
    right, bottom = np.clip([left + width, top + height], 0, size[::-1])
    return f"bbox {np.clip(left, 0, right)} {np.clip(top, 0, bottom)} {right} {bottom}"


def _slope(quads):
    """Rise over run of the lower edges of a line's words, 0 for vertical text."""
    along = (quads[:, 2] - quads[:, 3]).sum(axis=0)
    return float(along[1] / along[0]) if abs(along[0]) > abs(along[1]) else 0.0
