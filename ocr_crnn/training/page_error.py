"""What a detector misses on pages, as it learns."""

import keras

from ocr_crnn.evaluation.detection import measure_detection
from ocr_crnn.page import Page


def measure_missed(detector, pages):
    """1 − F of the boxes found at IoU 0.5 on `[(image, Page)]`."""
    found = (detector(image) for image, _ in pages)
    pairs = [(truth, Page(None, truth.size, one.quads, [""] * len(one.quads))) for (_, truth), one in zip(pages, found, strict=True)]
    return 1.0 - measure_detection(pairs, (0.5,))["hmean@0.5"]


class FindingError(keras.callbacks.Callback):
    """Finds the texts of sets of pages at the end of each epoch and logs 1 − F of each.

    detector: a TextDetector that shares the trained network's variables. sets: `{log name: [(image, Page)]}`.
    """

    def __init__(self, detector, sets):
        super().__init__()
        self._detector = detector
        self._sets = sets

    def on_epoch_end(self, epoch, logs=None):
        for name, pages in self._sets.items():
            logs[name] = measure_missed(self._detector, pages)
