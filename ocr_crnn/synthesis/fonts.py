"""Font files and their faces: which of them hold Korean, which characters each can really draw, and the glyphs."""

import re
import warnings
from collections import Counter
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from fontTools.ttLib import TTCollection, TTFont, TTLibError
from PIL import Image, ImageFont

from ocr_crnn.untrusted.plain import open_plain

SYSTEM_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
    "~/AppData/Local/Microsoft/Windows/Fonts",
)
PROBE_EM_PX = 64  # coverage is judged at this size, which is also the size that lines are composed at
_MISSING = "\U0010fffe"  # a noncharacter: no font maps it, so it is drawn as .notdef
_RARE_SYLLABLES = "쀓뙗휗"  # fonts of the 2,350 common syllables may draw all others as one placeholder
_STYLE_WORDS = re.compile(
    r"(?:ultra|extra|semi|demi)?-?(?:thin|light|regular|medium|bold|black|heavy|italic|oblique|book)$|(?:otf|ttf)$", re.IGNORECASE
)
# Faces that draw other things than the character says, found by comparing every face with the rest.
_WRONG_GLYPHS = {
    "NanumGothic Eco ExtraBold": lambda character: _is_rare_syllable(character),  # parts of other syllables
    "BM HANNA Pro Regular": lambda character: _is_rare_syllable(character),  # pictures of dishes
    "Guseul Regular": lambda character: "\u4e00" <= character <= "\u9fff",  # the reading in Hangul
}
# Pens, brushes and shop signs: an eighth of the weight of print, since documents seldom use them.
_DISPLAY_FAMILIES = re.compile(
    r"BM |Gaegu|Gugi|Poor Story|Nanum (?:Brush|Pen)|"
    r"NanumBarunpen|Un(?:Pen|Pilgi|Vada|Jamo|Yetgul|Dinaru)|Bangwool|Bandal|Eunjin|Guseul|Baekmuk Headline"
)
_LATIN_FAMILIES = re.compile(
    r"(?:Liberation|DejaVu|Nimbus|C059|P052|URW|Times|Arial|Helvetica|Calibri|Cambria|Georgia|Verdana|Tahoma|Courier|Carlito|Caladea|Roboto|"
    r"Open Sans|Lato|Droid Sans|Droid Serif|Noto Sans|Noto Serif)(?!.*(?:CJK|Narrow|Condensed|Symbol|Math|Display))"
)
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
# Body text of Korean documents is as often Batang or Myeongjo as Gothic, though there are fewer fonts of it.
_SERIF_FAMILIES = re.compile(r".*(?:Myeongjo|Batang|Serif|Shinmun|바탕|명조)")
_WORN_FAMILIES = ("BM Euljiro oraeorae",)  # drawn to be hardly legible


def find_fonts(folders=None):
    """Every .ttf, .otf, .ttc and .woff file under the folders, sorted; the system's font folders when None.

    A file among `folders` stands for itself. Raises FileNotFoundError for a named folder that does not exist.
    """
    if folders is None:
        folders = [folder for folder in map(_expand, SYSTEM_FOLDERS) if folder.is_dir()]
    found = set()
    for folder in map(_expand, folders):
        if not folder.exists():
            raise FileNotFoundError(f"Font folders have to exist. Received: {str(folder)!r}. Install fonts or name another folder.")
        files = [folder] if folder.is_file() else folder.rglob("*")
        found.update(path for path in files if path.suffix.lower() in (".ttf", ".otf", ".ttc", ".woff"))
    return sorted(found)


class Glyph(NamedTuple):
    """bitmap: uint8 `(height, width)`, 255 is ink. left, top: of the bitmap from the pen on the baseline, y down. All in pixels."""

    bitmap: np.ndarray
    left: int
    top: int
    advance: float


class Face:
    """One face of a font file. Cheap to make and to pickle; FreeType is opened when the first glyph is drawn.

    path, index: the file and the face's number inside a collection.
    family, style: the English names. names: every family name in every language, to find the face by.
    weight: how often the face is drawn, relative to others.
    """

    def __init__(self, path, index, family, style, names=(), weight=1.0):
        self.path = str(path)
        self.index = index
        self.family = family
        self.style = style
        self.names = tuple(names) or (family,)
        self.weight = weight
        self._covered = {}

    def __repr__(self):
        return f"Face({self.family!r}, {self.style!r})"

    def __eq__(self, other):
        return isinstance(other, Face) and (self.path, self.index) == (other.path, other.index)

    def __hash__(self):
        return hash((self.path, self.index))

    def __reduce__(self):
        return Face, (self.path, self.index, self.family, self.style, self.names, self.weight)

    @property
    def is_bold(self):
        return bool(re.search("bold|black|heavy", self.style, re.IGNORECASE))

    def glyph(self, character, em_px=PROBE_EM_PX):
        """The `Glyph` of a character at an em of whole pixels; kept in a cache that all faces of a process share."""
        return _draw_glyph(self.path, self.index, character, em_px)

    @cached_property
    def _placeholders(self):
        """Bitmaps that mean "no such glyph": .notdef, and what several rare syllables are all drawn as."""
        missing = _bitmap_key(self.glyph(_MISSING))
        rare = [_bitmap_key(self.glyph(syllable)) for syllable in _RARE_SYLLABLES]
        return {missing} | {key for key in rare if rare.count(key) > 1}

    def covers_character(self, character):
        covered = self._covered.get(character)
        if covered is None:
            covered = self._covered[character] = self._draws(character)
        return covered

    def _draws(self, character):
        glyph = self.glyph(character)
        if character == " ":
            return glyph.advance > 0 and not glyph.bitmap.any()
        if not glyph.bitmap.any() or _bitmap_key(glyph) in self._placeholders:
            return False
        if character == "\\" and not _leans_back(glyph.bitmap):  # Korean fonts draw ₩ in its place
            return False
        wrong = _WRONG_GLYPHS.get(f"{self.family} {self.style}")
        return not (wrong and wrong(character))

    def covers(self, text):
        """Whether every character has a glyph of its own: in the character map, with an outline, not drawn as .notdef (tofu)."""
        return all(self.covers_character(character) for character in set(text))

    def uncovered(self, text):
        """The characters of the text, each once and in order, that the face cannot draw."""
        return "".join(character for character in dict.fromkeys(text) if not self.covers_character(character))


def load_faces(paths, exclude=(), holds="한글"):
    """The faces of the font files that can draw `holds`, sorted by family and style.

    paths: font files, as from `find_fonts`. exclude: family names to leave out, English or Korean, without regard to
    case, spaces and style words: "NanumSquareRound" leaves out its bold as well, but not NanumSquare.
    Faces get a weight: families count by the root of their number of faces, pens and shop signs less than print.
    Of the regional faces of one collection (… CJK JP, KR, SC) only the Korean one is taken, since they share their Hangul.
    A file that is no font is left out with a warning that names it.
    """
    excluded = {_plain_name(name) for name in exclude}
    faces = []
    for path in paths:
        try:
            found = _read_faces(path)
        except (OSError, TTLibError, KeyError, ValueError) as error:
            warnings.warn(f"Left out {path}, which is not a readable font: {error}", stacklevel=2)
            continue
        for face, regions in found:
            if regions and "korean" not in regions and len(found) > 1:
                continue
            if face.family in _WORN_FAMILIES or not excluded.isdisjoint(map(_plain_name, face.names)) or not face.covers(holds):
                continue
            faces.append(face)
    _weigh(faces)
    return sorted(faces, key=lambda face: (face.family, face.style, face.path, face.index))


def load_latin_faces(paths, exclude=()):
    """The faces that ASCII beside Korean is set in: known families of text, since symbol fonts have pictures in place of letters."""
    faces = [face for face in load_faces(paths, exclude, holds=_ASCII) if _LATIN_FAMILIES.match(face.family)]
    _weigh(faces)
    return faces


def _weigh(faces):
    sizes = Counter(face.family for face in faces)
    for face in faces:
        kind = 0.125 if _DISPLAY_FAMILIES.match(face.family) else 1.8 if _SERIF_FAMILIES.match(face.family) else 1.0
        face.weight = sizes[face.family] ** -0.5 * kind


def _is_rare_syllable(character):
    """A Hangul syllable beyond the 2,350 of KS X 1001, which EUC-KR spells with eight bytes."""
    return "가" <= character <= "힣" and len(character.encode("euc_kr")) > 2


def _leans_back(bitmap):
    """Whether the ink runs from top left to bottom right."""
    rows, columns = np.nonzero(bitmap > 127)
    if len(rows) == 0:
        return False
    third = bitmap.shape[0] / 3
    top, bottom = columns[rows < third], columns[rows >= 2 * third]
    return len(top) > 0 and len(bottom) > 0 and bottom.mean() - top.mean() > 0.35 * bitmap.shape[1]


def _read_faces(path):
    """`[(Face, regions)]` of a font file; regions is the set of East Asian languages that the face declares."""
    with open_plain(path) as file:
        if file.read(4) == b"ttcf":
            file.seek(0)
            return [_read_face(path, index, font) for index, font in enumerate(TTCollection(file, lazy=True).fonts)]
        file.seek(0)
        return [_read_face(path, 0, TTFont(file, lazy=True))]


def _read_face(path, index, font):
    names = font["name"]
    family = names.getDebugName(16) or names.getDebugName(1) or Path(path).stem
    style = names.getDebugName(17) or names.getDebugName(2) or "Regular"
    every_name = dict.fromkeys(_name_text(record) for record in names.names if record.nameID in (1, 16, 21))
    region = re.search(r"\b(JP|KR|SC|TC|HK)$", family)
    regions = {"korean" if region[1] == "KR" else region[1]} if region else set()
    return Face(path, index, family, style, [family, *filter(None, every_name)]), regions


def _name_text(record):
    """A name record as text; old Korean fonts store EUC-KR bytes under a Unicode or Johab label, which is no reason to fail."""
    try:
        return record.toUnicode()
    except UnicodeDecodeError:
        return record.string.replace(b"\0", b"").decode("euc_kr", "ignore")


def _plain_name(name):
    plain = re.sub(r"[\s_]+", "", name).lower()
    while (shorter := _STYLE_WORDS.sub("", plain)) not in ("", plain):
        plain = shorter
    return plain


def _expand(folder):
    return Path(folder).expanduser()


def _bitmap_key(glyph):
    return glyph.bitmap.shape, glyph.bitmap.tobytes()


@lru_cache(maxsize=2048)  # opening costs as much as twenty glyphs
def _open_font(path, index, em_px):
    # The basic layout: one glyph at a time needs no shaping, and libraqm is not everywhere.
    return ImageFont.truetype(path, em_px, index=index, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=60_000)  # about 3 kB each
def _draw_glyph(path, index, character, em_px):
    font = _open_font(path, index, em_px)
    mask, (left, top) = font.getmask2(character, mode="L", anchor="ls")
    image = Image.new("L", mask.size)
    image.im.paste(mask, (0, 0, *mask.size))  # ten times faster than bytes(mask), which goes item by item
    bitmap = np.frombuffer(image.tobytes(), np.uint8).reshape(image.height, image.width)  # (height, width)
    return Glyph(bitmap, left, top, font.getlength(character))
