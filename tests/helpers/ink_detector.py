"""A detector that takes every piece of ink for a character: what it sees is known beforehand."""

import cv2
import numpy as np

from ocr_crnn.detection.decoders import Instances
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters


class InkDetector:
    """Stands for a TextDetector where one is asked for characters: connected pieces of dark ink, each a text."""

    typical_px = 20

    def __init__(self, blind=False):
        self.blind, self.looks = blind, 0

    def predict_maps(self, image):
        self.looks += 1
        return (image.mean(axis=2) < 192) & (not self.blind)

    def decode(self, maps, scale):
        assert scale == 1
        _, _, stats, _ = cv2.connectedComponentsWithStats(maps.astype(np.uint8))
        quads = boxes_to_quads(stats[1:, :4])
        characters = np.array([*(Characters(quad[None], [0.8]) for quad in quads), None], object)[:-1]
        return Instances(quads, np.ones(len(quads)), characters)


def paint(image, boxes):
    """Black frames 2 px thick, of boxes (left, top, width, height), on an image: less than half of a word is ink."""
    for x, y, width, height in boxes:
        cv2.rectangle(image, (x, y), (x + width - 1, y + height - 1), (0, 0, 0), 1)
        cv2.rectangle(image, (x + 1, y + 1), (x + width - 2, y + height - 2), (0, 0, 0), 1)
    return image
