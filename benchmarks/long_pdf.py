"""Memory over the pages of a long PDF: `python benchmarks/long_pdf.py [--pages 500] [--networks]`.

A PDF of small rendered pages is read to every format by `read_files`. Without --networks the reader is a stand-in that finds the same words
on every page, so that what is measured is all that the command keeps; with them, the shipped presets read. Prints the resident memory of
the process every so many pages.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import img2pdf
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr_crnn.commands.read.files import read_files
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page

FORMATS = "txt,json,tsv,hocr,alto,pdf,html"
SIZE = (420, 595)  # pixels of a page, at 72 dpi


def write_pdf(path, count):
    pictures = Path(path).parent / "pictures"
    pictures.mkdir()
    font = ImageFont.load_default(14)
    for number in range(count):
        picture = Image.new("L", SIZE, 255)
        draw = ImageDraw.Draw(picture)
        for row in range(20):
            draw.text((30, 30 + 26 * row), f"Page {number + 1} of {count}, line {row + 1}: 0123456789", fill=0, font=font)
        picture.save(pictures / f"{number:05}.png")
    with open(path, "wb") as stream:
        img2pdf.convert(sorted(map(str, pictures.iterdir())), outputstream=stream)


class StandIn:
    """Finds twenty lines of five words on every page."""

    def read_pages(self, images):
        return [self.read_page(image) for image in images]

    def read_page(self, image):
        height, width = image.shape[:2]
        rows, columns = np.divmod(np.arange(100), 5)
        boxes = np.stack([columns * width / 5, rows * height / 20, np.full(100, width / 6), np.full(100, height / 30)], axis=1)
        return Page(None, (height, width), boxes_to_quads(boxes), ["낱말"] * 100, scores=[0.9] * 100, lines=rows, blocks=rows // 10)


def resident_mb():
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def watched(reader, every, count):
    """The reader, which prints the resident memory every so many pages."""
    read, done = reader.read_pages, 0

    def read_pages(images):
        nonlocal done
        pages = read(images)
        done += len(images)
        if done % every == 0 or done in (1, count):
            print(f"page {done:>5}  {resident_mb():>8.0f} MB  {time.process_time():>7.0f} CPU s")
        return pages

    reader.read_pages = read_pages
    return reader


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--dpi", type=float, default=150)
    parser.add_argument("--networks", action="store_true", help="read with the shipped presets")
    args = parser.parse_args()

    def make_reader():
        from ocr_crnn.reading.reader import DocumentReader

        return watched(DocumentReader.from_preset() if args.networks else StandIn(), max(args.pages // 10, 1), args.pages)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.pdf"
        write_pdf(path, args.pages)
        print(f"{args.pages} pages, {path.stat().st_size / 1e6:.1f} MB; {FORMATS}")
        code = read_files([path], Path(folder) / "out", make_reader, FORMATS, dpi=args.dpi, quiet=True)
        files = list((Path(folder) / "out").iterdir())
        written_mb = sum(file.stat().st_size for file in files) / 1e6
        print(f"exit code {code}, {len(files)} files, {written_mb:.1f} MB; {resident_mb():.0f} MB resident at the end")


if __name__ == "__main__":
    main()
