"""What the decoders take and give: logits of lines in, characters with their scores and time spans out."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np


class DecodedLine(NamedTuple):
    """The characters of one line.

    ids: int32 `(characters,)`, without blanks. scores: float32 `(characters,)`, the probability of the character at its
    surest frame, 0..1. spans: int32 `(characters, 2)`, the first frame and the frame after the last.
    """

    ids: np.ndarray
    scores: np.ndarray
    spans: np.ndarray


def check_logits(logits, frame_counts):
    """Float32 logits and int `(lines,)`, the frames that belong to each line; raises ValueError on shapes that do not fit."""
    logits = np.asarray(logits, np.float32)
    if logits.ndim != 3:
        raise ValueError(f"Logits are (lines, time, classes). Received: shape {logits.shape}. One line: logits[None].")
    if frame_counts is None:
        return logits, np.full(len(logits), logits.shape[1])
    frame_counts = np.asarray(frame_counts).reshape(-1)
    if len(frame_counts) != len(logits):
        raise ValueError(f"Every line has one frame count. Received: {len(logits)} lines, {len(frame_counts)} frame counts.")
    return logits, np.clip(frame_counts.astype(np.int64), 0, logits.shape[1])


def map_threads(function, *arguments):
    """`list(map(function, *arguments))` on all cores: NumPy lets go of the interpreter within its loops."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, *arguments))


def score_characters(logits, lines, frames, ids):
    """Softmax probability, float32 `(characters,)`, of the given ids at the given frames of the given lines.

    logits: float32 `(lines, time, classes)`. Only the frames that are asked for are normalised, a few at a time in a buffer
    that stays in the cache: fresh memory for each step would take longer than the exponentials.
    """
    classes = logits.shape[2]
    rows, scores = logits.reshape(-1, classes), np.empty(len(ids), np.float32)
    places = lines * logits.shape[1] + frames

    def score(part):
        buffer = np.empty((16, classes), np.float32)
        for start in range(part[0], part[1], len(buffer)):
            few = slice(start, min(start + len(buffer), part[1]))
            values = buffer[: few.stop - few.start]
            np.take(rows, places[few], axis=0, out=values, mode="clip")
            values -= np.take_along_axis(values, ids[few, None], axis=1)
            with np.errstate(over="ignore"):  # a character far less probable than another has score 0
                scores[few] = 1 / np.exp(values, out=values).sum(axis=1)

    bounds = np.linspace(0, len(ids), (os.cpu_count() or 1) + 1).astype(int)
    map_threads(score, zip(bounds[:-1], bounds[1:], strict=True))
    return scores
