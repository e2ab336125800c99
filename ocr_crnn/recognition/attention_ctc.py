"""The default recogniser: a thin CNN, self-attention and CTC over lines of any width."""

import math
from itertools import accumulate
from operator import mul

import keras
from keras import ops

from ocr_crnn.layers.heads import FactorisedHead, FlatHead
from ocr_crnn.layers.masking import FrameMask, RealFrames
from ocr_crnn.layers.sequence import ColumnsToFrames
from ocr_crnn.layers.standardized import StandardizedConv2D
from ocr_crnn.layers.transformer import TransformerBlock
from ocr_crnn.recognition.blank_bound import BlankBound
from ocr_crnn.recognition.codecs import CTCCodec
from ocr_crnn.recognition.network import MOST_CLASSES, RecognitionNetwork
from ocr_crnn.untrusted.settings import check_number

# (filters, stride over the width, stride over the height); together 4 and 8: 32 rows become 4.
DEFAULT_STAGES = ((32, 2, 2), (48, 1, 1), (96, 2, 2), (96, 1, 1), (160, 1, 2), (160, 1, 1))


@keras.saving.register_keras_serializable(package="ocr_crnn")
class Ink(keras.layers.Layer):
    """Grey values 0 (ink) … 255 (paper), any dtype, to ink 1 … paper 0: the zero padding of a convolution is then paper.

    The width is filled up with paper to a multiple of `step`: a `same` convolution of stride 2 begins a column further
    left where the width is odd, and a line would look different for the padding of its batch.
    """

    def __init__(self, step, **kwargs):
        super().__init__(**kwargs)
        self.step = step

    def call(self, x):
        x = 1.0 - ops.cast(x, self.compute_dtype) * (1.0 / 255.0)
        batch, width = ops.shape(x)[0], ops.shape(x)[1]
        x = ops.concatenate([x, ops.zeros((batch, self.step - 1, *x.shape[2:]), x.dtype)], axis=1)
        return x[:, : -(-width // self.step) * self.step]

    def compute_output_shape(self, input_shape):
        width = input_shape[1]
        return (input_shape[0], None if width is None else -(-width // self.step) * self.step, *input_shape[2:])

    def get_config(self):
        return {**super().get_config(), "step": self.step}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class AttentionCTC(RecognitionNetwork, keras.Model):
    """Grey lines to CTC logits.

    Inputs: `image` `(batch, width, height, 1)`, 0–255, dark text on light, padded on the right with anything; `width`
    int `(batch,)`, the real width of each line in pixels. Output: logits `(batch, ceil(width / 4), classes)`, blank last.
    A line has `count_frames(width)` real frames; its logits do not depend on the padding.

    Thin 3×3 convolutions with standardised kernels (depthwise ones are slower on a CPU) bring height 32 to 4 rows; the
    rows of a column become one frame; pre-norm blocks mix neighbours by a convolution and the line by self-attention
    with distance biases, so there is no table of positions and no longest line. Every second of two equal stages is residual.

    num_classes: with the blank. syllables: for each class its place in U+AC00…U+D7A3 or −1, for the factorised head
    (`layers/heads.py`); None gives a flat head. stages: (filters, stride over width, stride over height) each.
    """

    def __init__(
        self, num_classes, syllables=None, *, height=32, stages=DEFAULT_STAGES, units=256, num_blocks=2, num_heads=4, rank=64, name=None
    ):
        _check_arguments(num_classes, height, stages, units, num_blocks, num_heads, rank)
        if syllables is not None and len(syllables) != num_classes:
            raise ValueError(f"There is one syllable place a class. Received: {len(syllables)} places for {num_classes} classes.")
        image = keras.Input((None, height, 1), name="image")
        widths = keras.Input((), dtype="int32", name="width")
        total_stride = math.prod(stride_width for _, stride_width, _ in stages)
        ink = Ink(total_stride, name="ink")(image)
        strides = (1, *accumulate((stride_width for _, stride_width, _ in stages), mul))
        real = {stride: RealFrames(stride, name=f"real{stride}")(ink, widths) for stride in sorted(set(strides))}
        x = FrameMask(name="mask_input")(ink, real[1])
        for index, (filters, stride_width, stride_height) in enumerate(stages, 1):
            y = StandardizedConv2D(filters, strides=(stride_width, stride_height), name=f"conv{index}")(x)
            y = y + x if y.shape[2:] == x.shape[2:] and stride_width == 1 else y
            x = FrameMask(name=f"mask{index}")(y, real[strides[index]])
        x = ColumnsToFrames(units, name="frames")(x)
        for index in range(1, num_blocks + 1):
            x = TransformerBlock(num_heads, name=f"block{index}")(x, real[total_stride])
        features = keras.layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
        head = FlatHead(num_classes, name="head") if syllables is None else FactorisedHead(syllables, rank, name="head")
        super().__init__({"image": image, "width": widths}, head(features), name=name)
        self.features = keras.Model(self.input, features, name="features")
        self.head = head
        self.stride = total_stride
        self._config = {
            "num_classes": num_classes,
            "syllables": syllables,
            "height": height,
            "stages": stages,
            "units": units,
            "num_blocks": num_blocks,
            "num_heads": num_heads,
            "rank": rank,
        }

    @property
    def height(self):
        return self._config["height"]

    @property
    def classes(self):
        return self._config["num_classes"]

    def freeze(self, off=()):
        """The function of `ops/frozen_ctc.py` on the TensorFlow backend; None on others."""
        if keras.backend.backend() != "tensorflow":
            return None
        from ocr_crnn.ops.frozen_ctc import freeze_ctc

        return freeze_ctc(self.features, self.head, self.height, self.count_frames, self.make_blank_bound(), off)

    def make_blank_bound(self):
        return BlankBound(self.head) if self._config["syllables"] is not None else None

    def get_config(self):
        return {**self._config, "name": self.name}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _check_arguments(num_classes, height, stages, units, num_blocks, num_heads, rank):
    """They may be those of a file that somebody else has written: raises ValueError before anything is built."""
    check_number("num_classes", num_classes, 2, MOST_CLASSES, whole=True)
    check_number("height", height, 4, 1024, whole=True)
    check_number("units", units, 1, 8192, whole=True)
    check_number("num_blocks", num_blocks, 1, 64, whole=True)
    check_number("num_heads", num_heads, 1, units, whole=True)
    check_number("rank", rank, 1, 8192, whole=True)
    listed = isinstance(stages, list | tuple) and 1 <= len(stages) <= 64
    if not listed or not all(isinstance(stage, list | tuple) and len(stage) == 3 for stage in stages):
        raise ValueError(
            f"stages are 1 to 64 times (filters, stride over width, stride over height). Received: {str(stages)[:80]}. Correct stages."
        )
    for filters, *strides in stages:
        check_number("filters of a stage", filters, 1, 8192, whole=True)
        for stride in strides:
            check_number("stride of a stage", stride, 1, 64, whole=True)
    check_number("the product of the strides over the width", math.prod(stride for _, stride, _ in stages), 1, 1024, whole=True)


def syllable_places(alphabet):
    """For each class of the alphabet, blank included, its place in U+AC00…U+D7A3, or −1 for what is no syllable."""
    return CTCCodec(alphabet).syllables


def transfer_weights(source, source_alphabet, target, target_alphabet, begin_as=None):
    """Give `target` the weights of `source`, the same AttentionCTC for another alphabet; returns the characters that begin anew.

    Of another network that ends as an AttentionCTC the variables that `source` has by the same path and shape are given.
    The rows of the head move with their characters, the blank's too. A character that `source` lacks starts with the bias
    of the rarest and a residual of 0: a syllable is read by its letters at once, a symbol has to be learnt.
    begin_as: `{such a character: one that source has and that is no syllable}`: it begins as that one, which it is like, with a bias that
    is lower by ln 2, so that the other keeps what it has.
    """
    rows = {character: i for i, character in enumerate(source_alphabet.characters)}
    places = [rows.get(character, -1) for character in target_alphabet.characters] + [source_alphabet.blank]
    known = [i for i, place in enumerate(places) if place >= 0]
    begun = {target_alphabet.characters.index(new): rows[like] for new, like in (begin_as or {}).items()}
    taken = {variable.path: ops.convert_to_numpy(variable) for variable in source.variables}
    for variable in target.variables:
        if variable.path not in taken:
            continue
        values = taken[variable.path]
        if variable.path in ("head/residual", "head/class_bias", "head/kernel") and values.shape[0] == len(rows) + 1:
            moved = ops.convert_to_numpy(variable).copy()
            if values.ndim == 1:
                moved[:] = values.min()
            moved[known] = values[[places[i] for i in known]]
            moved[list(begun)] = values[list(begun.values())] - (math.log(2) if values.ndim == 1 else 0)
            values = moved
        variable.assign(values)
    return "".join(target_alphabet.characters[i] for i, place in enumerate(places) if place < 0)
