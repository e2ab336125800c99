"""Shares of counts. A share of a total of 0 is 1 if the count on the other side is 0 too, else 0."""


def share(part, whole, other):
    """part ÷ whole. Where `whole` is 0, it is 1 if `other` is 0 too (a blank page read as blank), else 0."""
    return part / whole if whole else float(not other)


def harmonic_mean(a, b):
    """2 a b ÷ (a + b); 0 for two zeros."""
    return 2 * a * b / (a + b) if a + b else 0.0


def precision_recall_f(hits, claimed, wanted):
    """(precision, recall, harmonic mean): hits among what was claimed and among what was wanted."""
    precision, recall = share(hits, claimed, wanted), share(hits, wanted, claimed)
    return precision, recall, harmonic_mean(precision, recall)
