"""CLIP4STR: one branch reads the image, a second one reads the image and what the first has read, through CLIP's two encoders."""

import keras
from keras import ops

from ocr_crnn.layers.clip import ACTIVATIONS, CharacterTokens, make_image_encoder, make_text_encoder
from ocr_crnn.layers.permuted_decoder import PermutedDecoder, centres_along, surest
from ocr_crnn.recognition.network import MOST_CLASSES, FixedSteps, columns_of_tokens, image_of
from ocr_crnn.untrusted.settings import check_choice, check_number, check_pair

MOST_TOKENS = 1 << 16
SIZES = {
    "tiny": {
        "units": 128, "num_blocks": 4, "num_heads": 4, "text_units": 128, "text_blocks": 2, "text_heads": 4, "memory_units": 128,
        "decoder_heads": 4,
    },
    "small": {
        "units": 256, "num_blocks": 8, "num_heads": 4, "text_units": 256, "text_blocks": 4, "text_heads": 4, "memory_units": 256,
        "decoder_heads": 8,
    },
    "base": {  # ViT-B/16
        "width": 224, "height": 224, "patch": (16, 16), "units": 768, "num_blocks": 12, "num_heads": 12, "text_units": 512,
        "text_blocks": 12, "text_heads": 8, "memory_units": 512, "decoder_heads": 8, "context": 77, "text_length": 16, "frozen": 6,
    },
}  # fmt: skip


@keras.saving.register_keras_serializable(package="ocr_crnn")
class CLIP4STR(FixedSteps, keras.Model):
    """Grey lines to logits of `positions` + 1 steps, a character each and the end.

    Zhao et al., "CLIP4STR: A Simple Baseline for Scene Text Recognition with Pre-trained Vision-Language Model", 2023. The visual branch
    is a PermutedDecoder over the tokens of the image encoder. The cross-modal branch is a second one, over these tokens, which it does not
    train, and those of the text encoder. In training the text is the label, in reading what the visual branch has read.

    `SIZES["base"]` is the published one, of CLIP's ViT-B/16: pass `pieces` and `vocabulary` 49,408 with it. The others are ours, small
    enough for a CPU, with a text encoder over the characters of the alphabet, for CLIP's byte pairs cost two or three tokens a syllable.
    Deviations: lines are grey and keep their aspect, as in PARSeq; the text encoder runs once a batch and not once an order; tokens of a
    text come from a table of characters, so byte pairs are not merged across characters; the cross-modal branch ends where it says so,
    not where the visual one does.

    Inputs: `image` `(batch, width, height, 1)`, 0–255, padded on the right with anything; `width` int `(batch,)`, pixels. Output:
    `{"logits": (batch, positions + 1, classes), "centres": (batch, positions + 1), "visual": (batch, positions + 1, classes)}`: the answer
    of the cross-modal branch, where along the line it looks, in patches, and the answer of the visual branch. With `label` and `ranks` of
    PermutedCodec, in training: logits `(batch, 2, orders, steps, classes)`, visual and cross-modal, the sum of whose losses is learnt.

    num_classes: the characters and, last, the end. pieces: tokens of each character, see CharacterTokens; None: the characters are the
    tokens. vocabulary: tokens there are, the last two of which begin and end a text, and 0 pads it. context: places of a text; text_length:
    tokens of it that are used. frozen: blocks of the text encoder that are not trained, from the input on. refinements: how often what
    is written is read again.
    """

    codec = "permuted"

    def __init__(
        self, num_classes, *, width=128, height=32, patch=(8, 8), positions=25, units=128, num_blocks=4, num_heads=4, text_units=128,
        text_blocks=2, text_heads=4, memory_units=128, decoder_heads=4, pieces=None, vocabulary=None, context=None, text_length=None,
        frozen=0, activation="quick_gelu", dropout=0.1, refinements=1, name=None,
    ):  # fmt: skip
        config = {
            "num_classes": num_classes, "width": width, "height": height, "patch": patch, "positions": positions, "units": units,
            "num_blocks": num_blocks, "num_heads": num_heads, "text_units": text_units, "text_blocks": text_blocks,
            "text_heads": text_heads, "memory_units": memory_units, "decoder_heads": decoder_heads, "pieces": pieces,
            "vocabulary": vocabulary, "context": context, "text_length": text_length, "frozen": frozen, "activation": activation,
            "dropout": dropout, "refinements": refinements,
        }  # fmt: skip
        _check_arguments(**config)
        super().__init__(name=name)
        patch = tuple(patch)
        self._config = {**config, "patch": patch}
        self.height, self.widest, self.stride, self.steps = height, width, patch[0], positions + 1
        self.rows = height // patch[1]  # of patches
        self.image_encoder = make_image_encoder(width, height, patch, units, num_blocks, num_heads, memory_units, activation)
        length = text_length or positions + 2  # begin, the characters, end
        if pieces is None:
            vocabulary, begin, end, padding = num_classes + 2, num_classes, num_classes - 1, num_classes + 1
            pieces = [[character] for character in range(num_classes - 1)]
        else:
            begin, end, padding = vocabulary - 2, vocabulary - 1, 0
        self.tokens = CharacterTokens(pieces, length, begin, end, padding, name="character_tokens")
        self.text_encoder = make_text_encoder(
            vocabulary, context or length, length, text_units, text_blocks, text_heads, memory_units, activation, frozen
        )
        self.visual, self.cross = (
            PermutedDecoder(num_classes, positions, decoder_heads, dropout=dropout, name=branch) for branch in ("visual", "cross")
        )
        for decoder in (self.visual, self.cross):
            decoder.build((None, None, memory_units))
        self.built = True

    def call(self, inputs, training=None):
        if "label" in inputs:
            return self.sample(inputs, None, training=training)
        memory, real = self.image_encoder(image_of(inputs), training=training)
        return self.read(memory, real, self._config["refinements"])

    def sample(self, inputs, classes, training=None):
        memory, real = self.image_encoder(image_of(inputs), training=training)
        known = {"classes": classes, "training": training}
        visual = self.visual(memory, real, inputs["label"], inputs["ranks"], **known)
        both, shown = self.with_text(memory, real, ops.cast(inputs["label"], "int32")[:, 1 : self.steps + 1], training)
        return ops.stack([visual, self.cross(both, shown, inputs["label"], inputs["ranks"], **known)], axis=1)

    @property
    def encoder_variables(self):
        return self.image_encoder.variables

    def frames(self, inputs, training=None):
        memory, real = self.image_encoder(image_of(inputs), training=training)
        return columns_of_tokens(memory[:, 1:], real[:, 1:], self.rows)  # without the class token

    def read(self, memory, real, refinements):
        """Predict and refine: both branches from left to right, the second with the text of the first; then both again, by cloze."""
        seen = self.visual.see(memory, real)
        first = self.visual.write(seen)
        shown = self.cross.see(*self.with_text(memory, real, first))
        second = self.cross.write(shown)
        visual, _ = self.visual.reread(seen, first, cloze=refinements > 0)
        for again in range(max(refinements, 1)):
            if again:
                visual, _ = self.visual.reread(seen, surest(visual))
            if refinements:
                shown = self.cross.see(*self.with_text(memory, real, surest(visual)))
            logits, weights = self.cross.reread(shown, second, cloze=refinements > 0)
            second = surest(logits)
        tokens = ops.shape(memory)[1]
        return {"logits": logits, "centres": centres_along(weights[..., 1:tokens], self.rows), "visual": visual}

    def with_text(self, memory, real, written, training=None):
        """The memory of the cross-modal branch, `(batch, image tokens + text tokens, units)`, and where it is real.

        written: ids `(batch, steps)`, the text up to the first that is no character.
        """
        text = self.text_encoder(self.tokens(ops.cast(written, "int32")), training=training)
        shown = ops.concatenate([real, ops.ones_like(text[:, :, 0], dtype=real.dtype)], axis=1)
        return ops.concatenate([ops.stop_gradient(memory), text], axis=1), shown


def _check_arguments(
    num_classes, width, height, patch, positions, units, num_blocks, num_heads, text_units, text_blocks, text_heads, memory_units,
    decoder_heads, pieces, vocabulary, context, text_length, frozen, activation, dropout, refinements,
):  # fmt: skip
    """They may be those of a file that somebody else has written: raises ValueError before anything is built."""
    check_number("num_classes", num_classes, 2, MOST_CLASSES, whole=True)
    check_number("width", width, 32, 4096, whole=True)
    check_number("height", height, 4, 1024, whole=True)
    check_number("positions", positions, 1, 1024, whole=True)
    sizes = {"units": units, "text_units": text_units, "memory_units": memory_units}
    for name, size in sizes.items():
        check_number(name, size, 1, 8192, whole=True)
    for name, heads, size in (
        ("num_heads", num_heads, units), ("text_heads", text_heads, text_units), ("decoder_heads", decoder_heads, memory_units)
    ):  # fmt: skip
        check_number(name, heads, 1, size, whole=True)
    for name, count in (("num_blocks", num_blocks), ("text_blocks", text_blocks)):
        check_number(name, count, 1, 64, whole=True)
    check_number("frozen", frozen, 0, text_blocks, whole=True)
    check_number("refinements", refinements, 0, 8, whole=True)
    check_number("dropout", dropout, 0, 0.99)
    check_choice("activation", activation, tuple(ACTIVATIONS))
    length = positions + 2 if text_length is None else check_number("text_length", text_length, 2, 2048, whole=True)
    if context is not None:
        check_number("context", context, length, 4096, whole=True)
    for side in check_pair("patch", patch, 1, 1024):
        check_number("a side of a patch", side, 1, 1024, whole=True)
    if width % 32 or width % patch[0] or height % patch[1]:
        raise ValueError(
            f"A line is whole patches, and a multiple of 32 px wide at most. Received: width={width}, height={height}, patch={patch}. "
            "Correct one of them."
        )
    if pieces is not None:
        _check_pieces(pieces, num_classes - 1, check_number("vocabulary", vocabulary, 3, MOST_TOKENS, whole=True))


def _check_pieces(pieces, characters, vocabulary):
    whole = isinstance(pieces, list | tuple) and all(isinstance(piece, list | tuple) and 1 <= len(piece) <= 16 for piece in pieces)
    if not whole or len(pieces) != characters:
        count = len(pieces) if isinstance(pieces, list | tuple) else type(pieces).__name__
        raise ValueError(f"pieces are 1 to 16 tokens for each of {characters:,} characters. Received: {count}. Make them of the alphabet.")
    for piece in pieces:
        for token in piece:
            check_number("a token of pieces", token, 0, vocabulary - 3, whole=True)
