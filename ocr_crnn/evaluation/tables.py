"""Tables found against tables that are there: F of the neighbourhoods of cells (Göbel et al., ICDAR 2013 table competition).

A neighbourhood is two cells with text that follow each other in a row or a column, empty ones between them left out, and its direction.
It is found where both cells are, and follow each other likewise. Cells are told by their words, not by their texts, so that what is
misread counts for reading and not here: a cell is found where the share of its words and of the found one's that are the same (IoU) is at
least 0.6. A word of the truth that no word was read for counts as missing; several that were read as one are all found.
"""

from collections import Counter, defaultdict

import numpy as np

SAME = 0.6


def neighbourhoods(table):
    """A table as reading.tables finds it → set of (cell, cell, "right" or "below"): positions in its cells, those with words."""
    by_row, by_column = defaultdict(list), defaultdict(list)
    for position, cell in enumerate(table["cells"]):
        if cell["words"]:
            for row in range(cell["row"], cell["row"] + cell["row_span"]):
                by_row[row].append((cell["column"], position))
            for column in range(cell["column"], cell["column"] + cell["column_span"]):
                by_column[column].append((cell["row"], position))
    found = set()
    for lines, direction in ((by_row, "right"), (by_column, "below")):
        for line in lines.values():
            line.sort()
            found |= {(a, b, direction) for (_, a), (_, b) in zip(line, line[1:], strict=False)}
    return found


def tables_of_truth(page):
    """The tables of a rendered Page, from `attributes["cell"]` of its words, as reading.tables gives them, but for cells without words."""
    tables = defaultdict(dict)
    for word, facts in enumerate(page.attributes if page.attributes is not None else ()):
        cell = facts.get("cell")
        if cell is not None and page.texts[word]:
            place = tuple(cell[name] for name in ("row", "column", "row_span", "column_span"))
            tables[cell["table"]].setdefault(place, []).append(word)
    names = ("row", "column", "row_span", "column_span", "words")
    return [{"cells": [dict(zip(names, (*place, words), strict=True)) for place, words in cells.items()]} for cells in tables.values()]


def same_words(page, truth):
    """The word of the truth that lies under the middle of each word of a Page, −1 for none, int `(n,)`; of several, the nearest."""
    if not len(page) or not len(truth):
        return np.full(len(page), -1, np.int64)
    middles, quads = page.quads.mean(axis=1), truth.quads.astype(np.float64)
    low, high = quads.min(axis=1), quads.max(axis=1)
    margin = 0.3 * (high - low).min(axis=1)[:, None]
    found = np.full(len(page), -1, np.int64)
    for word, middle in enumerate(middles):
        inside = np.flatnonzero(((middle >= low - margin) & (middle <= high + margin)).all(axis=1))
        if len(inside):
            found[word] = inside[np.abs(quads[inside].mean(axis=1) - middle).sum(axis=1).argmin()]
    return found


def count_neighbourhoods(page, tables, truth, true_tables):
    """(found and there, found, there): neighbourhoods of the tables of a Page against those of the truth, a Page of the same image."""
    words = [{int(word)} for word in same_words(page, truth)]
    for word, over in enumerate(same_words(truth, page)):
        if over >= 0:
            words[over].add(word)
    cell_of_word = {word: (t, c) for t, table in enumerate(true_tables) for c, cell in enumerate(table["cells"]) for word in cell["words"]}
    there = {((t, a), (t, b), way) for t, table in enumerate(true_tables) for a, b, way in neighbourhoods(table)}
    sizes = Counter(cell_of_word.values())
    found, right = 0, set()
    for table in tables:
        same = [_same_cell(cell["words"], words, cell_of_word, sizes) for cell in table["cells"]]
        pairs = neighbourhoods(table)
        found += len(pairs)
        right |= {(same[a], same[b], way) for a, b, way in pairs}
    return len(right & there), found, len(there)


def _same_cell(own, words, cell_of_word, sizes):
    """The cell of the truth that a found one is, or None."""
    own = set().union(*(words[word] for word in own)) - {-1}
    votes = Counter(cell_of_word.get(word) for word in own)
    if not votes:
        return None
    cell, shared = votes.most_common(1)[0]
    return cell if cell is not None and shared >= SAME * (len(own) + sizes[cell] - shared) else None


def f_score(right, found, there):
    """Twice what is found and there, of what is found and what is there; 1 where there is nothing and nothing is found."""
    return 2 * right / (found + there) if found + there else 1.0
