from collections import Counter

import numpy as np
import pytest
from ink_detector import InkDetector, paint

from ocr_crnn.detection.centers import center_targets
from ocr_crnn.detection.craft import craft_targets
from ocr_crnn.detection.decoders import Instances
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.training.pseudo_labels import (
    advances,
    confidence,
    equal_advances,
    is_sane,
    label_characters,
    letter_boxes,
    look,
    runs_down,
    slices,
)

SIZE = (200, 300)


def blank():
    return np.full((*SIZE, 3), 255, np.uint8)


def spans_of(characters, axis=0):
    return np.stack([characters.quads[..., axis].min(axis=1), characters.quads[..., axis].max(axis=1)], axis=1)


@pytest.mark.parametrize(("seen", "sure"), [(5, 1.0), (4, 0.8), (6, 0.8), (3, 0.6), (2, 0.4), (0, 0.0), (12, 0.0)])
def test_confidence_falls_with_the_difference(seen, sure):
    assert confidence(5, seen) == pytest.approx(sure)
    spans = slices(advances("가나다라마")) * 100
    along = np.linspace(0, 100, seen + 1)
    boxes = np.stack([along[:-1], np.zeros(seen), along[1:], np.full(seen, 20)], axis=1)
    found, score = letter_boxes("가나다라마", (100, 20), False, boxes[::-1])
    assert score == (1.0 if seen == 5 else 0.5) and np.allclose(found[:, [0, 2]], spans)


def test_slices_are_as_wide_as_letters():
    assert advances("가A 漢１.").tolist() == [1, 0.55, 0.3, 1, 1, 0.55] and advances("★①“é").tolist() == [1, 1, 0.55, 0.55]
    assert np.allclose(slices(advances("가1 나")) * 2.85, [(0, 1), (1, 1.55), (1.55, 1.85), (1.85, 2.85)])
    assert advances("가A b", down=True).tolist() == [1, 1, 0.3, 1] and equal_advances("가A b").tolist() == [1, 1, 0.3, 1]


@pytest.mark.parametrize(
    ("text", "size", "down"),
    [("가나", (20, 45), True), ("가", (20, 60), False), ("11", (10, 40), False), ("가나", (40, 20), False), ("가나다", (20, 34), False)],
)
def test_a_column_is_tall_and_of_wide_letters(text, size, down):
    assert runs_down(text, boxes_to_quads([(5, 5, *size)])[0]) == down


def test_what_is_seen_is_believed_where_it_lies_as_letters_do():
    spans, widths = np.float64([(0, 20), (20, 40), (40, 51)]), np.array([1, 1, 0.55])
    good = np.float64([(1, 19), (21, 38), (43, 46)])
    assert is_sane(good, spans, widths) and is_sane(good[:1], spans[:1], widths[:1])
    for place, box in [(1, (9, 38)), (1, (21, 60)), (2, (71, 74)), (1, (20, 20)), (1, (22, 24))]:  # the last: a splinter of a syllable
        bad = good.copy()
        bad[place] = box
        assert not is_sane(bad, spans, widths), box


def test_words_that_lie_any_way_are_labelled_where_their_ink_is():
    level = [(40, 50, 17, 18), (60, 51, 18, 18), (90, 50, 18, 18)]  # 가나 다
    column = [(200, 20, 18, 18), (201, 44, 16, 17), (200, 66, 18, 18)]
    turned = [(61, 140, 18, 18), (60, 161, 18, 17)]  # read upwards, its own left is below
    image = paint(blank(), level + column + turned)
    quads = np.concatenate([boxes_to_quads([(40, 50, 68, 20), (200, 20, 18, 64)]), [[(60, 180), (60, 139), (80, 139), (80, 180)]]])
    detector = InkDetector()
    labelled, outcomes = label_characters(detector, image, Page(None, SIZE, quads, ["가나 다", "가나다", "가나"]))
    assert outcomes == {"seen": 3} and detector.looks == 2  # one canvas for each direction
    first, second, third = labelled.characters
    assert len(first) == 4 and all((one.scores == 1).all() for one in labelled.characters)
    for found, boxes in ((first.quads[[0, 1, 3]], level), (second.quads, column), (third.quads, turned[::-1])):
        low, high = found.min(axis=1), found.max(axis=1)
        assert np.abs(np.concatenate([low, high - low], axis=1) - boxes).max() < 1.1
    assert np.allclose(spans_of(first)[2], (78, 90), atol=2.5)  # the space
    assert third.quads[0, 0, 1] > third.quads[0, 1, 1] and (second.quads[0, 0] < second.quads[0, 2]).all()  # from their own top-left


def test_a_wrong_number_or_nothing_seen_is_cut_by_widths():
    image = paint(blank(), [(40, 50, 37, 18), (90, 50, 10, 18)])
    page = Page(None, SIZE, boxes_to_quads([(40, 50, 60, 20), (0, 100, 57, 20)]), ["가나1", "나 다A"])
    labelled, outcomes = label_characters(InkDetector(), image, page)
    assert outcomes == {"sliced": 2} and all((one.scores == 0.5).all() for one in labelled.characters)
    # Cut at 63.5 and 87.1, and around the ink between.
    assert np.allclose(spans_of(labelled.characters[0]), [(40, 64), (63, 77), (90, 100)], atol=1e-3)
    assert np.allclose(spans_of(labelled.characters[0], 1), (50, 68), atol=1e-3)
    assert np.allclose(spans_of(labelled.characters[1]), 20 * np.array([(0, 1), (1, 1.3), (1.3, 2.3), (2.3, 2.85)]), atol=1e-3)
    assert np.allclose(spans_of(labelled.characters[1], 1), (100, 120))
    for detector, widths in ((InkDetector(blind=True), equal_advances), (None, equal_advances)):
        equal, outcomes = label_characters(detector, image, page, widths=widths)
        assert outcomes == {"sliced": 2} and np.allclose(spans_of(equal.characters[0]), [(40, 60), (60, 77), (90, 100)], atol=1e-3)


def test_what_cannot_be_labelled_is_counted_and_the_rest_is_labelled():
    texts = [None, "", " \u3000", "가", "가", "가", "가나다라마", "가", "가", "\u1100\u1161\u1102\u1161", "아"]
    boxes = [(10, 10, 20, 20)] * 3 + [(50, 50, 0.5, 20), (400, 10, 20, 20), (0, 0, 2000, 10), (10, 60, 8, 8), (10, 80, 20, 20)]
    quads = boxes_to_quads([*boxes, (-10, 100, 20, 20), (40, 60, 40, 20), (10, 140, 20, 20)])
    quads[7, 2, 0] = np.nan
    known = Characters(boxes_to_quads([(11, 141, 18, 18)]))
    page = Page(None, SIZE, quads, texts, characters=[None] * 10 + [known])
    for detector in (InkDetector(blind=True), None):
        labelled, outcomes = label_characters(detector, blank(), page)
        assert outcomes == {
            "not readable": 1, "no text": 2, "without area": 1, "outside the page": 2, "too small for its characters": 1, "not finite": 1,
            "sliced": 2, "known before": 1,
        }  # fmt: skip
        assert [one is not None for one in labelled.characters] == [False] * 8 + [True] * 3
        assert labelled.texts[9] == "가나" and len(labelled.characters[9]) == 2 and labelled.characters[10] is known
        craft_targets(labelled), center_targets(labelled)
    assert label_characters(InkDetector(), blank(), Page(None, SIZE, [], []))[1] == Counter()


def test_a_detector_without_characters_is_refused():
    detector = InkDetector()
    detector.decode, detector.decoder = (lambda maps, scale: Instances(np.zeros((0, 4, 2)), np.zeros(0))), None
    with pytest.raises(ValueError, match="detector that finds some. Received: one of NoneType"):
        look(detector, blank())


def test_confidences_are_the_weights_of_targets():
    """1 over characters seen and beside all texts, 0.5 over those cut, 0 over those that are not known."""
    image = paint(blank(), [(40, 40, 18, 20), (61, 40, 19, 20), (40, 100, 40, 20)])
    page = Page(None, SIZE, boxes_to_quads([(40, 40, 40, 20), (40, 100, 40, 20), (40, 160, 40, 20)]), ["가나", "가나", None])
    labelled, _ = label_characters(InkDetector(), image, page)
    weights = craft_targets(labelled)[..., 2]
    assert [weights[y // 2, 60 // 2] for y in (50, 110, 170)] == [1, 0.5, 0] and weights[-1, -1] == 1
    maps = center_targets(labelled)
    assert [maps["characters"][y // 4, 60 // 4, 0, -1] for y in (50, 110, 170)] == [1, 0.5, 0]
    assert [maps["words"][y // 4, 60 // 4, -1] for y in (50, 110, 170)] == [1, 1, 0]
