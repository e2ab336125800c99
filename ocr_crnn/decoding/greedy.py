"""Best-path decoding: the surest class of every frame, repeats collapsed, blanks dropped."""

from itertools import groupby

import numpy as np

from ocr_crnn.decoding.line import DecodedLine, check_logits, map_threads, score_characters


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
    ids = np.full((count, time + 1), classes - 1)  # a frame of blank after each line ends the last character
    peaks = np.full((count, time + 1), -np.inf, np.float32)

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
    return _collapse(logits, ids.reshape(-1), peaks.reshape(-1))


def _collapse(logits, ids, peaks):
    """Runs of equal ids over all lines at once, `(lines · (time + 1),)`; the blank at the end of each line parts the lines."""
    count, time, classes = logits.shape
    starts = np.flatnonzero(np.diff(ids, prepend=-1))
    ends = np.append(starts, len(ids))[1:]
    runs = ids[starts] != classes - 1
    starts, ends = starts[runs], ends[runs]
    lines, ids, lengths = starts // (time + 1), ids[starts], ends - starts
    # The surest frame of a run is where its logit is largest: order all frames of runs by run, then by logit.
    run_of_frame = np.repeat(np.arange(len(starts)), lengths)
    frames = np.arange(len(run_of_frame)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + np.repeat(starts, lengths)
    order = np.lexsort((-peaks[frames], run_of_frame))
    surest = frames[order][np.cumsum(lengths) - lengths]
    scores = score_characters(logits, lines, surest - lines * (time + 1), ids)
    spans = np.stack([starts, ends], axis=1) - (lines * (time + 1))[:, None]
    bounds = np.searchsorted(lines, np.arange(1, count))
    parts = (np.split(ids.astype(np.int32), bounds), np.split(scores, bounds), np.split(spans.astype(np.int32), bounds))
    return [DecodedLine(*line) for line in zip(*parts, strict=True)] if count else []
