"""How many frames a network has of a line, and how many a text takes. Plain arithmetic: ints, NumPy arrays, tensors."""


def count_frames(widths, stride):
    """Frames left of lines `(batch,)` pixels wide after `same` convolutions of this total stride: ceil(width / stride)."""
    return -(-widths // stride)


def count_frames_up_to(widths, stride, widest):
    """`count_frames` of lines `widest` pixels wide at most; wider ones have none."""
    return count_frames(widths, stride) * (widths <= widest)


def count_steps(widths, steps, widest):
    """Output steps of a decoder that has so many of lines `widest` pixels wide at most; wider ones have none, or fewer."""
    return steps - steps * (widths // (widest + 1))


def lineage_frames(width):
    """Time steps of the lineage's CRNN over `width` pixels, int or array: two halvings and two unpadded convolutions."""
    return -(-width // 4) - 2


def frames_needed(symbols):
    """The fewest frames with a CTC path: one a symbol, and a blank between equal neighbours.

    symbols: a text, or its ids. `losses.ctc.feasible` is the same rule on a batch of labels.
    """
    return len(symbols) + sum(a == b for a, b in zip(symbols, symbols[1:], strict=False))
