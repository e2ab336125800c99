"""Condensed print, read as it is and stretched: `python benchmarks/condensed.py --fonts PATH… --corpus PATH… [--lines 120]`.

Lines of amounts, accounts and sentences, drawn and squeezed to a share of their width, softened and with noise, are read by the recogniser
of the reader from the same crops: as they are, and as the reader does, which reads condensed lines stretched too and takes the surer one.
"""

import cv2
import numpy as np
from wide_gaps import draw_line, parse

from ocr_crnn.evaluation.text import measure_cer
from ocr_crnn.ops.lines import crop_quad
from ocr_crnn.reading.crops import expand_lines
from ocr_crnn.reading.loading import load_networks
from ocr_crnn.reading.spotter import Spotter

WIDTHS = (1.0, 0.8, 0.7, 0.6, 0.5)


def draw_value(rng):
    number = int(rng.integers(1, 10 ** int(rng.integers(3, 9))))
    return str(rng.choice([f"{number:,}", f"{number:,}원", f"{number / 100:,.2f}", f"{number:,} 수량 {rng.integers(1, 1000)}"]))


def main():
    args, faces, sentences = parse(__doc__, lines=120)
    (_, recognizer), settings = load_networks()
    spotter = Spotter(None, recognizer, settings)
    print(f"{len(faces)} faces, {args.lines} lines of each width and kind\n")
    print("| width | numbers as they are | numbers | sentences as they are | sentences |\n|---|---|---|---|---|")
    for width in WIDTHS:
        figures = []
        for draw in (draw_value, lambda rng: str(rng.choice(sentences))):
            rng, plain, read = np.random.default_rng(0), [], []
            for _ in range(args.lines):
                image, quads, text = draw_line(rng, faces[rng.integers(len(faces))], draw(rng), (0.2, 0.3))
                crop = crop_quad(image, expand_lines(quads)[0])
                crop = cv2.resize(crop, (max(1, round(crop.shape[1] * width)), len(crop)), interpolation=cv2.INTER_AREA)
                plain.append((text, recognizer([crop])[0].text))
                read.append((text, spotter.read_crops([crop])[0].text))
            figures += [measure_cer(plain), measure_cer(read)]
        print(f"| {width:.0%} | {' | '.join(f'{figure:.4f}' for figure in figures)} |", flush=True)


if __name__ == "__main__":
    main()
