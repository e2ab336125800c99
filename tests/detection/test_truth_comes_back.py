"""Every detector finds what its targets say: page → targets → maps that say the same → loss near nothing, and the texts of the page."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from perfect_maps import perfect_maps

from ocr_crnn.detection.anchor_free import AnchorFree
from ocr_crnn.detection.craft import CRAFT
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.detection.pan import PAN
from ocr_crnn.evaluation.detection import measure_detection
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page


class Detector(NamedTuple):
    """network: makes a small one. maps: targets of a page → the maps that say the same. rest: of the loss of those, what cannot be less."""

    network: Callable
    maps: Callable
    rest: float = 1e-3


def pan_maps(targets):
    region, kernel = (np.where(targets[..., i] > 0, 12.0, -12.0) for i in (0, 1))
    vectors = 4 * ((targets[..., :1] >> np.arange(4)) & 1)  # by number, so that those of neighbours are far apart
    return np.concatenate([region[..., None], kernel[..., None], vectors], axis=-1)


DETECTORS = {
    "PAN": Detector(lambda: PAN(channels=8, num_fpem=1), pan_maps, 0.05),
    "CRAFT": Detector(CRAFT, lambda targets: targets[..., :2]),
    "AnchorFree": Detector(lambda: AnchorFree(channels=8, num_fpem=1, word_filters=8, character_filters=8), perfect_maps),
}


@pytest.fixture(scope="module", params=DETECTORS)
def detector(request):
    """With its network made."""
    return DETECTORS[request.param]._replace(network=DETECTORS[request.param].network())


def line_of(x, y, em, count, turn_deg=0):
    """A word of `count` square characters → (quad, their quads)."""
    angle = np.deg2rad(turn_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    quads = boxes_to_quads([[em * i + 1, 0, em - 2, em] for i in range(count)]) @ turn + (x, y)
    return boxes_to_quads([[1, 0, em * count - 2, em]])[0] @ turn + (x, y), quads


def page_of(*lines, size=(224, 320)):
    quads, characters = zip(*lines, strict=True) if lines else ((), ())
    return Page(None, size, np.array(quads).reshape(-1, 4, 2), ["가" * len(one) for one in characters],
                characters=[Characters(one) for one in characters])  # fmt: skip


PAGES = {
    "lines": page_of(line_of(20, 20, 24, 9), line_of(20, 60, 20, 5), line_of(200, 60, 20, 5), line_of(30, 90, 32, 8)),
    "a lone digit": page_of(line_of(40, 40, 20, 1), line_of(100, 100, 24, 1)),
    "turned": page_of(line_of(30, 40, 24, 10, 8), line_of(30, 110, 24, 8, -6)),
    "at the rim": page_of(line_of(0, 0, 24, 6), line_of(176, 200, 24, 6)),
    "none": page_of(),
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_texts_and_loss_of_the_truth(detector, page):
    network = detector.network
    targets = network.targets(page)
    maps = np.ascontiguousarray(detector.maps(targets), np.float32)
    found = network.decoder(maps, network.stride, 1.0)
    scores = measure_detection([(page, Page(None, page.size, found.quads, [None] * len(found.quads), scores=found.scores))])
    assert len(found.quads) == len(page) and (len(page) == 0 or scores["hmean@0.5"] == 1), found.quads
    if found.characters is not None:
        assert sum(map(len, found.characters)) == sum(map(len, page.characters))
    batch = {name: one[None] for name, one in targets.items()} if isinstance(targets, dict) else targets[None]
    assert float(network.map_loss(batch, maps[None])[0]) <= detector.rest
    assert float(network.map_loss(batch, np.zeros_like(maps[None]))[0]) > 0 or len(page) == 0


def test_a_preset_finds_the_same(detector, tmp_path):
    network = detector.network
    TextDetector(network).save_to_preset(tmp_path / "preset")
    again = TextDetector.from_preset(tmp_path / "preset")
    assert again.decoder == network.decoder and again.engine.stride == network.stride and type(again.network) is type(network)
    image = np.random.default_rng(0).integers(0, 256, (33, 47, 3), np.uint8)
    expected = TextDetector(network).predict_maps(image)
    np.testing.assert_allclose(again.predict_maps(image), expected, atol=0.02 * np.abs(expected).max())
