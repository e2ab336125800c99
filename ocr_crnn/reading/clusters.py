"""Stage: paragraphs and cells as blocks, and labels with their values as records.

Two methods give each edge of a page's line graph the shares of NONE, SAME (one block) and PAIR (a label and its value): rules of
geometry and words, and a small network. What is made of the shares is the same for both.
"""

from dataclasses import replace

import numpy as np

from ocr_crnn.reading.line_graph import find_edges, find_pieces
from ocr_crnn.reading.link_network import link_by_network

NONE, SAME, PAIR = 0, 1, 2
# Columns of the features, see line_graph.
GAP_X, GAP_Y, LEFT, OVERLAP_X, OVERLAP_Y, HEIGHT, PITCH = 0, 1, 2, 5, 6, 7, 8
SAME_CELL, OTHER_CELL, ONE_CELL, SAME_LINE, NEXT, SHORT_END, INDENT = 9, 10, 11, 12, 13, 14, 15
A_LABEL, A_ENUMERATOR, A_SENTENCE, A_COLON, B_LABEL, B_NUMERIC, B_ENUMERATOR = 16, 19, 20, 21, 22, 23, 25


def link_by_both(features):
    """Blocks by the network and pairs by the rules, each where it is better on kinds of pages that the network has not seen:
    `python benchmarks/documents_clusters.py`."""
    pairs = link_by_rules(features)[:, PAIR : PAIR + 1]
    shares = link_by_network(features)
    shares[:, PAIR] = 0
    return (1 - pairs) * shares + pairs * np.eye(3)[PAIR]


def find_clusters(page, image, link=link_by_both):
    """Stage: a Page of words and its image, upright → the Page with `blocks` anew, and the record "pairs", in reading order.

    A block is a paragraph, an item of a list, a heading, or a ruled cell. A pair is {"label": rows of the Page, "value": rows of the Page}.
    Where the stage tables has run before, tables with a heading have no pairs.
    link: features of edges → shares `(m, 3)` of NONE, SAME and PAIR: `link_by_rules`, `link_by_network`, `link_by_both`.
    """
    pieces = find_pieces(page, image)
    edges = find_edges(pieces)
    shares = link(edges.features)
    blocks = _blocks(page, pieces, edges, shares)
    return replace(page, blocks=blocks, records={**page.records, "pairs": _pairs(pieces, edges, shares, _in_headed_tables(page))})


def _in_headed_tables(page):
    """The rows of the Page that stand in tables with a heading."""
    tables = [table for table in page.records.get("tables", []) if any(cell["header"] for cell in table["cells"])]
    return {word for table in tables for cell in table["cells"] for word in cell["words"]}


def link_by_rules(features):
    """Features of edges `(m, FEATURES)` → shares `(m, 3)`, each 0 or 1.

    SAME: cells by their rules; elsewhere lines below each other, as high and as far apart as lines of the page are, where the upper one is
    not cut short by the end of a sentence and the lower one begins no item. PAIR: what the lexicon or a colon says is a label, and what
    stands on its right, or below it where nothing does.
    """
    f = features.astype(np.float64)
    flow = (f[:, OVERLAP_X] > 0) & (f[:, OVERLAP_Y] < 0.5) & (np.abs(f[:, HEIGHT]) < 2 * np.log(1.25))
    near = (f[:, GAP_Y] <= 0.9) | ((np.abs(f[:, PITCH]) <= 0.15) & (f[:, SHORT_END] <= 0.4))
    ended = (f[:, SHORT_END] > 0.4) & ((f[:, A_SENTENCE] > 0) | (f[:, A_COLON] > 0) | (f[:, INDENT] > 0.5))
    free = (f[:, SAME_CELL] + f[:, OTHER_CELL] + f[:, ONE_CELL]) == 0
    same = (f[:, NEXT] > 0) & ((f[:, SAME_CELL] > 0) | (free & flow & near & ~ended & (f[:, B_ENUMERATOR] == 0)))
    label = ((f[:, A_LABEL] > 0) | (f[:, A_COLON] > 0)) & (f[:, B_LABEL] == 0)
    beside = (f[:, OVERLAP_Y] >= 0.5) & (f[:, LEFT] > 0)
    below = (f[:, OVERLAP_X] > 0.5) & (f[:, OTHER_CELL] > 0) & (f[:, GAP_Y] < 1.5) & (f[:, OVERLAP_Y] < 0.5)
    pair = label & (beside | (below & (f[:, A_LABEL] > 0) & (f[:, B_NUMERIC] > 0)))
    shares = np.zeros((len(f), 3))
    shares[np.arange(len(f)), np.where(pair, PAIR, np.where(same, SAME, NONE))] = 1
    return shares


def _blocks(page, pieces, edges, shares):
    """The block of each row of a Page, int `(n,)`: lines that follow each other are joined where an edge between them says so."""
    lines = np.zeros(len(page), np.int64)
    for number, rows in enumerate(page.line_rows()):
        lines[rows] = number
    count = int(lines.max(initial=-1)) + 1
    joined = np.zeros(count, bool)
    for (one, other), is_next, share in zip(edges.pairs, edges.kinds[:, 0], shares, strict=True):
        if is_next and share[SAME] >= 0.5:
            joined[pieces.lines[other]] |= pieces.lines[other] == pieces.lines[one] + 1
    if count:
        joined[0] = True
    return (np.cumsum(~joined)[lines]) if count else np.zeros(0, np.int64)


def _pairs(pieces, edges, shares, headed):
    """Records of labels and their values: the best label of each value. A value or label in a cell is all of the cell."""
    best = {}
    for (one, other), share in zip(edges.pairs.tolist(), shares, strict=True):
        if share[PAIR] >= 0.5 and int(pieces.rows[one][0]) not in headed and share[PAIR] > best.get(other, (0.0, None))[0]:
            best[other] = (float(share[PAIR]), one)
    labels = {label for _, label in best.values()}
    cells = {}
    for piece, cell in enumerate(pieces.cells):
        if cell >= 0:
            cells.setdefault(int(cell), []).append(piece)
    by_label = {}
    for value, (_, label) in sorted(best.items()):
        if value not in labels:
            by_label.setdefault(label, []).append(value)
    return [{"label": _whole([label], pieces, cells), "value": _whole(values, pieces, cells)} for label, values in sorted(by_label.items())]


def _whole(members, pieces, cells):
    """Rows of pieces, and of the cells in which they stand, if these hold nothing but lines of them: no colon cuts them."""
    found = set()
    for piece in members:
        cell = int(pieces.cells[piece])
        others = cells.get(cell, [piece])
        alone = cell >= 0 and len({int(pieces.lines[other]) for other in others}) == len(others)
        for other in others if alone else [piece]:
            found |= set(pieces.rows[other].tolist())
    return sorted(found)
