"""Options of the recipes that go on with shipped weights on one's own data, and what is rendered beside it so that nothing is forgotten."""

from pathlib import Path

from ocr_crnn.training.options import real
from ocr_crnn.training.precision import fastest_precision


def add_finetune_options(parser, held):
    parser.add_argument("--data", nargs="+", default=[], metavar="PATH", help="one's own: folders, zips or files of labels")
    parser.add_argument("--held", type=real(0, 1, above=True, below=True), default=held, help="share of --data to measure on")
    parser.add_argument("--rehearsal", type=real(0, 1, below=True), default=0.6, help="share of what is learnt from that is rendered")
    parser.add_argument("--minutes", type=real(above=True), help="the training ends after so many")
    parser.add_argument("--exclude-fonts", nargs="*", default=[], metavar="FAMILY", help="families that nothing is rendered in")
    parser.set_defaults(optimizer="adamw", schedule="cosine", clipnorm=1.0, save_every=1.0, keep_last=1, precision=fastest_precision())


def find_rehearsal_fonts(fonts=None, needed=True):
    """Font files to render with: those given, or those of the system and of the package. needed: else None where none is Korean.

    Raises ValueError where none is Korean.
    """
    from ocr_crnn.data.gt_utility import FONT_PATH
    from ocr_crnn.synthesis.fonts import find_fonts, load_faces

    found = find_fonts(fonts) if fonts else [*find_fonts(), *([FONT_PATH.parent] if FONT_PATH.is_file() else [])]
    files = find_fonts(found) if found else []
    if not load_faces(files):
        if not needed:
            return None
        raise ValueError(
            "Rehearsal lines and pages are rendered in Korean fonts. Received: "
            f"{', '.join(map(str, fonts)) if fonts else 'the fonts of the system'}, none of them Korean. "
            "Install Korean fonts, or name them: --fonts FOLDER; --rehearsal 0 goes without, and other material is forgotten."
        )
    return [str(Path(file)) for file in files]
