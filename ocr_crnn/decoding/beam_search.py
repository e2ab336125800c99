"""Prefix beam search: the most probable text rather than the most probable path, with a language model on demand.

A. Hannun et al., "First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs", 2014.
All lines of a batch advance together, and two things keep thousands of classes cheap: only the `top_k` classes of a frame
extend a text, and frames that are surely blank are not searched at all (they end the last character and no more). What a
frame adds to all texts alike, its log-sum-exp, is left out, so no softmax is needed.
"""

import numpy as np

from ocr_crnn.decoding.alignment import align
from ocr_crnn.decoding.line import check_logits, map_threads

# A frame whose blank leads by this many nats is not searched: every other class is below 1/400 of it.
_SURELY_BLANK = 6.0
# Classes are first compared in this many groups; the best k classes are in the best k groups.
_GROUPS = 512
# Prefixes are compared by hash: h(prefix + id) = h(prefix) · this + id + 1, modulo 2⁶⁴.
_HASH_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def _unlike_hashes(first, shape):
    """Hashes number `first`, `first` + 1, … of a sequence for fillers, which no text uses."""
    numbers = np.arange(first + 1, first + 1 + np.prod(shape), dtype=np.uint64).reshape(shape)
    return (numbers ^ (numbers << np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)


def decode_beams(
    logits, frame_counts=None, beam_width=10, top_k=10, language_model=None, weight=0.2, insertion_bonus=0.0, prefixes=None
):  # fmt: skip
    """The most probable text of every line.

    logits: `(lines, time, classes)`, blank last. frame_counts: `(lines,)` or None for all frames.
    beam_width: texts kept after each frame. top_k: classes of a frame that may extend a text.
    language_model: `language_model(prefixes, candidates)` gives the log probability, `(prefixes, k)`, that the ids in
        `candidates` `(prefixes, k)` follow `prefixes`, a list of tuples of ids; −inf forbids one. The texts with the largest
        log p(text | image) + `weight` · log p(text) + `insertion_bonus` · characters are kept (shallow fusion).
    prefixes: a tuple of ids for each line, what stands before it as far as the language model is concerned.
    Returns a list of `DecodedLine`; spans and scores are those of the text's best path.
    """
    if beam_width < 1 or top_k < 1:
        raise ValueError(f"A beam keeps 1 text or more and extends by 1 class or more. Received: beam_width={beam_width}, top_k={top_k}.")
    logits, frame_counts = check_logits(logits, frame_counts)
    if len(logits) == 0:
        return []
    frames = _frames_to_search(logits, frame_counts, min(top_k, logits.shape[2] - 1))
    beams = _Beams(prefixes or [()] * len(logits), beam_width, language_model, weight, insertion_bonus)
    for step in range(frames.steps):
        beams.advance(logits, frames, step)
    return align(logits, beams.best_texts(), frame_counts)


class _Frames:
    """The frames of each line that are searched, left-aligned, with the classes that may extend a text.

    place: `(lines, steps)`, the frame. ids, gains: `(lines, steps, k)`, classes without the blank, and their logits less the
    largest of the frame. blank: `(lines, steps)`, its gain. after_blank: `(lines, steps)`, whether surely blank frames precede.
    A line with fewer steps than the longest ends in steps where blank is certain, which change nothing.
    """

    def __init__(self, lines, steps, k):
        self.steps = steps
        self.real = np.zeros((lines, steps), bool)
        self.place = np.zeros((lines, steps), np.int64)
        self.peak = np.zeros((lines, steps))
        self.ids = np.zeros((lines, steps, k), np.int64)
        self.gains = np.full((lines, steps, k), -np.inf)
        self.blank = np.zeros((lines, steps))
        self.after_blank = np.zeros((lines, steps), bool)


def _frames_to_search(logits, frame_counts, k):
    def select(line):
        return _select(logits[line, : frame_counts[line]], k)

    selected = map_threads(select, range(len(logits)))
    frames = _Frames(len(logits), max(len(places) for places, _, _ in selected), k)
    for line, (places, ids, values) in enumerate(selected):
        row = slice(len(places))
        blank = logits[line, places, -1]
        peak = np.maximum(values.max(axis=1, initial=-np.inf), blank)
        frames.real[line, row], frames.place[line, row], frames.peak[line, row] = True, places, peak
        frames.ids[line, row], frames.gains[line, row] = ids, values - peak[:, None]
        frames.blank[line, row] = blank - peak
        frames.after_blank[line, row] = np.diff(places, prepend=-1) > 1
    return frames


def _select(frames, k):
    """Frames of one line `(time, classes)` that are not surely blank, with the k largest classes of each and their logits."""
    time, groups = len(frames), min(_GROUPS, frames.shape[1] - 1)
    depth, rest = divmod(frames.shape[1] - 1, groups)
    # Group g holds the classes g, g + groups, g + 2 · groups, …; so the maxima are taken along whole rows.
    best = frames[:, : depth * groups].reshape(time, depth, groups).max(axis=1)  # (time, groups)
    if rest:
        np.maximum(best[:, :rest], frames[:, depth * groups : -1], out=best[:, :rest])
    if np.isnan(best).any() or np.isnan(frames[:, -1]).any():
        raise ValueError("Logits are numbers. Received: NaN. The network has diverged: load earlier weights.")
    places = np.flatnonzero(frames[:, -1] - best.max(axis=1) < _SURELY_BLANK)
    wide = min(k, groups)
    chosen = np.argpartition(best[places], -wide, axis=1)[:, -wide:]  # (places, wide) groups
    ids = (chosen[:, :, None] + groups * np.arange(depth + 1)).reshape(len(places), wide * (depth + 1))
    outside = ids >= frames.shape[1] - 1
    values = np.where(outside, -np.inf, frames[places[:, None], np.where(outside, 0, ids)])
    largest = np.argpartition(values, -k, axis=1)[:, -k:]
    return places, np.take_along_axis(ids, largest, axis=1), np.take_along_axis(values, largest, axis=1)


class _Beams:
    """`beam_width` texts of every line, `(lines, width)` each: probabilities of paths that end in a blank or in a character."""

    def __init__(self, prefixes, width, language_model, weight, insertion_bonus):
        lines = len(prefixes)
        self.language_model, self.weight, self.insertion_bonus = language_model, weight, insertion_bonus
        self.in_blank = np.full((lines, width), -np.inf)
        self.in_blank[:, 0] = 0  # the empty text; the others do not exist yet
        self.in_character = np.full((lines, width), -np.inf)
        self.prior = np.zeros((lines, width))  # what the language model and the bonus give
        self.last = np.full((lines, width), -1)
        self.hash, self.parent_hash = _unlike_hashes(0, (2, lines, width))
        self.history = []  # (beam it came from, character appended or −1) of every step
        self.prefixes = [[tuple(prefix)] * width for prefix in prefixes]

    def advance(self, logits, frames, step):
        lines, width = self.last.shape
        ids, gains, blank = frames.ids[:, step], frames.gains[:, step], frames.blank[:, step, None]
        total = np.logaddexp(self.in_blank, self.in_character)
        after_blank = frames.after_blank[:, step, None]
        self.in_blank = np.where(after_blank, total, self.in_blank)
        self.in_character = np.where(after_blank, -np.inf, self.in_character)
        # A text stays itself by a blank, by its last character again, or as the extension of a shorter text of the beam.
        own = logits[np.arange(lines)[:, None], frames.place[:, step, None], self.last] - frames.peak[:, step, None]
        own = np.where((self.last >= 0) & frames.real[:, step, None], own, -np.inf)
        child_of = self.parent_hash[:, :, None] == self.hash[:, None, :]  # (lines, child, parent)
        repeats = self.last[:, :, None] == self.last[:, None, :]
        from_parent = np.where(child_of, np.where(repeats, self.in_blank[:, None, :], total[:, None, :]), -np.inf).max(axis=2)
        stay_blank = total + blank
        stay_character = np.logaddexp(self.in_character, from_parent) + own
        # A new text is a text and a class. One that is in the beam already has had its share above.
        extended = np.where(ids[:, None, :] == self.last[:, :, None], self.in_blank[:, :, None], total[:, :, None]) + gains[:, None, :]
        there = (child_of[:, :, :, None] & (ids[:, None, None, :] == self.last[:, :, None, None])).any(axis=1)
        extended[there] = -np.inf
        prior = np.broadcast_to(self.prior[:, :, None], extended.shape) + self._prior_of_next(ids, extended)
        ranks = np.concatenate(
            [np.logaddexp(stay_blank, stay_character) + self.prior, (extended + prior).reshape(lines, -1)], axis=1
        )
        self._keep(np.argpartition(ranks, -width, axis=1)[:, -width:], ranks, ids, stay_blank, stay_character, extended, prior)

    def _prior_of_next(self, ids, extended):
        """What the language model and the bonus add, `(lines, width, k)`; only texts that exist are asked about."""
        gain = np.full(extended.shape, self.insertion_bonus)
        if self.language_model is not None:
            lines, beams = np.nonzero(extended.max(axis=2) > -np.inf)
            if len(lines):
                prefixes = [self.prefixes[line][beam] for line, beam in zip(lines, beams, strict=True)]
                log_probabilities = np.asarray(self.language_model(prefixes, ids[lines]))
                forbidden = np.isneginf(log_probabilities)  # whatever the weight, 0 included
                gain[lines, beams] += np.where(forbidden, -np.inf, self.weight * np.where(forbidden, 0, log_probabilities))
        return gain

    def _keep(self, chosen, ranks, ids, stay_blank, stay_character, extended, prior):
        lines, width = self.last.shape
        rows, k = np.arange(lines)[:, None], ids.shape[1]
        stays = chosen < width
        beam = np.where(stays, chosen, (chosen - width) // k)
        place = np.where(stays, 0, (chosen - width) % k)
        new = ids[rows, place]
        self.in_blank = np.where(stays, stay_blank[rows, beam], -np.inf)
        self.in_character = np.where(stays, stay_character[rows, beam], extended[rows, beam, place])
        self.prior = np.where(stays, self.prior[rows, beam], prior[rows, beam, place])
        self.last = np.where(stays, self.last[rows, beam], new)
        hashes = self.hash[rows, beam]
        extended_hash = hashes * _HASH_FACTOR + new.astype(np.uint64) + np.uint64(1)
        self.parent_hash = np.where(stays, self.parent_hash[rows, beam], hashes)
        self.hash = np.where(stays, hashes, extended_hash)
        self._forget_impossible(np.take_along_axis(ranks, chosen, axis=1) == -np.inf)
        self.history.append((beam, np.where(stays, -1, new)))
        if self.language_model is not None:
            self.prefixes = [
                [old[b] if s else (*old[b], c) for b, s, c in zip(*row, strict=True)]
                for old, row in zip(self.prefixes, zip(beam.tolist(), stays.tolist(), new.tolist(), strict=True), strict=True)
            ]

    def _forget_impossible(self, impossible):
        """Fillers of a beam with fewer possible texts than its width get a hash of their own, so that no text merges with them."""
        hashes = _unlike_hashes((len(self.history) + 1) * 2 * impossible.size, (2, *impossible.shape))
        self.in_blank[impossible] = self.in_character[impossible] = -np.inf
        self.hash = np.where(impossible, hashes[0], self.hash)
        self.parent_hash = np.where(impossible, hashes[1], self.parent_hash)

    def best_texts(self):
        """The ids of the best text of every line, a list of lists."""
        beam = np.argmax(np.logaddexp(self.in_blank, self.in_character) + self.prior, axis=1)
        rows, reversed_texts = np.arange(len(beam)), [[] for _ in beam]
        for source, appended in reversed(self.history):
            for text, character in zip(reversed_texts, appended[rows, beam].tolist(), strict=True):
                if character >= 0:
                    text.append(character)
            beam = source[rows, beam]
        return [text[::-1] for text in reversed_texts]
