import os
import pickle
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from ocr_crnn.synthesis.fonts import find_fonts, load_faces, load_latin_faces

FONTS = Path(__file__).parents[2] / "fonts"


def square(left, right):
    pen = TTGlyphPen(None)
    pen.moveTo((left, 0))
    for point in ((left, 700), (right, 700), (right, 0)):
        pen.lineTo(point)
    pen.closePath()
    return pen.glyph()


@pytest.fixture(scope="module")
def tricky_font(tmp_path_factory):
    """A font that maps more than it draws: 한 and 글 are real, 빈 is empty, 낯 is drawn as .notdef is, 쀓 뙗 휗 share a placeholder."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "space", "han", "geul", "empty", "copy", "placeholder"])
    mapped = {" ": "space", "한": "han", "글": "geul", "빈": "empty", "낯": "copy"} | dict.fromkeys("쀓뙗휗갂", "placeholder")
    builder.setupCharacterMap({ord(character): name for character, name in mapped.items()})
    edges = {".notdef": (50, 550), "han": (10, 700), "geul": (100, 800), "copy": (50, 550), "placeholder": (0, 400)}
    outlines = {name: square(*edge) for name, edge in edges.items()}
    blank = TTGlyphPen(None).glyph()
    builder.setupGlyf({name: outlines.get(name, blank) for name in builder.font.getGlyphOrder()})
    builder.setupHorizontalMetrics(dict.fromkeys(builder.font.getGlyphOrder(), (900, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": {"en": "Tricky Round", "ko": "트리키 라운드"}, "styleName": "Bold"})
    builder.setupOS2()
    builder.setupPost()
    path = tmp_path_factory.mktemp("fonts") / "tricky.ttf"
    builder.save(path)
    return path


def test_shipped_fonts_hold_all_syllables():
    faces = load_faces(find_fonts([FONTS]))
    assert [face.family for face in faces] == ["NanumBarunGothic", "NanumMyeongjo"]
    for face in faces:
        assert face.uncovered("".join(map(chr, range(0xAC00, 0xD7A4, 37)))) == ""
        assert face.covers("Az09 .,①㈜㎡※「」")
        assert not face.covers_character("\u0e01")  # Thai is in neither
        assert not face.covers_character("\\")  # both draw the won sign in its place


def test_coverage_asks_for_a_glyph_of_its_own(tricky_font):
    (face,) = load_faces([tricky_font], holds="한글")
    assert all(face.covers_character(character) for character in "한글 ")
    assert not any(face.covers_character(character) for character in "빈낯쀓갂a\n\u200b")
    assert face.uncovered("한빈글낯빈") == "빈낯"
    assert face.covers("") and face.covers("한 글") and not face.covers("한빈")


@pytest.mark.parametrize(
    ("name", "left_out"),
    [(name, True) for name in ("Tricky Round", "trickyround", "트리키 라운드", "TRICKY ROUND BOLD")] + [("Tricky", False)],
)
def test_families_are_left_out_by_any_of_their_names(tricky_font, name, left_out):
    assert (load_faces([tricky_font], exclude=[name]) == []) == left_out


def test_faces_without_korean_and_broken_files_are_left_out(tmp_path, tricky_font):
    assert load_faces([tricky_font], holds="漢") == []
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    os.mkfifo(tmp_path / "pipe.ttf")  # is not waited for
    (tmp_path / "empty.otf").write_bytes(b"")
    shutil.copy(tricky_font, tmp_path / "good.ttf")
    (tmp_path / "truncated.ttc").write_bytes(struct.pack(">4sLLL", b"ttcf", 0x10000, 1, 64))
    with pytest.warns(UserWarning, match="not a readable font") as warned:
        faces = load_faces(find_fonts([tmp_path]))
    assert len(faces) == 1 and len(warned) == 4
    with pytest.raises(FileNotFoundError, match="Received"):
        find_fonts([tmp_path / "absent"])
    assert find_fonts([tmp_path / "good.ttf"]) == [tmp_path / "good.ttf"]


def test_glyphs_sit_on_the_baseline():
    face = load_faces([FONTS / "NanumMyeongjo.ttf"])[0]
    glyph = face.glyph("A", 64)
    assert glyph.bitmap.dtype == np.uint8 and glyph.bitmap.max() == 255
    assert glyph.top + glyph.bitmap.shape[0] == 0  # an A stands on the baseline
    assert face.glyph("A", 128).advance == pytest.approx(2 * glyph.advance, abs=2)
    copy = pickle.loads(pickle.dumps(face))
    assert copy == face and copy.weight == face.weight and copy.covers("한글")


def test_symbol_fonts_are_no_latin_faces(tricky_font):
    assert load_latin_faces([tricky_font, FONTS / "NanumMyeongjo.ttf"]) == []
