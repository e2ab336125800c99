"""The same page at another granularity: rows that are words become rows that are segments or lines."""

from dataclasses import replace

import numpy as np

from ocr_crnn.page import Characters

WORD_GAP_EM, OVERLAP_EM = 1.0, 0.5  # the widest gap between two words of a segment, and how far they may reach into one another
SAME_LINE_EM, SAME_HEIGHT, SAME_DIRECTION = 0.4, 1.6, 0.97


def segments(page):
    """One row per text-line segment: a run of words in one line of one cell or column, as `attributes["segment"]` numbers them.

    Texts are joined with spaces, quads are the tightest rectangles along the direction of the text. A segment with an unreadable
    word is unreadable. Segments keep line, block, the attributes of their first row, and characters with a space between the words.
    """
    if page.attributes is None:
        raise ValueError("Segments are made from rows whose attributes hold a segment number. Received: a Page without attributes.")
    return _merge(page, np.array([row["segment"] for row in page.attributes], np.int64).reshape(-1), "segment")


def lines(page):
    """One row per line of a block, made as `segments` makes them from the column `lines`."""
    if page.lines is None:
        raise ValueError("Lines are made from rows with a line number. Received: a Page without lines.")
    return _merge(page, page.lines, "line")


def blocks(page):
    """One row per block (paragraph, cell or region): the texts of its lines joined with spaces."""
    if page.blocks is None:
        raise ValueError("Blocks are made from rows with a block number. Received: a Page without blocks.")
    return _merge(page, page.blocks, "block")


def as_segments(page):
    """A page of words as one of segments, by their numbers where they have some, else by `join_words`; of segments or lines as it is.

    Raises ValueError for a page of characters or blocks.
    """
    if page.unit in ("segment", "line"):
        return page
    if page.unit != "word":
        raise ValueError(
            f"Segments are made of words. Received: {page.image_path or 'a page'} of {page.unit}s. Label words, segments or lines."
        )
    numbered = page.attributes is not None and all("segment" in (row or {}) for row in page.attributes)
    return segments(page) if numbered and len(page) else join_words(page)


def join_words(page):
    """Segments of words that nobody has numbered: neighbours along the text, of one line where lines have numbers, with a gap below an em.

    Two words are neighbours where they have nearly one direction, height and base line. Segments stand in the order of their first rows.
    """
    quads = np.asarray(page.quads, np.float64)
    left, right = (quads[:, 0] + quads[:, 3]) / 2, (quads[:, 1] + quads[:, 2]) / 2  # (n, 2), the middles of the short sides
    along = right - left
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    heights = np.maximum(np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1), 1e-9)
    labels = np.arange(len(page))
    for row in range(len(page)):
        offset = left - right[row]  # (n, 2), from the end of the word to the beginning of each other
        forward = offset @ along[row] / heights[row]
        across = np.abs(offset @ [along[row, 1], -along[row, 0]]) / heights[row]
        follows = (forward > -OVERLAP_EM) & (forward < WORD_GAP_EM) & (across < SAME_LINE_EM)
        follows &= (np.abs(np.log(heights / heights[row])) < np.log(SAME_HEIGHT)) & (along @ along[row] > SAME_DIRECTION)
        if page.lines is not None:
            follows &= page.lines == page.lines[row]
        follows[row] = False
        following = np.flatnonzero(follows)
        if len(following):
            nearest = following[np.argmin(forward[following])]
            members = (labels == labels[nearest]) | (labels == labels[row])
            labels[members] = np.flatnonzero(members)[0]
    order = np.lexsort(((left * along).sum(axis=-1), labels))  # texts are joined in the order of the words along them
    return _merge(page.take(order), labels[order], "segment")


def enclosing_quad(quads):
    """The tightest rectangle around quads `(n, 4, 2)` along their mean text direction → `(4, 2)`, clockwise from the text's top-left."""
    return enclosing_quads(quads, [0])[0]


def enclosing_quads(quads, starts):
    """The `enclosing_quad` of each group of quads `(n, 4, 2)` → `(groups, 4, 2)`. starts: `(groups,)`, where each begins; none is empty."""
    quads = np.asarray(quads, np.float64).reshape(-1, 4, 2)
    if len(quads) == 0:
        return np.zeros((0, 4, 2), np.float32)
    along = np.add.reduceat(quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3], starts, axis=0)  # long words count for more
    lengths = np.linalg.norm(along, axis=1, keepdims=True)
    along = np.where(lengths > 1e-9, along / np.maximum(lengths, 1e-9), [1.0, 0.0])
    down = np.stack([-along[:, 1], along[:, 0]], axis=1)
    axes = np.stack([along, down], axis=1)  # (groups, 2, 2)
    points = quads @ np.repeat(axes, np.diff([*starts, len(quads)]), axis=0).transpose(0, 2, 1)  # (n, 4, 2), along and down
    x0, y0 = np.minimum.reduceat(points.min(axis=1), starts, axis=0).T
    x1, y1 = np.maximum.reduceat(points.max(axis=1), starts, axis=0).T
    corners = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 4, 2)
    return (corners @ axes).astype(np.float32)


def _merge(page, labels, unit):
    """Join rows with equal labels; the merged rows stand in the order of their first rows."""
    if len(page) == 0:
        return replace(page, unit=unit)
    _, first, group = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(first)
    members = [np.flatnonzero(group == number) for number in order]
    firsts = first[order]
    merged = page.take(firsts)
    texts = [None if any(page.texts[row] is None for row in rows) else " ".join(page.texts[rows]) for rows in members]
    return replace(
        merged,
        unit=unit,
        quads=enclosing_quads(page.quads[np.concatenate(members)], np.cumsum([0, *map(len, members[:-1])])),
        texts=texts,
        scores=None if page.scores is None else [page.scores[rows].min() for rows in members],
        characters=None if page.characters is None else [_join(page.characters[rows]) for rows in members],
    )


def _join(characters):
    """Characters of several words as one text: a space is the gap between the words it stands between."""
    if any(word is None for word in characters):
        return None
    quads = [characters[0].quads]
    scores = [characters[0].scores]
    for before, after in zip(characters[:-1], characters[1:], strict=True):
        if len(before) and len(after):
            left, right = before.quads[-1], after.quads[0]
            quads.append(np.stack([left[1], right[0], right[3], left[2]])[None])
            scores.append(None if before.scores is None or after.scores is None else np.minimum(before.scores[-1:], after.scores[:1]))
        quads.append(after.quads)
        scores.append(after.scores)
    known = all(part is not None for part in scores)
    return Characters(np.concatenate(quads), np.concatenate(scores) if known else None)
