import numpy as np

from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.training.page_error import FindingError, measure_missed


class Found:
    def __init__(self, boxes):
        self.quads = boxes_to_quads(boxes)


def test_what_is_missed_is_one_less_f():
    truth = Page(None, (100, 100), boxes_to_quads([(0, 0, 40, 10), (0, 30, 40, 10)]), ["가", "나"])
    image = np.zeros((100, 100, 3), np.uint8)
    one = lambda image: Found([(0, 0, 40, 10)])  # noqa: E731
    none = lambda image: Found([])  # noqa: E731
    assert measure_missed(one, [(image, truth)]) == 1 - 2 / 3
    assert measure_missed(none, [(image, truth)]) == 1.0
    logs = {}
    FindingError(one, {"missed_own": [(image, truth)], "missed_rendered": [(image, truth.take([0]))]}).on_epoch_end(0, logs)
    assert logs == {"missed_own": 1 - 2 / 3, "missed_rendered": 0.0}
