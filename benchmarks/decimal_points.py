"""Points that digits set close hide: `python benchmarks/decimal_points.py --fonts FOLDER … [--faces 12] [--lines 600]`.

Lines of numbers, half of them with a decimal point and half whole numbers, dates and numbers of persons without one, in as many faces, at
0 to -12 % of letter spacing, clean and degraded as rendered training lines are. Each is read once by the shipped recogniser, and the ink
of what was read is asked for points (`ocr_crnn/reading/lost_points.py`). Printed: lines read without an error before and after, and how
many got a point that is not there, which must not be.
"""

import argparse
from dataclasses import replace

import numpy as np
from rich.console import Console
from rich.table import Table

from ocr_crnn.reading.characters import box_characters
from ocr_crnn.reading.lost_points import restore_points
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.synthesis import fonts
from ocr_crnn.synthesis.line.rendering import draw_line_parameters, render_line

SPACINGS = (0.0, -0.05, -0.08, -0.1, -0.12)


def draw_text(rng, has_point):
    whole = str(rng.integers(0, 10 ** int(rng.integers(1, 5))))
    if has_point:
        return f"{whole}.{rng.integers(0, 100):02d}{'%배도 '[rng.integers(4)]}".strip()
    digits = "".join(map(str, rng.integers(0, 10, 13)))
    return (digits[:8], f"{digits[:6]}-{digits[6:]}", f"{whole}건", f"{digits[:3]}-{digits[3:5]}-{digits[5:10]}")[rng.integers(4)]


def draw_line(rng, faces, has_point, degrade):
    """`(image, text, letter spacing)`."""
    text, spacing = draw_text(rng, has_point), float(rng.choice(SPACINGS))
    parameters = draw_line_parameters(rng, faces, text, degrade=degrade)
    return render_line(replace(parameters, letter_spacing_em=spacing, keeps_latin=False)), text, spacing


def ask_ink(image, line):
    boxes = box_characters(line.text, line.spans_px, image)
    return restore_points(line.text, line.character_scores, boxes, image)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fonts", nargs="+", required=True)
    parser.add_argument("--faces", type=int, default=12)
    parser.add_argument("--lines", type=int, default=600, help="of each kind")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    every = fonts.load_faces(fonts.find_fonts(args.fonts))
    faces = [every[number] for number in np.sort(rng.choice(len(every), min(args.faces, len(every)), replace=False))]
    recognizer = TextRecognizer.from_preset().for_crops()
    table = Table("lines", "letter spacing", "number", "right, read", "right, with points by ink", "points where none are")
    for degrade in (False, True):
        for has_point in (True, False):
            lines = [draw_line(rng, faces, has_point, degrade) for _ in range(args.lines)]
            read = recognizer([image for image, _, _ in lines])
            asked = [ask_ink(image, one) for (image, _, _), one in zip(lines, read, strict=True)]
            for spacing in SPACINGS:
                rows = [(text, one.text, other) for (_, text, at), one, other in zip(lines, read, asked, strict=True) if at == spacing]
                right = [sum(text == found for text, *both in rows for found in both[place : place + 1]) / len(rows) for place in (0, 1)]
                wrong = sum(other.count(".") > max(text.count("."), one.count(".")) for text, one, other in rows)
                kind = f"{'degraded' if degrade else 'clean'}, {'a point' if has_point else 'no point'}"
                table.add_row(kind, f"{spacing:.0%}", str(len(rows)), *(f"{share:.1%}" for share in right), str(wrong))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
