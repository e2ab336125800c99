"""From the maps of CRAFT to texts and their characters. NumPy and the compiled operation."""

from dataclasses import dataclass

import numpy as np

from ocr_crnn.detection.decoders import Instances, register_decoder
from ocr_crnn.detection.kernels import sample_map
from ocr_crnn.geometry import quad_sizes
from ocr_crnn.ops import _native
from ocr_crnn.page import Characters
from ocr_crnn.untrusted.settings import check_flag, check_number

PLACES = (np.arange(16, dtype=np.float32) + np.float32(0.5)) / 16  # along a side
BOUND = np.float32(9)  # of the region, which is about 0..1: what is infinite has no crossing
SIGMA = 0.6  # of the half sides of a character: the Gaussian that the network learns, detection/gaussian.py


@register_decoder("characters")
@dataclass(frozen=True)
class CharacterDecoder:
    """Maps of region and link → the smallest rectangles around texts, and the characters in each; which way they read is not known.

    A text is a 4-connected component of cells whose region is above region_threshold or whose link is above link_threshold. Texts are what
    the links were drawn over in training: `craft_targets` links the words of a segment, so segments come out.
    min_peak: texts without a region as high are dropped, and those of less than min_area_cells, links included; a lone digit has a few.
    min_character: how high a hill of the region is that counts as a character. valley: two hills are one character where the region between
        them stays above this part of the lower one.
    min_height_px: texts thinner than this are dropped too, in pixels as the network sees them.
    grow: rectangles as the published code grows them, by whole cells; else sides go to where the region crosses region_threshold, to a part
        of a cell, and outwards by the part of a character that lies below: at 0.4 a character is seen 0.81 times as wide and as high as it
        is. Characters are always made larger like that.

    Deviation: the published code has no characters, and drops texts of less than 10 cells. Its thresholds are 0.4, 0.4 and 0.7; a link half
    as high is taken here, since links across spaces are long and characters narrow, and the region keeps lines apart.
    """

    region_threshold: float = 0.4
    link_threshold: float = 0.2
    min_peak: float = 0.6
    min_area_cells: int = 4
    min_character: float = 0.4
    valley: float = 0.95
    min_height_px: float = 2.0
    grow: bool = False

    def __post_init__(self):
        check_number("region_threshold", self.region_threshold, 0.01, 0.99)
        check_number("link_threshold", self.link_threshold, -1e6, 1e6)
        check_number("min_peak", self.min_peak, -1e6, 1e6)
        check_number("min_area_cells", self.min_area_cells, 0, 1 << 30, whole=True)
        check_number("min_character", self.min_character, -1e6, 1e6)
        check_number("valley", self.valley, 0, 1e6)
        check_number("min_height_px", self.min_height_px, 0, 1000)
        check_flag("grow", self.grow)

    @property
    def exportable(self):
        """serving/graph_decoders.py has it as TensorFlow operations, but for the published growth."""
        return not self.grow

    def __call__(self, maps, stride, scale):
        """float32 `(height, width, 2)`: region and link → Instances in page pixels, the score of a text its highest region."""
        scores, _, quads, peaks, character_quads, splits = _native.find_characters(
            maps,
            region_threshold=self.region_threshold,
            link_threshold=self.link_threshold,
            min_peak=self.min_peak,
            min_area_px=self.min_area_cells,
            min_character=self.min_character,
            valley=self.valley,
            grow=self.grow,
        )
        cell_px, seen = np.float32(stride / scale), self.seen
        if not self.grow:
            quads = widen_quads(fit_sides(quads, maps[..., 0], self.region_threshold), (1 / seen - 1) / 2)
        centres = character_quads.mean(axis=1, keepdims=True)
        character_quads = (centres + (character_quads - centres) / seen) * cell_px
        kept = np.flatnonzero(quad_sizes(quads).min(axis=1, initial=np.inf) * stride >= self.min_height_px)
        characters = np.empty(len(kept), object)
        for place, row in enumerate(kept):
            own = slice(splits[row], splits[row + 1])
            characters[place] = Characters(character_quads[own], np.clip(peaks[own], 0, 1))
        return Instances(quads[kept] * cell_px, np.clip(scores[kept], 0, 1), characters)

    @property
    def seen(self):
        """The part of a character's width that is above region_threshold, float32."""
        return np.float32(SIGMA * np.sqrt(-2 * np.log(self.region_threshold)))


def fit_sides(quads, region, threshold):
    """Rectangles `(n, 4, 2)` around whole cells, their sides moved by up to half a cell to where the region `(height, width)` crosses the
    threshold: between the highest values at PLACES half a cell inside and half a cell outside, linearly."""
    sides = np.roll(quads, -1, axis=1) - quads  # (n, 4, 2): top, right, bottom, left
    lengths = np.linalg.norm(sides, axis=-1, keepdims=True)
    outwards = np.stack([sides[..., 1], -sides[..., 0]], axis=-1) / np.maximum(lengths, np.float32(1e-6))
    points = quads[:, :, None] + sides[:, :, None] * PLACES[:, None] - np.float32(0.5)  # (n, 4, places, 2), cell centres at whole numbers
    region, nobody = np.clip(region, -BOUND, BOUND), np.zeros(region.shape, np.int32)
    step = outwards[:, :, None] * np.float32(0.5)
    inside, outside = (sample_map(region, points + way, nobody, 0).max(axis=-1) for way in (-step, step))  # (n, 4)
    crossing = np.clip((inside - np.float32(threshold)) / np.maximum(inside - outside, np.float32(1e-3)), 0, 1) - np.float32(0.5)
    moves = outwards * np.where(inside > outside, crossing, 0)[..., None]
    return (quads + moves + np.roll(moves, 1, axis=1)).astype(np.float32)  # a corner moves with both of its sides


def widen_quads(quads, part):
    """Rectangles `(n, 4, 2)` whose sides all move outwards by a part of the shorter one's length."""
    width, height = quad_sizes(quads).T
    more = np.minimum(width, height) * np.float32(part)
    along = (quads[:, 1] - quads[:, 0]) * (more / np.maximum(width, 1e-6))[:, None]
    down = (quads[:, 3] - quads[:, 0]) * (more / np.maximum(height, 1e-6))[:, None]
    return quads + np.stack([-along - down, along - down, along + down, down - along], axis=1)
