"""Second thoughts: a search with a language model around the characters that the best path is unsure of, and nowhere else.

Most lines are read without doubt, and a search would only repeat them. Where a character scores below a threshold, the frames
from a few characters before it to a few after it are cut out and searched; the text before them is the context of the language
model. So a page costs a search of a tenth of its frames.
"""

import numpy as np

from ocr_crnn.decoding.beam_search import decode_beams
from ocr_crnn.decoding.greedy import decode_greedy
from ocr_crnn.decoding.line import DecodedLine, check_logits

BEFORE, AFTER = 2, 4  # characters searched again around a doubtful one; those after it tell whether it made sense
CONTEXT = 8  # characters that the language model sees before the first one
WINDOWS_AT_ONCE = 32


def decode_uncertain(logits, frame_counts=None, *, threshold=0.7, **search):
    """The best path, and around its characters of a score below `threshold` the most probable text.

    logits: `(lines, time, classes)`, blank last. search: arguments of `decode_beams`, such as language_model and weight.
    Returns a list of `DecodedLine`.
    """
    logits, frame_counts = check_logits(logits, frame_counts)
    lines = decode_greedy(logits, frame_counts)
    windows = [(number, *part) for number, line in enumerate(lines) for part in _windows(line, frame_counts[number], threshold)]
    found = {number: [] for number, *_ in windows}
    by_length = sorted(windows, key=lambda window: window[4] - window[3])
    for start in range(0, len(by_length), WINDOWS_AT_ONCE):
        few = by_length[start : start + WINDOWS_AT_ONCE]
        for (number, *part), read in zip(few, _search(few, lines, logits, search), strict=True):
            found[number].append((*part, read))
    return [_splice(line, found[number]) if number in found else line for number, line in enumerate(lines)]


def _windows(line, frame_count, threshold):
    """(first character, last + 1, first frame, last + 1) of each stretch to search, apart from each other."""
    stretches = []
    for place in np.flatnonzero(line.scores < threshold):
        first, stop = max(place - BEFORE, 0), min(place + 1 + AFTER, len(line.ids))
        if stretches and first <= stretches[-1][1]:
            stretches[-1][1] = stop
        else:
            stretches.append([first, stop])
    for first, stop in stretches:
        begin = line.spans[first - 1, 1] if first else 0
        end = line.spans[stop, 0] if stop < len(line.ids) else frame_count
        yield first, stop, begin, end


def _search(windows, lines, logits, search):
    """DecodedLines of windows (line, first character, last + 1, first frame, last + 1), frames counted from the window's first."""
    counts = np.array([end - begin for *_, begin, end in windows])
    frames = np.zeros((len(windows), counts.max(), logits.shape[2]), np.float32)
    for row, (number, _, _, begin, end) in enumerate(windows):
        frames[row, : end - begin] = logits[number, begin:end]
    prefixes = [tuple(lines[number].ids[max(first - CONTEXT, 0) : first].tolist()) for number, first, *_ in windows]
    return decode_beams(frames, counts, prefixes=prefixes, **search)


def _splice(line, parts):
    """A line with stretches (first character, last + 1, first frame, last + 1, DecodedLine) in place of what was there."""
    pieces, done = [], 0
    for first, stop, begin, _, read in sorted(parts, key=lambda part: part[0]):
        pieces += [DecodedLine(*(column[done:first] for column in line)), read._replace(spans=read.spans + begin)]
        done = stop
    pieces.append(DecodedLine(*(column[done:] for column in line)))
    return DecodedLine(*(np.concatenate(columns).astype(columns[0].dtype) for columns in zip(*pieces, strict=True)))
