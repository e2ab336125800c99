"""Labels and values that a detector took for one text, read as a whole and in parts:
`python benchmarks/wide_gaps.py --fonts PATH… --corpus PATH… [--lines 240]`.

Each line is a label, white of some heights of the print, and a value or a run of words with ordinary spaces, softened and with noise. Both
ways read the same crop of the same quad; `cut` is the share of lines that were read in parts.
"""

import argparse

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ocr_crnn.evaluation.text import measure_cer
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.ops.lines import crop_quad
from ocr_crnn.reading.crops import expand_lines
from ocr_crnn.reading.gaps import join_parts, part_texts
from ocr_crnn.reading.loading import load_networks
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.text.corpus import read_corpus

LABELS = ["주소", "상호", "성명", "대표이사", "전화", "비고", "계좌번호", "일시", "장소", "제목"]
VALUES = ["서울특별시 종로구 세종대로 209, 3층", "2025. 3. 14. 오후 2시", "02-1234-5678 (내선 12)", "국민은행 123-45-678901"]
GAPS = ((0.5, 1.0), (1.0, 1.5), (1.5, 3.0), (3.0, 6.0))  # heights of the print


def draw_line(rng, face, value, heights):
    """uint8 `(height, width)`, the quad of the line `(1, 4, 2)`, and its text."""
    size_px, label = int(rng.choice([22, 28, 36, 44])), str(rng.choice(LABELS))
    font = ImageFont.truetype(face.path, size_px, index=face.index)
    x = 20, 20 + font.getlength(label) + rng.uniform(*heights) * size_px
    picture = Image.new("L", (int(x[1] + font.getlength(value)) + 40, 2 * size_px), 255)
    draw, boxes = ImageDraw.Draw(picture), []
    for left, text in zip(x, (label, value), strict=True):
        draw.text((left, size_px // 2), text, 0, font)
        boxes.append(draw.textbbox((left, size_px // 2), text, font))
    left, top, right, bottom = boxes[0][0], min(box[1] for box in boxes), boxes[1][2], max(box[3] for box in boxes)
    levels = np.asarray(picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.9))), np.float32) * 0.85 + 20
    image = np.clip(levels + rng.normal(0, rng.choice([0, 3, 8]), levels.shape), 0, 255).astype(np.uint8)
    return image, boxes_to_quads([[left, top, right - left, bottom - top]]), f"{label} {value}"


def parse(text, lines):
    """Options of a benchmark whose help is `text` → args, its faces, and sentences of the corpus that a line holds."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", nargs="+", required=True, metavar="PATH")
    parser.add_argument("--corpus", nargs="+", required=True, metavar="PATH")
    parser.add_argument("--lines", type=int, default=lines, help="of each row and kind; %(default)s by default")
    args = parser.parse_args()
    sentences = [text for text in read_corpus(args.corpus) if 12 <= len(text) <= 26 and " " in text][:400]
    return args, load_faces(find_fonts(args.fonts)), sentences


def main():
    args, faces, sentences = parse(__doc__, lines=240)
    values = VALUES * 20 + sentences
    (_, recognizer), _ = load_networks()
    print(f"{len(faces)} faces, {args.lines} lines of each width\n")
    print("| gap, heights | whole | in parts | better | worse | cut |\n|---|---|---|---|---|---|")
    for heights in GAPS:
        rng = np.random.default_rng(0)
        whole, parted, cut = [], [], 0
        for _ in range(args.lines):
            image, quads, text = draw_line(rng, faces[rng.integers(len(faces))], str(rng.choice(values)), heights)
            parts = part_texts(image, quads)
            read = [recognizer([crop_quad(image, quad) for quad in expand_lines(some)]) for some in (quads, parts.quads)]
            whole.append((text, read[0][0].text))
            parted.append((text, join_parts(read[1], parts)[0].text))
            cut += len(parts.rows) > 1
        changes = [np.sign(measure_cer([a]) - measure_cer([b])) for a, b in zip(whole, parted, strict=True)]
        rates, counts = f"{measure_cer(whole):.4f} | {measure_cer(parted):.4f}", f"{changes.count(1)} | {changes.count(-1)}"
        print(f"| {heights[0]}–{heights[1]} | {rates} | {counts} | {cut / args.lines:.2f} |", flush=True)


if __name__ == "__main__":
    main()
