"""What a detector's network owns besides its layers, and Keras as the engine that runs it."""

import keras
import numpy as np

from ocr_crnn.ops.forward import make_forward


class DetectionNetwork:
    """Stands before keras.Model among the bases of a detector's network: `class PAN(DetectionNetwork, keras.Model)`.

    The network maps images `(batch, height, width, 3)`, 0–255, of any size to maps `(batch, ⌈height / stride⌉, ⌈width / stride⌉,
    channels)`. Its layers have names, by which presets keep the weights. What it owns besides:

    stride: pixels per cell of the maps.
    decoder: from the maps to texts, with the settings that are right where a preset says nothing else (detection/decoders.py).
    finds_characters: whether its decoder gives the characters of a text, and so their quads teach it something.
    needs_characters: whether pages without the quads of characters teach it nothing.
    targets: function Page → what `map_loss` compares the maps with: an array of any dtype, or a dict or tuple of them. A plain function
        that can be pickled, since pages are drawn in other processes. A page of no text has to be possible.
    map_loss: function (batch of targets, maps) → loss of each image `(batch,)`. A network that is compiled without a loss trains with it.
        (Keras itself keeps the name `loss` for what `compile` was given.)
    """

    task = "detection"
    finds_characters = False
    needs_characters = False
    stride = 4
    decoder = None
    targets = None
    map_loss = None

    def fold(self):
        """The network for inference; the network itself where there is nothing to fold."""
        return self

    def as_engine(self):
        return KerasEngine(self, self.stride)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        if self.loss is not None:  # compiled with another
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        losses = self.map_loss(y, y_pred)  # (batch,)
        # Of a dict of targets Keras makes a dict of the same weights.
        weights = None if sample_weight is None else keras.tree.flatten(sample_weight)[0]
        return MeanLoss(name="map_loss")(losses, losses, weights) + sum(self.losses)


class MeanLoss(keras.losses.Loss):
    """The mean of losses `(batch,)` as Keras takes it: under a `tf.distribute` strategy the replicas' means add up to one."""

    def call(self, losses, _):
        return losses


class KerasEngine:
    """Runs a Keras network on whatever backend: images uint8 `(1, height, width, 3)` → float32 maps, as every engine of a detector does."""

    def __init__(self, network, stride):
        self.network = network
        self.network.jit_compile = False  # XLA would compile anew for every size of page
        self.stride = stride
        self._forward = make_forward(network, keras.KerasTensor((None, None, None, 3), "float32"))

    def as_engine(self):
        return self

    def __call__(self, images):
        return np.ascontiguousarray(self._forward(images), np.float32)
