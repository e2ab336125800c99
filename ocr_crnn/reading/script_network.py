"""The network that tells, frame by frame, in which script a line is written: two layers over the recogniser's frames, in NumPy.

The frames know scripts that the recogniser was never taught to read, and nothing is computed twice where its engine is at hand.
Weights are of the preset `scripts_ko`; `python benchmarks/scripts_training.py` makes them. They fit the frames of one recogniser alone.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ocr_crnn.ops.lines import fit_width, resize_line
from ocr_crnn.presets import PresetError, preset_file, read_preset
from ocr_crnn.reading.engine import RecognitionEngine, load_recognition_engine
from ocr_crnn.untrusted.npz import open_npz

PRESET, TASK, FILE = "scripts_ko", "scripts", "weights.npz"
SCRIPTS = ("hangul", "latin", "digit", "hanja", "kana")  # "digit": digits and symbols
UNKNOWN = "unknown"  # paper, gaps between words, strokes that are no text, letters of other scripts
CLASSES = (*SCRIPTS, UNKNOWN)
HEIGHT, STRIDE, WIDEST = 32, 4, 8192  # pixels of a line: its height, what a frame is wide, what a longer one is squeezed to
CONTRAST = 24  # in grey levels; with less there is no ink
FEATURES, WINDOW, UNITS = 256, 5, 64  # of a frame; frames that are looked at together; units of the hidden layer
ROWS = 16  # frames multiplied at once: with more OpenBLAS starts threads, which wait for their turn longer than they compute
SHAPES = {
    "kernel_0": (WINDOW * FEATURES, UNITS), "bias_0": (UNITS,),
    "kernel_1": (UNITS, len(CLASSES)), "bias_1": (len(CLASSES),),
}  # fmt: skip


class ScriptNetwork(NamedTuple):
    """engine: RecognitionEngine whose frames are looked at. weights: arrays of SHAPES, in their order."""

    engine: RecognitionEngine
    weights: list


def script_shares(image, network=None):
    """A line, uint8 `(height, width[, 1 or 3])` → how likely each frame of 4 px, at a height of 32, is of each of CLASSES.

    float32 `(frames, classes)`, rows add up to 1. An image without a pixel, or without contrast, has no frames.
    network: a ScriptNetwork, that of the shipped preset if left out.
    """
    image = np.asarray(image)
    if 0 in image.shape or int(image.max()) - int(image.min()) < CONTRAST:
        return np.zeros((0, len(CLASSES)), np.float32)
    network = network or load_script_network()
    return shares_of_frames(frames_of_line(image, network.engine), network.weights)


def frames_of_line(image, engine):
    """A line as of `script_shares` → the recogniser's frames of it, float32 `(frames, FEATURES)`."""
    line = fit_width(resize_line(image, HEIGHT), WIDEST)
    width = line.shape[1]
    return engine.read_frames(line.T[:, :, None], width)[: engine.count_frames(width)]


def shares_of_frames(frames, weights):
    """Frames `(n, FEATURES)` → shares `(n, classes)`; each frame is seen with two before and two after it."""
    kernel_0, bias_0, kernel_1, bias_1 = weights
    padded = np.pad(frames, ((WINDOW // 2, WINDOW // 2), (0, 0)))
    hidden = np.repeat(bias_0[None], len(frames), axis=0)
    for place, kernel in enumerate(kernel_0.reshape(WINDOW, -1, len(bias_0))):
        for first in range(0, len(frames), ROWS):
            rows = hidden[first : first + ROWS]
            rows += padded[first + place : first + place + len(rows)] @ kernel
    logits = np.maximum(hidden, 0) @ kernel_1 + bias_1
    shares = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    return shares / shares.sum(axis=1, keepdims=True)


@lru_cache(4)
def load_script_network(preset=PRESET):
    """The ScriptNetwork of a preset of the task "scripts".

    Raises PresetError where there is none or the recogniser it names has other frames by now, ValueError for weights of other shapes
    than SHAPES, and LiteRTError.
    """
    folder, config = read_preset(preset, TASK)
    with open_npz(preset_file(folder, config, FILE)) as arrays:
        found = {name: arrays.read(name).astype(np.float32) for name in arrays.declared}
    shapes = {name: array.shape for name, array in found.items()}
    if shapes != SHAPES:
        raise ValueError(f"The network of scripts has weights of {SHAPES}. Received: {shapes} in {preset}.")
    recogniser = read_preset(config.get("recognizer"), "recognition")
    if frames_checksum(recogniser[1]) != config.get("frames"):
        raise PresetError(
            f"A network of scripts looks at the frames that it was trained with. Received: {preset} and {config['recognizer']}, whose "
            "frames are others. Train it anew: python benchmarks/scripts_training.py"
        )
    return ScriptNetwork(load_recognition_engine(*recogniser, interpreters=1), [found[name] for name in SHAPES])


def frames_checksum(config):
    """SHA-256 of the file that computes a recogniser's frames, as its config.json says; None where it has no such file."""
    return config["sha256"].get(config.get("engine", {}).get("files", {}).get("frames"))
