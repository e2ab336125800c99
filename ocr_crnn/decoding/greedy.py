"""Best-path decoding: the surest class of every frame, repeats collapsed, blanks dropped."""

from itertools import groupby

import numpy as np

from ocr_crnn.decoding.best_path import collapse_frames, split_best_paths
from ocr_crnn.decoding.line import check_logits, map_threads, score_characters


def decode(chars, blank="_"):
    """The lineage's decoding of a list of characters, one a frame: "hhe_l_lo" → "hello"."""
    return "".join(character for character, _ in groupby(chars) if character != blank)


def decode_greedy(logits, frame_counts=None):
    """Best path of every line.

    logits: `(lines, time, classes)`, unnormalised or log probabilities, **blank last**. frame_counts: `(lines,)` or None
    for all frames. Returns a list of `DecodedLine`. Raises ValueError where a line holds NaN.
    """
    logits, frame_counts = check_logits(logits, frame_counts)
    count, time, classes = logits.shape
    ids = np.full((count, time), classes - 1)
    peaks = np.full((count, time), -np.inf, np.float32)

    def best_path(line):
        frames = logits[line, : frame_counts[line]]
        ids[line, : len(frames)] = frames.argmax(axis=1)
        peaks[line, : len(frames)] = np.take_along_axis(frames, ids[line, : len(frames), None], axis=1)[:, 0]

    map_threads(best_path, range(count))
    if np.isnan(peaks).any():
        broken = np.flatnonzero(np.isnan(peaks).any(axis=1))
        raise ValueError(
            f"Logits are numbers. Received: NaN in lines {broken[:10].tolist()}. The network has diverged: load earlier weights."
        )
    found, surest = collapse_frames(ids, peaks, classes - 1)
    scores = score_characters(logits, found.lines, surest, found.ids)
    return split_best_paths(found._replace(scores=scores), count)
