"""What every detector keeps: its targets say enough to find the texts again, whatever the page, and its preset decodes as it did.

A new detector is a row of DETECTORS. Networks as such are those of test_contract.py.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import pytest
from perfect_maps import perfect_maps

from ocr_crnn.detection.anchor_free import AnchorFree
from ocr_crnn.detection.craft import CRAFT
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.detection.pan import PAN
from ocr_crnn.evaluation.detection import measure_detection
from ocr_crnn.geometry import boxes_to_quads, quad_ious
from ocr_crnn.page import Characters, Page
from ocr_crnn.training.pages import encode_batch


class Detector(NamedTuple):
    """factory: makes the network, small. truth: targets of a page → maps that say the same. characters: whether it finds them.
    directed: whether it knows the direction."""

    factory: Callable
    truth: Callable
    characters: bool = False
    directed: bool = False


def region_maps(targets):
    """PAN's: logits of region and kernel, ids as vectors."""
    ids = targets[..., :1] * np.float32([10, 0, 0, 0])
    return np.concatenate([np.where(targets[..., :2] > 0, 9, -9), ids], axis=-1).astype(np.float32)


DETECTORS = {
    "PAN": Detector(partial(PAN, channels=8, num_fpem=1), region_maps),
    "CRAFT": Detector(CRAFT, lambda targets: np.ascontiguousarray(targets[..., :2]), characters=True),
    "AnchorFree": Detector(partial(AnchorFree, 8, 1, 8, 8), perfect_maps, characters=True, directed=True),
}
LINES = [("가나다 라마", 40, 24), ("바 12", 300, 24), ("사아자차카타파하 거너더", 40, 80), ("러", 60, 130)]  # text, left, top; 20 px an em


@pytest.fixture(params=DETECTORS)
def detector(request):
    return DETECTORS[request.param]


@pytest.fixture(scope="module")
def networks():
    keras.utils.set_random_seed(0)
    return {name: detector.factory() for name, detector in DETECTORS.items()}


@pytest.fixture
def network(request, networks):
    return networks[request.node.callspec.params["detector"]]


def page_of(lines=LINES, size=(180, 480)):
    characters = [Characters(boxes_to_quads([[x + 20 * i, y, 18, 20] for i in range(len(text))])) for text, x, y in lines]
    quads = boxes_to_quads([[x, y, 20 * len(text) - 2, 20] for text, x, y in lines])
    return Page(None, size, quads, [text for text, *_ in lines], characters=characters, unit="segment")


def odd_pages():
    """Nothing on it; unreadable; texts without characters; overlapping, empty, outside and endless ones; thousands."""
    page = page_of()
    many = np.random.default_rng(0).uniform(0, 200, (2000, 4))
    odd = boxes_to_quads([[10, 10, 0, 0], [-90, -90, 20, 20], [9000, 10, 20, 20], [0, 0, 480, 180], [20, 20, 60, 0.1], *many])
    yield Page(None, (180, 480), [], [])
    yield Page(None, (180, 480), page.quads, [None] * 4, characters=[None] * 4)
    yield Page(None, (180, 480), page.quads, page.texts)
    yield Page(None, (180, 480), odd, ["가"] * len(odd), characters=[Characters(quad[None]) for quad in odd])


def test_what_the_targets_say_is_found(detector, network):
    page = page_of()
    found = network.decoder(detector.truth(network.targets(page)), network.stride, 1.0)
    prediction = Page(None, page.size, found.quads, [None] * len(found.quads), characters=found.characters)
    scores = measure_detection([(page, prediction)])
    assert scores["hmean@0.5"] == scores["hmean@0.7"] == 1 and scores["char_hmean"] == 1
    assert found.directed == detector.directed and found.quads.dtype == np.float32
    if detector.characters:
        assert sorted(map(len, found.characters)) == sorted(len(text.replace(" ", "")) for text in page.texts)


@pytest.mark.parametrize("turn_deg", [0, 8, -6])
def test_turned_texts_and_those_at_the_rim_are_found(detector, network, turn_deg):
    page = page_of([("가나다라마바", 0, 0), ("사아자", 360, 120)])
    angle = np.deg2rad(turn_deg)
    turn = np.float32([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    characters = [Characters(one.quads @ turn + (0, 40 * (turn_deg != 0))) for one in page.characters]
    page = replace(page, quads=page.quads @ turn + (0, 40 * (turn_deg != 0)), characters=characters, size=(320, 480))
    found = network.decoder(detector.truth(network.targets(page)), network.stride, 1.0)
    assert len(found.quads) == 2 and (quad_ious(page.quads, found.quads).max(axis=1) > 0.6).all()


def test_pages_of_every_kind_have_targets_and_a_loss(detector, network):
    size = {maps.shape[:2] for maps in keras.tree.flatten(network.targets(page_of()))}
    assert len(size) == 1
    for page in odd_pages():
        maps = detector.truth(network.targets(page))
        image = np.full((*page.size, 3), 255, np.uint8)
        _, targets = encode_batch(type("Source", (), {"targets": staticmethod(network.targets)}), [(image, page)])
        losses = np.asarray(network.map_loss(targets, maps[None].astype(np.float32)))
        assert losses.shape == (1,) and np.isfinite(losses).all()


def test_the_truth_has_less_loss_than_anything_else(detector, network):
    page = page_of()
    targets = network.targets(page)
    batch = keras.tree.map_structure(lambda maps: maps[None], targets)
    maps = detector.truth(targets)[None]
    none = detector.truth(network.targets(Page(None, page.size, [], [])))[None]
    truth, nothing, shifted = (float(network.map_loss(batch, one)[0]) for one in (maps, none, np.roll(maps, 6, axis=2)))
    assert truth < nothing and truth < shifted


def test_its_preset_finds_the_same(detector, network, tmp_path):
    TextDetector(network, short_side_px=200).save_to_preset(tmp_path / "mine")
    again = TextDetector.from_preset(tmp_path / "mine")
    assert again.decoder == network.decoder and again.engine.stride == network.stride and again.short_side_px == 200
    image = np.random.default_rng(0).uniform(0, 255, (1, 64, 96, 3)).astype(np.float32)
    expected, found = (np.asarray(one(image, training=False)) for one in (network, again.network))  # a graph would take longer
    np.testing.assert_allclose(found, expected, atol=0.02 * np.abs(expected).max())
