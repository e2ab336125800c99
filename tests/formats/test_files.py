import io
from types import SimpleNamespace

import numpy as np
from PIL import Image

from ocr_crnn.formats.files import bounding_box, confidence, encode_page_image


def test_boxes_hold_all_quads_in_whole_pixels():
    quads = [[[0.2, 1.5], [3.1, 1.5], [3.1, 4], [0.2, 4]], [[2, 2], [5, 2], [5, 3], [2, 3]]]
    assert bounding_box(quads[0]) == (0, 1, 4, 3)
    assert bounding_box(quads) == (0, 1, 5, 3)


def test_confidence_is_a_percentage():
    assert confidence(SimpleNamespace(scores=None), 0) == 100
    assert [confidence(SimpleNamespace(scores=[0.504, 1.2, -1]), row) for row in range(3)] == [50, 100, 0]


def test_grey_pages_are_kept_to_the_level_and_colours_as_jpeg():
    grey = np.random.default_rng(0).integers(0, 256, (9, 7), dtype=np.uint8)
    contents, kind = encode_page_image(grey)
    assert kind == "image/png"
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(contents))), grey)
    contents, kind = encode_page_image(np.full((9, 7, 3), 200, np.uint8))
    assert kind == "image/jpeg" and Image.open(io.BytesIO(contents)).size == (7, 9)
