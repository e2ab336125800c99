"""Detector and recogniser from their presets, without what TensorFlow says about itself when it starts."""

import os
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ocr_crnn.decoding.language_model import LanguageModel
from ocr_crnn.decoding.look_alikes import decode_with_fields
from ocr_crnn.decoding.uncertain import decode_uncertain
from ocr_crnn.presets import list_presets, read_preset
from ocr_crnn.reading.settings import SPOTTER

LANGUAGE_MODEL, NGRAMS = "language_model", "ngrams.npz"  # the task of a preset, and its file


def load_detector(preset=None):
    """A TextDetector with the weights of a shipped preset or of a folder; None for the default. Raises PresetError."""
    start_tensorflow()
    from ocr_crnn.detection.detector import TextDetector

    return TextDetector.from_preset(*([preset] if preset else []))


def load_recognizer(preset=None, language_model=None):
    """A TextRecognizer likewise. language_model: see `add_language_model`."""
    start_tensorflow()
    from ocr_crnn.recognition.recognizer import TextRecognizer

    recognizer = TextRecognizer.from_preset(*([preset] if preset else []))
    return add_language_model(recognizer, language_model) if language_model else recognizer


def load_document_reader(detector=None, recognizer=None, language_model=None):
    """A DocumentReader of presets; what it reads with doubt is settled by a language model, if there is one."""
    from ocr_crnn.reading.reader import DocumentReader

    recognizer = load_recognizer(recognizer, language_model)
    return DocumentReader(load_detector(detector), recognizer, settings=SPOTTER._replace(min_score=recognizer.min_score))


def add_language_model(recognizer, name_or_file, weight=0.2):
    """A TextRecognizer like the given one that searches around the characters it is unsure of (decoding/uncertain.py), and settles fields.

    name_or_file: a shipped preset of the task "language_model", or a file of `ocr-crnn language-model`.
    """
    model = LanguageModel.load(find_language_model(name_or_file), recognizer.alphabet)
    search = partial(decode_uncertain, language_model=model, weight=weight)
    decode = partial(decode_with_fields, alphabet=recognizer.alphabet, decode=search)
    return recognizer.with_search(decode)


def find_language_model(name_or_file):
    """The file of a shipped preset or of `ocr-crnn language-model`."""
    if Path(name_or_file).is_file():
        return Path(name_or_file)
    if str(name_or_file) in list_presets(LANGUAGE_MODEL):
        return read_preset(name_or_file, LANGUAGE_MODEL)[0] / NGRAMS
    known = ", ".join(list_presets(LANGUAGE_MODEL)) or "none"
    raise FileNotFoundError(
        f"A language model is a file that `ocr-crnn language-model` has written, or the name of a shipped one. "
        f"Received: {str(name_or_file)!r}. Known names: {known}."
    )


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
