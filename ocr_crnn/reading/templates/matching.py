"""Which templates a page shows, and where; why others are not taken. A wrong form read with confidence is worse than none."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from ocr_crnn.geometry import polygon_areas
from ocr_crnn.reading.templates.letters import find_labels, letters_of, quad_of, take_letters
from ocr_crnn.reading.templates.schema import Template, TemplatePage
from ocr_crnn.reading.templates.transform import Placement, place_labels

TRIED = 5  # templates that share most labels with the page
FOR_ORDER = 4  # labels
LEAST_CLOSE = 0.05  # of the weight of its labels, below which a template is not looked for
MARGIN = 1.2  # by which the labels of a form outnumber those of the next one
MOST_FORMS = 8  # on one page
LEAST_OF_ALL = 0.4  # of a form's labels, whatever part of it the page shows: a few beside the edge are found by chance
ASTRAY, LEAST_ASTRAY, FAR = 0.1, 3, 2.0  # labels elsewhere within the form: of those shown, in number, by so many of their heights
# A page whose letters have a lower mean score is a fax that is hard to read. There labels are looked for once more where they should be, if
# so large a part of those shown was found; so many of their letters may be others. Chosen on seed 8 of benchmarks/documents_templates.py.
HARD_TO_READ, ENOUGH_TO_LOOK, BADLY_MISREAD = 0.93, 0.3, 0.5
BESIDE = 0.6  # heights of a label around it, within which its letters are looked for then
STRETCH = 0.6, 1.7  # of the areas of opposite quarters of a form
SQUEEZED = 1.35  # of the scales along and down a form, the larger to the smaller


class Match(NamedTuple):
    """A template's page on a page. found: keys of labels that lie where they should. shown: how many the page could show. used, labels:
    bool over the page's letters: those inside the form, those of its labels. score: 0..1, the share of labels found, lowered by how far
    they are off."""

    template: Template
    sheet: TemplatePage
    number: int
    placement: Placement
    found: tuple
    shown: int
    outline: np.ndarray
    used: np.ndarray
    labels: np.ndarray
    score: float


class Refused(NamedTuple):
    """A template that was tried and not taken. why: a sentence."""

    template: Template
    number: int
    inliers: int
    score: float
    why: str


def match_page(page, templates, letters=None):
    """A Page and a list of Templates → the Matches in reading order, and the Refused where there is none.

    letters: of the page, where they are known.
    """
    letters, matches, refused = letters or letters_of(page), [], []
    free = np.ones(len(letters.text), bool)
    while len(matches) < MOST_FORMS:
        found, refused_now = _match_once(letters, free, page.size, templates)
        refused = refused if matches else refused_now
        if not found:
            break
        matches += found
        free &= ~found[0].used
    return sorted(matches, key=lambda match: (match.outline[:, 1].min() // 50, match.outline[:, 0].min())), refused


def _match_once(letters, free, size, templates):
    """The best match of what is free: more than one only if two versions of a form cannot be told apart. And what was refused."""
    from ocr_crnn.reading.templates.versions import tell_versions

    taken, refused = [], []
    for template, number, share in _candidates(letters, free, templates):
        if share < LEAST_CLOSE:
            refused.append(Refused(template, number, 0, 0.0, "Hardly any of its labels stand on the page."))
            continue
        match = place_template(template, number, letters, free, size)
        if isinstance(match, Match):
            taken.append(match)
        else:
            refused.append(match)
    taken.sort(key=lambda match: -match.score * len(match.found))
    if not taken:
        return [], refused
    best = taken[0]
    rivals = [match for match in taken[1:] if match.template.name != best.template.name and _overlap(match, best)]
    for rival in rivals:
        if len(best.found) * best.score < MARGIN * len(rival.found) * rival.score:
            why = (
                f"{best.template.name} and {rival.template.name} fit nearly as well, with {len(best.found)} and {len(rival.found)} labels."
            )
            return [], [*refused, *(Refused(each.template, each.number, len(each.found), each.score, why) for each in (best, rival))]
    same = [match for match in taken if match.template.name == best.template.name and match.number == best.number]
    return tell_versions(same), refused


def _candidates(letters, free, templates):
    """(template, page number, share) of the TRIED that share most labels with the page and have them in its order. Labels weigh by how few
    templates have them: the inverse document frequency of K. Spärck Jones, 1972."""
    text = "".join(letter if is_free else "\n" for letter, is_free in zip(letters.text, free, strict=True))
    sheets = [(template, number) for template in templates for number in range(len(template.pages))]
    keys = [{anchor.key for anchor in template.pages[number].anchors} for template, number in sheets]
    have = Counter(key for each in keys for key in each)
    weight = {key: np.log(1 + len(sheets) / count) for key, count in have.items()}
    starts = {key: start for key in have if (start := text.find(key)) >= 0}
    places = {key: quad_of(letters, start, start + len(key)).mean(axis=0) for key, start in starts.items()}
    shares = [sum(weight[key] for key in each if key in starts) / sum(weight[key] for key in each) for each in keys]
    ranks = [share and share * _in_order(template.pages[number], places) for (template, number), share in zip(sheets, shares, strict=True)]
    order = sorted(range(len(sheets)), key=lambda index: (-ranks[index], -shares[index]))
    return [(*sheets[index], shares[index]) for index in order[:TRIED]]


def _in_order(sheet, places):
    """How well labels that stand once on the form, and where they come first on the page, have the same order, 0..1: the correlation of
    their places across times that down. 1 for too few to tell."""
    times = Counter(anchor.key for anchor in sheet.anchors)
    both = [anchor for anchor in sheet.anchors if times[anchor.key] == 1 and anchor.key in places]
    if len(both) < FOR_ORDER:
        return 1.0
    here = np.array([places[anchor.key] for anchor in both], np.float64)
    there = np.array([anchor.quad for anchor in both], np.float64).mean(axis=1)
    here, there = here - here.mean(axis=0), there - there.mean(axis=0)
    alike = (here * there).sum(axis=0) / np.maximum(np.linalg.norm(here, axis=0) * np.linalg.norm(there, axis=0), 1e-6)
    return float(np.clip(alike, 0, 1).prod())


def place_template(template, number, letters, free, size):
    """The Match of one page of a template, or the Refused."""
    sheet = template.pages[number]
    keys = list(dict.fromkeys(anchor.key for anchor in sheet.anchors))
    places = dict(zip(keys, find_labels(keys, letters), strict=True))
    pairs = [
        (row, found) for row, anchor in enumerate(sheet.anchors) for found in places[anchor.key] if free[found.start : found.stop].all()
    ]
    points, heights = sheet.points()
    placement = None
    if len(pairs) >= 2:
        quads = np.array([quad_of(letters, found.start, found.stop) for _, found in pairs], np.float64)
        tall = [
            np.median(np.linalg.norm(np.diff(letters.quads[found.start : found.stop][:, [0, 3]], axis=1), axis=-1)) for _, found in pairs
        ]
        placement = place_labels(points, heights, np.array([row for row, _ in pairs]), quads.mean(axis=1), np.array(tall))
    if placement is None:
        return Refused(template, number, 0, 0.0, f"{len(pairs)} places of its labels, and no two lie as on the form.")
    return _judge(template, number, placement, letters, free, size, pairs)


def _judge(template, number, placement, letters, free, size, pairs):
    sheet = template.pages[number]
    points, _ = sheet.points()
    moved = placement.move(points)
    shown = int(((moved >= 0) & (moved < (size[1], size[0]))).all(axis=1).sum())
    inliers = len(placement.anchors)
    off = np.linalg.norm(placement.residuals_px, axis=1).mean() / placement.height_px
    score = float(inliers / max(shown, inliers, 1) * np.exp(-off * off))
    needed = np.ceil(max(template.min_anchors, template.min_share * max(shown, inliers), LEAST_OF_ALL * len(points))).astype(int)
    there, why = inliers, None
    if max(template.min_anchors, ENOUGH_TO_LOOK * shown) <= inliers < needed and letters.scores[letters.rows >= 0].mean() < HARD_TO_READ:
        there += _count_misread(sheet, placement, letters, free)
    if there < needed:
        why = f"{there} of {shown} labels lie where they should; {needed} have to."
    elif (astray := _astray(sheet, placement, letters, pairs)) >= max(LEAST_ASTRAY, ASTRAY * shown):
        why = f"{astray} of its labels stand elsewhere on the page: it may be another version, which is not registered."
    elif not _is_sound(placement, sheet):
        why = "Its labels are there, and lie so that the form would be torn, squeezed or mirrored."
    if why:
        return Refused(template, number, inliers, score, why)
    outline = placement.move(sheet.extent())
    inside = _inside(outline, letters.quads.mean(axis=1)) & free
    found = tuple(sheet.anchors[row].key for row in placement.anchors)
    labels = np.zeros(len(letters.text), bool)
    for span in (pairs[place][1] for place in placement.places):
        labels[span.start : span.stop] = True
    return Match(template, sheet, number, placement, found, shown, outline, inside, labels, score)


def _count_misread(sheet, placement, letters, free):
    """How many labels that were not found stand where they should all the same, badly misread."""
    middles, height, count = letters.quads.mean(axis=1), placement.height_px, 0
    usable = free & (letters.rows >= 0)
    for row in np.setdiff1d(np.arange(len(sheet.anchors)), placement.anchors):
        anchor = sheet.anchors[row]
        box = placement.move(anchor.quad)
        low, high = box.min(axis=0) - BESIDE * height, box.max(axis=0) + BESIDE * height
        inside = np.flatnonzero(usable & ((middles > low) & (middles < high)).all(axis=1))
        count += bool(len(inside) and find_labels([anchor.key], take_letters(letters, inside), BADLY_MISREAD)[0])
    return count


def _astray(sheet, placement, letters, pairs):
    """How many labels are not where the form has them, but well away from there within it, without a misread letter."""
    times = Counter(anchor.key for anchor in sheet.anchors)
    there = {sheet.anchors[row].key for row in placement.anchors}
    others = [(row, found) for row, found in pairs if not found.misread]
    lost = [(row, found) for row, found in others if times[sheet.anchors[row].key] == 1 and sheet.anchors[row].key not in there]
    middles = np.array([quad_of(letters, found.start, found.stop).mean(axis=0) for _, found in lost]).reshape(-1, 2)
    points, _ = sheet.points()
    off = np.linalg.norm(placement.move(points[[row for row, _ in lost]]) - middles, axis=1) if lost else np.zeros(0)
    away = _inside(placement.move(sheet.extent()), middles) & (off > FAR * placement.height_px)
    return len({row for (row, _), is_away in zip(lost, away, strict=True) if is_away})


def _is_sound(placement, sheet):
    """Whether the map keeps the form in one piece, not mirrored, and about as wide as it
    is high, and opposite quarters about as large as each other."""
    grid = np.stack(np.meshgrid(*(np.linspace(a, b, 3) for a, b in zip(sheet.extent()[0], sheet.extent()[2], strict=True))), axis=-1)
    p = placement.move(grid).astype(np.float64)  # (3, 3, 2)
    quarters = np.array([[p[y, x], p[y, x + 1], p[y + 1, x + 1], p[y + 1, x]] for y in (0, 1) for x in (0, 1)])
    along, down = quarters[:, 1] - quarters[:, 0], quarters[:, 3] - quarters[:, 0]
    if not (along[:, 0] * down[:, 1] - along[:, 1] * down[:, 0] > 0).all():
        return False
    sides = np.array([np.linalg.norm(p[2, 1] - p[0, 1]), np.linalg.norm(p[1, 2] - p[1, 0])]) / np.ptp(sheet.extent(), axis=0)[::-1]
    if sides.max() > SQUEEZED * sides.min():
        return False
    areas = polygon_areas(quarters)
    ratios = np.array([areas[0] / areas[3], areas[1] / areas[2]])
    return bool(((ratios > STRETCH[0]) & (ratios < STRETCH[1])).all())


def _inside(outline, points):
    """Which points lie in a quad that turns clockwise, bool `(n,)`."""
    along, offset = np.roll(outline, -1, axis=0) - outline, points[:, None] - outline
    return (along[:, 0] * offset[..., 1] - along[:, 1] * offset[..., 0] >= 0).all(axis=1)


def _overlap(one, other):
    return bool((one.used & other.used).any())
