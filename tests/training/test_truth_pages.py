import pickle
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from ocr_crnn.data.gt_utility import GTUtility
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Page
from ocr_crnn.training.truth_pages import MixedPages, TruthPages, readable_pages


@pytest.fixture
def page(tmp_path):
    image = np.full((200, 300, 3), 255, np.uint8)
    image[50:70, 40:140] = 0
    cv2.imwrite(str(tmp_path / "page.png"), image)
    quads = boxes_to_quads([(40, 50, 40, 20), (85, 50, 55, 20)])  # two words, a quarter of an em between them
    return Page(str(tmp_path / "page.png"), (200, 300), quads, ["가나", "다"])


def shape_of(page):
    return np.zeros(page.size, np.int32)


def test_crops_of_own_pages_move_their_texts_along(page):
    (joined,) = readable_pages(GTUtility([page]))
    assert list(joined.texts) == ["가나 다"] and joined.unit == "segment"
    source = pickle.loads(pickle.dumps(TruthPages(3, (joined,), shape_of, 300, 2.0, side_px=160)))
    seen = 0
    for number in range(3):
        for image, crop in source.draw_crops(number):
            assert image.shape == (160, 160, 3) and crop.size == (160, 160)
            dark = np.argwhere(image.mean(axis=2) < 100)[:, ::-1]
            if len(dark):
                low, high = crop.quads[0].min(axis=0), crop.quads[0].max(axis=0)
                assert (dark.min(axis=0) > low - 4).all() and (dark.max(axis=0) < high + 4).all()
                seen += 1
    assert seen > 6
    assert np.array_equal(source.draw_crops(1)[0][0], source.draw_crops(1)[0][0])


def test_pages_that_cannot_be_learnt_from_are_told(page, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    broken = Page(str(tmp_path / "broken.png"), (20, 20), page.quads, ["가", "나"])
    smaller = Page(page.image_path, (100, 150), page.quads, ["가", "나"])
    gt_util = GTUtility([broken, smaller, page])
    assert len(readable_pages(gt_util)) == 1
    assert gt_util.report.counts == {"image_unreadable": 1, "image_size_differs": 1}


def test_a_mixture_draws_by_its_share_and_is_otherwise_the_second():
    first, second = (SimpleNamespace(seed=seed, side_px=seed, draw_crops=lambda number, seed=seed: [seed]) for seed in (1, 2))
    mixed = pickle.loads(pickle.dumps(MixedPages("first", "second", 0.75)))
    assert mixed.share == 0.75
    mixed = MixedPages(first, second, 0.75)
    drawn = [mixed.draw_crops(number)[0] for number in range(400)]
    assert 0.65 < drawn.count(1) / 400 < 0.85 and mixed.seed == mixed.side_px == 2
    assert drawn == [mixed.draw_crops(number)[0] for number in range(400)]
