"""The font of invisible text in a PDF: one glyph, a box one em wide, for every UTF-16 code unit, each of which maps to itself."""

import io

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pikepdf import Array, Dictionary, Name


def invisible_font(document):
    """A Type 0 font of the document whose every code unit is a one em wide box that maps to itself."""
    program = document.make_stream(_font_program())
    program.Length1 = len(program.read_bytes())
    descriptor = Dictionary(
        Type=Name.FontDescriptor, FontName=Name("/Invisible"), Flags=5, FontBBox=Array([0, -200, 1000, 800]), ItalicAngle=0,
        Ascent=800, Descent=-200, CapHeight=800, StemV=80, FontFile2=program,
    )  # fmt: skip
    cid_font = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name("/Invisible"), DW=1000, FontDescriptor=document.make_indirect(descriptor),
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        CIDToGIDMap=document.make_stream(b"\x00\x01" * 65536),
    )  # fmt: skip
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name("/Invisible"), Encoding=Name("/Identity-H"),
        DescendantFonts=Array([document.make_indirect(cid_font)]), ToUnicode=document.make_stream(_identity_to_unicode()),
    )  # fmt: skip


def _font_program():
    """A TrueType font of one glyph, a box as large as the em; under 1 kB.

    An empty glyph would do for copying, but PDFium drops text whose glyphs have no extent, single characters and upright lines first.
    """
    pen = TTGlyphPen(None)
    pen.moveTo((0, -200))
    for point in ((0, 800), (1000, 800), (1000, -200)):
        pen.lineTo(point)
    pen.closePath()
    box = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "box"])
    builder.setupCharacterMap({0x20: "box"})
    builder.setupGlyf({".notdef": box, "box": box})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "box": (1000, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=False)
    builder.font.recalcTimestamp = False  # equal texts are equal files, today and tomorrow
    builder.updateHead(created=0, modified=0)
    stream = io.BytesIO()
    builder.save(stream)
    return stream.getvalue()


def _identity_to_unicode():
    """A CMap that sends every code unit to itself; a range may not cross the low byte, hence 256 of them, 100 a group."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for first in range(0, 256, 100):
        group = range(first, min(first + 100, 256))
        lines.append(f"{len(group)} beginbfrange")
        lines += [f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>" for high in group]
        lines.append("endbfrange")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
