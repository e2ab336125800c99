"""The network that tells, frame by frame, in which script a line is written: a small one over the pixels, as a LiteRT file.

It is that of the preset `scripts_ko`, which `python benchmarks/scripts_training.py` makes.
"""

from functools import lru_cache

import numpy as np

from ocr_crnn.ops.lines import fit_width, resize_line
from ocr_crnn.presets import PresetError, fitting, read_preset
from ocr_crnn.presets.engine_files import read_engine_files
from ocr_crnn.reading.engine import LiteRTEngine
from ocr_crnn.untrusted.settings import check_names

PRESET, TASK = "scripts_ko", "scripts"
SCRIPTS = ("hangul", "latin", "digit", "hanja", "kana")  # "digit": digits and symbols
UNKNOWN = "unknown"  # paper, gaps between words, strokes that are no text, letters of other scripts
CLASSES = (*SCRIPTS, UNKNOWN)
HEIGHT, STRIDE, WIDEST = 32, 4, 8192  # pixels of a line: its height, what a frame is wide, what a longer one is squeezed to
WIDTH_STEP = 32  # widths are rounded up to it, for the interpreter lays out its memory anew for each other one
CONTRAST = 24  # in grey levels; with less there is no ink


def script_shares(image, network=None):
    """A line, uint8 `(height, width[, 1 or 3])` → how likely each frame of 4 px, at a height of 32, is of each of CLASSES.

    float32 `(frames, classes)`, rows add up to 1. An image without a pixel, or without contrast, has no frames.
    network: a ScriptEngine, that of the shipped preset if left out.
    """
    if not has_ink(image):
        return np.zeros((0, len(CLASSES)), np.float32)
    return (network or load_script_network())(level_line(image))


def has_ink(image):
    """Whether there is any contrast in an image of uint8, and any pixel."""
    image = np.asarray(image)
    return 0 not in image.shape and int(image.max()) - int(image.min()) >= CONTRAST


def level_line(image):
    """A line with ink as of `script_shares` → what the network looks at: uint8 `(HEIGHT, width)`, 0 to 255, mostly light."""
    line = fit_width(resize_line(image, HEIGHT), WIDEST)
    low, high = int(line.min()), int(line.max())
    ends = (0, 255) if line.mean() * 2 >= low + high else (255, 0)  # light on dark becomes dark on light
    levels = np.clip(np.interp(np.arange(256), (low, max(high, low + 1)), ends) + 0.5, 0, 255).astype(np.uint8)
    return levels[line]


def pad_line(line, width):
    """A line `(height, at most width)` → `(1, width, height, 1)`, its last column repeated."""
    padded = np.empty((1, width, len(line), 1), np.uint8)
    padded[0, : line.shape[1], :, 0] = line.T
    padded[0, line.shape[1] :, :, 0] = line[:, -1]
    return padded


class ScriptEngine:
    """A line as of `level_line` → its shares as of `script_shares`; any thread may call it.

    engine: LiteRTEngine with the signature `scripts`, from image uint8 `(1, width, HEIGHT, 1)` to shares `(1, width / STRIDE, classes)`.
    """

    def __init__(self, engine):
        engine.check_signature("scripts", {"image": 4}, {"shares": 3})
        self.engine = engine

    def __call__(self, line):
        width = line.shape[1]
        padded = pad_line(line, -(-width // WIDTH_STEP) * WIDTH_STEP)
        with self.engine.hold() as signatures:
            shares = signatures["scripts"](image=padded)["shares"]
            if shares.shape != (1, padded.shape[1] // STRIDE, len(CLASSES)):
                raise ValueError(f"shares of {shares.shape} for a line of {padded.shape}")
        return shares[0, : -(-width // STRIDE)].copy()


@lru_cache(4)
def load_script_network(preset=PRESET):
    """The ScriptEngine of a preset of the task "scripts".

    Raises PresetError where there is none or its classes are others, and LiteRTError.
    """
    folder, config = read_preset(preset, TASK)
    if config.get("classes") != list(CLASSES):
        raise PresetError(
            f"A network of scripts tells {', '.join(CLASSES)}. Received: {folder}, classes {str(config.get('classes'))[:80]}. "
            "Train it anew: python benchmarks/scripts_training.py"
        )
    files, _ = read_engine_files(folder, config)
    with fitting(folder):
        check_names("LiteRT files", files, (TASK,), (TASK,))
        return ScriptEngine(LiteRTEngine(files[TASK]))
