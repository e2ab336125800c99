"""A small detector of another kind, as somebody else would write one: boxes by regression, its own targets, loss and decoder.

It finds rows of black squares, each square a character, on white pages, and it knows which way they read.
"""

from dataclasses import dataclass

import cv2
import keras
import numpy as np
from keras import ops
from oracle import line

from ocr_crnn.detection.decoders import Instances, register_decoder
from ocr_crnn.detection.network import DetectionNetwork
from ocr_crnn.geometry import boxes_to_quads, quad_ious
from ocr_crnn.page import Characters, Page
from ocr_crnn.training import pages

STRIDE, TEXT = 4, "가나다라마"
SQUARE_PX, PITCH_PX = 12, 22


@register_decoder("toys>boxes")
@dataclass(frozen=True)
class BoxDecoder:
    """The surest centre of each text and its distances to the four sides; squares are characters."""

    min_score: float = 0.5
    max_iou: float = 0.2

    exportable = False

    def __call__(self, maps, stride, scale):
        """float32 `(height, width, 6)`: logit of a centre, distances to left, top, right, bottom in cells, logit of a character."""
        scores = 0.5 + np.tanh(maps[..., 0] / 2) / 2  # sigmoid
        y, x = np.nonzero(scores >= self.min_score)
        left, top, right, bottom = maps[y, x, 1:5].T
        quads = boxes_to_quads(np.stack([x + 0.5 - left, y + 0.5 - top, left + right, top + bottom], axis=1))
        kept = []
        for row in np.argsort(-scores[y, x]):
            if not kept or quad_ious(quads[row][None], quads[kept]).max() < self.max_iou:
                kept.append(row)
        quads, cell_px = quads[kept], stride / scale
        characters = np.empty(len(kept), object)
        characters[:] = [Characters(squares_in(quad, maps[..., 5]) * cell_px) for quad in quads]
        return Instances((quads * cell_px).astype(np.float32), scores[y, x][kept], characters, directed=True)


def squares_in(quad, logits):
    """Quads of the characters within a text, from left to right, all in cells."""
    (left, top), (right, bottom) = quad[0], quad[2]
    _, _, stats, centres = cv2.connectedComponentsWithStats((logits > 0).astype(np.uint8), connectivity=4)
    x, y, width, height = stats[1:, :4].T
    inside = (centres[1:, 0] > left) & (centres[1:, 0] < right) & (centres[1:, 1] > top) & (centres[1:, 1] < bottom)
    boxes = np.stack([x, y, width, height], axis=1)[inside]
    return boxes_to_quads(boxes[np.argsort(boxes[:, 0])])


def box_targets(page):
    """Page → dict of float32 maps: `boxes` `(height, width, 5)` of a centre and four distances in cells, `characters` `(height, width)`."""
    height, width = (-(-side // STRIDE) for side in page.size)
    boxes, characters = np.zeros((height, width, 5), np.float32), np.zeros((height, width), np.float32)
    y, x = np.mgrid[:height, :width] + 0.5
    for row, quad in enumerate(page.quads / STRIDE):
        (left, top), (right, bottom) = quad.min(axis=0), quad.max(axis=0)
        centre = (abs(x - (left + right) / 2) <= 1) & (abs(y - (top + bottom) / 2) <= 1)
        boxes[centre] = np.stack([np.ones_like(x), x - left, y - top, right - x, bottom - y], axis=-1)[centre]
        for (x0, y0), _, (x1, y1), _ in page.characters[row].quads / STRIDE:
            characters[(x > x0) & (x < x1) & (y > y0) & (y < y1)] = 1
    return {"boxes": boxes, "characters": characters}


def box_loss(targets, maps):
    """`(batch,)`: cross-entropy of centres and characters, distance of the sides at the centres."""
    centres, characters = targets["boxes"][..., 0], targets["characters"]
    count = ops.sum(centres, axis=(1, 2)) + 1
    sides = ops.sum(ops.abs(targets["boxes"][..., 1:] - maps[..., 1:5]), axis=-1) * centres
    ink = ops.binary_crossentropy(characters, maps[..., 5], from_logits=True)
    entropy = ops.binary_crossentropy(centres, maps[..., 0], from_logits=True)
    return ops.sum(entropy + 0.5 * sides, axis=(1, 2)) / count + 10 * ops.mean(ink, axis=(1, 2))


@keras.saving.register_keras_serializable("toys")
class BoxNetwork(DetectionNetwork, keras.Model):
    stride = STRIDE
    decoder = BoxDecoder()
    targets = staticmethod(box_targets)
    map_loss = staticmethod(box_loss)

    def __init__(self, filters=16, **kwargs):
        images = keras.Input((None, None, 3))
        x = keras.layers.Rescaling(-1 / 255, 1)(images)
        x = keras.layers.Conv2D(filters, 5, 4, "same", activation="relu", name="stem")(x)
        for rate in (1, 2, 4, 8):
            x = keras.layers.Conv2D(filters, 3, padding="same", dilation_rate=rate, activation="relu", name=f"look{rate}")(x)
        super().__init__(images, keras.layers.Conv2D(6, 1, name="maps")(x), **kwargs)
        self.filters = filters

    def get_config(self):
        return {"filters": self.filters, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


class SquarePages(pages.PageSource):
    """Pages of a few rows of two to five squares."""

    def draw_page(self, number, size=(200, 200)):
        rng = np.random.default_rng([self.seed, number])
        image, quads, texts, characters = np.full((*size, 3), 255, np.uint8), [], [], []
        for top in range(14, size[0] - 40, 44):
            count = int(rng.integers(2, 6))
            left, top = int(rng.integers(8, size[1] - 8 - PITCH_PX * count)), top + int(rng.integers(0, 14))
            boxes = [[left + PITCH_PX * i, top, SQUARE_PX, SQUARE_PX] for i in range(count)]
            for x, y, width, height in boxes:
                image[y : y + height, x : x + width] = rng.integers(0, 60)
            quads.append(boxes_to_quads([[left, top, PITCH_PX * count - PITCH_PX + SQUARE_PX, SQUARE_PX]])[0])
            texts.append(TEXT[:count])
            characters.append(Characters(boxes_to_quads(boxes)))
        return image, Page(None, size, quads, texts, characters=characters)

    def draw_crops(self, number):
        """Upright ones: a turned page is nothing that these targets can tell of."""
        image, page = self.draw_page(number, (self.side_px, self.side_px))
        return [(image, page)]


def read_squares(images):
    """A recogniser: as many characters as there are dark runs along the middle of a line."""
    return [read_line(image) for image in images]


def read_line(image):
    row = image[image.shape[0] // 2].reshape(image.shape[1], -1)  # grey or RGB
    dark = row.mean(axis=1) < 128
    starts, ends = np.flatnonzero(np.diff(dark.astype(int), prepend=0, append=0)).reshape(-1, 2).T
    return line(TEXT[: len(starts)], np.stack([starts, ends], axis=1), 0.97)
