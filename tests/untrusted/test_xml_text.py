import pytest

from ocr_crnn.untrusted.plain import DamagedFileError
from ocr_crnn.untrusted.xml_text import MOST_DEPTH, parse_xml


def test_a_document():
    assert [child.tag for child in parse_xml(b"<a><!-- c --><b/><?pi x?></a>", "x.xml")] == ["b"]


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"<a>",
        b"no xml",
        b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * (MOST_DEPTH + 1) + b"</a>" * (MOST_DEPTH + 1),
        b"<a>" * 100_000,
        b"\xff\xfe<",
    ],
)
def test_what_is_none(contents):
    with pytest.raises(DamagedFileError, match="well-formed XML without a DTD. Received: x.xml"):
        parse_xml(contents, "x.xml")
