"""Columns of text or columns of a table: what stands on both sides of a gutter tells.

Long lines that fill their column are running text, read column by column. Short lines are read so only where the columns are alike and
something besides speaks for it: many rows, a rule printed between them, numbers or an alphabet that go on downwards, the same labels
on both sides. Elsewhere rows come first: label and value, item and price.
"""

import re
from typing import NamedTuple

import numpy as np

_ITEM = re.compile(r"\s*[(\[<]?(\d{1,3}|[가나다라마바사아자차카타파하ㄱ-ㅎ])[.):\]>]")
_CIRCLED = re.compile(r"\s*([①-⑳㉠-㉻❶-❿])")
_ORDINALS = {"가나다라마바사아자차카타파하": 1000, "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ": 2000}
_MARKS = re.compile(r"^[\W\d_]+")


ARROWS = ("->", "=>", "→", "⇒", "➔", "➜")


class Traits(NamedTuple):
    """What texts tell about columns, a row each. scripts: float `(n, 4)`, how many Hangul and Hanja, Latin, digits, others.

    items: int `(n,)`, the number or letter an item begins with, −1 for none. labels: what stands before a colon, without spaces. keys: what
    is sorted by. goes_on: bool `(n,)`, those that begin with an arrow, and so go on with what stands to their left.
    """

    scripts: np.ndarray
    items: np.ndarray
    labels: list
    keys: list
    goes_on: np.ndarray

    @classmethod
    def of(cls, texts):
        return cls(
            np.array([_scripts(text) for text in texts], np.float64).reshape(-1, 4), np.array([_item(text) for text in texts], np.int64),
            [text.split(":")[0].replace(" ", "") for text in texts], [_MARKS.sub("", text).casefold() for text in texts],
            np.array([text.startswith(ARROWS) for text in texts], bool),
        )  # fmt: skip


def _scripts(text):
    counts = [0, 0, 0, 0]
    for character in text:
        if character != " ":
            is_latin = character.isascii() and character.isalpha()
            counts[1 if is_latin else 0 if character.isalpha() else 2 if character.isdigit() and character.isascii() else 3] += 1
    return counts


def _item(text):
    if match := _ITEM.match(text):
        mark = match[1]
        return int(mark) if mark.isdigit() else next(first + row.index(mark) for row, first in _ORDINALS.items() if mark in row)
    match = _CIRCLED.match(text)
    return 3000 + ord(match[1]) if match else -1


class Region(NamedTuple):
    """What is put into order. boxes: float `(n, 5)`, left, top, right, bottom, and the width of the text. rules: OrderRules.

    traits: Traits of the units, or None where geometry alone is known. bars: upright rules, `(k, 4)`, as boxes.
    """

    boxes: np.ndarray
    line_height: float
    rules: object
    traits: Traits | None = None
    bars: np.ndarray = np.zeros((0, 4))


def are_running_text(widths, rows, region):
    """True if every column holds several rows, and they are long. widths: of the lines of each column, an array each. rows: how many."""
    long, rules = region.rules.column_line * region.line_height, region.rules
    return all(count >= rules.column_rows and np.median(column) >= long for column, count in zip(widths, rows, strict=True))


def fill_their_width(widths, region):
    """True if most lines of each column are about as long as its longest, or so long that they are prose in any case."""
    prose = 2 * region.rules.column_line * region.line_height
    return all(np.mean(column >= region.rules.filled * column.max()) >= 0.6 or np.median(column) >= prose for column in widths)


def group_like_columns(columns, rows, region):
    """Columns of short lines → the columns to read one after the other, each of one or more of them, or None where rows are to be read.

    A column of two or more is one whose lines are parted in themselves: a word and its page, a label and its value.
    """
    if min(rows) < 2:
        return None
    for period in range(1, len(columns) // 2 + 1):
        if len(columns) % period:
            continue
        groups = [columns[first : first + period] for first in range(0, len(columns), period)]
        leads = [group[0] for group in groups]
        lead_rows = [rows[first] for first in range(0, len(columns), period)]
        if _are_to_be_read_downwards(groups, leads, lead_rows, region):
            return [np.sort(np.concatenate(group)) for group in groups]
    return None


def _are_to_be_read_downwards(groups, leads, rows, region):
    rules, traits = region.rules, region.traits
    if _share_labels(leads, region):
        return True
    letters = [traits.scripts[lead].sum(axis=0) for lead in leads]
    letters = np.array([counts / max(counts.sum(), 1) for counts in letters])
    if letters[:, :2].sum(axis=1).min() < 0.5 or np.abs(letters - letters[0]).sum(axis=1).max() / 2 > rules.scripts_differ:
        return False
    if min(_aligned(lead, region) for lead in leads) < 0.5:
        return False
    down, across = _successions(leads, region)
    if across > down:
        return False
    if down > across + 1 and down >= 3 or min(rows) >= 3 and _are_sorted(leads, region):
        return True
    if min(rows) >= rules.ruled_rows and _ruled_apart(groups, region):
        return True
    widths = [np.median(region.boxes[lead, 4]) for lead in leads]
    wide = min(widths) >= rules.short_line * region.line_height and max(widths) <= rules.widths_differ * min(widths)
    return len(groups[0]) == 1 and wide and min(rows) >= rules.like_rows


def _aligned(column, region):
    """The share of a column's texts that begin where most of them do."""
    lefts = region.boxes[column, 0]
    return np.mean(np.abs(lefts[:, None] - lefts[None]) <= region.line_height, axis=1).max()


def _in_order(columns, region, across):
    """Units of columns downwards, one column after the other, or row by row."""
    tops = region.boxes[:, 1]
    if not across:
        return [unit for column in columns for unit in column[np.argsort(tops[column], kind="stable")]]
    units, number = np.concatenate(columns), np.repeat(np.arange(len(columns)), [len(column) for column in columns])
    middles = (region.boxes[units, 1] + region.boxes[units, 3]) / 2
    order = np.argsort(middles, kind="stable")
    row = np.cumsum(np.diff(middles[order], prepend=middles[order[:1]]) > 0.5 * region.line_height)
    return list(units[order[np.lexsort((number[order], row))]])


def _successions(columns, region):
    """How often an item is followed by the next one of its kind, (downwards, across)."""
    counts = []
    for across in (False, True):
        items = region.traits.items[_in_order(columns, region, across)]
        items = items[items >= 0]
        counts.append(int(np.sum(np.diff(items) == 1)))
    return counts


def _are_sorted(columns, region):
    """True if an alphabet goes on from the foot of each column at the top of the next one."""
    shares = []
    for across in (False, True):
        keys = [region.traits.keys[unit] for unit in _in_order(columns, region, across)]
        keys = [key for key in keys if len(key) > 1]
        shares.append(np.mean([a <= b for a, b in zip(keys, keys[1:], strict=False)]) if len(keys) > 5 else 0)
    return shares[0] >= 0.9 and shares[1] < 0.8


def _share_labels(columns, region):
    """True if the first texts of the rows are the same labels in all columns: the parties that sign, side by side."""
    labels = [[region.traits.labels[unit] for unit in _in_order([column], region, False)] for column in columns]
    first = {label for label in labels[0] if len(label) > 1 and not label.isdigit() and not _MARKS.fullmatch(label)}
    shared = first.intersection(*map(set, labels[1:]))
    unlike = all(len({*column}) >= 0.8 * len(column) for column in labels)
    return unlike and len(shared) >= 2 and len(shared) >= 0.5 * max(map(len, labels))


def _ruled_apart(groups, region):
    """True if a rule is printed between every two neighbours, along most of their height."""
    for before, after in zip(groups, groups[1:], strict=False):
        before, after = (region.boxes[np.concatenate(group)] for group in (before, after))
        top, bottom = max(before[:, 1].min(), after[:, 1].min()), min(before[:, 3].max(), after[:, 3].max())
        between = (region.bars[:, 0] >= before[:, 2].max()) & (region.bars[:, 2] <= after[:, 0].min())
        along = np.minimum(region.bars[:, 3], bottom) - np.maximum(region.bars[:, 1], top)
        if not (between & (along >= 0.8 * (bottom - top))).any():
            return False
    return True
