"""Which version of a form a page shows: versions share most of their labels, so only those count in which they differ."""

from collections import Counter

MARGIN = 2  # labels by which one version is ahead


def tell_versions(matches):
    """Matches of versions of one form → the one it is, or the two that cannot be told apart, the newer first."""
    best = matches[0]
    for rival in matches[1:]:
        ahead = evidence(best, rival)
        if ahead <= -MARGIN:
            best = rival
    close = [match for match in matches if match is not best and abs(evidence(best, match)) < MARGIN]
    if not close:
        return [best]
    return sorted([best, close[0]], key=lambda match: -match.template.version)


def evidence(one, other):
    """How many labels speak for the first of two Matches: those that only it has and that were found, less those that were not; and the
    other way round for the second's."""
    return _balance(one, other) - _balance(other, one)


def _balance(one, other):
    """Of the labels that the one has more of: found less not found. A label that both have and that lies elsewhere is found by one only."""
    have, have_too = (Counter(anchor.key for anchor in match.sheet.anchors) for match in (one, other))
    found, found_too = Counter(one.found), Counter(other.found)
    own = have - have_too
    there = sum(min(found[key], times) for key, times in own.items())
    moved = sum(((found - found_too) & (have & have_too)).values())
    return there - (sum(own.values()) - there) + moved
