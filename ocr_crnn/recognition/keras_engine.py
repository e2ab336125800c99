"""Engines around Keras networks: as they are, frozen, and those of the lineage."""

import os

import keras
import numpy as np

from ocr_crnn.ops.forward import make_forward, refuse_fork
from ocr_crnn.ops.frames import lineage_frames
from ocr_crnn.ops.lines import fill_lines, fit_width, lineage_line, resize_line, to_grey
from ocr_crnn.recognition.engine import LineEngine

FROZEN_IN_FLIGHT = 2  # one batch is resized and decoded while the network reads the other
COLUMNS = 8192  # pixel columns that a lineage network is given at once, padding included
WIDTH_STEP = 32  # widths of lines are rounded up to it, so that a network is compiled for few shapes


class KerasEngine(LineEngine):
    """A RecognitionNetwork on any backend."""

    def __init__(self, network):
        self.network = network
        self.height, self.stride, self.classes, self.codec = network.height, network.stride, network.classes, network.codec
        self.count_frames, self.widest = network.count_frames, network.widest
        lines = keras.KerasTensor((None, None, self.height, 1), "float32")
        self._forward = make_forward(network, {"image": lines, "width": keras.KerasTensor((None,), "int32")})

    def __call__(self, images, widths):
        lines = len(images)
        if keras.backend.backend() != "tensorflow":  # which are compiled for every shape
            images, widths = fill_lines(images, widths)
        outputs = keras.tree.map_structure(lambda values: values[:lines], self._forward({"image": images, "width": widths}))
        if len(self.off):
            named = isinstance(outputs, dict)
            logits = np.array(outputs["logits"] if named else outputs)
            logits[..., self.off] = -np.inf
            return {**outputs, "logits": logits} if named else logits
        return outputs

    def freeze(self):
        read = self.network.freeze(self.off)
        return self if read is None else FrozenEngine(self.network, read, self.off)


class FrozenEngine(LineEngine):
    """A network's frozen function. traced: `(images, widths) → best paths`."""

    gives = "best_paths"
    in_flight = FROZEN_IN_FLIGHT

    def __init__(self, network, traced, off):
        self.network, self.traced, self.off, self._process = network, traced, off, os.getpid()
        self.height, self.stride, self.classes, self.codec = network.height, network.stride, network.classes, network.codec

    def __call__(self, images, widths):
        refuse_fork(self._process)
        return self.traced(images, widths)

    def without(self, classes):
        return self.network.as_engine().without(classes).freeze()

    def freeze(self):
        return self.without(self.off)


class LineageEngine(LineEngine):
    """A CRNN of the lineage, which reads lines as its InputGenerator prepared them for training.

    A fixed width: lines are padded, or squeezed, to it, and all frames are read. Any width: the frames of the line are read, and a line is
    padded to the next step of its own width whatever batch it comes in, for the network sees the padding.
    preprocess: as of InputGenerator. The network gives probabilities; this gives their logarithms.
    """

    def __init__(self, network, preprocess=None):
        self.network, self.preprocess, self.arguments = network, preprocess, {"preprocess": preprocess}
        _, self.width, self.height, self.channels = network.input_shape
        self.stride, self.classes = network.stride, network.output_shape[-1]
        self.paper = 0 if preprocess == "lineage" else 255
        self._forward = make_forward(network)

    def fit_line(self, image):
        if self.preprocess == "lineage":
            line = lineage_line(to_grey(image)[..., None], self.height, self.width)[..., 0]
        else:
            line = resize_line(image, self.height)
        return line if self.width is None else fit_width(line, self.width)

    def count_frames(self, widths):
        frames = lineage_frames(np.asarray(self.width or widths))
        return np.maximum(np.broadcast_to(frames, np.shape(widths)), 1)

    def __call__(self, images, widths):
        padded = np.full(len(widths), self.width) if self.width else -(-widths // WIDTH_STEP) * WIDTH_STEP
        parts = [part for width in np.unique(padded) for part in _in_parts(np.flatnonzero(padded == width), max(COLUMNS // width, 1))]
        scores = [self._read(images[rows], widths[rows], padded[rows[0]]) for rows in parts]
        logits = np.full((len(widths), max(part.shape[1] for part in scores), self.classes), -np.inf, np.float32)
        for rows, part in zip(parts, scores, strict=True):
            logits[rows, : part.shape[1]] = part
        logits[..., self.off] = -np.inf
        return logits

    def _read(self, images, widths, padded):
        pixels = np.full((len(images), padded, self.height, 1), self.paper, np.float32)
        columns = min(padded, images.shape[1])
        inside = np.arange(columns)[None, :] < widths[:, None]
        pixels[:, :columns][inside] = images[:, :columns][inside]
        return np.log(np.asarray(self._forward(np.repeat(pixels, self.channels, axis=-1))) + 1e-20)


def _in_parts(rows, most):
    return [rows[start : start + most] for start in range(0, len(rows), most)]
