"""Training a recognition network with its codec, on all classes or a sample of them, and reading lines as it learns."""

import keras
import numpy as np
from keras import ops

from ocr_crnn.evaluation.text import measure_cer
from ocr_crnn.ops.lines import fill_lines, next_size
from ocr_crnn.recognition.codecs import PADDING


class RecognitionTraining(keras.Model):
    """A RecognitionNetwork under training with its codec: `fit` and `evaluate` give the loss per character.

    Inputs: dict of `image`, `width` and, to train on a sample of classes (`network.sample`), `classes` int `(sampled,)`, the last one of
    the codec last, with `log_odds` float `(sampled,)`, added to the logits: −log of the probability that a class was drawn by chance, 0 for
    those of the labels (sampled softmax: Jean et al., 2015; the expected normaliser is then that of all classes).
    Over 11,634 classes the softmax costs more than the convolutions; over 2,000 of them it does not.
    Outputs: labels int `(batch, length)` of the codec, padded with −1: **places in `classes`** where that is given.
    What the codec adds to the inputs in training (`codec.inputs`) reaches the network as it is.

    Labels that do not fit into their frames have no gradient; `infeasible` is their share.
    Under a `tf.distribute` strategy loss and share are those of the whole batch: they are divided by the characters and rows of
    all replicas. Rows of sample weight 0 count for nothing, and any other weight counts as 1.
    """

    def __init__(self, network, codec, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})  # the loss is float32 whatever the network computes in
        self.network = network
        self.codec = codec
        self.whole_inputs = ("classes", "log_odds", *codec.whole_inputs)  # there once for the batch, not once for each line
        self.infeasible = keras.metrics.Mean(name="infeasible")

    def call(self, inputs, training=None):
        inputs = dict(inputs)
        classes, log_odds = inputs.pop("classes", None), inputs.pop("log_odds", None)
        if classes is None:
            return self.network(inputs, training=training)
        return ops.cast(self.network.sample(inputs, classes, training=training), "float32") + log_odds

    def few_shapes(self, inputs, labels):
        """NumPy arrays of a batch → `(inputs, labels, sample_weight)` of one of few shapes with the same loss, for `KerasSteps`.

        What is filled up has weight 0. A batch with inputs of the codec stays as it is.
        """
        if set(inputs) - {"image", "width", *self.whole_inputs}:
            return inputs, labels, None
        images, widths = fill_lines(inputs["image"], inputs["width"])
        rows, length = labels.shape
        filled = np.full((len(images), next_size(length, 8)), PADDING, labels.dtype)
        filled[:rows, :length] = labels
        return {**inputs, "image": images, "width": widths}, filled, (np.arange(len(images)) < rows).astype(np.float32)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Loss of the batch over its characters: long lines weigh more than isolated digits, as they hold more to learn."""
        counts = self.network.count_frames(ops.cast(x["width"], "int32"))
        fits = ops.cast(self.codec.feasible(y, counts), "float32")
        present = ops.ones_like(fits) if sample_weight is None else ops.cast(sample_weight > 0, "float32")
        characters = ops.sum(ops.cast(y >= 0, "float32"), axis=1) * fits
        sums = ops.stack([ops.sum(characters * present), ops.sum(present), ops.sum((1.0 - fits) * present)])
        characters, rows, infeasible = ops.unstack(sum_over_replicas(sums))
        self.infeasible.update_state(infeasible / rows)
        return ops.sum(self.codec.loss(y, y_pred, counts) * present) / ops.maximum(characters, 1.0)


def sum_over_replicas(values):
    """The sum of values over the replicas of a step, on any backend."""
    if keras.backend.backend() != "tensorflow":
        return values
    from ocr_crnn.training import distribution

    return distribution.sum_over_replicas(values)


def measure_cer_of(recognizer, lines):
    """The character error rate of what a recogniser reads on `[(image, text)]`."""
    read = recognizer([image for image, _ in lines])
    return measure_cer([(text, line.text) for (_, text), line in zip(lines, read, strict=True)])


class ReadingError(keras.callbacks.Callback):
    """Reads sets of lines at the end of each epoch and logs the character error rate of each.

    recognizer: images → list with `text`, sharing the trained network's variables. sets: `{log name: [(image, text)]}`.
    """

    def __init__(self, recognizer, sets):
        super().__init__()
        self._recognizer = recognizer
        self._sets = sets

    def on_epoch_end(self, epoch, logs=None):
        for name, lines in self._sets.items():
            logs[name] = measure_cer_of(self._recognizer, lines)
