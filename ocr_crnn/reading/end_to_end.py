"""EndToEndSpotter: a Spotter whose one network finds texts and reads them."""

import numpy as np

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.reading.crops import expand_lines
from ocr_crnn.reading.reading import turn_image
from ocr_crnn.reading.settings import SPOTTER
from ocr_crnn.reading.spotter import Spotter


class EndToEndSpotter(Spotter):
    """Find and read the texts of a page with one network.

    network: `look(image)` → object with `found`, as a detector gives it, and `read(quads, margins)`, as TextSpotter.
    settings: SpotterSettings; the margin is that of the record alone, for the network knows how far around a text to look.
    A column of upright characters is not read downwards: its features run across. A page that lies otherwise is looked at again as it
    should lie.
    """

    def __init__(self, network, settings=SPOTTER):
        super().__init__(network, None, settings)

    def look(self, image):
        seen = self.detector.look(image)
        return seen.found, seen

    def turn(self, image, seen, turns):
        return self.detector.look(turn_image(image, turns)) if turns % 4 else seen

    def read(self, sheet, quads):
        quads = np.asarray(quads, np.float32).reshape(-1, 4, 2)
        expanded = expand_lines(quads, self.settings.margin, self.settings.narrow)
        return sheet.read(quads, (quad_sizes(expanded) - quad_sizes(quads))[:, 0] / 2)

    def read_again(self, sheet, quads, lines):
        return lines  # what is read from features hardly changes with the paper around a text

    def read_downwards(self, sheet, quads):
        return [None] * len(quads)
