"""Output layers over a large alphabet: factorised over jamo, and flat."""

import keras
import numpy as np
from keras import ops

INITIALS, MEDIALS, FINALS = 19, 21, 28
SYLLABLES = INITIALS * MEDIALS * FINALS


def jamo_indicator(syllables):
    """`(classes, 68)` float32: ones at the initial, medial and final of each syllable, a row of zeros elsewhere.

    syllables: for each class its place in U+AC00…U+D7A3, or −1. The place is (initial · 21 + medial) · 28 + final.
    """
    syllables = np.asarray(syllables, np.int64)
    indicator = np.zeros((len(syllables), INITIALS + MEDIALS + FINALS), np.float32)
    rows = np.flatnonzero(syllables >= 0)
    places = syllables[rows]
    indicator[rows, places // (MEDIALS * FINALS)] = 1
    indicator[rows, INITIALS + places // FINALS % MEDIALS] = 1
    indicator[rows, INITIALS + MEDIALS + places % FINALS] = 1
    return indicator


@keras.saving.register_keras_serializable(package="ocr_crnn")
class FactorisedHead(keras.layers.Layer):
    """Class logits: initial + medial + final for a syllable, and a residual of low rank for every class.

    A frame `x` is projected to 19 + 21 + 28 jamo logits and to `rank` more values; a class sums the jamo logits of its
    own letters and adds its learnt residual row times those values, and a bias. The residual starts at 0, so that a
    syllable that no training line holds keeps the logit its letters give it. Symbols have no jamo, the residual is all they have.

    Where the classes hold all 11,172 syllables side by side, as Korean alphabets do, the letters are added by broadcasting, which takes
    two thirds of the time; else, and for chosen classes, all of it is one product with a `(68 + rank, classes)` matrix.

    syllables: for each class, blank included, its place in U+AC00…U+D7A3, or −1.
    Call arguments: frames `(batch, frames, units)`; classes, an int vector: give the logits of these classes only, in
    this order (for sampling in training). Returns `(batch, frames, classes)` logits.
    """

    def __init__(self, syllables, rank=64, **kwargs):
        super().__init__(**kwargs)
        self.syllables = [int(place) for place in syllables]
        self.rank = rank
        self.indicator = jamo_indicator(self.syllables)
        first = self.syllables.index(0) if 0 in self.syllables else 0
        whole = self.syllables[first : first + SYLLABLES] == list(range(SYLLABLES))
        self.block = (first, first + SYLLABLES) if whole else None  # of all syllables in their order

    def build(self, input_shape):
        jamo = self.indicator.shape[1]
        self.kernel = self.add_weight(name="kernel", shape=(input_shape[-1], jamo + self.rank), initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(jamo + self.rank,), initializer="zeros")
        self.residual = self.add_weight(name="residual", shape=(len(self.syllables), self.rank), initializer="zeros")
        self.class_bias = self.add_weight(name="class_bias", shape=(len(self.syllables),), initializer="zeros")

    def call(self, x, classes=None):
        if classes is None and self.block:
            return self._add_letters(x)
        indicator = ops.convert_to_tensor(self.indicator, self.compute_dtype)
        residual = ops.cast(self.residual, self.compute_dtype)
        class_bias = ops.cast(self.class_bias, self.compute_dtype)
        if classes is not None:
            indicator, residual, class_bias = (ops.take(y, classes, axis=0) for y in (indicator, residual, class_bias))
        table = ops.transpose(ops.concatenate([indicator, residual], axis=1))  # (68 + rank, classes)
        return ops.matmul(self._terms(x), table) + class_bias

    def _terms(self, x):
        return ops.matmul(x, ops.cast(self.kernel, x.dtype)) + ops.cast(self.bias, x.dtype)

    def _add_letters(self, x):
        """All logits: a product for the residual, and on the block of syllables the sum of three jamo logits."""
        leading, terms = ops.shape(x)[:-1], ops.reshape(self._terms(x), (-1, self.kernel.shape[-1]))
        initials, medials, finals, rest = ops.split(terms, np.cumsum([INITIALS, MEDIALS, FINALS]).tolist(), axis=-1)
        letters = initials[:, :, None] + medials[:, None, :]
        letters = ops.reshape(letters, (-1, INITIALS * MEDIALS, 1)) + finals[:, None, :]
        letters = ops.reshape(letters, (-1, SYLLABLES))
        first, end = self.block
        parts = [
            ops.matmul(rest, ops.cast(ops.transpose(self.residual[rows]), x.dtype)) + ops.cast(self.class_bias[rows], x.dtype)
            for rows in (slice(0, first), slice(first, end), slice(end, None))
        ]
        logits = ops.concatenate([parts[0], parts[1] + letters, parts[2]], axis=-1)
        return logits if len(leading) == 1 else ops.reshape(logits, (*leading, len(self.syllables)))

    def compute_output_shape(self, x_shape, classes_shape=None):
        return (*x_shape[:-1], len(self.syllables) if classes_shape is None else classes_shape[0])

    def get_config(self):
        return {**super().get_config(), "syllables": self.syllables, "rank": self.rank}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class FlatHead(keras.layers.Layer):
    """The usual output layer, a learnt row for each class, for alphabets of any script and for comparison.

    Called as FactorisedHead. Returns `(batch, frames, classes)` logits.
    """

    def __init__(self, num_classes, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def build(self, input_shape):
        self.kernel = self.add_weight(name="kernel", shape=(self.num_classes, input_shape[-1]), initializer="glorot_uniform")
        self.class_bias = self.add_weight(name="class_bias", shape=(self.num_classes,), initializer="zeros")

    def call(self, x, classes=None):
        kernel, class_bias = ops.cast(self.kernel, x.dtype), ops.cast(self.class_bias, x.dtype)
        if classes is not None:
            kernel, class_bias = ops.take(kernel, classes, axis=0), ops.take(class_bias, classes, axis=0)
        return ops.matmul(x, ops.transpose(kernel)) + class_bias

    def compute_output_shape(self, x_shape, classes_shape=None):
        return (*x_shape[:-1], self.num_classes if classes_shape is None else classes_shape[0])

    def get_config(self):
        return {**super().get_config(), "num_classes": self.num_classes}
