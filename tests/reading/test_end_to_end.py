from types import SimpleNamespace

import numpy as np

from ocr_crnn.detection.decoders import Instances
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.reading.reader import DocumentReader
from ocr_crnn.recognition.recognizer import ReadLine

PAGE = np.full((100, 300, 3), 255, np.uint8)
PAGE[44:56, 54:66] = PAGE[44:56, 74:86] = PAGE[44:56, 134:146] = 0  # three characters, a space between the second and the third
TEXT, SPANS = "가나 다", [[0, 20], [20, 40], [40, 80], [80, 100]]  # of a quad that begins at x = 50


class Network:
    """Finds one text and reads it surely along its length, on a page that lies upright or on its left side; keeps what it was asked."""

    min_score, calibration = 0.6, (1.0, 0.0)

    def __init__(self):
        self.looked, self.margins = [], []

    def look(self, image):
        self.looked.append(image.shape)
        wide = image.shape[1] > image.shape[0]
        self.direction = [1, 0] if wide else [0, -1]
        box = [50, 40, 100, 20] if wide else [40, 150, 20, 100]
        found = Instances(np.float32(boxes_to_quads([box])), np.float32([0.99]))
        return SimpleNamespace(found=found, read=self.read)

    def read(self, quads, margins):
        self.margins.append(np.round(margins, 3).tolist())
        lines = []
        for quad, margin in zip(quads, margins, strict=True):
            along, down = quad[1] - quad[0], quad[3] - quad[0]
            score = 0.95 if along @ self.direction > np.linalg.norm(down) else 0.3
            scores = np.full(len(TEXT), score, np.float32)
            lines.append(ReadLine(TEXT, score, scores, np.float32(SPANS) + margin))
        return lines


def test_the_texts_of_one_network_become_a_page_of_words_with_characters():
    network = Network()
    reader = DocumentReader(network, None)
    page = reader.read_page(PAGE)
    assert page.texts.tolist() == ["가나", "다"] and reader.recognizer is None
    assert network.looked == [(100, 300, 3)]
    # The record's spans begin with the crop, 0.24 of the height before the quad.
    np.testing.assert_allclose(network.margins[0], [4.8], atol=1e-3)
    np.testing.assert_allclose(page.scores, 0.95, atol=1e-5)
    np.testing.assert_allclose(page.characters[1].quads[0].min(axis=0), [134, 44], atol=6)


def test_a_page_that_lies_on_its_side_is_looked_at_again():
    network = Network()
    page = DocumentReader(network, None).read_page(np.ascontiguousarray(np.rot90(PAGE)))
    assert network.looked == [(300, 100, 3), (100, 300, 3)] and page.size == (300, 100)
    assert page.texts.tolist() == ["가나", "다"]


def test_what_is_read_doubtfully_is_left_out_and_counted():
    network = Network()
    network.read = lambda quads, margins: [ReadLine("가", 0.2, np.float32([0.2]), None) for _ in quads]
    reading = DocumentReader(network, None).spotter(PAGE)
    assert len(reading) == 0 and reading.left_out == 1
