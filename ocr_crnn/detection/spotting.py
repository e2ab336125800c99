"""PAN++ as an end-to-end spotter (Wang et al., 2021, arXiv 2105.00405): one network finds texts and reads them."""

import keras
from keras import ops

from ocr_crnn.detection.kernels import KernelDecoder
from ocr_crnn.detection.network import DetectionNetwork
from ocr_crnn.detection.pan import STRIDE, pan_body, pan_head, pan_loss, pan_targets
from ocr_crnn.layers.attention_decoder import AttentionDecoder
from ocr_crnn.layers.convolution import fold_batch_norm
from ocr_crnn.layers.heads import FactorisedHead, FlatHead
from ocr_crnn.layers.masking import FrameMask, RealFrames
from ocr_crnn.layers.padding import CropToImage
from ocr_crnn.layers.regions import ROWS, region_points, region_widths, sample_regions
from ocr_crnn.layers.sequence import ColumnsToFrames
from ocr_crnn.layers.standardized import StandardizedConv2D
from ocr_crnn.layers.transformer import TransformerBlock
from ocr_crnn.ops.frames import count_frames, count_steps
from ocr_crnn.untrusted.settings import check_choice, check_flag, check_names, check_number

CHANNELS = 32  # of the pyramid
FRAME = 2  # columns of a region to a frame
# (name, filters, stride over columns, stride over rows): after the first those of AttentionCTC, which sees 16 rows there too.
STAGES = (("join", 48, 1, 1), ("conv3", 96, 2, 2), ("conv4", 96, 1, 1), ("conv5", 160, 1, 2), ("conv6", 160, 1, 1))
STEPS = 40  # of attention: a region of 160 columns, ten times as wide as high, has room for 39 characters of a quarter of its height
STEP = 4  # columns: what a step stands for at least
MOST_CLASSES = 0x110000


@keras.saving.register_keras_serializable("ocr_crnn")
class PANSpotter(DetectionNetwork, keras.Model):
    """PAN of the light backbone, and a branch that reads the texts from the same features.

    As a network it is PAN's: image `(batch, height, width, 3)`, 0–255 → maps `(batch, ⌈height / 4⌉, ⌈width / 4⌉, 6)`, and its layers have
    the names of PAN's. Two more are made of the same variables:

    features: images → dict of `maps`, `fused` at stride 4 and `stem` at stride 2, each `(batch, height, width, channels)`.
    reader: dict of `region` `(regions, columns, ROWS, channels)`, which `regions` samples, and `width` int `(regions,)`, the columns of
        each that are real → CTC logits `(regions, ⌈columns / 2⌉, classes)`, blank last. By attention it is an AttentionReader.

    num_classes: with the blank or the end. syllables: for each class its place in U+AC00…U+D7A3 or −1; None for a flat head.
    codec: what a text is read by: "ctc", all of it at once, or "attention", the paper's, one character after the other.
    steps: of attention, the characters and the end. It reads regions of 4 · steps columns at most, `widest`; longer texts in pieces.
    folded: without batch normalisation, for inference; made by `fold`.

    Deviations from the paper. Regions have 16 rows and keep the aspect of the text, where the paper's are 8 × 32: a line has many more
    characters than a word of a scene. They are sampled from the stem as well, for at stride 4 a small print has five rows. From 16 rows on
    the branch has the layers of AttentionCTC, names included, and can begin with its weights: convolutions and self-attention make frames,
    8 to a text's height, as there. CTC over a factorised head reads them, or the paper's decoder looks at them, where it has eight rows of
    cells after one convolution; its hidden size is that of the frames, and its head the factorised one, too.
    """

    stride = STRIDE
    decoder = KernelDecoder()
    targets = staticmethod(pan_targets)
    map_loss = staticmethod(pan_loss)
    task = "spotting"
    backbone = "light"
    frame = FRAME
    region_widths = staticmethod(region_widths)

    def __init__(
        self, num_classes, syllables=None, *, units=256, num_blocks=2, num_heads=4, rank=64, codec="ctc", steps=STEPS, folded=False,
        **kwargs,
    ):  # fmt: skip
        _check_arguments(num_classes, syllables, units, num_blocks, num_heads, rank, codec, steps)
        check_flag("folded", folded)
        check_names("the other arguments of PANSpotter", kwargs, ("name", "trainable", "dtype"))
        images = keras.Input((None, None, 3), name="images")
        fused, stem = pan_body(images, channels=CHANNELS, folded=folded)
        maps = CropToImage(STRIDE, name="crop")(pan_head(fused, CHANNELS, folded), images)
        super().__init__(images, maps, **kwargs)
        # Sums over levels are a hundred times as large as what the stem gives.
        even = keras.layers.LayerNormalization(epsilon=1e-5, center=False, scale=False, name="even")(fused)
        self.features = keras.Model(images, {"maps": maps, "fused": even, "stem": stem}, name="features")
        arguments = {"num_classes": num_classes, "syllables": syllables, "units": units, "num_blocks": num_blocks}
        arguments |= {"num_heads": num_heads, "rank": rank}
        channels = fused.shape[-1] + stem.shape[-1]
        self.reader = _reader(channels, **arguments) if codec == "ctc" else AttentionReader(channels, steps=steps, **arguments)
        self.codec, self.steps, self.folded = codec, steps, folded
        self.widest = None if codec == "ctc" else STEP * steps  # columns of a region
        self._config = {**arguments, "codec": codec, "steps": steps}

    @property
    def classes(self):
        return self._config["num_classes"]

    def regions(self, features, labels, images, own, quads, widths, columns):
        """The input of `reader`: float `(regions, columns, ROWS, channels)` along quads.

        features: as `self.features` gives them. labels: int `(batch, ⌈height / 4⌉, ⌈width / 4⌉)`, the text of each cell, 0 for none.
        images, own, widths: int `(regions,)`: in which image a region lies, which label is its own, how many columns it has
        (`region_widths`). quads: `(regions, 4, 2)` in image pixels.
        """
        points = region_points(quads, widths, ROWS, columns)
        sampled = [sample_regions(features[name], labels, images, own, points, stride) for name, stride in (("stem", 2), ("fused", 4))]
        return ops.concatenate(sampled, axis=-1)

    def count_frames(self, widths):
        """The frames of regions of so many columns; of attention its steps, none for what is wider than `widest`."""
        return count_frames(widths, FRAME) if self.codec == "ctc" else count_steps(widths, self.steps, self.widest)

    def fold(self):
        """The same spotter for inference, batch normalisation melted into the convolutions; itself where that has been done."""
        if self.folded:
            return self
        folded = fold_batch_norm(self, PANSpotter(**{**self.get_config(), "folded": True}))
        folded.reader.set_weights(self.reader.get_weights())
        return folded

    def get_config(self):
        return {**self._config, "folded": self.folded, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


@keras.saving.register_keras_serializable("ocr_crnn")
class AttentionReader(keras.Model):
    """The reader of a PANSpotter by attention: frames of regions, and an AttentionDecoder that writes what it sees there.

    channels: of `region`; the other arguments are those of PANSpotter. Inputs `region` and `width` as there. Output: dict of `logits`
    `(regions, steps, classes)` and `centres` `(regions, steps)`, where along the region each step looks, in frames. With `label` of
    AttentionCodec, in training: logits `(regions, length, classes)`.
    """

    def __init__(self, channels, num_classes, syllables=None, *, units, num_blocks, num_heads, rank, steps, name="reader", **kwargs):
        super().__init__(name=name, **kwargs)
        self.frames = _frames(channels, units, num_blocks, num_heads)
        self.decoder = AttentionDecoder(_head(num_classes, syllables, rank), steps, name="decoder")
        self.decoder.build((None, None, units))
        self.built = True
        self._config = {"channels": channels, "num_classes": num_classes, "syllables": syllables, "units": units}
        self._config |= {"num_blocks": num_blocks, "num_heads": num_heads, "rank": rank, "steps": steps}

    def call(self, inputs, training=None):
        frames, real = self.frames({name: inputs[name] for name in ("region", "width")}, training=training)
        if "label" in inputs:
            return self.decoder(frames, real, inputs["label"], training=training)
        return self.decoder.write(frames, real)


    def get_config(self):
        return {**self._config, "name": self.name}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)


def _reader(channels, num_classes, syllables, units, num_blocks, num_heads, rank):
    """The reader by CTC."""
    frames = _frames(channels, units, num_blocks, num_heads)
    return keras.Model(frames.input, _head(num_classes, syllables, rank)(frames.output[0]), name="reader")


def _head(num_classes, syllables, rank):
    return FlatHead(num_classes, name="head") if syllables is None else FactorisedHead(syllables, rank, name="head")


def _frames(channels, units, num_blocks, num_heads):
    """What a text is read from: `region`, `width` → frames `(regions, frames, units)` and which are real `(regions, frames)`."""
    region = keras.Input((None, ROWS, channels), name="region")
    width = keras.Input((), dtype="int32", name="width")
    real = {stride: RealFrames(stride, name=f"real{stride}")(region, width) for stride in (1, FRAME)}
    x, stride = FrameMask(name="mask_region")(region, real[1]), 1
    for name, filters, stride_columns, stride_rows in STAGES:
        y = StandardizedConv2D(filters, strides=(stride_columns, stride_rows), name=name)(x)
        y = y + x if y.shape[2:] == x.shape[2:] and stride_columns == 1 else y
        stride *= stride_columns
        x = FrameMask(name=f"mask_{name}")(y, real[stride])
    x = ColumnsToFrames(units, name="frames")(x)
    for number in range(1, num_blocks + 1):
        x = TransformerBlock(num_heads, name=f"block{number}")(x, real[FRAME])
    x = keras.layers.LayerNormalization(epsilon=1e-5, name="norm")(x)
    return keras.Model({"region": region, "width": width}, [x, real[FRAME]], name="frames")


def _check_arguments(num_classes, syllables, units, num_blocks, num_heads, rank, codec, steps):
    """They may be those of a file that somebody else has written: raises ValueError before anything is built."""
    check_number("num_classes", num_classes, 2, MOST_CLASSES, whole=True)
    check_number("units", units, 1, 8192, whole=True)
    check_number("num_blocks", num_blocks, 1, 64, whole=True)
    check_number("num_heads", num_heads, 1, units, whole=True)
    check_number("rank", rank, 1, 8192, whole=True)
    check_choice("codec", codec, ("ctc", "attention"))
    check_number("steps", steps, 2, 1024, whole=True)
    if syllables is not None and len(syllables) != num_classes:
        raise ValueError(f"There is one syllable place a class. Received: {len(syllables)} places for {num_classes} classes.")
