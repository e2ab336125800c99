"""CLIP's two encoders (Radford et al., 2021): a vision transformer over an image, and a causal transformer over the tokens of a text.

Both give all their tokens, projected to the same units, and not one vector for the whole as CLIP does.
"""

import keras
from keras import ops

from ocr_crnn.layers.masking import RealFrames
from ocr_crnn.layers.vision_transformer import SMALL_NORMAL, LinePixels, Patches, VisionBlock

EPSILON = 1e-5  # of all normalisations


@keras.saving.register_keras_serializable(package="ocr_crnn")
def quick_gelu(x):
    """x · σ(1.702 x): what OpenAI's weights were trained with; those of open_clip mostly with the exact GELU."""
    return x * ops.sigmoid(1.702 * x)


ACTIVATIONS = {"gelu": "gelu", "quick_gelu": quick_gelu}


@keras.saving.register_keras_serializable(package="ocr_crnn")
class ImageTokens(keras.layers.Layer):
    """A map `(batch, columns, rows, units)` to tokens `(batch, 1 + columns · rows, units)`: a class token, then column by column.

    Learnt places are added, of which the first is the class token's. columns: at most. CLIP's own places go row by row.
    """

    def __init__(self, columns, **kwargs):
        super().__init__(**kwargs)
        self.columns = columns

    def build(self, input_shape):
        rows, units = input_shape[2:]
        self.class_token = self.add_weight(name="class_token", shape=(units,), initializer=SMALL_NORMAL)
        self.places = self.add_weight(name="places", shape=(1 + self.columns * rows, units), initializer=SMALL_NORMAL)

    def call(self, x):
        batch, units = ops.shape(x)[0], x.shape[-1]
        x = ops.reshape(x, (batch, -1, units))
        first = ops.broadcast_to(ops.cast(self.class_token, x.dtype), (batch, 1, units))
        x = ops.concatenate([first, x], axis=1)
        return x + ops.cast(self.places, x.dtype)[: ops.shape(x)[1]]

    def compute_output_shape(self, input_shape):
        batch, columns, rows, units = input_shape
        return (batch, None if columns is None else 1 + columns * rows, units)

    def get_config(self):
        return {**super().get_config(), "columns": self.columns}


def make_image_encoder(width, height, patch, units, num_blocks, num_heads, output_units, activation="quick_gelu"):
    """`image`, `width` → tokens `(batch, 1 + patches, output_units)` and where they are real `(batch, 1 + patches)`.

    patch: (width, height) in pixels. Lines are grey; what is right of a line is not seen.
    """
    image, widths = keras.Input((None, height, 1), name="image"), keras.Input((), dtype="int32", name="width")
    pixels = LinePixels(step=patch[0], name="pixels")(image, widths)
    x = Patches(units, patch, use_bias=False, name="image_patches")(pixels)
    x = ImageTokens(width // patch[0], name="image_tokens")(x)
    real = ops.repeat(RealFrames(patch[0], name="real")(pixels, widths), height // patch[1], axis=1)
    real = ops.concatenate([ops.ones_like(real[:, :1]), real], axis=1)
    x = _norm("image_norm_before")(x)
    for index in range(1, num_blocks + 1):
        x = VisionBlock(num_heads, activation=ACTIVATIONS[activation], epsilon=EPSILON, name=f"image_block{index}")(x, real)
    x = keras.layers.Dense(output_units, use_bias=False, kernel_initializer=SMALL_NORMAL, name="image_projection")(_norm("image_norm")(x))
    return keras.Model({"image": image, "width": widths}, [x, real], name="image_encoder")


@keras.saving.register_keras_serializable(package="ocr_crnn")
class TextTokens(keras.layers.Layer):
    """Tokens int `(batch, tokens)` to learnt rows and places, `(batch, tokens, units)`. context: places there are."""

    def __init__(self, vocabulary, context, units, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary, self.context, self.units = vocabulary, context, units

    def build(self, input_shape):
        self.embedding = self.add_weight(name="embedding", shape=(self.vocabulary, self.units), initializer=SMALL_NORMAL)
        self.places = self.add_weight(name="places", shape=(self.context, self.units), initializer=SMALL_NORMAL)

    def call(self, tokens):
        rows = ops.take(ops.cast(self.embedding, self.compute_dtype), tokens, axis=0)
        return rows + ops.cast(self.places, self.compute_dtype)[: tokens.shape[1]]

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.units)

    def get_config(self):
        return {**super().get_config(), "vocabulary": self.vocabulary, "context": self.context, "units": self.units}


def make_text_encoder(vocabulary, context, length, units, num_blocks, num_heads, output_units, activation="quick_gelu", frozen=0):
    """Tokens int `(batch, length)` → `(batch, length, output_units)`; each token sees itself and those before it.

    context: places there are, of which the first `length` are used. frozen: so many blocks from the input on, and the embedding and places
    before them, are not trained; 0: all are.
    """
    tokens = keras.Input((length,), dtype="int32", name="tokens")
    first = TextTokens(vocabulary, context, units, name="text_tokens")
    x = first(tokens)
    real = ops.ones_like(x[:, :, 0])
    kind = {"activation": ACTIVATIONS[activation], "epsilon": EPSILON, "causal": True}
    blocks = [VisionBlock(num_heads, **kind, name=f"text_block{index}") for index in range(1, num_blocks + 1)]
    for block in blocks:
        x = block(x, real)
    for layer in [first, *blocks[:frozen]] if frozen else []:  # only what is built hands it on to its parts
        layer.trainable = False
    x = keras.layers.Dense(output_units, use_bias=False, kernel_initializer=SMALL_NORMAL, name="text_projection")(_norm("text_norm")(x))
    return keras.Model(tokens, x, name="text_encoder")


@keras.saving.register_keras_serializable(package="ocr_crnn")
class CharacterTokens(keras.layers.Layer):
    """What is written, classes int `(batch, steps)`, to the tokens of a text encoder, int `(batch, length)`, by a table.

    pieces: of each character the tokens, a list of lists of one or more. The text ends at the first class that is no character, which has
    no piece. Tokens: `begin`, the pieces one behind the other, `end`, and `padding` behind; what has no room is cut, and `end` stands last.
    """

    def __init__(self, pieces, length, begin, end, padding, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.pieces, self.length = [list(piece) for piece in pieces], length
        self.begin, self.end, self.padding = begin, end, padding

    def call(self, written):
        characters, most = len(self.pieces), max(map(len, self.pieces))
        table = ops.convert_to_tensor([piece + [0] * (most - len(piece)) for piece in self.pieces], "int32")
        sizes = ops.convert_to_tensor([len(piece) for piece in self.pieces], "int32")
        inside = ops.cumsum(ops.cast(written >= characters, "int32"), axis=1) == 0
        known = ops.where(inside, written, 0)
        lengths = ops.where(inside, ops.take(sizes, known, axis=0), 0)  # (batch, steps)
        starts = 1 + ops.cumsum(lengths, axis=1) - lengths
        pieces, places = ops.take(table, known, axis=0), starts[:, :, None] + ops.arange(most, dtype="int32")  # (batch, steps, most)
        there = ops.arange(most, dtype="int32") < lengths[:, :, None]
        slots = ops.arange(self.length, dtype="int32")
        falls = ops.logical_and(there[..., None], places[..., None] == slots)  # (batch, steps, most, length)
        tokens = ops.sum(ops.where(falls, pieces[..., None], 0), axis=(1, 2))
        last = ops.minimum(1 + ops.sum(lengths, axis=1, keepdims=True), self.length - 1)  # (batch, 1)
        tokens = ops.where(slots == last, self.end, ops.where(slots > last, self.padding, tokens))
        return ops.where(slots == 0, self.begin, tokens)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.length)

    def get_config(self):
        config = {"pieces": self.pieces, "length": self.length, "begin": self.begin, "end": self.end, "padding": self.padding}
        return {**super().get_config(), **config}


def _norm(name):
    return keras.layers.LayerNormalization(epsilon=EPSILON, name=name)
