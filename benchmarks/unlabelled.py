"""What lines without labels add: `python benchmarks/unlabelled.py --unseen FONT… [--fonts PATH…] [--corpus PATH…]`.

Lines are rendered into three folders of pairs (name.png, name.txt): `labelled`, in fonts that the recogniser knows, or in the unseen ones
with --labelled-unseen; `unlabelled` and `measured`, in the unseen fonts. The texts of `unlabelled` are never learnt from: they tell how
many of the pseudo-labels are right.
"""

from pathlib import Path
from typing import NamedTuple

from finetune import draw_lines, write_lines

from ocr_crnn.recipes.experiment import HELD_OUT_FONTS
from ocr_crnn.synthesis import fonts

LENGTHS = ((0.5, 1, 8), (0.5, 6, 20))  # of the texts, as of RenderedLines
LABELLED, UNLABELLED, MEASURED = 11, 12, 13  # seeds


class Folders(NamedTuple):
    """Folders of pairs, paths."""

    labelled: Path
    unlabelled: Path
    measured: Path


def find_faces(files, unseen):
    """(known, unseen) faces: those of the files without the unseen and the held-out families, and those of the unseen files."""
    new = fonts.load_faces(fonts.find_fonts(unseen))
    families = {name for face in new for name in face.names}
    return fonts.load_faces(fonts.find_fonts(files), exclude=(*HELD_OUT_FONTS, *families)), new


def make_folders(folder, known, unseen, sentences, codec, counts=(1000, 4000, 300), seed=0, labelled_unseen=False):
    """Render the three folders of lines; those that are there stay.

    folder: Path. known, unseen: faces. codec: lines are of its alphabet. counts: of labelled, unlabelled and measured lines.
    labelled_unseen: the labelled lines are in the unseen faces too. Returns Folders.
    """
    faces = (unseen if labelled_unseen else known, unseen, unseen)
    made = Folders(*(folder / name for name in Folders._fields))
    folder.mkdir(parents=True, exist_ok=True)
    for path, of, number, count in zip(made, faces, (LABELLED, UNLABELLED, MEASURED), counts, strict=True):
        if not path.exists():
            write_lines(path, draw_lines(of, sentences, 100 * seed + number, count, codec, lengths=LENGTHS))
    return made
