"""LineReader: images that are one line of text each, as they come out of a form or a data set of lines."""

from dataclasses import replace

import numpy as np

from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.characters import box_characters
from ocr_crnn.reading.confidence import PLAIN, calibrate
from ocr_crnn.reading.crops import boxes_in_quad
from ocr_crnn.reading.loading import load_recognizer
from ocr_crnn.reading.lost_points import restore_points
from ocr_crnn.reading.words import split_words
from ocr_crnn.recognition.false_spaces import close_spaces


class LineReader:
    """Read images of lines. recognizer: list of images → list of ReadLine, as TextRecognizer. calibration: of its scores."""

    images_at_once = 64  # lines are read in batches of like width

    def __init__(self, recognizer, calibration=PLAIN):
        self.recognizer, self.calibration = recognizer, calibration

    @classmethod
    def from_preset(cls, recognizer=None, language_model=None, engine=None, with_hanja=True):
        """With the weights of a shipped preset or a folder; None for the default. The rest: see loading.load_recognizer."""
        recognizer = load_recognizer(recognizer, language_model, engine, with_hanja)
        return cls(recognizer, recognizer.calibration)

    def read_pages(self, images):
        """uint8 RGB `(height, width, 3)` line images → list of Page, the words of one line each."""
        lines = [line._replace(character_scores=calibrate(line.character_scores, self.calibration)) for line in self.recognizer(images)]
        return [page_of_line(image, line) for image, line in zip(images, lines, strict=True)]


def page_of_line(image, line):
    """A ReadLine (text, character_scores, spans_px) and the image it was read from → the Page of its words."""
    height, width = image.shape[:2]
    whole = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    text, scores, spans_px = close_spaces(line.text, line.character_scores, line.spans_px, image)  # a served line is as it was read
    text, scores, boxes = restore_points(text, scores, box_characters(text, spans_px, image), image)
    characters = Characters(boxes_in_quad(whole, boxes / [width, height, width, height]), scores)
    row = {"scores": [line.score], "lines": [0], "blocks": [0], "characters": [characters]}
    return split_words(Page(None, (height, width), [whole], [text], **row, unit="line"), image)


def move_page(page, left, top, size):
    """The Page of a part of an image as one of the whole, of this (height, width): the part begins at (left, top)."""
    by = np.array([left, top], np.float32)
    moved = [None if one is None else Characters(one.quads + by, one.scores) for one in page.characters]
    return replace(page, size=size, quads=page.quads + by, characters=moved)
