from lxml import etree

from ocr_crnn.formats.alto import NAMESPACE, format_alto, write_alto
from ocr_crnn.page import Page

# From the ALTO 4.4 schema: what an element may hold, in this order, and the attributes it has to have.
CHILDREN = {
    "alto": ["Description", "Styles", "Tags", "ReadingOrder", "Layout"],
    "Description": ["MeasurementUnit", "sourceImageInformation", "OCRProcessing", "Processing"],
    "Layout": ["Page"], "Page": ["TopMargin", "LeftMargin", "RightMargin", "BottomMargin", "PrintSpace"],
    "PrintSpace": ["Shape", "TextBlock"], "TextBlock": ["Shape", "TextLine"], "String": ["Shape", "ALTERNATIVE", "Glyph"],
}  # fmt: skip
REQUIRED = {
    "Page": ["ID", "PHYSICAL_IMG_NR"],
    "TextBlock": ["ID", "HEIGHT", "WIDTH", "HPOS", "VPOS"],
    "TextLine": ["HEIGHT", "WIDTH", "HPOS", "VPOS"],
    "String": ["CONTENT"],
    "SP": ["WIDTH", "HPOS", "VPOS"],
}


def tag(element):
    return etree.QName(element).localname


def test_order_of_children_and_required_attributes(contract_page):
    root = etree.fromstring(format_alto([contract_page, contract_page]))
    identifiers = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(set(identifiers)) == len(identifiers)
    for element in root.iter():
        assert etree.QName(element).namespace == NAMESPACE
        if tag(element) in CHILDREN:
            positions = [CHILDREN[tag(element)].index(tag(child)) for child in element]
            assert positions == sorted(positions)
        assert all(element.get(name) is not None for name in REQUIRED.get(tag(element), []))


def test_lines_alternate_words_and_spaces(contract_page):
    root = etree.fromstring(format_alto([contract_page]))
    lines = [[tag(child) for child in line] for line in root.iter(f"{{{NAMESPACE}}}TextLine")]
    assert lines == [["String", "SP", "String"], ["String"], ["String"]]
    words = [(word.get("CONTENT"), word.get("WC")) for word in root.iter(f"{{{NAMESPACE}}}String")]
    assert words == [("표준", "0.91"), ("<계약서>", "0.80"), ("「목적」", "0.72"), ("①㎡ & 漢字", "1.00")]
    space = next(root.iter(f"{{{NAMESPACE}}}SP"))
    assert (space.get("HPOS"), space.get("WIDTH")) == ("400", "50")


def test_empty_page_and_written_file(tmp_path):
    write_alto([Page(None, (20, 10), [], [])], tmp_path / "page.xml")
    root = etree.parse(tmp_path / "page.xml").getroot()
    assert [tag(element) for element in root.iter()][-2:] == ["Page", "PrintSpace"]
