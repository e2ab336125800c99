"""Readers for the tests of the command: quick, and made anew in every process."""

import os
import time
from pathlib import Path

import numpy as np
from oracle import OracleDetector, OracleRecognizer, line, sample_page

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.lines import LineReader
from ocr_crnn.reading.reader import DocumentReader


def oracle_reader():
    pixels, _, segments = sample_page("00000000")
    return DocumentReader(OracleDetector(pixels, segments), OracleRecognizer(pixels, segments))


class ToneReader:
    """Reads a page as the tone of its upper left pixel, in two words, the second one doubtful. A tone of 13 is more than it can bear."""

    def read_page(self, pixels):
        tone = int(pixels[0, 0, 0])
        if tone == 13:
            raise RuntimeError("unlucky page")
        height, width = pixels.shape[:2]
        quads = boxes_to_quads([[0, 0, width / 2, height / 4], [width / 2, 0, width / 2, height / 4]])
        characters = [Characters(quads[:1], [0.9]), Characters(quads[1:], [0.5])]
        texts = ["쪽", str(tone)]
        return Page(None, (height, width), quads, texts, scores=[0.9, 0.5], lines=[0, 0], blocks=[0, 0], characters=characters, left_out=2)

    def read_pages(self, images):
        return [self.read_page(pixels) for pixels in images]


class SlowReader(ToneReader):
    """Takes a while after the first pages, so that a signal comes in between."""

    def __init__(self):
        self.pages = 0

    def read_page(self, pixels):
        self.pages += 1
        if self.pages > 2:
            Path(os.environ["BUSY"]).touch()
            time.sleep(60)
        return super().read_page(pixels)


def line_reader():
    """Reads a line as "가" and its tone."""
    return LineReader(lambda images: [read_tone(int(image[0, 0, 0])) for image in images])


def read_tone(tone):
    text = f"가 {tone}"
    return line(text, np.arange(len(text))[:, None] * 10 + [5, 6], 0.9)


def broken_reader():
    raise ValueError("A preset is there. Received: none.")
