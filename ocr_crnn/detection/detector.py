"""TextDetector: a network, the sizes it looks at pages in, and the decoder of its maps. Images in, quads in page pixels out."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np

from ocr_crnn.detection.decoders import Instances, build_decoder, decoder_config
from ocr_crnn.detection.doubtful import keep_clear
from ocr_crnn.detection.ink_characters import fit_characters
from ocr_crnn.geometry import quad_sizes
from ocr_crnn.images import read_images
from ocr_crnn.ops.lines import resize_image
from ocr_crnn.page import Page
from ocr_crnn.presets import WEIGHTS, fitting, load_variables, preset_file, read_preset, read_shapes, save_variables, write_preset
from ocr_crnn.untrusted.settings import check_number, check_pair

DEFAULT_PRESET = "pan_light_ko"
SHORT_SIDE_PX = 1120  # of a page as the network sees it; an A4 page is then 1,584 px high, 135 dpi
MAX_SCALE = 1.5  # small pictures are enlarged by no more
TILE_PX = 2048  # larger pages go through the network in tiles
MARGIN_PX = 128  # what a tile sees beyond its part of the maps
ORDINARY_PX = (8.0, 25.0)  # heights of print, as the network sees it, that it finds well
TYPICAL_PX = 20.0
MAX_SIDE_PX = 4096  # of a page that is looked at again, enlarged
FACTOR_STEPS = 32  # that factor is a multiple of 1/32: two copies of a page, and the twin in graph, mostly see the same size
KEPT = ("short_side_px", "max_scale", "ordinary_px", "typical_px", "tile_px", "margin_px")  # in a preset


class TextDetector:
    """Find texts.

    network_or_engine: a DetectionNetwork (folded, if it is for reading only), or an engine that runs one: `stride`, and a call of
        images uint8 `(1, height, width, 3)` that gives float32 maps `(1, ⌈height / stride⌉, ⌈width / stride⌉, channels)`.
    decoder: from the maps to texts, see detection/decoders.py; None for the network's own.
    short_side_px: the shorter side of a page as the network sees it. max_scale: pages are enlarged by no more for that.
    ordinary_px: least and largest height of print, as the network sees it, that it finds well; a page of other print is looked at
        again, scaled such that its print is typical_px high.
    tile_px: larger pages go through the network in tiles. margin_px: what a tile sees beyond its part; both whole strides.
    """

    def __init__(
        self,
        network_or_engine,
        decoder=None,
        short_side_px=SHORT_SIDE_PX,
        max_scale=MAX_SCALE,
        ordinary_px=ORDINARY_PX,
        typical_px=TYPICAL_PX,
        tile_px=TILE_PX,
        margin_px=MARGIN_PX,
    ):
        self.engine = network_or_engine.as_engine()
        self.decoder = network_or_engine.decoder if decoder is None else decoder
        self.short_side_px = check_number("short_side_px", short_side_px, 1, 1 << 16)
        self.max_scale = check_number("max_scale", max_scale, 1e-3, 100)
        self.ordinary_px = check_pair("ordinary_px", ordinary_px, 0, 1e6)
        self.typical_px = check_number("typical_px", typical_px, 1e-3, 1e6)
        self.margin_px = check_number("margin_px", margin_px, 0, 1 << 14, whole=True)
        self.tile_px = check_number("tile_px", tile_px, 2 * margin_px + self.engine.stride, 1 << 16, whole=True)

    @classmethod
    def from_preset(cls, name_or_folder=DEFAULT_PRESET, engine=None, **settings):
        """A detector with the weights of a shipped preset or of a folder that `save_to_preset` has written. Raises PresetError.

        engine: runs the network of the preset, so that neither its class nor Keras is needed; None for Keras.
        settings: other than those of the preset, see `adjust`.
        """
        folder, config = read_preset(name_or_folder, "detection")
        config = _named_decoder(config)
        if engine is None:
            from ocr_crnn.presets.networks import build_network

            weights = preset_file(folder, config, WEIGHTS)
            engine = build_network(config, read_shapes(weights), weights)
            load_variables(engine.variables, weights)
        kept = {name: config[name] for name in KEPT if name in config}
        with fitting(folder):
            detector = cls(engine, build_decoder(config), **kept)
        return detector.adjust(**settings)

    def save_to_preset(self, folder, card=None):
        """Write config.json, the weights in float16, batch normalisation folded, and the model card README.md to a folder."""
        from ocr_crnn.presets.networks import network_config

        network = self.network.fold()
        kept = {name: getattr(self, name) for name in KEPT}
        return write_preset(
            folder,
            {"task": "detection", **network_config(network), "stride": self.engine.stride, **decoder_config(self.decoder), **kept},
            {WEIGHTS: lambda path: save_variables(network.variables, path)},
            card or f"# {Path(folder).name}\n\n`TextDetector.from_preset({str(folder)!r})` finds texts with these weights.\n",
        )

    def adjust(self, **settings):
        """The same detector with other settings, its own or its decoder's, by their names. Raises ValueError for another name."""
        mine = {name: getattr(self, name) for name in KEPT}
        known = [*mine, *(field.name for field in fields(self.decoder))]
        for name in settings.keys() - set(known):
            raise ValueError(f"A detector's settings are {', '.join(known)}. Received: {name}.")
        decoder = replace(self.decoder, **{name: value for name, value in settings.items() if name not in mine})
        return TextDetector(self.engine, decoder, **mine | {name: value for name, value in settings.items() if name in mine})

    @property
    def network(self):
        """The Keras network; engines that run a file have none."""
        return self.engine.network

    def __call__(self, image):
        """Image (path, bytes, PIL image or array, see images.read_images) → Instances; a list of images → a list."""
        if isinstance(image, list | tuple):
            return [self(one) for one in image]
        pixels = next(read_images(image)).pixels
        scale = page_scale(*pixels.shape[:2], self.short_side_px, self.max_scale)
        found = self._look(pixels, scale)
        better = scale * self._second_look(found, scale, pixels.shape[:2])
        return found if better == scale else self._look(pixels, better)

    def _look(self, pixels, scale):
        return self.keep_clear(pixels, self.decode(self.predict_maps(scale_page(pixels, scale)), scale))

    def keep_clear(self, pixels, found):
        """Instances of a page without the doubtful ones that do not look like the sure ones."""
        return found if found.sure is None else take_instances(found, keep_clear(pixels, found.quads, found.sure))

    def _second_look(self, found, scale, page_size):
        """The factor by which to look again: a page of very large or very small print is brought to the size of ordinary print.

        The height of the print is the median over the texts, each by its length; 1 where it is ordinary. Short ones, specks and
        pieces of large letters, hardly count, nor do the few that span several lines.
        """
        if len(found.quads) == 0:
            return 1.0
        sizes = quad_sizes(found.quads) * scale
        heights, lengths = sizes.min(axis=1), sizes.max(axis=1)
        order = np.argsort(heights)
        weights = np.cumsum(lengths[order])
        height = heights[order][np.searchsorted(weights, weights[-1] / 2)]
        if self.ordinary_px[0] <= height <= self.ordinary_px[1]:
            return 1.0
        factor = np.clip(self.typical_px / height, 0.2, MAX_SIDE_PX / max(page_size) / scale)
        return float(max(np.floor(factor * FACTOR_STEPS), 1.0) / FACTOR_STEPS)

    def detect_page(self, image, image_path=None):
        """As a Page without texts: every text is None. Characters, of a detector that finds them, are brought to the ink of the page."""
        pixels = next(read_images(image)).pixels
        found = self(pixels)
        texts = [None] * len(found.quads)
        characters = None if found.characters is None else fit_characters(pixels, found.quads, found.characters)
        return Page(image_path, pixels.shape[:2], found.quads, texts, scores=found.scores, characters=characters)

    def predict_maps(self, image):
        """uint8 `(height, width, 3)` as the network sees it → float32 maps `(⌈height / stride⌉, ⌈width / stride⌉, channels)`.

        Beyond `tile_px` the image goes through in tiles that see `margin_px` more than they answer for, and the maps are joined
        before anything is decoded: texts that cross a seam are whole.
        """
        height, width = image.shape[:2]
        if height <= self.tile_px and width <= self.tile_px:
            return self.engine(image[None])[0]
        step, margin, stride = self.tile_px - 2 * self.margin_px, self.margin_px, self.engine.stride
        rows = []
        for top in range(0, height, step):
            parts = []
            for left in range(0, width, step):
                y0, x0 = max(top - margin, 0), max(left - margin, 0)
                part = self.engine(image[None, y0 : top + step + margin, x0 : left + step + margin])[0]
                parts.append(part[(top - y0) // stride :, (left - x0) // stride :][: step // stride, : step // stride])
            rows.append(np.concatenate(parts, axis=1))
        return np.concatenate(rows, axis=0)

    def decode(self, maps, scale):
        """Maps of a page that was scaled by `scale` for the network → Instances in page pixels."""
        return self.decoder(maps, self.engine.stride, scale)


def _named_decoder(config):
    """config.json with a decoder: of presets written before it had a name it is that of PAN, its settings among the detector's."""
    if "decoder" in config:
        return config
    settings = {name: config[name] for name in ("min_score", "inset_px") if name in config}
    return {**config, "decoder": "kernels", "decoder_arguments": settings}


def take_instances(found, kept):
    """The Instances for which `kept`, bool `(n,)`; all are sure of themselves then."""
    polygons = found.polygons and [polygon for polygon, keep in zip(found.polygons, kept, strict=True) if keep]
    characters = None if found.characters is None else found.characters[kept]
    return Instances(found.quads[kept], found.scores[kept], characters, found.directed, polygons)


def page_scale(height, width, short_side_px, max_scale=MAX_SCALE):
    """The factor that brings the shorter side of a page to `short_side_px`; at most max_scale."""
    return min(short_side_px / max(min(height, width), 1), max_scale)


def scale_page(image, scale):
    """uint8 `(height, width, 3)` scaled by a triangle filter with antialiasing; ops.crops.resize_levels does so in graph."""
    height, width = image.shape[:2]
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return resize_image(image, size)
