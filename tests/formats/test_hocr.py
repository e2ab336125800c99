import re
from dataclasses import replace

from lxml import etree

from ocr_crnn.formats.hocr import CAPABILITIES, format_hocr, write_hocr
from ocr_crnn.page import Page

XHTML = {"h": "http://www.w3.org/1999/xhtml"}
# Which element may hold which (hOCR 1.2, sections 4 and 6), and the properties each has to carry here.
PARENTS = {"ocr_carea": "ocr_page", "ocr_par": "ocr_carea", "ocr_line": "ocr_par", "ocrx_word": "ocr_line"}


def elements(document):
    return etree.fromstring(document).xpath("//h:body//*[@class]", namespaces=XHTML)


def box(element):
    return [int(value) for value in re.search(r"bbox (-?\d+) (-?\d+) (-?\d+) (-?\d+)", element.get("title")).groups()]


def test_elements_nest_and_children_lie_in_their_parents(contract_page):
    found = elements(format_hocr([contract_page, contract_page]))
    assert len({element.get("id") for element in found}) == len(found)
    for element in found:
        left, top, right, bottom = box(element)
        assert left < right and top < bottom
        assert element.get("class") in CAPABILITIES
        if element.get("class") != "ocr_page":
            parent = element.getparent()
            assert parent.get("class") == PARENTS[element.get("class")]
            outer = box(parent)
            assert outer[0] <= left and outer[1] <= top and right <= outer[2] and bottom <= outer[3]


def test_the_head_says_what_the_body_holds(contract_page):
    """What hOCR 1.2 asks of a document: system and capabilities named, no class that they lack, properties by their grammar, XHTML."""
    document = etree.fromstring(format_hocr([contract_page], title="<계약>"))
    assert document.tag == f"{{{XHTML['h']}}}html" and document.get("lang") == "ko"
    metas = {meta.get("name"): meta.get("content") for meta in document.xpath("//h:head/h:meta[@name]", namespaces=XHTML)}
    assert metas == {"ocr-system": "ocr_crnn", "ocr-capabilities": CAPABILITIES, "ocr-langs": "ko"}
    assert document.xpath("string(//h:head/h:title)", namespaces=XHTML) == "<계약>"
    classes = {element.get("class") for element in elements(format_hocr([contract_page]))}
    assert classes == {name for name in CAPABILITIES.split() if not name.startswith("ocrp_")}
    number = r"-?\d+(\.\d+)?"
    grammar = rf'(image "[^"]+"|bbox( \d+){{4}}|ppageno \d+|baseline {number} {number}|x_wconf (100|\d\d?))'
    for element in document.xpath("//h:body//*[@title]", namespaces=XHTML):
        assert re.fullmatch(rf"{grammar}(; {grammar})*", element.get("title")), element.get("title")


def test_boxes_end_at_the_edges_of_the_page(contract_page):
    for shift in (-460, 600):
        for element in elements(format_hocr([replace(contract_page, quads=contract_page.quads + shift)])):
            left, top, right, bottom = box(element)
            assert 0 <= left <= right <= 800 and 0 <= top <= bottom <= 1000


def test_texts_confidences_and_the_slope_of_a_turned_line(contract_page):
    found = elements(format_hocr([contract_page]))
    words = [element for element in found if element.get("class") == "ocrx_word"]
    assert [(word.text, word.get("title").split("x_wconf ")[1]) for word in words] == [
        ("표준", "91"), ("<계약서>", "80"), ("「목적」", "72"), ("①㎡ & 漢字", "100"),
    ]  # fmt: skip
    slopes = [re.search(r"baseline (\S+)", element.get("title")) for element in found if element.get("class") == "ocr_line"]
    assert [slope and slope[1] for slope in slopes] == [None, "0.0667", None]


def test_a_page_without_text_and_the_written_file(tmp_path):
    write_hocr([Page(None, (20, 10), [], [])], tmp_path / "page.hocr")
    found = elements((tmp_path / "page.hocr").read_bytes())
    assert [element.get("title") for element in found] == ["bbox 0 0 10 20; ppageno 0"]
