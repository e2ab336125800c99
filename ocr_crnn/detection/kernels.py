"""From the maps of PAN to texts: pixels grow from kernels, sides go to where the text ends. NumPy and the compiled operation."""

from dataclasses import dataclass

import numpy as np

from ocr_crnn.detection.decoders import Instances, register_decoder
from ocr_crnn.geometry import quad_sizes
from ocr_crnn.ops import _native
from ocr_crnn.untrusted.settings import check_number

REACH_CELLS = np.float32(1.5)
FIT_STEPS = 6
PLACES = (0.2, 0.35, 0.5, 0.65, 0.8)  # along a side: the corners of a text are round


@register_decoder("kernels")
@dataclass(frozen=True)
class KernelDecoder:
    """Maps of region, kernel and instance vector → minimum-area rectangles; the direction of a text is not known.

    min_score: texts whose mean probability over the kernel is lower are dropped; the network is less sure of small texts, so of one
        of n cells rim_score / √n less is asked.
    doubted: texts that score less by at most so much are not dropped, but not `sure`.
    min_height_px: texts thinner than this are dropped too, in pixels as the network sees them.
    inset_px: by so many of these pixels the sides of a quad are moved inwards, or outwards below 0.
    max_distance: of a pixel's instance vector from its kernel's; None takes every pixel of the region.
    """

    min_score: float = 0.92
    rim_score: float = 0.2
    doubted: float = 0.0
    min_height_px: float = 2.0
    inset_px: float = -0.25
    max_distance: float | None = None

    def __post_init__(self):
        check_number("min_score", self.min_score, 0, 2)
        check_number("rim_score", self.rim_score, 0, 100)
        check_number("doubted", self.doubted, 0, 2)
        check_number("min_height_px", self.min_height_px, 0, 1000)
        check_number("inset_px", self.inset_px, -100, 100)
        if self.max_distance is not None:
            check_number("max_distance", self.max_distance, 0, 1e6)

    exportable = True  # serving/graph_decoders.py has it as TensorFlow operations

    def __call__(self, maps, stride, scale):
        """float32 `(height, width, 2 + components)`: logits of region and kernel, instance vector → Instances in page pixels."""
        labels, scores, areas, quads, _, _ = _native.aggregate_pixels(maps, max_distance=self.max_distance)
        above = scores - np.float32(self.min_score) + np.float32(self.rim_score) / np.sqrt(areas.astype(np.float32))
        seen = above >= -np.float32(self.doubted)
        scores, sure = scores[seen], above[seen] >= 0
        quads = fit_quads(quads[seen], maps[..., 0], labels, np.flatnonzero(seen) + 1) * np.float32(stride / scale)
        sides = np.linalg.norm(np.roll(quads, -1, axis=1) - quads, axis=-1) * scale  # (n, 4), pixels as the network sees them
        tall_enough = sides.min(axis=1) >= self.min_height_px
        quads = inset_quads(quads[tall_enough], self.inset_px / scale)
        return Instances(quads, scores[tall_enough], sure=sure[tall_enough] if self.doubted else None)

    def label(self, maps):
        """The maps → int32 `(height, width)`, the text that each cell belongs to, 0 for none; dropped ones have labels too."""
        return _native.aggregate_pixels(maps, max_distance=self.max_distance)[0]


def fit_quads(quads, logits, labels, own):
    """Rectangles `(n, 4, 2)` in cells, their sides moved to where the text ends by the logits `(height, width)` of its region.

    labels: int `(height, width)`, the text of each cell, 0 for none. own: those of the rectangles, `(n,)`. A cell of another text holds no
    text here: lines that are set tight have no gap between them, and each would reach into the next.

    Rectangles around labelled cells end at whole cells, which is coarse for a digit of two. The sum of the probabilities along a way
    across a side tells to a fraction of a cell where text ends: the ways go through PLACES along the side, from REACH_CELLS inside, or the
    middle of the text, to as much outside, in FIT_STEPS steps. Outwards the mean of the ways may not rise again: that is the next text.
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
    samples = sample_map(probabilities, points - np.float32(0.5), labels, own[:, None, None, None])  # (n, 4, FIT_STEPS + 1, places)
    values = np.minimum.accumulate(samples.mean(axis=-1), axis=-1)
    moves = outwards * ((values.sum(axis=-1, keepdims=True) - (values[..., :1] + values[..., -1:]) / 2) * steps - inside)
    return quads + moves + np.roll(moves, 1, axis=1)  # a corner moves with both of its sides


def sample_map(values, points, labels, own):
    """A map `(height, width)` at points `(…, 2)` of (x, y), cell centres at whole numbers; bilinear, constant beyond the border.

    A cell counts as 0 whose label is neither 0 nor `own`, which broadcasts against the points."""
    height, width = values.shape
    points = np.clip(points, 0, np.float32([width - 1, height - 1]))
    whole = points.astype(np.int32)
    (x, y), (right, down) = np.moveaxis(whole, -1, 0), np.moveaxis(points - whole.astype(np.float32), -1, 0)
    below, beside = np.minimum(y + 1, height - 1), np.minimum(x + 1, width - 1)

    def at(row, column):
        label = labels[row, column]
        return np.where((label == 0) | (label == own), values[row, column], np.float32(0))

    upper = at(y, x) * (1 - right) + at(y, beside) * right
    return upper * (1 - down) + (at(below, x) * (1 - right) + at(below, beside) * right) * down


def inset_quads(quads, inset_px):
    """Rectangles `(n, 4, 2)` whose sides are moved inwards by `inset_px`, but never by more than a quarter of the width or height."""
    width, height = quad_sizes(quads).T
    along = (quads[:, 1] - quads[:, 0]) * np.minimum(inset_px / np.maximum(width, 1e-6), 0.25)[:, None]
    down = (quads[:, 3] - quads[:, 0]) * np.minimum(inset_px / np.maximum(height, 1e-6), 0.25)[:, None]
    return quads + np.stack([along + down, down - along, -along - down, along - down], axis=1)
