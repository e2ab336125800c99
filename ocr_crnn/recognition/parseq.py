"""PARSeq: a vision transformer reads the image, and a decoder writes the text in any order."""

import keras
from keras import ops

from ocr_crnn.layers.masking import RealFrames
from ocr_crnn.layers.permuted_decoder import PermutedDecoder, centres_along, surest
from ocr_crnn.layers.vision_transformer import LinePixels, Patches, TokenPositions, vision_blocks
from ocr_crnn.recognition.network import MOST_CLASSES, FixedSteps, columns_of_tokens, image_of
from ocr_crnn.untrusted.settings import check_flag, check_number, check_pair

SIZES = {
    "tiny": {"units": 192, "num_heads": 3, "decoder_heads": 6},
    "small": {"units": 384, "num_heads": 6, "decoder_heads": 12},
}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class PARSeq(FixedSteps, keras.Model):
    """Grey lines to logits of `positions` + 1 steps, a character each and the end.

    Bautista and Atienza, "Scene Text Recognition with Permuted Autoregressive Sequence Models", 2022. `SIZES` holds the published ones,
    with patches of 8 × 4 pixels, 12 blocks, 25 positions and images of 128 × 32. Deviations: lines are grey, so the patches have a third
    of the weights; and a line keeps its aspect: it is at most `width` wide, what is narrower has fewer tokens, and its padding is not seen.

    Inputs: `image` `(batch, width, height, 1)`, 0–255, padded on the right with anything; `width` int `(batch,)`, pixels. Output:
    `{"logits": (batch, positions + 1, classes), "centres": (batch, positions + 1)}`, the latter where along the line each step looks, in
    patches. With `label` and `ranks` of PermutedCodec, in training: logits `(batch, orders, steps, classes)`.

    num_classes: the characters and, last, the end. patch: (width, height) in pixels. autoregressive, refinements: how an image is read,
    see `PermutedDecoder`; they hold no weights, so one may be read both ways. An image is read by what `read` does.
    """

    codec = "permuted"

    def __init__(
        self, num_classes, *, width=128, height=32, patch=(8, 4), positions=25, units=384, num_blocks=12, num_heads=6, decoder_heads=12,
        dropout=0.1, autoregressive=True, refinements=1, name=None,
    ):  # fmt: skip
        _check_arguments(num_classes, width, height, patch, positions, units, num_blocks, num_heads, decoder_heads, refinements)
        super().__init__(name=name)
        self._config = {
            "num_classes": num_classes, "width": width, "height": height, "patch": tuple(patch), "positions": positions, "units": units,
            "num_blocks": num_blocks, "num_heads": num_heads, "decoder_heads": decoder_heads,
            "dropout": check_number("dropout", dropout, 0, 0.99),
            "autoregressive": check_flag("autoregressive", autoregressive), "refinements": refinements,
        }  # fmt: skip
        self.height, self.widest, self.stride, self.steps = height, width, patch[0], positions + 1
        self.rows = height // patch[1]  # of patches
        self.encoder = _make_encoder(width, height, tuple(patch), units, num_blocks, num_heads)
        self.decoder = PermutedDecoder(num_classes, positions, decoder_heads, dropout=dropout, name="decoder")
        self.decoder.build((None, None, units))
        self.built = True

    def call(self, inputs, training=None):
        if "label" in inputs:
            return self.sample(inputs, None, training=training)
        memory, real = self.encoder(image_of(inputs), training=training)
        return self.read(memory, real, self._config["autoregressive"], self._config["refinements"])

    def sample(self, inputs, classes, training=None):
        memory, real = self.encoder(image_of(inputs), training=training)
        return self.decoder(memory, real, inputs["label"], inputs["ranks"], classes=classes, training=training)

    def frames(self, inputs, training=None):
        return columns_of_tokens(*self.encoder(image_of(inputs), training=training), self.rows)

    def read(self, memory, real, autoregressive, refinements):
        """Read what the encoder gives: from left to right or all at once, and so many times again what has been written."""
        seen = self.decoder.see(memory, real)
        if autoregressive:
            written = self.decoder.write(seen)
            logits, weights = self.decoder.reread(seen, written, cloze=refinements > 0)
            refinements -= 1
        else:
            logits, weights = self.decoder.write_at_once(seen)
        for _ in range(refinements):
            logits, weights = self.decoder.reread(seen, surest(logits))
        return {"logits": logits, "centres": centres_along(weights, self.rows)}


def _make_encoder(width, height, patch, units, num_blocks, num_heads):
    """The vision transformer: `image`, `width` → memory `(batch, tokens, units)` and where it is real `(batch, tokens)`.

    Tokens go down a column of patches, then to the next one. It has no class token.
    """
    image, widths = keras.Input((None, height, 1), name="image"), keras.Input((), dtype="int32", name="width")
    pixels = LinePixels(step=patch[0], name="pixels")(image, widths)
    x = Patches(units, patch, name="patches")(pixels)
    x = TokenPositions(width // patch[0], name="positions")(x)
    real = ops.repeat(RealFrames(patch[0], name="real")(pixels, widths), height // patch[1], axis=1)
    return keras.Model({"image": image, "width": widths}, [vision_blocks(x, real, num_blocks, num_heads), real], name="encoder")


def _check_arguments(num_classes, width, height, patch, positions, units, num_blocks, num_heads, decoder_heads, refinements):
    """They may be those of a file that somebody else has written: raises ValueError before anything is built."""
    check_number("num_classes", num_classes, 2, MOST_CLASSES, whole=True)
    check_number("width", width, 32, 4096, whole=True)
    check_number("height", height, 4, 1024, whole=True)
    check_number("positions", positions, 1, 1024, whole=True)
    check_number("units", units, 1, 8192, whole=True)
    check_number("num_blocks", num_blocks, 1, 64, whole=True)
    for name, heads in (("num_heads", num_heads), ("decoder_heads", decoder_heads)):
        check_number(name, heads, 1, units, whole=True)
    check_number("refinements", refinements, 0, 8, whole=True)
    for side in check_pair("patch", patch, 1, 1024):
        check_number("a side of a patch", side, 1, 1024, whole=True)
    if width % 32 or width % patch[0] or height % patch[1]:
        raise ValueError(
            f"A line is whole patches, and a multiple of 32 px wide at most. Received: width={width}, height={height}, patch={patch}. "
            "Correct one of them."
        )
