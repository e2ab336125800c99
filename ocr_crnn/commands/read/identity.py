"""What the outputs of a reader depend on besides its options: the files of its networks, its language model, its forms, by checksum."""

import hashlib
import os
from pathlib import Path

from ocr_crnn.presets import CONFIG, find_preset
from ocr_crnn.untrusted.plain import open_plain


def describe_reader(detector, recognizer, language_model, settings, stages, templates):
    """JSON values that are equal where readers are. Arguments as of `reading.loading.load_document_reader`; settings: JSON values that
    count as they are. templates: a folder of forms, or None. Raises what the reader raises that cannot be made of them."""
    from ocr_crnn.detection.detector import DEFAULT_PRESET as DETECTOR
    from ocr_crnn.reading.loading import find_language_model
    from ocr_crnn.recognition.recognizer import DEFAULT_PRESET as RECOGNIZER

    # config.json of a preset has the checksums of all its files, which are looked at when it is loaded
    presets = [checksum(find_preset(preset) / CONFIG) for preset in (detector or DETECTOR, recognizer or RECOGNIZER)]
    model = checksum(find_language_model(language_model)) if language_model else None
    names = [stage if isinstance(stage, str) else "templates" for stage in stages]
    return [presets, model, settings, names, None if templates is None else checksums(templates)]


def checksums(folder):
    """{path below a folder: checksum} of its files."""
    folder = Path(folder)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {os.fsencode(path.relative_to(folder)).hex(): checksum(path) for path in paths}


def checksum(path):
    with open_plain(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
