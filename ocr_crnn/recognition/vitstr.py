"""ViTSTR: a vision transformer whose first tokens name the characters, all at once."""

import keras

from ocr_crnn.layers.heads import FlatHead
from ocr_crnn.layers.masking import RealFrames
from ocr_crnn.layers.sequence import ColumnsToFrames
from ocr_crnn.layers.vision_transformer import LinePixels, Patches, TokenPositions, vision_blocks
from ocr_crnn.ops.frames import count_frames
from ocr_crnn.recognition.network import MOST_CLASSES, FixedSteps, image_of, real_frames
from ocr_crnn.untrusted.settings import check_choice, check_number

SIZES = {"tiny": {"units": 192, "num_heads": 3}, "small": {"units": 384, "num_heads": 6}}
STEMS = ("columns", "convolutions")
STRIDE = 4  # pixels of the width to a token


@keras.saving.register_keras_serializable(package="ocr_crnn")
class ViTSTR(FixedSteps, keras.Model):
    """Grey lines to logits of `positions` + 1 steps, a character each and the end, in one pass and without a decoder.

    Atienza, "Vision Transformer for Fast and Efficient Scene Text Recognition", 2021; `SIZES` holds its tiny and small, of 12 blocks. As
    there the image has a fixed size and token i says character i, whatever part of the image it began as. Deviations: tokens are columns
    of 4 pixels in reading order, as Kakao's recogniser of 2021 has them, and not squares of 16 in an image of 224 × 224; and the class
    token is left out, for its output is thrown away.

    stem: "columns" makes a token of each column by one product; "convolutions" by convolution, average, convolution, average and one
    product, the order of Kakao's slide, which tells no sizes: 3 × 3, 32 and 64 channels.

    Inputs: `image` `(batch, width, height, 1)`, 0–255, padded on the right with anything; `width` int `(batch,)`, pixels, at most `width`:
    paper fills the rest. Output: logits `(batch, positions + 1, classes)`. What a codec says is written is not looked at.
    num_classes: the characters and, last, the end.
    """

    codec = "attention"
    stride = STRIDE

    def __init__(
        self, num_classes, *, stem="convolutions", width=128, height=32, positions=25, units=384, num_blocks=12, num_heads=6, name=None
    ):
        _check_arguments(num_classes, stem, width, height, positions, units, num_blocks, num_heads)
        super().__init__(name=name)
        self._config = {
            "num_classes": num_classes, "stem": stem, "width": width, "height": height, "positions": positions, "units": units,
            "num_blocks": num_blocks, "num_heads": num_heads,
        }  # fmt: skip
        self.height, self.widest, self.steps = height, width, positions + 1
        self.encoder = _make_encoder(stem, width, height, units, num_blocks, num_heads)
        self.head = FlatHead(num_classes, name="head")
        self.head.build((None, None, units))
        self.built = True

    def call(self, inputs, training=None):
        return self.sample(inputs, None, training=training)

    def sample(self, inputs, classes, training=None):
        tokens = self.encoder(image_of(inputs), training=training)
        return self.head(tokens[:, : self.steps], classes)

    def frames(self, inputs, training=None):
        tokens = self.encoder(image_of(inputs), training=training)
        return tokens, real_frames(tokens, count_frames(keras.ops.cast(inputs["width"], "int32"), STRIDE))


def _make_encoder(stem, width, height, units, num_blocks, num_heads):
    """`image`, `width` → tokens `(batch, width / 4, units)`, in reading order."""
    image, widths = keras.Input((None, height, 1), name="image"), keras.Input((), dtype="int32", name="width")
    pixels = LinePixels(width=width, name="pixels")(image, widths)
    if stem == "columns":
        x = Patches(units, (STRIDE, height), name="columns")(pixels)
    else:
        x = pixels
        for index, filters in enumerate((32, 64), 1):
            x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{index}")(x)
            x = keras.layers.AveragePooling2D(2, name=f"average{index}")(x)
        x = keras.ops.expand_dims(ColumnsToFrames(units, name="columns")(x), 2)  # (batch, columns, 1, units)
    x = TokenPositions(width // STRIDE, name="positions")(x)
    everything = keras.ops.ones_like(RealFrames(STRIDE, name="real")(pixels, widths))  # paper says where the line ends
    return keras.Model({"image": image, "width": widths}, vision_blocks(x, everything, num_blocks, num_heads), name="encoder")


def _check_arguments(num_classes, stem, width, height, positions, units, num_blocks, num_heads):
    """They may be those of a file that somebody else has written: raises ValueError before anything is built."""
    check_number("num_classes", num_classes, 2, MOST_CLASSES, whole=True)
    check_choice("stem", stem, STEMS)
    check_number("width", width, 32, 4096, whole=True)
    check_number("height", height, 4, 1024, whole=True)
    check_number("positions", positions, 1, 1024, whole=True)
    check_number("units", units, 1, 8192, whole=True)
    check_number("num_blocks", num_blocks, 1, 64, whole=True)
    check_number("num_heads", num_heads, 1, units, whole=True)
    if width % 32 or height % 4 or width // STRIDE <= positions:
        raise ValueError(
            "A line is a multiple of 32 px wide and of 4 px high, and has a token of 4 px for each character and the end. "
            f"Received: width={width}, height={height}, positions={positions}. Take a larger width."
        )
