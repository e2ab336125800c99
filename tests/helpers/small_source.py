"""A small source of rendered lines."""

from functools import partial
from pathlib import Path

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.ops.frames import count_frames
from ocr_crnn.recognition.codecs import CTCCodec
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.training import rendered

FACES = load_faces(find_fonts([str(Path(__file__).parents[2] / "fonts")]))[:3]


def make_source():
    """Short lines of every kind in three faces, without one syllable."""
    return rendered.RenderedLines(
        seed=5,
        faces=tuple(FACES),
        codec=CTCCodec(Alphabet.korean()),
        frames_for_width=partial(count_frames, stride=4),
        sentences=("계약을 체결하고 보관한다.",),
        withheld="약",
        lengths=((1.0, 1, 8),),
    )
