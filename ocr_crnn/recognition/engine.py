"""What TextRecognizer asks of an engine, which runs a recognition network. NumPy only."""

import copy

import numpy as np

from ocr_crnn.ops.frames import count_frames
from ocr_crnn.ops.lines import fit_width, resize_line


class LineEngine:
    """Base of engines. Call: images uint8 `(n, width, height, 1)`, widths int32 `(n,)` → what the codec decodes.

    height, stride, classes, codec, widest: of the network. gives: "logits", or "best_paths" of a CTC network (see CTCCodec.decode).
    in_flight: calls that may run at once, each from a thread of its own. network: the Keras network, or None. traced: a TensorFlow
    function with the same call, for a served graph, or None. off: classes that are never read, int array. arguments: what
    `network.as_engine` was called with, for a preset to keep.
    """

    codec = "ctc"
    widest = None
    gives = "logits"
    in_flight = 1
    network = None
    traced = None
    off = np.zeros(0, np.int64)
    arguments = {}

    def as_engine(self):
        """Itself: a TextRecognizer takes an engine or a network."""
        return self

    def fit_line(self, image):
        """An image of a line, uint8 `(height, width[, 1 or 3])` → uint8 `(self.height, width)` as the network was trained on.

        What is wider than the network takes, for nobody could cut it, is squeezed.
        """
        line = resize_line(image, self.height)
        return line if self.widest is None else fit_width(line, self.widest)

    def count_frames(self, widths):
        return count_frames(widths, self.stride)

    def without(self, classes):
        """An engine that never reads some classes, an int array of them: the next best class stands in their place."""
        engine = copy.copy(self)
        engine.off = np.asarray(classes, np.int64)
        return engine

    def freeze(self):
        """An engine that reads best paths in less time, with the weights of now; itself where there is none."""
        return self
