"""Tables with level rules and no upright ones: what stands between two rules of the same ends is a row, or several of them."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from ocr_crnn.ops.pieces import find_pieces
from ocr_crnn.reading.table_columns import pieces_of
from ocr_crnn.reading.table_rows import near_lines, rows_of_lines
from ocr_crnn.reading.table_words import is_mark, is_numeric, split_lines

DOUBLE = 0.4  # em: rules no further apart are one
ENDS = 0.6  # em: ends of rules of one table are no further apart


class Frame(NamedTuple):
    """Rules of the same ends and the words between them. heights: float `(m,)`, of the rules, from the top down. left, right: their ends.
    words: positions. parted: how many of the rooms between two rules hold texts side by side."""

    heights: np.ndarray
    left: float
    right: float
    words: np.ndarray
    parted: int


class Group(NamedTuple):
    """Pieces between the same two rules. above, below: the numbers of these. line: of the lines between them that are rows each, or −1."""

    pieces: list
    above: int
    below: int
    line: int


def level_rules(strokes, turn):
    """Strokes of a page → the level rules `(k, 3)`, height, left and right, in page pixels of the page after `turn` `(2, 2)`."""
    boxes = find_pieces(strokes.level)[2][1:, :4] * float(strokes.pixels)
    left, top, width, height = boxes.T
    x, y = turn @ np.stack([left + width / 2, top + height / 2])
    return np.stack([y, x - width / 2, x + width / 2], axis=1)


def find_frames(rules_of_page, boxes, texts, em, rules):
    """Level rules `(k, 3)`, height, left, right, and level boxes of words → list of Frame.

    Of rules of the same ends those belong together that have texts side by side between them; a single line may stand between such rooms,
    over the whole width, where its own is no higher than theirs.
    """
    frames = []
    for chain in _chains(rules_of_page, em, rules):
        heights, left, right = chain
        x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
        inside = np.flatnonzero((x > left - em) & (x < right + em) & (y > heights[0]) & (y < heights[-1]))
        inside = inside[np.argsort(y[inside], kind="stable")]
        ends = np.searchsorted(y[inside], heights)
        rooms = [inside[start:end] for start, end in pairwise(ends)]
        kinds = [_kind(room, boxes, texts, em, rules) for room in rooms]
        for first, last in _runs(kinds, np.diff(heights)):
            words = np.concatenate(rooms[first:last])
            frames.append(Frame(heights[first : last + 1], left, right, words, kinds[first:last].count("parted")))
    return frames


def _chains(rules_of_page, em, rules):
    """(heights, left, right) of the rules of the same ends: two at least, long ones."""
    order = np.argsort(rules_of_page[:, 0], kind="stable")
    chains, by_ends = [], {}
    for height, left, right in rules_of_page[order][np.ptp(rules_of_page[order, 1:], axis=1) >= rules.frame * em]:
        ends = int(left / (ENDS * em)), int(right / (ENDS * em))
        near = (by_ends.get((ends[0] + a, ends[1] + b)) for a in (0, -1, 1) for b in (0, -1, 1))
        chain = next((c for c in near if c and max(abs(left - c[-1][1]), abs(right - c[-1][2])) <= ENDS * em), None)
        if chain is None:
            chains.append(chain := [])
        by_ends[ends] = chain
        if chain and height - chain[-1][0] < DOUBLE * em:
            chain[-1] = ((chain[-1][0] + height) / 2, left, right)
        else:
            chain.append((height, left, right))
    return [(np.array(c)[:, 0], min(left for _, left, _ in c), max(right for *_, right in c)) for c in chains if len(c) > 1]


def _kind(room, boxes, texts, em, rules):
    """What stands between two rules: "empty", "parted" texts, a "single" line, or "text"."""
    if len(room) == 0:
        return "empty"
    lines = split_lines(boxes, em, room)
    lines = [line[1:] if len(line) > 1 and is_mark(texts[line[0]] or "") else line for line in lines]
    bare = sorted((word for line in lines for word in line), key=lambda word: boxes[word, 0])
    pieces = pieces_of(bare, boxes, rules.wide_gap * em)
    if len(pieces) < 2:
        return "single" if len(lines) == 1 else "text"
    parted = sum(len(pieces_of(line, boxes, rules.wide_gap * em)) > 1 for line in lines)
    second = sorted(len(split_lines(boxes, em, piece.words)) for piece in pieces)[-2]
    return "parted" if second < 3 or parted >= 0.6 * len(lines) else "text"


def _runs(kinds, heights):
    """(first, end) of the rooms that are one table."""
    first = 0
    while first < len(kinds):
        if kinds[first] != "parted":
            first += 1
            continue
        high = 1.5 * np.median([height for height, kind in zip(heights[first:], kinds[first:], strict=True) if kind == "parted"])
        end = last = first + 1
        while end < len(kinds) and (kinds[end] == "parted" or (kinds[end] in ("single", "empty") and heights[end] <= high)):
            end += 1
            last = end if kinds[end - 1] == "parted" else last
        yield first, last
        first = last


def groups_of_frame(frame, rules_of_page, boxes, texts, em, rules):
    """The Groups of a Frame, and how many rules there are: those of the frame, and shorter ones, under a heading over several columns or
    beside a label of several rows. A word stands between those that run over or under its middle."""
    top, foot = frame.heights[0], frame.heights[-1]
    height, left, right = rules_of_page.T
    short = (height > top + DOUBLE * em) & (height < foot - DOUBLE * em) & (left > frame.left - em) & (right < frame.right + em)
    short &= np.abs(height[:, None] - frame.heights).min(axis=1) >= DOUBLE * em
    whole = np.stack([frame.heights, np.full(len(frame.heights), -np.inf), np.full(len(frame.heights), np.inf)], axis=1)
    known = np.concatenate([whole, rules_of_page[short]])
    known = known[np.argsort(known[:, 0], kind="stable")]
    numbers = np.concatenate([[0], np.cumsum(np.diff(known[:, 0]) >= DOUBLE * em)])
    x, y = boxes[frame.words][:, [0, 2]].mean(axis=1), boxes[frame.words][:, [1, 3]].mean(axis=1)
    above, below = np.zeros(len(x), np.int64), np.full(len(x), numbers[-1])
    for number, (height, left, right) in zip(numbers, known, strict=True):
        over = (x >= left - 0.3 * em) & (x <= right + 0.3 * em)
        above[over & (y > height)] = number
        below[over & (y <= height)] = np.minimum(below[over & (y <= height)], number)
    groups = {}
    for word, *place in zip(frame.words.tolist(), above.tolist(), below.tolist(), strict=True):
        groups.setdefault(tuple(place), []).append(word)
    found = []
    for (first, last), words in sorted(groups.items()):
        pieces = pieces_of(sorted(words, key=lambda word: boxes[word, 0]), boxes, rules.gutter * em)
        if last == first + 1 and _holds_rows(pieces, boxes, texts, em):
            lines = split_lines(boxes, em, words)
            found += [Group(pieces_of(line, boxes, rules.gutter * em), first, last, number) for number, line in enumerate(lines)]
        else:
            found.append(Group(pieces, first, last, -1))
    return found, int(numbers[-1]) + 1


def rows_between(groups, count):
    """The Pieces between each two of `count` rules, those of labels that span them too, as lines from left to right."""
    lines = [[group.pieces] for group in groups if group.line >= 0]
    for number in range(count - 1):
        lines.append([group.pieces for group in groups if group.line < 0 and group.above <= number < group.below])
    lines = [sorted((piece for pieces in line for piece in pieces), key=lambda piece: piece.left) for line in lines if line]
    return [line for line in lines if all(a.right <= b.left for a, b in pairwise(line))]


def _holds_rows(pieces, boxes, texts, em):
    """True if what stands between two rules is several rows: most of its columns have as many lines, and figures in them, or many."""
    lines = [split_lines(boxes, em, piece.words) for piece in pieces]
    most = max(map(len, lines))
    full = [own for own in lines if len(own) >= 0.7 * most]
    if most < 2 or len(full) < max(2, len(pieces) / 2):
        return False
    return most > 3 or any(all(is_numeric("".join(texts[word] or "" for word in line)) for line in own) for own in full)


def rows_of_groups(groups, spans, count, texts, rules):
    """(row, rows it spans) of each Group; a room of several lines that are rows has as many of them. count: of rules."""
    heights = np.ones(count - 1, np.int64)
    inside = {}
    for first in {group.above for group in groups if group.line >= 0}:
        own = [number for number, group in enumerate(groups) if group.above == first and group.line >= 0]
        rows = rows_of_lines([spans[number] for number in own], near_lines([groups[number].pieces for number in own], texts, rules))
        inside |= dict(zip(own, rows, strict=True))
        heights[first] = max(row + height for row, height in rows)
    starts = np.concatenate([[0], np.cumsum(heights)])
    return [
        (int(starts[group.above] + inside[number][0]), inside[number][1])
        if number in inside
        else (int(starts[group.above]), int(starts[group.below] - starts[group.above]))
        for number, group in enumerate(groups)
    ]
