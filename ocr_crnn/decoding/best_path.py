"""The best path through the frames of CTC lines: runs of equal classes become characters. NumPy; `ops/best_path.py` in graph."""

from typing import NamedTuple

import numpy as np

from ocr_crnn.decoding.line import DecodedLine


class BestPaths(NamedTuple):
    """The characters of several lines end to end, `(characters,)` each: the lines in order, and within a line as they are read.

    lines: int32. ids: int32. scores: float32, 0..1, the probability at the surest frame. starts, ends: int32 frames, the end excluded.
    """

    lines: np.ndarray
    ids: np.ndarray
    scores: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


def collapse_frames(ids, peaks, blank):
    """The best class of every frame and its logit, `(lines, time)` → BestPaths without scores, and the surest frame of each character.

    The surest frame of a run is the first where the logit is largest. Frames beyond the end of a line hold the blank.
    """
    time = ids.shape[1] + 1  # a frame of blank after each line ends its last character
    flat = np.pad(ids, ((0, 0), (0, 1)), constant_values=blank).reshape(-1)
    starts = np.flatnonzero(np.diff(flat, prepend=-1))
    ends = np.append(starts, len(flat))[1:]
    shown = flat[starts] != blank
    starts, ends = starts[shown], ends[shown]
    lengths = ends - starts
    # Order all frames of characters by character, then by logit: the first of each is the surest.
    run_of_frame = np.repeat(np.arange(len(starts)), lengths)
    frames = np.arange(len(run_of_frame)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + np.repeat(starts, lengths)
    lines = starts // time
    order = np.lexsort((-peaks.reshape(-1)[frames - frames // time], run_of_frame))
    surest = frames[order][np.cumsum(lengths) - lengths] - lines * time
    lines, ids, first, last = (values.astype(np.int32) for values in (lines, flat[starts], starts - lines * time, ends - lines * time))
    return BestPaths(lines, ids, None, first, last), surest


def split_best_paths(found, count):
    """BestPaths, or those of a graph, of `count` lines → a DecodedLine of each."""
    bounds = np.searchsorted(found.lines, np.arange(1, count))
    spans = np.stack([found.starts, found.ends], axis=1)
    columns = (np.split(np.asarray(values), bounds) for values in (found.ids, found.scores, spans))
    return [DecodedLine(*line) for line in zip(*columns, strict=True)] if count else []
