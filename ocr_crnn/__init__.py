"""Korean document OCR for Keras 3 and TensorFlow.

The public names load on first use: reading imports neither TensorFlow nor Keras, and a name that needs the extra `train` says so.
"""

from importlib import import_module

from ocr_crnn.extras import needs_train

_HOMES = {
    "Alphabet": "alphabet",
    "AnchorFree": "detection.anchor_free",
    "AttentionCTC": "recognition.attention_ctc",
    "CLIP4STR": "recognition.clip4str",
    "CRAFT": "detection.craft",
    "CRNN": "recognition.crnn",
    "DocumentReader": "reading.reader",
    "GTUtility": "data.gt_utility",
    "InputGenerator": "data.input_generator",
    "PAN": "detection.pan",
    "PANSpotter": "detection.spotting",
    "PARSeq": "recognition.parseq",
    "Page": "page",
    "ScriptRecognizer": "reading.script_recognizer",
    "TextDetector": "detection.detector",
    "TextRecognizer": "recognition.recognizer",
    "TextSpotter": "spotting.text_spotter",
    "ViTSTR": "recognition.vitstr",
    "decode": "decoding.greedy",
    "read_aihub": "data.aihub",
    "read_aihub_font_images": "data.aihub",
    "read_ground_truth": "data.ground_truth",
}

__all__ = sorted(_HOMES)
__version__ = "0.1.0"


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"ocr_crnn has no public name {name!r}. Known names: {', '.join(__all__)}.")
    with needs_train(f"ocr_crnn.{name}"):
        return getattr(import_module(f"ocr_crnn.{_HOMES[name]}"), name)


def __dir__():
    return sorted([*globals(), *__all__])
