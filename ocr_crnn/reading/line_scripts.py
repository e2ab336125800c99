"""What the frames of the network say of a whole line, of parts of it, and of given places along it."""

from typing import NamedTuple

import numpy as np

from ocr_crnn.ops.lines import fit_line_width
from ocr_crnn.reading.script_network import CLASSES, HEIGHT, SCRIPTS, STRIDE, UNKNOWN, WIDEST, script_shares

DIGIT = SCRIPTS.index("digit")
LETTERS = np.array([script != "digit" for script in SCRIPTS])
# Chosen by eye on rendered lines in fonts of the training.
LEAST = 0.3  # of the frames: with fewer of any script a line is unknown
LEAST_LETTERS = 0.6  # of the frames of any script: with fewer letters a line is of digits and symbols
LEAST_FRAMES = 2  # a shorter part of a line is taken for what stands before it


class ScriptSpan(NamedTuple):
    """script: one of SCRIPTS. left_px, right_px: along the image that was given."""

    script: str
    left_px: float
    right_px: float


class LineScripts(NamedTuple):
    """script: one of SCRIPTS, or "unknown". share: of its letters (of all frames of any script for "digit"), 0..1; 0 for "unknown".
    spans: [ScriptSpan], from left to right, without the gaps between words of different scripts."""

    script: str
    share: float
    spans: list


def find_line_scripts(image, network=None):
    """The LineScripts of a line, uint8 `(height, width[, 1 or 3])` of any size. Empty, or without ink, it is unknown.

    network: as of script_network.script_shares.
    """
    shares = script_shares(image, network)
    scale = px_per_frame(np.shape(image)[:2], len(shares))
    spans = [ScriptSpan(script, first * scale, min(last * scale, np.shape(image)[1])) for script, first, last in find_spans(shares)]
    return LineScripts(*main_script(shares), spans)


def px_per_frame(size, frames):
    """How many pixels of an image `(height, width)` a frame is wide."""
    if not frames:
        return 0.0
    return STRIDE * size[1] / min(fit_line_width(*size, HEIGHT), WIDEST)


def main_script(shares):
    """Shares `(frames, classes)` → (script, share) of the line: most letters decide where letters take most of the room."""
    of_scripts = shares[:, : len(SCRIPTS)].sum(axis=0)
    known, letters = of_scripts.sum(), of_scripts[LETTERS].sum()
    if known <= max(LEAST * len(shares), 0.5):
        return UNKNOWN, 0.0
    if letters < LEAST_LETTERS * known:
        return "digit", float(of_scripts[DIGIT] / known)
    best = int(np.where(LETTERS, of_scripts, 0).argmax())
    return SCRIPTS[best], float(of_scripts[best] / letters)


def find_spans(shares):
    """Shares `(frames, classes)` → [(script, first, last)] of frames, last exclusive: neighbours of one script, with the gaps between."""
    padded = np.pad(np.log(shares + 1e-4), ((1, 1), (0, 0)), "edge") if len(shares) else np.zeros((2, len(CLASSES)))
    kinds = (padded[:-2] + padded[1:-1] + padded[2:]).argmax(axis=1)
    starts = np.flatnonzero(np.diff(kinds, prepend=-1))
    spans = []
    for first, last in zip(starts, np.append(starts, len(kinds))[1:], strict=True):
        script = CLASSES[kinds[first]]
        if script == UNKNOWN:
            continue
        if spans and (spans[-1][0] == script or last - first < LEAST_FRAMES):
            spans[-1] = (spans[-1][0], spans[-1][1], int(last))
        else:
            spans.append((script, int(first), int(last)))
    return spans


def scripts_at(shares, edges):
    """Shares `(frames, classes)` and places `(n, 2)`, from where to where in frames → the likeliest of SCRIPTS at each, a list of str.

    Frames whose middle is in a place tell, the nearest where there is none; "unknown" everywhere without frames.
    """
    if not len(shares):
        return [UNKNOWN] * len(edges)
    logs = np.log(shares[:, : len(SCRIPTS)] + 1e-4)
    found = []
    for left, right in edges:
        first = int(np.clip(np.ceil(left - 0.5), 0, len(shares) - 1))
        last = int(np.clip(np.ceil(right - 0.5), first + 1, len(shares)))
        found.append(SCRIPTS[logs[first:last].sum(axis=0).argmax()])
    return found
