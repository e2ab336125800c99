"""Where in time the characters of a known text are: the most probable path of CTC through its frames."""

import numpy as np

from ocr_crnn.decoding.line import DecodedLine, check_logits, score_characters


def align(logits, labels, frame_counts=None):
    """The span and the score of every character of the given labels.

    logits: `(lines, time, classes)`, blank last. labels: a list of int `(characters,)`, one a line. Returns a list of
    `DecodedLine` with these ids; scores as in greedy decoding. A label that needs more frames than its line has raises ValueError.
    """
    logits, frame_counts = check_logits(logits, frame_counts)
    labels = [np.asarray(label, np.int64).reshape(-1) for label in labels]
    states, skips = _states(labels, logits.shape[2] - 1)
    lengths = np.array([len(label) for label in labels], np.int64)
    needed = lengths + np.array([(label[1:] == label[:-1]).sum() for label in labels], np.int64)
    if (needed > frame_counts).any():
        line = int(np.argmax(needed > frame_counts))
        raise ValueError(
            f"A text needs a frame a character and one between repeats. Received: {needed[line]} needed, {frame_counts[line]} frames in "
            f"line {line}. Align a shorter text or a wider image."
        )
    emissions = np.take_along_axis(logits, states[:, None, :], axis=2)  # (lines, time, states)
    path = _best_path(emissions, skips, lengths, frame_counts)
    lines, frames = np.nonzero(path % 2)  # the frames that show a character
    starts = np.flatnonzero(np.diff(lines * states.shape[1] + path[lines, frames], prepend=-1))
    ends = np.append(starts, len(frames))[1:]
    shown = emissions[lines, frames, path[lines, frames]]
    surest = np.array([start + shown[start:end].argmax() for start, end in zip(starts, ends, strict=True)], np.int64)
    scores = score_characters(logits, lines[surest], frames[surest], np.concatenate([*labels, np.empty(0, np.int64)]))
    spans = np.stack([frames[starts], frames[ends - 1] + 1], axis=1).astype(np.int32)
    bounds = np.cumsum(lengths)[:-1]
    parts = zip(labels, np.split(scores, bounds), np.split(spans, bounds), strict=True)
    return [DecodedLine(ids.astype(np.int32), scores, spans) for ids, scores, spans in parts] if labels else []


def _states(labels, blank):
    """Blank, id, blank, …, id, blank of every line, `(lines, states)`; and the log of whether the state before may be skipped."""
    longest = max(map(len, labels), default=0)
    states = np.full((len(labels), 2 * longest + 1), blank)
    for line, label in enumerate(labels):
        states[line, 1 : 2 * len(label) : 2] = label
    skips = np.full(states.shape, -np.inf)
    skips[:, 3::2][states[:, 3::2] != states[:, 1:-2:2]] = 0
    return states, skips


def _best_path(emissions, skips, lengths, frame_counts):
    """State of every frame on the best path, int `(lines, time)`; 0, a blank, beyond the frames of a line. Viterbi."""
    count, time, _ = emissions.shape
    best = np.full(skips.shape, -np.inf)
    best[:, 0] = 0  # before the first frame there is a blank, from where state 0 and 1 are reached
    moves = np.zeros((time, *skips.shape), np.int8)
    for frame in range(time):
        padded = np.pad(best, ((0, 0), (2, 0)), constant_values=-np.inf)
        options = np.stack([best, padded[:, 1:-1], padded[:, :-2] + skips])  # from 0, 1, 2 states before
        inside = frame < frame_counts[:, None]
        moves[frame] = np.where(inside, options.argmax(axis=0), 0)
        best = np.where(inside, options.max(axis=0) + emissions[:, frame], best)
    rows, state = np.arange(count), 2 * lengths
    state = np.where(best[rows, state] >= best[rows, np.maximum(state - 1, 0)], state, np.maximum(state - 1, 0))
    path = np.zeros((count, time), np.int64)
    for frame in range(time - 1, -1, -1):
        path[:, frame] = np.where(frame < frame_counts, state, 0)
        state = state - moves[frame, rows, state]
    return path
