"""From a detector's maps to texts: what a decoder gives, and decoders by their names, as a preset keeps them. No Keras here.

A decoder is a frozen dataclass of its settings, called with the maps of a page: `decoder(maps, stride, scale) → Instances`.

    maps    float32 `(⌈height / stride⌉, ⌈width / stride⌉, channels)`, the network's
    stride  pixels of the image that the network saw per cell of the maps
    scale   by how much the page was scaled to become that image

`exportable` says whether `ocr-crnn export` has the decoder as TensorFlow operations too; `directed`, of such a one, what
`Instances.directed` says of all that it finds. A detector is another by its network and its
decoder alone: scales, tiles and the second look are TextDetector's.
"""

from dataclasses import asdict, fields
from importlib import import_module, util
from typing import NamedTuple

import numpy as np

from ocr_crnn.presets import PresetError
from ocr_crnn.untrusted.settings import check_names

_DECODERS = {}  # name → class


class Instances(NamedTuple):
    """Texts found in one image, in no particular order.

    quads: float32 `(n, 4, 2)`, page pixels, clockwise. scores: float32 `(n,)`, 0..1.
    characters: object `(n,)` of page.Characters or None; None where the network finds no characters.
    directed: whether the first corner of a quad is its text's own top-left; else the first side is within 45° of the horizontal.
    polygons: list of float32 `(points, 2)`, page pixels; None where quads are all there is.
    sure: bool `(n,)`: the others are texts only if they look like the sure ones, see doubtful.py; None where all are.
    """

    quads: np.ndarray
    scores: np.ndarray
    characters: np.ndarray | None = None
    directed: bool = False
    polygons: list | None = None
    sure: np.ndarray | None = None


def register_decoder(name):
    """Decorates the class of a decoder: presets find it by this name.

    One of this package is named as its module in `ocr_crnn/detection`, any other "package>name", as Keras names classes.
    """

    def register(decoder_class):
        _DECODERS[name] = decoder_class
        return decoder_class

    return register


def decoder_config(decoder):
    """What config.json says of a decoder: `{"decoder": name, "decoder_arguments": JSON values}`."""
    for name, decoder_class in _DECODERS.items():
        if decoder_class is type(decoder):
            return {"decoder": name, "decoder_arguments": asdict(decoder)}
    raise TypeError(
        f"A preset's decoder is a dataclass that is registered. Received: {type(decoder).__name__}. "
        "Decorate it with register_decoder(name)."
    )


def build_decoder(config):
    """The decoder that `decoder_config` described. Raises PresetError for a name that nobody has registered, and for settings that it
    does not have."""
    name, arguments = config["decoder"], config.get("decoder_arguments")
    if not isinstance(name, str):
        raise PresetError(f"A preset's decoder is the name of a class. Received: {str(name)[:80]}. Write the preset anew.")
    if name not in _DECODERS and name.isidentifier() and "__" not in name and util.find_spec(f"ocr_crnn.detection.{name}"):
        import_module(f"ocr_crnn.detection.{name}")  # which registers it
    if name not in _DECODERS:
        raise PresetError(
            f"A preset's decoder is known by its name. Received: {name[:80]!r}, which nobody has registered. "
            "Import the module of the decoder first."
        )
    made_by = _DECODERS[name]
    try:
        return made_by(**check_names("decoder_arguments", arguments, [field.name for field in fields(made_by)]))
    except (TypeError, ValueError) as error:
        raise PresetError(f"The settings of a decoder fit. Received: {name[:80]}: {error}") from None
