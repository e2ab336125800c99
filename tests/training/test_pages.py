from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from ocr_crnn.detection.pan import pan_targets
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page
from ocr_crnn.synthesis.fonts import load_faces
from ocr_crnn.training import pages

FONTS = Path(__file__).parent.parent.parent / "fonts"


@pytest.fixture(scope="module")
def source():
    faces = load_faces(sorted(FONTS.rglob("*.ttf")))
    sentences = ("갑은 을에게 대금을 지급한다.", "계약 기간은 2024년 3월 1일부터 1년으로 한다.")
    return pages.PageSource(0, tuple(faces), sentences, pan_targets, side_px=160, crops_per_page=2, dpi_range=(0.5, 0.6))


def batches(source, first, count, **kwargs):
    return list(islice(pages.iterate_batches(source, 4, first, **kwargs), count))


@pytest.fixture(scope="module")
def straight(source):
    """Batches 0 to 7, one after the other."""
    return batches(source, 0, 8)


def same(batch, other):
    return all(np.array_equal(a, b) for a, b in zip(batch, other, strict=True))


def test_a_batch_is_the_same_whenever_it_is_asked_for(source, straight):
    assert all(map(same, straight[1:4], batches(source, 1, 3)))
    assert not same(straight[0], straight[2])
    images, targets = straight[0]
    assert images.shape == (4, 160, 160, 3) and images.dtype == np.uint8
    assert targets.shape == (4, 40, 40, 3) and targets.dtype == np.int32


def test_processes_share_the_groups_and_keep_the_order(source, straight):
    parts = [batches(source, 0, 4, part=part, parts=2) for part in (0, 1)]
    assert all(map(same, straight, [*parts[0][:2], *parts[1][:2], *parts[0][2:], *parts[1][2:]]))


@pytest.mark.slow
def test_batches_from_other_processes(source, straight):
    """Their targets are the number of texts: those of PAN are of a module that imports TensorFlow, for seconds."""
    made = pages.produce(partial(pages.iterate_batches, replace(source, targets=len), 4), 1, 2, processes=2, ahead=1)
    from_processes = list(islice(made, 3))
    made.close()
    for (images, counts), (expected, targets) in zip(from_processes, straight[1:4], strict=True):
        np.testing.assert_array_equal(images, expected)
        assert (counts >= targets[..., 0].max(axis=(1, 2))).all() and counts.any()


def test_crops_move_their_texts_along():
    """A dark text on white: wherever and however the crop is taken, its quad covers the dark pixels."""
    image = np.full((300, 400, 3), 255, np.uint8)
    image[140:160, 120:260] = 0
    page = Page(None, (300, 400), [[[120, 140], [260, 140], [260, 160], [120, 160]]], ["가"])
    seen = 0
    for seed in range(40):
        crop, texts = pages.draw_crop(np.random.default_rng(seed), image, page, 128)
        assert crop.shape == (128, 128, 3) and texts.size == (128, 128)
        dark = crop.max(axis=2) < 60
        if len(texts):
            covered = pan_targets(texts, shrink_rate=0.7, stride=1)[..., 0] > 0
            assert dark[~covered].mean() < 0.02
            seen += dark[covered].mean() > 0.8
        else:
            assert dark.mean() < 0.02
    assert seen > 20


def test_crops_keep_the_characters():
    """Each character is a black square in a text's quad; wherever the crop is taken, its quad covers dark pixels alone."""
    image = np.full((300, 400, 3), 255, np.uint8)
    boxes = [[120 + 30 * i, 140, 20, 20] for i in range(4)]
    for x, y, width, height in boxes:
        image[y : y + height, x : x + width] = 0
    words = Page(None, (300, 400), boxes_to_quads([[120, 140, 110, 20], [300, 20, 40, 10]]), ["가나다라", "모르는 글"],
                 characters=[Characters(boxes_to_quads(boxes), [0.5, 0.6, 0.7, 0.8]), None])  # fmt: skip
    whole = 0
    for seed in range(30):
        crop, texts = pages.draw_crop(np.random.default_rng(seed), image, words, 200)
        for text, characters in zip(texts.texts, texts.characters, strict=True):
            assert (characters is None) == (text == "모르는 글")
            if characters is None:
                continue
            np.testing.assert_allclose(characters.scores, [0.5, 0.6, 0.7, 0.8])
            centres = characters.quads.mean(axis=1)
            seen = ((centres > 4) & (centres < 196)).all(axis=1)
            x, y = centres[seen].astype(int).T
            assert len(characters) == 4 and (crop[y, x].max(axis=1) < 80).all()
            whole += seen.all()
    assert whole >= 8


def test_targets_of_any_structure_shape_and_dtype():
    def targets(page):
        heat = np.zeros((page.size[0] // 8, page.size[1] // 8, 5), np.float16)
        return {"heat": heat + len(page), "count": np.int64(len(page)), "pair": (heat[..., 0] > 0, np.zeros(3, np.uint8))}

    source = pages.PageSource(0, (), (), targets, side_px=64)
    crops = [(np.zeros((64, 64, 3), np.uint8), Page(None, (64, 64), boxes_to_quads([[8, 8, 9, 9]] * n), ["1"] * n)) for n in (1, 2)]
    images, batch = pages.encode_batch(source, crops)
    assert images.shape == (2, 64, 64, 3) and batch["count"].tolist() == [1, 2] and batch["heat"][1].min() == 2
    dataset = pages._dataset(lambda: iter([(images, batch)]), source)
    ((pixels, found),) = dataset
    assert pixels.dtype == "float32" and found["heat"].shape == (2, 8, 8, 5) and found["heat"].dtype == "float16"
    assert found["count"].numpy().tolist() == [1, 2] and found["pair"][0].dtype == "bool" and found["pair"][1].shape == (2, 3)


def test_short_texts_are_looked_at_more_often_than_their_number_says():
    image = np.full((2000, 200, 3), 255, np.uint8)
    boxes = [[20, 20 + 20 * row, 100, 12] for row in range(90)] + [[20, 1950, 6, 12]]
    page = Page(None, (2000, 200), boxes_to_quads(boxes), ["가나다라"] * 90 + ["7"])
    seen = [pages.draw_crop(np.random.default_rng(seed), image, page, 100)[1].texts for seed in range(60)]
    assert sum("7" in texts for texts in seen) >= 10  # a tenth as often without


def test_the_other_side_of_a_sheet_is_another_page(source):
    assert not np.array_equal(source._draw_other(0, 60), source._draw_other(1, 60))
    np.testing.assert_array_equal(source._draw_other(0, 60), source._draw_other(0, 60))


def test_pages_smaller_than_a_crop_and_too_large_batches(source):
    page = Page(None, (40, 50), [], [])
    crop, texts = pages.draw_crop(np.random.default_rng(0), np.full((40, 50, 3), 200, np.uint8), page, 128)
    assert crop.shape == (128, 128, 3) and len(texts) == 0
    with pytest.raises(ValueError, match="at most 8 crops. Received: 9"):
        pages.crops_dataset(source, 9)


def test_validation_pages_are_no_training_pages(source):
    images, _ = next(iter(pages.fixed_dataset(source, 1, 2)))
    assert images.shape == (2, 160, 160, 3)
    assert not any(np.array_equal(images[0], image) for image, _ in source.draw_crops(0))
