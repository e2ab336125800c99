"""The LiteRT files of a preset, made from its weights: what `reading/engine.py` runs without TensorFlow."""

import numpy as np

from ocr_crnn.detection.detector import TextDetector, page_scale, scale_page
from ocr_crnn.presets import PresetError, read_preset
from ocr_crnn.presets.engine_files import LiteRTError, write_engine_files
from ocr_crnn.recognition.recognizer import TextRecognizer
from ocr_crnn.synthesis.fonts import find_fonts, load_faces
from ocr_crnn.synthesis.page.numbered import draw_sentences, render_numbered_page
from ocr_crnn.training.litert import convert_detection, convert_features, convert_head

PAGES = 12  # on which the ranges of a detector's activations are measured
SEED = 12
CARD = """## LiteRT files

`ocr-crnn quantise` has written them from the weights above, for reading without TensorFlow: {files}.
{how}
"""


def quantise_preset(name_or_folder, quantise=None, fonts=None):
    """Write the LiteRT files of a preset into its folder, with checksums and a section of the model card; returns the folder.

    quantise: "dynamic" (the default), "float", or of a detector "full", which takes two thirds of the time of "dynamic" and changes the
    side of three times as many cells of text kernels. fonts: files or folders, of the pages that full quantisation is measured on;
    those of the system by default. Raises LiteRTError for a network that LiteRT cannot hold, PresetError for a preset without a network.
    """
    folder, config = read_preset(name_or_folder)
    if config["task"] not in _TASKS:
        raise PresetError(f"LiteRT files are made of {', '.join(_TASKS)} presets. Received: {folder}, task {config['task']!r}.")
    make, default, kinds = _TASKS[config["task"]]
    quantise = quantise or default
    if quantise not in kinds:
        raise ValueError(f"The {config['task']} network is quantised as {', '.join(kinds)}. Received: {quantise!r}.")
    files, record, how = make(folder, quantise, fonts)
    sizes = ", ".join(f"`{name}.tflite` ({len(contents) / 1e6:.1f} MB)" for name, contents in files.items())
    return write_engine_files(folder, files, record, CARD.format(files=sizes, how=how))


def _detection(folder, quantise, fonts):
    detector = TextDetector.from_preset(folder)
    pages = calibration_pages(detector.short_side_px, detector.max_scale, fonts) if quantise == "full" else ()
    contents, sizes = convert_detection(detector.network, quantise, pages)
    how = {
        "full": f"Weights, a scale a channel, and activations in 8 bits; the ranges of the activations are of {PAGES} rendered pages.",
        "dynamic": "Weights in 8 bits, a scale a channel; activations in 8 bits by the range that each call finds.",
        "float": "Weights and activations in float32.",
    }[quantise]
    return {"maps": contents}, {**sizes, "quantise": quantise}, how


def _recognition(folder, quantise, fonts):
    network = TextRecognizer.from_preset(folder).network
    if network.codec != "ctc" or network.head is None:
        raise LiteRTError(
            f"A recogniser's LiteRT files are of a CTC network in two halves, features and head. Received: {type(network).__name__}, "
            f"codec {network.codec}. Read it with Keras."
        )
    head = convert_head(network.head, network.features.output_shape[-1], network.make_blank_bound())
    files = {"frames": convert_features(network.features, network.height, quantise), "head": head}
    how = {
        "dynamic": "Weights up to the frames in 8 bits, a scale a channel; activations in 8 bits by the range that each line has there.",
        "float": "Weights up to the frames in float32.",
    }[quantise]
    return files, {"stride": network.stride, "quantise": quantise}, f"{how} The output layer is in float16."


_TASKS = {  # the function, the default and what else there is
    "detection": (_detection, "dynamic", ("dynamic", "full", "float")),
    "recognition": (_recognition, "dynamic", ("dynamic", "float")),
}


def calibration_pages(short_side_px, max_scale, fonts=None, count=PAGES):
    """Rendered and degraded pages, uint8 `(height, width, 3)`, in the size that the detector looks at."""
    faces, pages = load_faces(find_fonts(fonts)), []
    if not faces:
        raise FileNotFoundError("Pages are rendered in Korean fonts. Received: none of the system. Name a folder: --fonts FOLDER")
    sentences = draw_sentences(np.random.default_rng(SEED))
    for index in range(count):
        image, _, _ = render_numbered_page(SEED, index, faces, sentences)
        pages.append(scale_page(image, page_scale(*image.shape[:2], short_side_px, max_scale)))
    return pages
