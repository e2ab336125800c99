"""From the maps of CRAFT to texts and their characters. NumPy and the compiled operation."""

from dataclasses import dataclass

import numpy as np

from ocr_crnn.detection.decoders import Instances, register_decoder
from ocr_crnn.geometry import quad_sizes
from ocr_crnn.ops import _native
from ocr_crnn.page import Characters
from ocr_crnn.untrusted.settings import check_flag, check_number

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
    grow: rectangles as the published code grows them, by whole cells; else by the part of a character that lies below region_threshold:
        at 0.4 a character is seen 0.81 times as wide and as high as it is. Characters are always made larger like that.

    Deviation: the published code has no characters, and drops texts of less than 10 cells. Its thresholds are 0.4, 0.4 and 0.7; a link half
    as high is taken here, since links across spaces are long and characters narrow, and the region keeps lines apart.
    """

    region_threshold: float = 0.4
    link_threshold: float = 0.2
    min_peak: float = 0.6
    min_area_cells: int = 4
    min_character: float = 0.4
    valley: float = 0.8
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
        """serving/graph_decoders.py has it as TensorFlow operations, but for the published growth; the characters stay behind."""
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
            quads = widen_quads(quads, (1 / seen - 1) / 2)
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


def widen_quads(quads, part):
    """Rectangles `(n, 4, 2)` whose sides all move outwards by a part of the shorter one's length."""
    width, height = quad_sizes(quads).T
    more = np.minimum(width, height) * np.float32(part)
    along = (quads[:, 1] - quads[:, 0]) * (more / np.maximum(width, 1e-6))[:, None]
    down = (quads[:, 3] - quads[:, 0]) * (more / np.maximum(height, 1e-6))[:, None]
    return quads + np.stack([-along - down, along - down, along + down, down - along], axis=1)
