"""A detector and a recogniser that need no weights: they know one page by its truth, and a crop by its pixels."""

from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np

from ocr_crnn.formats.page_json import read_page_json
from ocr_crnn.geometry import order_quads, quad_sizes
from ocr_crnn.granularity import segments
from ocr_crnn.images import read_images
from ocr_crnn.reading.crops import crop_quad, expand_lines, expand_quads
from ocr_crnn.reading.orientation import first_parts, turn_quads
from ocr_crnn.reading.stacked import unstack

PAGES = Path(__file__).parents[2] / "data" / "sample_pages"
LOOK = (96, 16)  # width and height at which crops are compared
ALIKE = 0.7  # correlation from which two crops show the same text

ReadLine = namedtuple("ReadLine", "text score character_scores spans_px")  # as recognition.recognizer's, without its Keras


class OracleDetector:
    """Finds the segments of the truth on its page, in whatever quarter turn, without telling which way they read."""

    def __init__(self, image, truth):
        self.image, self.quads, self.size = image, truth.quads, truth.size

    def __call__(self, pixels):
        turns = next(k for k in range(4) if np.array_equal(np.rot90(self.image, k), pixels))
        quads = order_quads(turn_quads(self.quads, self.size, turns))
        return SimpleNamespace(quads=quads, scores=np.ones(len(quads), np.float32))


class OracleRecognizer:
    """Reads a crop that looks like one of the truth's segments, or like the first or last part of one, as that segment, anything else as
    a doubtful "?"."""

    def __init__(self, image, truth):
        turned = np.roll(truth.quads, 2, axis=1)
        quads = np.concatenate([truth.quads, first_parts(truth.quads), np.roll(first_parts(turned), -2, axis=1)])
        self.texts = 3 * list(truth.texts)
        shown = [show(image, *row) for row in zip(quads, 3 * list(truth.characters), self.texts, strict=True)]
        self.known = np.stack([look(picture) for picture, _ in shown])
        self.places = [places for _, places in shown]
        self.count = 0

    def __call__(self, images):
        self.count += len(images)
        return [self.read(image) for image in images]

    def read(self, image):
        alike = self.known @ look(image)
        best = int(alike.argmax())
        if alike[best] < ALIKE:
            return line("?", np.array([[0.4, 0.6]]) * image.shape[1], 0.2)
        return line(self.texts[best], self.places[best] * image.shape[1], 0.95)


def line(text, spans_px, score):
    return ReadLine(text, score, np.full(len(text), score, np.float32), np.asarray(spans_px, np.float32).reshape(-1, 2))


def look(image):
    """A crop as a vector of mean 0 and length 1, so that a product is a correlation."""
    gray = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, LOOK, interpolation=cv2.INTER_AREA).astype(np.float32).reshape(-1)
    small -= small.mean()
    return small / max(np.linalg.norm(small), 1e-6)


def show(image, quad, characters, text):
    """What a reader of lines has to see of a segment to read it, and where its characters lie along that, in parts of its width.

    Characters that stand one below the other have to be laid side by side.
    """
    width, height = quad_sizes(quad[None])[0]
    if height < 1.5 * width or len(text) == 1:
        quad = expand_lines(quad)[0]
        return crop_quad(image, quad), places(quad, characters)
    stack = unstack(crop_quad(image, expand_quads(quad)[0]))
    middles = stack.places.mean(axis=1) / stack.image.shape[1]
    cells = np.cumsum([character != " " for character in text]) - 1
    at = [middles[cell] if character != " " else middles[cell : cell + 2].mean() for character, cell in zip(text, cells, strict=True)]
    return stack.image, np.array(at)[:, None] + [-0.002, 0.002]


def places(quad, characters):
    """Where the middles of characters lie along their segment's quad, as narrow spans `(characters, 2)` in parts of its width."""
    along = quad[1] - quad[0]
    middle = (characters.quads.mean(axis=1) - quad[0]) @ along / (along @ along)
    return np.stack([middle - 0.002, middle + 0.002], axis=1)


def sample_page(name="00000000"):
    """(pixels, truth as words, truth as segments that can be read) of a sample page."""
    truth = read_page_json(PAGES / f"{name}.json")
    whole = segments(truth)
    return next(read_images(truth.image_path)).pixels, truth, whole.take([text is not None for text in whole.texts])
