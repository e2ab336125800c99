"""Detector and recogniser from their presets, without what TensorFlow says about itself when it starts."""

import os
import sys
from contextlib import contextmanager


def load_detector(preset=None):
    """A TextDetector with the weights of a shipped preset or of a folder; None for the default. Raises PresetError."""
    start_tensorflow()
    from ocr_crnn.detection.detector import TextDetector

    return TextDetector.from_preset(*([preset] if preset else []))


def load_recognizer(preset=None):
    """A TextRecognizer likewise."""
    start_tensorflow()
    from ocr_crnn.recognition.recognizer import TextRecognizer

    return TextRecognizer.from_preset(*([preset] if preset else []))


def start_tensorflow():
    """Import TensorFlow and let it look for devices, in silence.

    It prints seven lines on a machine without a GPU, most of them before its log is set up, where TF_CPP_MIN_LOG_LEVEL does not reach.
    """
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # what it says later
    with _quiet_stderr():
        import tensorflow

        tensorflow.config.list_physical_devices()


@contextmanager
def _quiet_stderr():
    """What is written to the standard error of the process meanwhile, by its C++ too, is dropped; exceptions are not."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
