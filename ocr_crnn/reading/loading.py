"""Detector and recogniser from their presets, run by LiteRT or by Keras."""

import logging
from functools import lru_cache, partial
from pathlib import Path

from ocr_crnn.alphabet import hanja
from ocr_crnn.decoding.language_model import LanguageModel
from ocr_crnn.decoding.look_alikes import decode_with_fields
from ocr_crnn.decoding.uncertain import decode_uncertain
from ocr_crnn.extras import INSTALL_TRAIN, MissingExtraError, needs_train
from ocr_crnn.presets import find_preset, list_presets, preset_file, read_config, read_preset
from ocr_crnn.presets.engine_files import LiteRTError
from ocr_crnn.quiet import start_tensorflow
from ocr_crnn.reading.settings import SPOTTER

ENGINES = ("litert", "keras")  # LiteRT files in 8 bits without TensorFlow; the network itself
SPOTTING = "spotting"  # the task of a preset that finds and reads
LANGUAGE_MODEL, NGRAMS = "language_model", "ngrams.npz"  # the task of a preset, and its file


def load_detector(preset=None, engine=None):
    """A TextDetector with the weights of a shipped preset or of a folder; None for the default. engine: see `choose_engine`.

    Raises PresetError for an unknown preset or a damaged one.
    """
    from ocr_crnn.detection.detector import DEFAULT_PRESET, TextDetector

    preset = preset or DEFAULT_PRESET

    def with_litert():
        from ocr_crnn.reading.engine import load_detection_engine

        return TextDetector.from_preset(preset, load_detection_engine(*read_preset(preset, "detection")))

    def with_keras():
        start_tensorflow()
        return TextDetector.from_preset(preset)

    return choose_engine(engine, with_litert, with_keras)


def load_recognizer(preset=None, language_model=None, engine=None, with_hanja=True):
    """A TextRecognizer likewise. language_model: see `add_language_model`; its search needs the Keras engine.

    with_hanja: False where none are expected; what looks like one is then read as the next best character.
    """
    from ocr_crnn.recognition.recognizer import DEFAULT_PRESET, TextRecognizer

    preset = preset or DEFAULT_PRESET

    def with_litert():
        from ocr_crnn.reading.engine import load_recognition_engine

        return TextRecognizer.from_preset(preset, load_recognition_engine(*read_preset(preset, "recognition")))

    def with_keras():
        start_tensorflow()
        return TextRecognizer.from_preset(preset)

    if not language_model:
        recognizer = choose_engine(engine, with_litert, with_keras)
        return recognizer if with_hanja else recognizer.without(hanja())
    if engine == "litert":
        raise ValueError(
            "A language model looks at the scores of all characters, which the Keras engine gives. Received: a language model and the "
            "engine litert. Leave out one or the other."
        )
    recognizer = add_language_model(choose_engine("keras", with_litert, with_keras), language_model)
    return recognizer if with_hanja else recognizer.without(hanja())


def choose_engine(engine, with_litert, with_keras):
    """What one of two functions makes. engine: "litert", "keras", or None for LiteRT where its files and its interpreter are there, and
    else for Keras, which is said once.

    Raises LiteRTError or MissingExtraError, with the command that installs what is missing, where neither can be had.
    """
    if engine not in (None, *ENGINES):
        raise ValueError(f"An engine is one of {', '.join(ENGINES)}. Received: {engine!r}.")
    if engine == "keras":
        with needs_train("The Keras engine"):
            return with_keras()
    try:
        return with_litert()
    except LiteRTError as error:
        if engine == "litert":
            raise
        reason = str(error)
    try:
        with needs_train("Keras"):
            made = with_keras()
    except MissingExtraError as error:
        raise MissingExtraError(f"{reason} Or read with Keras: {INSTALL_TRAIN}") from error
    _say_once(f"The Keras engine reads, and starts more slowly. {reason}")
    return made


@lru_cache
def _say_once(message):
    logging.getLogger("ocr_crnn").warning(message)


def load_document_reader(detector=None, recognizer=None, language_model=None, engine=None, with_hanja=True, stages=()):
    """A DocumentReader of presets; what it reads with doubt is settled by a language model, if there is one."""
    from ocr_crnn.reading.reader import DocumentReader

    networks, settings = load_networks(detector, recognizer, language_model, engine, with_hanja)
    return DocumentReader(*networks, stages, settings)


def load_networks(detector=None, recognizer=None, language_model=None, engine=None, with_hanja=True):
    """`((detector, recognizer), settings)` of a DocumentReader of presets; a detector that reads too is alone, with None beside it."""
    if detector and read_config(find_preset(detector, ("detection", SPOTTING))).get("task") == SPOTTING:
        networks = load_text_spotter(detector, recognizer, language_model, engine), None
    else:
        reads = load_recognizer(recognizer, language_model, engine, with_hanja).for_crops()
        networks = load_detector(detector, engine), reads
    reads = networks[1] or networks[0]
    return networks, SPOTTER._replace(min_score=reads.min_score, calibration=reads.calibration)


def load_text_spotter(preset, recognizer=None, language_model=None, engine=None):
    """A TextSpotter with the weights of a preset. Raises ValueError beside another recogniser, a language model or the LiteRT engine."""
    given = {"a recogniser": recognizer, "a language model": language_model, "the engine litert": engine == "litert" or None}
    for what in (name for name, value in given.items() if value is not None):
        raise ValueError(
            f"A detector that reads too is the only network, and Keras runs it. Received: {preset} with {what}. Leave that out."
        )
    with needs_train("A network that finds and reads"):
        start_tensorflow()
        from ocr_crnn.spotting.text_spotter import TextSpotter

        return TextSpotter.from_preset(preset)


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
        return preset_file(*read_preset(name_or_file, LANGUAGE_MODEL), NGRAMS)
    known = ", ".join(list_presets(LANGUAGE_MODEL)) or "none"
    raise FileNotFoundError(
        f"A language model is a file that `ocr-crnn language-model` has written, or the name of a shipped one. "
        f"Received: {str(name_or_file)!r}. Known names: {known}."
    )
