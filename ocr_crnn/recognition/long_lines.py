"""Lines that are longer than a network with a fixed number of positions takes: cut at gaps of the ink, and their readings joined."""

from typing import NamedTuple

import numpy as np

from ocr_crnn.ops.lines import to_grey
from ocr_crnn.recognition.given_lines import find_sheet

SPACE = 0.25  # of the height of the ink: as wide a gap, where a line is cut, is a space. Gaps within words are half of it, typed spaces 0.3
HALVINGS = 2  # a piece that holds more characters than the network has positions is cut in two, and each of these once more


class Piece(NamedTuple):
    """image: uint8 `(height, width[, channels])`. left: where it begins in the line, in pixels. space: whether one stands before it."""

    image: np.ndarray
    left: int = 0
    space: bool = False


def cut_line(image, widest):
    """A uint8 image of a line → Pieces of at most `widest` pixels, from left to right.

    Each is cut at the widest gap of the ink in its second half. Where there is none it reaches to the next gap, and is too wide.
    """
    width = image.shape[1]
    if width <= widest:
        return [Piece(image)]
    starts, stops, height = _gaps(image)
    middles, sizes = (starts + stops) / 2, stops - starts
    cuts, left = [], 0
    while width - left > widest:
        choices = np.flatnonzero((middles > left + widest / 2) & (middles <= left + widest))
        later = np.flatnonzero(middles > left + widest)
        if len(choices):
            gap = choices[sizes[choices].argmax()]
        elif len(later):
            gap = later[0]
        else:
            break
        cuts.append((int(middles[gap]), sizes[gap] >= SPACE * height))
        left = cuts[-1][0]
    return _pieces(Piece(image), cuts)


def halve(piece):
    """A Piece as two, cut at the gap of its ink that is nearest to the middle; as one where it has none."""
    starts, stops, height = _gaps(piece.image)
    if len(starts) == 0:
        return [piece]
    gap = np.abs(starts + stops - piece.image.shape[1]).argmin()
    return _pieces(piece, [(int(starts[gap] + stops[gap]) // 2, stops[gap] - starts[gap] >= SPACE * height)])


def read_in_pieces(pieces, read):
    """Of each line a list of its Pieces → the ReadLine of each line.

    read: list of (number of the line, Piece) → of each its ReadLine and whether that broke off. What breaks off is read again in halves.
    """
    lines = _read_each(pieces, range(len(pieces)), read)
    for _ in range(HALVINGS):
        long = [i for i, parts in enumerate(lines) if any(breaks_off for _, breaks_off in parts)]
        for i in long:
            cut = [halve(piece) if breaks_off else [piece] for piece, (_, breaks_off) in zip(pieces[i], lines[i], strict=True)]
            pieces = [*pieces[:i], [piece for parts in cut for piece in parts], *pieces[i + 1 :]]
        for i, parts in zip(long, _read_each(pieces, long, read), strict=True):
            lines[i] = parts
    return [join_lines(parts, [line for line, _ in read]) for parts, read in zip(pieces, lines, strict=True)]


def _read_each(pieces, numbers, read):
    """Of each of the lines with these numbers what `read` gives of its Pieces."""
    lines = iter(read([(i, piece) for i in numbers for piece in pieces[i]]))
    return [[next(lines) for _ in pieces[i]] for i in numbers]


def join_lines(pieces, lines):
    """The ReadLine of a whole line from those of its Pieces. A space between them has the lesser score of its neighbours."""
    read = [(piece, line) for piece, line in zip(pieces, lines, strict=True) if line.text]
    if len(pieces) == 1 or not read:
        return lines[0]
    text, scores, spans, space = "", [], [], False
    placed = all(line.spans_px is not None for _, line in read)
    for piece, line in zip(pieces, lines, strict=True):
        space |= piece.space
        if not line.text:
            continue
        moved = line.spans_px + np.float32(piece.left) if placed else None
        if space and text:
            text += " "
            scores.append([min(scores[-1][-1], line.character_scores[0])])
            spans += [[[spans[-1][-1][1], moved[0][0]]]] if placed else []
        text, space = text + line.text, False
        scores.append(line.character_scores)
        spans += [moved] if placed else []
    scores = np.concatenate(scores).astype(np.float32)
    spans = np.concatenate(spans).astype(np.float32) if placed else None
    return lines[0]._replace(text=text, score=float(scores.mean()), character_scores=scores, spans_px=spans)


def _pieces(piece, cuts):
    """A Piece parted at `(column, whether a space is there)`."""
    edges = [0, *(column for column, _ in cuts), piece.image.shape[1]]
    spaces = [piece.space, *(space for _, space in cuts)]
    parts = zip(edges, edges[1:], spaces, strict=False)
    return [Piece(piece.image[:, left:right], piece.left + left, bool(space)) for left, right, space in parts]


def _gaps(image):
    """First and last + 1 columns of the gaps between ink, and the height of the ink; nothing at the ends of the line is a gap."""
    (_, columns), ink, _ = find_sheet(to_grey(image))
    if ink is None:
        return np.zeros(0, int), np.zeros(0, int), 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], ink.any(axis=0).astype(np.int8), [0]]))) + columns.start
    return edges[1:-1:2], edges[2::2], int(np.ptp(np.flatnonzero(ink.any(axis=1))) + 1)
