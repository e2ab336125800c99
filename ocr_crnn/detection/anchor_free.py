"""A one-shot detector without anchors: words, characters and the direction of reading by regression from their centres, one pass.

After the detector of Kakao's talk "OCR 모델 개편 진행기" (if(kakao)2021): centerness, offset and regression for words and for characters,
orientation, no suppression of boxes afterwards. The talk gives no sizes or formulas; these are our own, on FCOS's centerness (Tian et
al., 2019, arXiv 1904.01355). The maps are those of detection/centers.py.
"""

import keras
from keras import layers, ops

from ocr_crnn.backbones.light import light
from ocr_crnn.detection.centers import (
    CHARACTER,
    CHARACTER_SIDES,
    LINK,
    PARENT,
    QUARTERS,
    SKEW,
    STRIDE,
    WORD,
    WORD_SIDES,
    center_targets,
)
from ocr_crnn.detection.network import DetectionNetwork
from ocr_crnn.detection.peaks import PeakDecoder
from ocr_crnn.layers.convolution import conv_bn, fold_batch_norm
from ocr_crnn.layers.padding import CropToImage, PadToMultiple
from ocr_crnn.layers.pyramid import fpem, fuse
from ocr_crnn.losses.segmentation import hard_example_mask
from ocr_crnn.untrusted.settings import check_flag, check_names, check_number

DIRECTION = 16  # filters for the direction, which is a coarse thing


def center_loss(targets, maps):
    """The loss of each image `(batch,)`: centres, ½ boxes of words, boxes and ½ parents of characters, links, direction.

    targets: of `center_targets`, with the axis of the batch in front. maps: `(batch, height, width, 40)`.
    Everything but the centres is learnt in the cores alone, weighted by centerness. Boxes are compared by the logarithms of their
    sides, which is nearly the logarithm of their IoU. For its box every character counts alike, however many cells it has: else figures
    and marks are seen as wide as the Hangul around them.
    """
    maps = ops.cast(maps, "float32")
    words, characters = ops.cast(targets["words"], "float32"), ops.cast(targets["characters"], "float32")
    batch, height, width = ops.shape(words)[:3]
    characters = ops.reshape(characters, (batch, height, width * 4, CHARACTER + 1))
    seen, letters = maps[..., :WORD], ops.reshape(maps[..., WORD:], (batch, height, width * 4, CHARACTER))
    core, letter_core = words[..., 0] * words[..., -1], characters[..., 0] * characters[..., -1]
    loss = centerness_loss(words[..., 0], seen[..., 0], words[..., -1])
    loss += centerness_loss(characters[..., 0], letters[..., 0], characters[..., -1])
    loss += 0.5 * mean_over(core, distance(words, seen, WORD_SIDES))
    loss += mean_over(letter_core / area(characters), distance(characters, letters, CHARACTER_SIDES))
    loss += 0.5 * mean_over(letter_core, distance(characters, letters, PARENT))
    loss += mean_over(core, ops.binary_crossentropy(words[..., LINK], seen[..., LINK], from_logits=True))
    unit = seen[..., SKEW] / ops.sqrt(ops.sum(ops.square(seen[..., SKEW]), axis=-1, keepdims=True) + 1e-6)
    skew = ops.sum(ops.abs(words[..., SKEW] - unit), axis=-1)  # a cosine of the two would hardly feel an error of 3°
    quarter = -ops.sum(words[..., QUARTERS] * ops.log_softmax(seen[..., QUARTERS], axis=-1), axis=-1)
    return loss + mean_over(core, skew + quarter)


def centerness_loss(truth, logits, weights):
    """Cross-entropy of soft centerness less the truth's own entropy, so that 0 can be reached → `(batch,)`.

    truth, logits, weights: `(batch, height, width)`. The cells that train are hard_example_mask's, four to each of a core;
    the mean over them is taken four times.
    """
    mask = hard_example_mask(truth > 0, logits, weights)
    entropy = ops.binary_crossentropy(truth, ops.clip(truth, 1e-6, 1 - 1e-6))
    excess = ops.binary_crossentropy(truth, logits, from_logits=True) - entropy
    return 4 * ops.sum(mask * excess, axis=(1, 2)) / (ops.sum(mask, axis=(1, 2)) + 1)


def distance(truth, maps, channels):
    """Mean absolute difference over some channels → `(batch, height, width)`."""
    return ops.mean(ops.abs(truth[..., channels] - maps[..., channels]), axis=-1)


def area(characters):
    """Cells that the boxes of characters have, at least 1 in each direction: `(batch, height, width, 8)` → `(batch, height, width)`."""
    left, top, right, bottom = ops.unstack(ops.expm1(characters[..., CHARACTER_SIDES]), axis=-1)
    return ops.maximum(left + right, 1) * ops.maximum(top + bottom, 1)


def mean_over(weights, values):
    """The weighted mean of each image `(batch,)`; 0 where nothing has weight."""
    return ops.sum(weights * values, axis=(1, 2)) / (ops.sum(weights, axis=(1, 2)) + 1)


@keras.saving.register_keras_serializable("ocr_crnn")
class AnchorFree(DetectionNetwork, keras.Model):
    """Image `(batch, height, width, 3)`, 0–255, any size → maps `(batch, ⌈height / 4⌉, ⌈width / 4⌉, 40)`.

    Channels 0–11 are a word's, then four times 7 of the four cells of characters, see detection/centers.py; centerness, link and
    quarter turns are logits. Backbone, pyramid and their layers' names are those of the light PAN.

    channels: of the pyramid. num_fpem: how many enhancements are stacked.
    word_filters, character_filters: of the towers.
    folded: without batch normalisation, for inference; made by `fold`.
    """

    stride = STRIDE
    backbone = "light"
    finds_characters = True
    decoder = PeakDecoder()
    targets = staticmethod(center_targets)
    map_loss = staticmethod(center_loss)

    def __init__(self, channels=32, num_fpem=2, word_filters=32, character_filters=48, folded=False, **kwargs):
        check_number("num_fpem", num_fpem, 0, 32, whole=True)
        for name, filters in (("channels", channels), ("word_filters", word_filters), ("character_filters", character_filters)):
            check_number(name, filters, 1, 4096, whole=True)
        check_flag("folded", folded)
        check_names("the other arguments of AnchorFree", kwargs, ("name", "trainable", "dtype"))
        images = keras.Input((None, None, 3), name="images")
        x = PadToMultiple(32, name="pad")(images)
        x = layers.Rescaling(1 / 127.5, -1, name="rescale")(x)
        maps = [conv_bn(x, channels, 1, name=f"reduce{level}", folded=folded) for level, x in enumerate(light(x, folded=folded), 1)]
        for number in range(1, num_fpem + 1):
            maps = fpem(maps, f"fpem{number}", False, "nearest", folded)
        x = fuse(maps, "sum", "nearest")
        word = conv_bn(x, word_filters, name="word", folded=folded)
        direction = conv_bn(x, DIRECTION, name="direction", folded=folded)
        character = conv_bn(x, character_filters, name="character", folded=folded)
        towers = [(word, SKEW.start, "word"), (direction, WORD - SKEW.start, "direction"), (character, 4 * CHARACTER, "character")]
        towers = [layers.Conv2D(count, 1, dtype="float32", name=f"{name}_maps")(x) for x, count, name in towers]
        x = layers.Concatenate(dtype="float32", name="maps")(towers)
        super().__init__(images, CropToImage(STRIDE, dtype="float32", name="crop")(x, images), **kwargs)
        self.channels = channels
        self.num_fpem = num_fpem
        self.word_filters = word_filters
        self.character_filters = character_filters
        self.folded = folded

    def fold(self):
        """The same detector for inference, batch normalisation melted into the convolutions; itself where that has been done."""
        return self if self.folded else fold_batch_norm(self, AnchorFree(**{**self.get_config(), "folded": True}))

    def get_config(self):
        return {
            "channels": self.channels,
            "num_fpem": self.num_fpem,
            "word_filters": self.word_filters,
            "character_filters": self.character_filters,
            "folded": self.folded,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
