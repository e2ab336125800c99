"""TextDetector: a network, the size it looks at pages in, and the aggregation of its maps. Images in, quads in page pixels out."""

from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from PIL import Image

from ocr_crnn.detection.pan import PAN, STRIDE
from ocr_crnn.geometry import quad_sizes
from ocr_crnn.images import read_images
from ocr_crnn.ops import _native
from ocr_crnn.page import Page
from ocr_crnn.presets import WEIGHTS, load_variables, read_preset, save_variables, write_preset

DEFAULT_PRESET = "pan_light_ko"
SHORT_SIDE_PX = 1120  # of a page as the network sees it; an A4 page is then 1,584 px high, 135 dpi
MAX_SCALE = 1.5  # small pictures are enlarged by no more
TILE_PX = 2048  # larger pages go through the network in tiles
ORDINARY_PX = (8.0, 25.0)  # heights of print, as the network sees it, that it finds well
TYPICAL_PX = 20.0
MAX_SIDE_PX = 4096  # of a page that is looked at again, enlarged
FACTOR_STEPS = 32  # that factor is a multiple of 1/32: two copies of a page, and the twin in graph, mostly see the same size
MARGIN_PX = 128  # what a tile sees beyond its part of the maps
RIM_SCORE = np.float32(0.2)
REACH_CELLS = np.float32(1.5)
FIT_STEPS = 6
PLACES = (0.2, 0.35, 0.5, 0.65, 0.8)  # along a side: the corners of a text are round


class Detections(NamedTuple):
    """Texts found in one image, in no particular order.

    quads: float32 `(n, 4, 2)`, page pixels, clockwise minimum-area rectangles whose first side is within 45° of the horizontal;
        the network does not tell the direction of a text. scores: float32 `(n,)`, 0..1, the mean probability over the kernel.
    """

    quads: np.ndarray
    scores: np.ndarray


class TextDetector:
    """Find texts.

    network: a PAN (folded, if it is for reading only). short_side_px: the shorter side of a page as the network sees it.
    min_score: texts whose mean probability over the kernel is lower are dropped; the network is less sure of small texts, so of one
    of n cells RIM_SCORE / √n less is asked; a preset keeps its own. min_height_px: as are those thinner than this, in page pixels
    as the network sees them.
    inset_px: by so many of these pixels the sides of a quad are moved inwards, or outwards below 0; a preset keeps its own.
    max_distance: of a pixel's instance vector from its kernel's; None takes every pixel of the region.
    """

    def __init__(
        self,
        network,
        short_side_px=SHORT_SIDE_PX,
        min_score=0.92,
        min_height_px=2.0,
        inset_px=-0.25,
        max_distance=None,
        tile_px=TILE_PX,
    ):
        self.network = network
        self.network.jit_compile = False  # XLA would compile anew for every size of page
        self.short_side_px = short_side_px
        self.min_score = min_score
        self.min_height_px = min_height_px
        self.inset_px = inset_px
        self.max_distance = max_distance
        self.tile_px = tile_px

    @classmethod
    def from_preset(cls, name_or_folder=DEFAULT_PRESET, **kwargs):
        """A detector with the weights of a shipped preset or of a folder that `save_to_preset` has written. Raises PresetError."""
        folder, config = read_preset(name_or_folder, "detection")
        network = PAN(**config["arguments"])
        load_variables(network.variables, folder / WEIGHTS)
        return cls(network, **{name: config[name] for name in ("short_side_px", "min_score", "inset_px")} | kwargs)

    def save_to_preset(self, folder, card=None):
        """Write config.json, the weights in float16, batch normalisation folded, and the model card README.md to a folder."""
        network = self.network if self.network.folded else self.network.fold()
        return write_preset(
            folder,
            {
                "task": "detection",
                "network": "PAN",
                "arguments": network.get_config(),
                "short_side_px": self.short_side_px,
                "min_score": self.min_score,
                "inset_px": self.inset_px,
            },
            {WEIGHTS: lambda path: save_variables(network.variables, path)},
            card or f"# {Path(folder).name}\n\n`TextDetector.from_preset({str(folder)!r})` finds texts with these weights.\n",
        )

    def __call__(self, image):
        """Image (path, bytes, PIL image or array, see images.read_images) → Detections; a list of images → a list."""
        if isinstance(image, list | tuple):
            return [self(one) for one in image]
        pixels = next(read_images(image)).pixels
        scale = page_scale(*pixels.shape[:2], self.short_side_px)
        found = self._look(pixels, scale)
        better = scale * self._second_look(found, scale, pixels.shape[:2])
        return found if better == scale else self._look(pixels, better)

    def _look(self, pixels, scale):
        return self.aggregate(self.predict_maps(scale_page(pixels, scale)), scale)

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
        if ORDINARY_PX[0] <= height <= ORDINARY_PX[1]:
            return 1.0
        factor = np.clip(TYPICAL_PX / height, 0.2, MAX_SIDE_PX / max(page_size) / scale)
        return float(max(np.floor(factor * FACTOR_STEPS), 1.0) / FACTOR_STEPS)

    def detect_page(self, image, image_path=None):
        """As a Page without texts: every text is None."""
        pixels = next(read_images(image)).pixels
        found = self(pixels)
        return Page(image_path, pixels.shape[:2], found.quads, [None] * len(found.quads), scores=found.scores)

    def predict_maps(self, image):
        """uint8 `(height, width, 3)` as the network sees it → float32 maps `(⌈height / 4⌉, ⌈width / 4⌉, 6)`.

        Beyond `tile_px` the image goes through in tiles that see `MARGIN_PX` more than they answer for, and the maps are joined
        before anything is aggregated: texts that cross a seam are whole.
        """
        height, width = image.shape[:2]
        if height <= self.tile_px and width <= self.tile_px:
            return self._predict(image)
        maps = np.empty((-(-height // STRIDE), -(-width // STRIDE), self.network.output_shape[-1]), np.float32)
        step = self.tile_px - 2 * MARGIN_PX
        for top in range(0, height, step):
            for left in range(0, width, step):
                y0, x0 = max(top - MARGIN_PX, 0), max(left - MARGIN_PX, 0)
                part = self._predict(image[y0 : top + step + MARGIN_PX, x0 : left + step + MARGIN_PX])
                part = part[(top - y0) // STRIDE :, (left - x0) // STRIDE :][: step // STRIDE, : step // STRIDE]
                maps[top // STRIDE :, left // STRIDE :][: part.shape[0], : part.shape[1]] = part
        return maps

    def _predict(self, image):
        return np.ascontiguousarray(keras.ops.convert_to_numpy(self.network.predict_on_batch(image[None]))[0], np.float32)

    def aggregate(self, maps, scale):
        """Maps of a page that was scaled by `scale` for the network → Detections in page pixels."""
        labels, scores, areas, quads, _, _ = _native.aggregate_pixels(maps, max_distance=self.max_distance)
        sure = scores >= self.min_score - RIM_SCORE / np.sqrt(areas.astype(np.float32))
        owners = np.flatnonzero(sure).astype(np.int32) + 1
        scores, quads = scores[sure], fit_quads(quads[sure], maps[..., 0], labels, owners) * np.float32(STRIDE / scale)
        sides = np.linalg.norm(np.roll(quads, -1, axis=1) - quads, axis=-1) * scale  # (n, 4), pixels as the network sees them
        tall_enough = sides.min(axis=1) >= self.min_height_px
        return Detections(inset_quads(quads[tall_enough], self.inset_px / scale), scores[tall_enough])


def fit_quads(quads, logits, labels, owners):
    """Rectangles `(n, 4, 2)` in cells, their sides moved to where the text ends by the logits `(height, width)` of its region.

    labels: int32 `(height, width)`, the number of the text that a cell belongs to, 0 for none; owners: int32 `(n,)`, that of each quad.

    Rectangles around labelled cells end at whole cells, which is coarse for a digit of two. The sum of the probabilities along a way
    across a side tells to a fraction of a cell where text ends: the ways go through PLACES along the side, from REACH_CELLS inside, or the
    middle of the text, to as much outside, in FIT_STEPS steps. Cells of other texts are no text: where lines touch, nothing else tells
    where one ends. Nor may the mean of the ways rise again outwards: that is the next text, if nobody owns its cells.
    """
    sides = np.roll(quads, -1, axis=1) - quads  # (n, 4, 2): top, right, bottom, left
    lengths = np.linalg.norm(sides, axis=-1, keepdims=True)
    outwards = np.stack([sides[..., 1], -sides[..., 0]], axis=-1) / np.maximum(lengths, np.float32(1e-6))
    inside = np.minimum(REACH_CELLS, np.roll(lengths, -1, axis=1) / 2)  # (n, 4, 1)
    steps = (inside + REACH_CELLS) / FIT_STEPS
    distances = np.arange(FIT_STEPS + 1, dtype=np.float32) * steps - inside  # (n, 4, FIT_STEPS + 1)
    feet = quads[:, :, None] + sides[:, :, None] * np.float32(PLACES)[:, None]  # (n, 4, places, 2)
    points = feet[:, :, None] + (outwards[:, :, None] * distances[..., None])[:, :, :, None]  # (n, 4, FIT_STEPS + 1, places, 2)
    probabilities = 0.5 + np.tanh(logits / 2) / 2
    samples = sample_map(probabilities, points - np.float32(0.5), labels, owners)  # (n, 4, FIT_STEPS + 1, places)
    values = np.minimum.accumulate(samples.mean(axis=-1), axis=-1)
    moves = outwards * ((values.sum(axis=-1, keepdims=True) - (values[..., :1] + values[..., -1:]) / 2) * steps - inside)
    return quads + moves + np.roll(moves, 1, axis=1)  # a corner moves with both of its sides


def sample_map(values, points, labels, owners):
    """A map `(height, width)` at points `(n, …, 2)` of (x, y), cell centres at whole numbers; bilinear, constant beyond the border.

    For the points of row i a cell whose label is neither 0 nor owners[i] is 0.
    """
    height, width = values.shape
    points = np.clip(points, 0, np.float32([width - 1, height - 1]))
    whole = points.astype(np.int32)
    (x, y), (right, down) = np.moveaxis(whole, -1, 0), np.moveaxis(points - whole.astype(np.float32), -1, 0)
    below, beside = np.minimum(y + 1, height - 1), np.minimum(x + 1, width - 1)
    owners = owners.reshape(-1, *[1] * (x.ndim - 1))

    def at(row, column):
        label = labels[row, column]
        return np.where((label == 0) | (label == owners), values[row, column], np.float32(0))

    upper = at(y, x) * (1 - right) + at(y, beside) * right
    return upper * (1 - down) + (at(below, x) * (1 - right) + at(below, beside) * right) * down


def inset_quads(quads, inset_px):
    """Rectangles `(n, 4, 2)` whose sides are moved inwards by `inset_px`, but never by more than a quarter of the width or height."""
    width, height = quad_sizes(quads).T
    along = (quads[:, 1] - quads[:, 0]) * np.minimum(inset_px / np.maximum(width, 1e-6), 0.25)[:, None]
    down = (quads[:, 3] - quads[:, 0]) * np.minimum(inset_px / np.maximum(height, 1e-6), 0.25)[:, None]
    return quads + np.stack([along + down, down - along, -along - down, along - down], axis=1)


def page_scale(height, width, short_side_px):
    """The factor that brings the shorter side of a page to `short_side_px`; at most MAX_SCALE."""
    return min(short_side_px / max(min(height, width), 1), MAX_SCALE)


def scale_page(image, scale):
    """uint8 `(height, width, 3)` scaled by a triangle filter with antialiasing, as `tf.image.resize(antialias=True)` does in graph."""
    height, width = image.shape[:2]
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR))
