from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from ocr_crnn.formats.alto import NAMESPACE, format_alto, write_alto
from ocr_crnn.page import Page

RULES = etree.XMLSchema(etree.parse(Path(__file__).with_name("alto_rules.xsd")))


def tag(element):
    return etree.QName(element).localname


def test_documents_keep_the_rules_of_alto(contract_page):
    empty = Page(None, (20, 10), [], [])
    sure = replace(contract_page, scores=None, image_path=None, lines=None, blocks=None)
    beyond = replace(contract_page, quads=contract_page.quads - 460, scores=[1.5, -0.5, 0, 1, 0.3])
    for pages in ([contract_page, contract_page], [empty], [empty, sure], [beyond]):
        RULES.assertValid(etree.fromstring(format_alto(pages)))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("word_1_2", "word_1_1"), ("<SP ", "<SQ "), ('WC="0.91"', 'WC="91"'), ('HPOS="100"', 'HPOS="1OO"'), ("pixel", "pixels"),
        ("Layout", "L"),
    ],
)  # fmt: skip
def test_the_rules_find_what_breaks_them(contract_page, right, wrong):
    broken = format_alto([contract_page]).decode("utf-8").replace(right, wrong)
    assert not RULES.validate(etree.fromstring(broken.encode("utf-8")))


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
