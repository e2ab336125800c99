"""Draw the forms that ship with the package, and register them by the command that registers anybody's.

    python benchmarks/blank_forms.py [--to ocr_crnn/reading/templates/forms] [--forms labour_contract tax_invoice resume] [--dpi 200]

The folders must not exist: remove them to make them anew.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2

from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.blank_forms import FORMS
from ocr_crnn.synthesis.page.blanks import describe_blank, draw_blank
from ocr_crnn.synthesis.page.rendering import render_page

ROOT = Path(__file__).parents[1]
SHIPPED = ("labour_contract", "tax_invoice", "resume")


def register_blank(blank, folder, faces, dpi):
    """Draw a blank and register it."""
    with tempfile.TemporaryDirectory() as scratch:
        picture, description = Path(scratch) / "blank.png", Path(scratch) / "fields.json"
        image, _ = render_page(draw_blank(blank, faces, dpi))
        cv2.imwrite(str(picture), image[..., ::-1])
        description.write_text(json.dumps(describe_blank(blank, dpi), ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, "-m", "ocr_crnn", "template", "register", picture, "--fields", description, "--to", folder]
        subprocess.run(list(map(str, command)), check=True, cwd=ROOT)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=ROOT / "ocr_crnn/reading/templates/forms")
    parser.add_argument("--forms", nargs="+", default=SHIPPED, choices=FORMS)
    parser.add_argument("--dpi", type=float, default=200)
    args = parser.parse_args()
    faces = load_faces(find_fonts([ROOT / "fonts"]))
    for name in args.forms:
        register_blank(FORMS[name](), args.to / name, faces, args.dpi)


if __name__ == "__main__":
    main()
