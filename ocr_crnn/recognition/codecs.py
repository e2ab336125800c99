"""Codecs: what ties a recognition network to text. Which class is which character, how labels look, the loss, and the decoding.

A codec has

    name, exportable      its name in a preset; whether the served graph can decode as it does
    alphabet, classes     the characters; the classes of a network, with those that are no character
    encode(texts)         labels int32 `(texts, length)`, padded with −1 on the right
    inputs(labels)        what a network is given in training besides `image` and `width`, a dict of int32 arrays `(texts, length)`
    frames_needed(text)   the fewest frames of the network that a text, or its ids, has room in
    fits(text, frames)    whether they are enough
    feasible(labels, frame_counts)        the same of a batch of labels, bool `(texts,)`
    loss(labels, outputs, frame_counts)   −log p(label) in nats, `(texts,)`; 0 for a label that does not fit
    decode(outputs, frame_counts, gives)  a DecodedLine of each line
    text(ids)             the text of a DecodedLine's ids

`frame_counts` int `(texts,)` are those of the lines' widths (`network.count_frames`). `feasible` and `loss` take Keras tensors of any
backend; Keras is imported where it is needed, so that reading with a light engine never does.
"""

import numpy as np

from ocr_crnn.alphabet import Alphabet
from ocr_crnn.decoding.best_path import split_best_paths
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.decoding.line import DecodedLine, check_logits
from ocr_crnn.ops.frames import frames_needed

PADDING = -1  # of labels


class Codec:
    """What all codecs share. A codec of one's own derives from it."""

    exportable = True
    search = None  # a decoder of logits in place of the codec's own

    def __init__(self, alphabet):
        self.alphabet = alphabet

    @property
    def syllables(self):
        """For each class its place in U+AC00…U+D7A3, or −1 for what is no syllable: `syllables` of a FactorisedHead."""
        places = [ord(c) - 0xAC00 if "가" <= c <= "힣" else -1 for c in self.alphabet.characters]
        return places + [-1] * (self.classes - len(places))

    def inputs(self, labels):
        return {}

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

    def decode(self, outputs, frame_counts=None, gives="logits"):
        """gives: "logits", or "best_paths" of an engine that has collapsed them: `lines, ids, scores, starts, ends` of all characters."""
        if gives == "best_paths":
            return split_best_paths(outputs, len(frame_counts))
        return (self.search or decode_greedy)(outputs, frame_counts)


class AttentionCodec(Codec):
    """One output step a character, and the end after the last: decoders by attention, autoregressive or parallel.

    The classes after the characters are begin, end and padding. Labels are the ids and the end. In training a network is given
    `label` int32 `(texts, length)`, what it has written before each step: begin, the ids, padding. Its frames are its
    steps: `network.count_frames(widths)` says how many there are at most. Networks give logits `(lines, steps, classes)`.
    Characters have no spans.
    """

    name = "attention"
    exportable = False

    def __init__(self, alphabet):
        super().__init__(alphabet)
        self.begin, self.end, self.padding = range(len(alphabet.characters), self.classes)

    @property
    def classes(self):
        return len(self.alphabet.characters) + 3

    def encode(self, texts):
        return _pad([np.append(self.alphabet.encode(text), np.int32(self.end)) for text in texts])

    def inputs(self, labels):
        written = np.where((labels < 0) | (labels == self.end), self.padding, labels)[:, :-1]
        return {"label": np.pad(written, [(0, 0), (1, 0)], constant_values=self.begin).astype(np.int32)}

    def frames_needed(self, text):
        return len(text) + 1

    def feasible(self, labels, frame_counts):
        from keras import ops

        return ops.sum(ops.cast(labels >= 0, "int32"), axis=1) <= ops.cast(ops.reshape(frame_counts, (-1,)), "int32")

    def loss(self, labels, outputs, frame_counts):
        """Cross entropy summed over the characters and the end of each label. Steps beyond the labels, or the reverse, are cut off."""
        import keras
        from keras import ops

        steps = ops.minimum(ops.shape(labels)[1], ops.shape(outputs)[1])
        cut = ops.cast(labels[:, :steps], "int32")
        logits = ops.cast(outputs[:, :steps], "float32")
        losses = keras.losses.sparse_categorical_crossentropy(ops.maximum(cut, 0), logits, from_logits=True)
        counted = ops.logical_and(cut >= 0, self.feasible(labels, frame_counts)[:, None])
        return ops.sum(ops.where(counted, losses, 0.0), axis=1)

    def decode(self, outputs, frame_counts=None, gives="logits"):
        """The likeliest class of every step up to the end; score: its probability. begin and padding are never written."""
        logits, frame_counts = check_logits(outputs, frame_counts)
        logits = logits[:, :, : self.end + 1].copy()
        logits[:, :, self.begin] = -np.inf
        if np.isnan(logits).any():
            raise ValueError("Logits are numbers. Received: NaN. The network has diverged: load earlier weights.")
        peaks = logits.max(axis=2, keepdims=True)
        scores = 1 / np.exp(logits - peaks).sum(axis=2)
        lines = []
        for ids, sure, frames in zip(logits.argmax(axis=2).astype(np.int32), scores.astype(np.float32), frame_counts, strict=True):
            ends = np.flatnonzero(ids[:frames] == self.end)
            length = ends[0] if len(ends) else frames
            lines.append(DecodedLine(ids[:length], sure[:length], None))
        return lines


CODECS = {codec.name: codec for codec in (CTCCodec, AttentionCodec)}


def make_codec(name, alphabet):
    """The codec of this name. Raises ValueError with the known ones."""
    if not isinstance(name, str) or name not in CODECS:
        raise ValueError(f"A codec is one of {', '.join(CODECS)}. Received: {str(name)[:80]!r}. Add it to codecs.CODECS.")
    return CODECS[name](alphabet)


def as_codec(codec_or_alphabet, name):
    """A codec as it is; of an Alphabet the codec of this name."""
    return make_codec(name, codec_or_alphabet) if isinstance(codec_or_alphabet, Alphabet) else codec_or_alphabet


def _pad(ids):
    labels = np.full((len(ids), max(map(len, ids), default=0)), PADDING, np.int32)
    for row, encoded in zip(labels, ids, strict=True):
        row[: len(encoded)] = encoded
    return labels
