"""The lines of a ground truth that a network can learn from, and the order in which an epoch reads them. NumPy only."""

import unicodedata
from dataclasses import dataclass

import numpy as np

from ocr_crnn.alphabet import UnknownCharacterError
from ocr_crnn.geometry import beyond_page, quad_sizes
from ocr_crnn.ops.frames import frames_needed
from ocr_crnn.ops.lines import fit_line_width

MIN_SIDE_PX = 4
STACKED = 1.2  # height by width from which two square characters stand one below the other, as on signs
# Buckets chosen from the data end here, in units of the height: 4,096 px at 32 px, an A4 line in 5-point type.
WIDEST_PER_HEIGHT = 128
_BUCKETS = 8
_BUCKET_STEP_PX = 32


@dataclass(frozen=True)
class LineTable:
    """pages, rows, widths: int `(lines,)`: the page, its row, and the width in pixels at the network's height.
    labels: list of int32 `(characters,)`. buckets: int `(buckets,)`, ascending: the widths of batches."""

    pages: np.ndarray
    rows: np.ndarray
    widths: np.ndarray
    labels: list
    buckets: np.ndarray

    def __len__(self):
        return len(self.labels)


def choose_lines(
    pages, alphabet, height, width, max_string_len, frames_for_width, report, unknown=None, cut=False, needed=frames_needed
):  # fmt: skip
    """The LineTable of all lines that can be learnt; the others, and squeezed ones, are in the report.

    width: a number of pixels, a list of bucket widths, or None to choose buckets from the data. unknown: a character of the
    alphabet that stands in for those it lacks; None leaves such lines out. cut: longer lines lose their right end, as in the
    lineage; else they are squeezed. needed: the frames that a label takes at least, a function of its ids (codec.frames_needed).
    """
    candidates = []  # (page, row, natural width, ids)
    for page_index, page in enumerate(pages):
        sizes, beyond = quad_sizes(page.quads), beyond_page(page.quads, page.size)
        for row, text in enumerate(page.texts):
            if text is None or text == "":
                continue  # don't care, by the meaning of the column
            where = page.image_path if len(page) == 1 else f"{page.image_path} row {row}"
            line_width, line_height = sizes[row]
            if min(line_width, line_height) < MIN_SIDE_PX:
                report.add("too_small", where, f"{line_width:.0f} × {line_height:.0f} px")
                continue
            if beyond[row]:
                report.add("beyond_image", where, f"{line_width:.0f} × {line_height:.0f} px")
                continue
            if line_height > STACKED * line_width and sum(unicodedata.east_asian_width(c) in "WF" for c in text) > 1:
                report.add("stacked", where, f"{line_width:.0f} × {line_height:.0f} px: {text}")
                continue
            try:
                ids = alphabet.encode(text)
            except UnknownCharacterError as error:
                report.add("unknown_character" if unknown is None else "unknown_replaced", where, "".join(error.characters))
                if unknown is None:
                    continue
                ids = alphabet.encode("".join(c if c in alphabet else unknown for c in unicodedata.normalize("NFC", text)))
            if max_string_len is not None and len(ids) > max_string_len:
                report.add("label_too_long", where, f"{len(ids)} characters, at most {max_string_len}")
                continue
            candidates.append((page_index, row, fit_line_width(float(line_height), float(line_width), height), ids))
    natural = np.array([candidate[2] for candidate in candidates], np.int64)
    buckets = choose_buckets(natural, height) if width is None else np.unique(np.atleast_1d(width))
    table, kept = [], np.minimum(natural, buckets[-1] if len(buckets) else 1)
    for (page_index, row, line_width, ids), kept_width in zip(candidates, kept, strict=True):
        where = f"{pages[page_index].image_path} row {row}"
        frames = max(1, int(frames_for_width(int(kept_width))))
        if frames < needed(ids):
            report.add("too_few_frames", where, f"{frames} frames, {needed(ids)} needed")
            continue
        if kept_width < line_width:
            report.add("cut" if cut else "squeezed", where, f"{line_width} px to {kept_width} px")
        table.append((page_index, row, int(kept_width), ids))
    page_indices, rows, widths, labels = zip(*table, strict=True) if table else ((), (), (), ())
    return LineTable(np.array(page_indices, int), np.array(rows, int), np.array(widths, int), list(labels), buckets)


def choose_buckets(widths, height):
    """Bucket widths that hold equal shares of the lines, rounded up to steps; the widest line sets the last one."""
    if len(widths) == 0:
        return np.zeros(0, int)
    shares = np.quantile(widths, np.linspace(1 / _BUCKETS, 1, _BUCKETS), method="inverted_cdf")
    rounded = -(-shares.astype(int) // _BUCKET_STEP_PX) * _BUCKET_STEP_PX
    return np.unique(np.minimum(rounded, WIDEST_PER_HEIGHT * height))


@dataclass(frozen=True)
class EpochPlan:
    """lines: int `(batches, batch_size, words)`, −1 where there is none; gaps: int of that shape, the pixels before a word;
    widths: int `(batches,)`, the bucket width of each batch."""

    lines: np.ndarray
    gaps: np.ndarray
    widths: np.ndarray


def plan_epoch(table, batch_size, rng, join=None):
    """The batches of one epoch: lines of one bucket stand together, so padding stays small.

    rng: np.random.Generator for the order, None keeps the order of the table. join: function (order, rng) →
    (lines, gaps, widths) that joins words into lines, None takes every line alone.
    """
    order = np.arange(len(table)) if rng is None else rng.permutation(len(table))
    lines, gaps, widths = join(order, rng) if join else (order[:, None], np.zeros((len(order), 1), int), table.widths[order])
    buckets = np.searchsorted(table.buckets, widths)
    batches = []
    for bucket in np.unique(buckets):
        members = np.flatnonzero(buckets == bucket)
        batches += [(bucket, members[start : start + batch_size]) for start in range(0, len(members), batch_size)]
    if rng is not None:
        rng.shuffle(batches)
    shape = (len(batches), batch_size, lines.shape[1])
    planned, planned_gaps = np.full(shape, -1), np.zeros(shape, int)
    for index, (_, members) in enumerate(batches):
        planned[index, : len(members)], planned_gaps[index, : len(members)] = lines[members], gaps[members]
    return EpochPlan(planned, planned_gaps, table.buckets[[bucket for bucket, _ in batches]])


def join_words(table, space, height, max_string_len, frames_for_width):
    """The `join` of plan_epoch that fills the widest bucket with words, a space in the label between two of them.

    space: its id. Gaps are between a quarter of and one full height wide. A joined line keeps a CTC path.
    """
    widest = int(table.buckets[-1])

    def join(order, rng):
        rng = np.random.default_rng(0) if rng is None else rng
        groups, gaps = [[]], [[]]
        width = characters = needed = 0
        last = -1
        for line, gap in zip(order, rng.integers(max(1, height // 4), height + 1, len(order)), strict=True):
            ids = table.labels[line]
            joined = (width + gap + table.widths[line], characters + 1 + len(ids), needed + 1 + frames_needed(ids))
            fits = joined[0] <= widest and joined[1] <= max_string_len and joined[2] <= frames_for_width(int(joined[0]))
            if groups[-1] and fits and last != space and ids[0] != space:
                width, characters, needed = joined
            else:
                if groups[-1]:
                    groups.append([]), gaps.append([])
                gap, width, characters, needed = 0, table.widths[line], len(ids), frames_needed(ids)
            groups[-1].append(line), gaps[-1].append(gap)
            last = ids[-1]
        most = max(map(len, groups))
        lines = np.array([group + [-1] * (most - len(group)) for group in groups])
        spaces = np.array([group + [0] * (most - len(group)) for group in gaps])
        return lines, spaces, np.array([sum(table.widths[group]) + sum(gap) for group, gap in zip(groups, gaps, strict=True)])

    return join


def join_labels(labels, space):
    """The labels of joined words with a space between two of them, as one row of ids."""
    if len(labels) == 1:
        return labels[0]
    return np.concatenate([part for label in labels for part in (label, [space])][:-1]).astype(np.int32)
