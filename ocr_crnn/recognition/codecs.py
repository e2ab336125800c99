"""Codecs: what ties a recognition network to text. Which class is which character, how labels look, the loss, and the decoding.

A codec has

    name, exportable      its name in a preset; whether the served graph can decode as it does
    alphabet, classes     the characters; the classes of a network, the last of which is no character
    encode(texts)         labels int32 `(texts, length)`, padded with −1 on the right
    inputs(labels, rng)   what a network is given in training besides `image` and `width`, a dict of int32 arrays `(texts, length)`, and
                          `whole_inputs`, of any other shape. rng: of what is drawn anew for each batch; None where nothing is
    frames_needed(text)   the fewest frames of the network that a text, or its ids, has room in
    fits(text, frames)    whether they are enough
    feasible(labels, frame_counts)        the same of a batch of labels, bool `(texts,)`
    loss(labels, outputs, frame_counts)   −log p(label) in nats, `(texts,)`; 0 for a label that does not fit
    decode(outputs, frame_counts, gives)  a DecodedLine of each line
    pseudo_labels(outputs, frame_counts)  what is read as labels to learn from, with scores and lengths: recognition/pseudo_labels.py
    tensor_inputs(labels)                 of `inputs` what is made of labels alone, of a tensor of labels
    breaks_off(line, frames)              whether a DecodedLine ends because there were no more frames
    text(ids)             the text of a DecodedLine's ids

`frame_counts` int `(texts,)` are those of the lines' widths (`network.count_frames`). `feasible`, `loss`, `pseudo_labels` and
`tensor_inputs` take Keras tensors of any backend; Keras is imported where it is needed, so that reading with a light engine never does.
"""

import numpy as np

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.decoding.best_path import split_best_paths
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.decoding.line import DecodedLine, check_logits
from ocr_crnn.ops.frames import frames_needed
from ocr_crnn.recognition.orders import draw_orders, left_to_right, ranks_of

PADDING = -1  # of labels


class Codec:
    """What all codecs share. A codec of one's own derives from it."""

    exportable = True
    search = None  # a decoder of logits in place of the codec's own
    whole_inputs = ()  # names of what `inputs` gives once for the batch, not once for each line

    def __init__(self, alphabet):
        self.alphabet = alphabet

    @property
    def syllables(self):
        """For each class its place in U+AC00…U+D7A3, or −1 for what is no syllable: `syllables` of a FactorisedHead."""
        places = [ord(c) - 0xAC00 if "가" <= c <= "힣" else -1 for c in self.alphabet.characters]
        return places + [-1] * (self.classes - len(places))

    def inputs(self, labels, rng=None):
        return {}

    def tensor_inputs(self, labels):
        return {}

    def breaks_off(self, line, frames):
        return False

    def fits(self, text, frames):
        return self.frames_needed(text) <= frames

    def with_search(self, search):
        raise ValueError(f"A search is of the codec ctc. Received: a search for {self.name}. Read without one.")

    def text(self, ids):
        return self.alphabet.decode(ids)


class CTCCodec(Codec):
    """Connectionist temporal classification: a class a character, and the blank as the last class.

    search: `(logits, frame_counts) → list of DecodedLine` in place of the best path, such as `decode_beams` with its arguments bound.
    Networks give unnormalised or log probabilities `(lines, frames, classes)`.
    """

    name = "ctc"

    def __init__(self, alphabet, search=None):
        super().__init__(alphabet)
        self.search = search

    def with_search(self, search):
        return CTCCodec(self.alphabet, search)

    @property
    def exportable(self):
        return self.search is None

    @property
    def blank(self):
        return len(self.alphabet.characters)

    @property
    def classes(self):
        return self.blank + 1

    def encode(self, texts):
        return _pad([self.alphabet.encode(text) for text in texts])

    def frames_needed(self, text):
        return frames_needed(text)

    def feasible(self, labels, frame_counts):
        from ocr_crnn.losses.ctc import feasible

        return feasible(labels, frame_counts)

    def loss(self, labels, outputs, frame_counts):
        from ocr_crnn.losses.ctc import ctc_loss

        return ctc_loss(labels, outputs, frame_counts)

    def pseudo_labels(self, outputs, frame_counts):
        from ocr_crnn.recognition.pseudo_labels import ctc_pseudo_labels

        return ctc_pseudo_labels(outputs, frame_counts)

    def decode(self, outputs, frame_counts=None, gives="logits"):
        """gives: "logits", or "best_paths" of an engine that has collapsed them: `lines, ids, scores, starts, ends` of all characters."""
        if gives == "best_paths":
            return split_best_paths(outputs, len(frame_counts))
        return (self.search or decode_greedy)(outputs, frame_counts)


class AttentionCodec(Codec):
    """One output step a character, and the end after the last: decoders by attention, autoregressive or parallel.

    The classes are the characters and, last, the end. Labels are the ids and the end. In training a network is given `label` int32
    `(texts, length)`, what is written before each step: begin, the ids, padding. These two are never predicted: they are `symbols` that
    follow the classes. The frames of a network are its steps: `network.count_frames(widths)` says how many there are at most.
    Networks give logits `(lines, steps, classes)`, or of them and of where each step looks a dict `logits`, `centres`: the latter float
    `(lines, steps)`, the attention's centre of mass along the line, in strides of the network.
    """

    name = "attention"
    exportable = False

    @property
    def classes(self):
        return len(self.alphabet.characters) + 1

    @property
    def symbols(self):
        """How many different values `label` has."""
        return self.classes + 2

    @property
    def end(self):
        return self.classes - 1

    @property
    def begin(self):
        return self.classes

    @property
    def padding(self):
        return self.classes + 1

    def encode(self, texts):
        return _pad([np.append(self.alphabet.encode(text), np.int32(self.end)) for text in texts])

    def inputs(self, labels, rng=None):
        return {"label": self._written(labels, np).astype(np.int32)}

    def tensor_inputs(self, labels):
        from keras import ops

        return {"label": ops.cast(self._written(labels, ops), "int32")}

    def _written(self, labels, xp):
        """What stands before each step. xp: NumPy or keras.ops."""
        written = xp.where(xp.logical_or(labels < 0, labels == self.end), self.padding, labels)[:, :-1]
        return xp.pad(written, [(0, 0), (1, 0)], constant_values=self.begin)

    def pseudo_labels(self, outputs, frame_counts):
        from ocr_crnn.recognition.pseudo_labels import attention_pseudo_labels

        return attention_pseudo_labels(outputs["logits"] if isinstance(outputs, dict) else outputs, frame_counts)

    def frames_needed(self, text):
        return len(text) + 1

    def feasible(self, labels, frame_counts):
        from keras import ops

        return ops.sum(ops.cast(labels >= 0, "int32"), axis=1) <= ops.cast(ops.reshape(frame_counts, (-1,)), "int32")

    def loss(self, labels, outputs, frame_counts):
        """Cross entropy summed over the characters and the end of each label. Steps beyond the labels, or the reverse, are cut off."""
        from keras import ops

        losses, counted, _ = self._cross_entropy(labels, outputs[:, None], frame_counts)
        return ops.sum(ops.where(counted, losses, 0.0), axis=(1, 2))

    def _cross_entropy(self, labels, outputs, frame_counts):
        """Logits `(lines, passes, steps, classes)` → losses, whether each counts, whether each is of the end, `(lines, passes, steps)`."""
        import keras
        from keras import ops

        sizes = ops.shape(labels)[1], ops.shape(outputs)[2]
        steps = min(sizes) if all(isinstance(size, int) for size in sizes) else ops.minimum(*sizes)  # JAX slices by plain numbers alone
        cut = ops.cast(labels[:, None, :steps], "int32")  # (lines, 1, steps)
        logits = ops.cast(outputs[:, :, :steps], "float32")
        targets = ops.broadcast_to(ops.maximum(cut, 0), ops.shape(logits)[:3])
        losses = keras.losses.sparse_categorical_crossentropy(targets, logits, from_logits=True)
        counted = ops.logical_and(cut >= 0, self.feasible(labels, frame_counts)[:, None, None])
        return losses, counted, cut == ops.shape(outputs)[-1] - 1  # the end is the last class of a sample of them, too

    def decode(self, outputs, frame_counts=None, gives="logits"):
        """The likeliest class of every step up to the end; score: its probability.

        Spans are the stride around the centre of mass, float. A line whose centres go back by more than a stride has none: its network has
        not learnt to look where it reads, and words come from the ink.
        """
        logits, centres = (outputs["logits"], outputs["centres"]) if isinstance(outputs, dict) else (outputs, None)
        logits, frame_counts = check_logits(logits, frame_counts)
        if np.isnan(logits).any():
            raise ValueError("Logits are numbers. Received: NaN. The network has diverged: load earlier weights.")
        peaks = logits.max(axis=2, keepdims=True)
        scores = (1 / np.exp(logits - peaks).sum(axis=2)).astype(np.float32)
        lines = []
        for line, (ids, frames) in enumerate(zip(logits.argmax(axis=2).astype(np.int32), frame_counts, strict=True)):
            ends = np.flatnonzero(ids[:frames] == self.end)
            length = ends[0] if len(ends) else frames
            spans = None if centres is None else _spans_around(np.asarray(centres[line][:length], np.float32))
            lines.append(DecodedLine(ids[:length], scores[line, :length], spans))
        return lines

    def breaks_off(self, line, frames):
        return len(line.ids) >= frames


class PermutedCodec(AttentionCodec):
    """AttentionCodec of a network that learns to write in several orders: permuted language modelling (Bautista and Atienza, 2022).

    In training a network is given, besides `label`, `ranks` int32 `(orders, length + 1)`: when each place of a text is written, begin
    and end included (`recognition/orders.py`). All lines of a batch share them; without a generator there is one order, left to right.
    It gives logits `(lines, orders, steps, classes)`; of branches that learn side by side `(lines, branches, orders, steps, classes)`, the
    sum of whose losses it has. decode: as of AttentionCodec.
    """

    name = "permuted"
    whole_inputs = ("ranks",)

    def inputs(self, labels, rng=None):
        length = labels.shape[1] - 1
        orders = left_to_right(length) if rng is None else draw_orders(rng, length)
        return {**super().inputs(labels), "ranks": ranks_of(orders)}

    def loss(self, labels, outputs, frame_counts):
        """The mean over the orders of the cross entropy of a line; the end counts in the first two, left to right and its mirror, alone.

        The paper divides by what is counted in all orders of the batch. The loss per character and end, as RecognitionTraining gives it, is
        that up to a factor of the batch, 1.1 for words of nine characters in six orders.
        """
        from keras import ops

        if len(outputs.shape) == 5:
            return sum(self.loss(labels, outputs[:, branch], frame_counts) for branch in range(outputs.shape[1]))
        losses, counted, is_end = self._cross_entropy(labels, outputs, frame_counts)
        first = ops.arange(ops.shape(outputs)[1])[None, :, None] < 2
        counted = ops.logical_and(counted, ops.logical_or(first, ops.logical_not(is_end)))
        return ops.sum(ops.where(counted, losses, 0.0), axis=(1, 2)) / ops.cast(ops.shape(outputs)[1], "float32")


CODECS = {codec.name: codec for codec in (CTCCodec, AttentionCodec, PermutedCodec)}


def make_codec(name, alphabet):
    """The codec of this name. Raises ValueError with the known ones."""
    if not isinstance(name, str) or name not in CODECS:
        raise ValueError(f"A codec is one of {', '.join(CODECS)}. Received: {str(name)[:80]!r}. Add it to codecs.CODECS.")
    return CODECS[name](alphabet)


def as_codec(codec_or_alphabet, name):
    """A codec as it is; of an Alphabet the codec of this name."""
    return make_codec(name, codec_or_alphabet) if isinstance(codec_or_alphabet, Alphabet) else codec_or_alphabet


def _spans_around(centres):
    """Float32 `(characters, 2)` of centres `(characters,)`, or None where these go back."""
    return None if (np.diff(centres) < -1).any() else np.stack([centres - 0.5, centres + 0.5], axis=1)


def _pad(ids):
    labels = np.full((len(ids), max(map(len, ids), default=0)), PADDING, np.int32)
    for row, encoded in zip(labels, ids, strict=True):
        row[: len(encoded)] = encoded
    return labels
