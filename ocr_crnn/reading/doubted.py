"""Lines read doubtfully: read again with less and with more paper around them, and what most of the readings say is kept."""

import numpy as np

from ocr_crnn.geometry import quad_sizes
from ocr_crnn.reading.crops import expand_lines
from ocr_crnn.reading.settings import SPOTTER


def is_doubted(line, settings=SPOTTER):
    """Whether a ReadLine is worth another look: it is kept, and one of its characters scores less than `settings.doubted`."""
    return bool(line.text.strip()) and line.score >= settings.min_score and bool(line.character_scores.min() < settings.doubted)


def agreed(readings):
    """Of the ReadLines of one text the place of the one to keep: of the text whose readings score most together, the first."""
    texts, scores = [line.text for line in readings], np.array([line.score for line in readings], np.float32)
    return int(np.argmax([np.sum(np.where([other == text for other in texts], scores, 0), dtype=np.float32) for text in texts]))


def moved(line, quad, margin, settings=SPOTTER):
    """A ReadLine of a quad `(4, 2)` with another margin, its places in the crop with the margin of the settings."""
    if line.spans_px is None:
        return line
    usual, other = (quad_sizes(expand_lines(quad, wide, settings.narrow))[0, 0] for wide in (settings.margin, margin))
    spans = np.asarray(line.spans_px, np.float32) + (usual - other) / 2
    return line._replace(spans_px=np.clip(spans, 0, usual).astype(np.float32))
