"""Scans of forms laid straight: turned by quarters where they lie on a side or upside down, then by what is left."""

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from ocr_crnn.page import Characters, Page
from ocr_crnn.reading.orientation import turn_page
from ocr_crnn.reading.reading import turn_image

QUARTER = np.pi / 2


class Scan(NamedTuple):
    """A page of a form, straightened: the Page as read, its image uint8 RGB, and the `(3, 3)` from the scan as given."""

    page: Page
    image: np.ndarray
    matrix: np.ndarray


def straighten(page, image):
    """The Scan of a page whose texts lie level."""
    straight, turns, matrix = straighten_page(page)
    image = turn_image(image, turns)
    height, width = image.shape[:2]
    image = cv2.warpAffine(image, matrix[:2], (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return Scan(straight, image, matrix @ _quarters(page.size, turns))


def straighten_page(page):
    """The Page turned so that most of its texts run to the right, then by the median of their slopes; by how many quarters,
    counter-clockwise; and the `(3, 3)` of the rest."""
    sides = page.quads[:, 1] - page.quads[:, 0]
    sides = sides[np.linalg.norm(sides, axis=1) > 2 * np.linalg.norm(page.quads[:, 3] - page.quads[:, 0], axis=1)]
    angles = np.arctan2(sides[:, 1], sides[:, 0]).astype(np.float64)
    turns = int(np.bincount(np.round(angles / QUARTER).astype(int) % 4, minlength=4).argmax())
    rest = (angles - turns * QUARTER + QUARTER / 2) % (4 * QUARTER) - QUARTER / 2
    rest = rest[rest < QUARTER / 2]
    page = turn_page(page, turns)
    height, width = page.size
    angle = np.degrees(np.median(rest)) if len(rest) else 0.0
    matrix = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0), [0, 0, 1]])
    characters = page.characters
    if characters is not None:
        characters = [None if one is None else Characters(move(matrix, one.quads), one.scores) for one in characters]
    return replace(page, quads=move(matrix, page.quads), characters=characters, records={}), turns, matrix


def move(matrix, points):
    """Points `(…, 2)` through an affine `(3, 3)`, float32."""
    flat = np.asarray(points, np.float64).reshape(-1, 2)
    return (flat @ matrix[:2, :2].T + matrix[:2, 2]).reshape(np.shape(points)).astype(np.float32)


def _quarters(size, turns):
    """The `(3, 3)` of a page of this size turned by quarters, counter-clockwise."""
    matrix, (height, width) = np.eye(3), size
    for _ in range(turns):
        matrix = np.array([[0, 1, 0], [-1, 0, width], [0, 0, 1.0]]) @ matrix
        height, width = width, height
    return matrix
