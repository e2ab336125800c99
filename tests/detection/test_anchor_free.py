import keras
import numpy as np
import pytest
from perfect_maps import perfect_maps

from ocr_crnn.detection.anchor_free import AnchorFree, area, center_loss
from ocr_crnn.detection.centers import center_targets
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page

SMALL = {"channels": 8, "num_fpem": 1, "word_filters": 8, "character_filters": 8}


def page_of(words, size=(64, 64)):
    """Words of two characters each at boxes (x, y, width, height); None texts where the height is 13."""
    letters = [Characters(boxes_to_quads([[x, y, w / 2, h], [x + w / 2, y, w / 2, h]])) for x, y, w, h in words]
    texts = [None if h == 13 else "가나" for *_, h in words]
    return Page(None, size, boxes_to_quads(words), texts, characters=letters)


def batch_of(*pages):
    targets = [center_targets(page) for page in pages]
    return {name: np.stack([one[name] for one in targets]) for name in targets[0]}


@pytest.mark.parametrize("size", [(64, 96), (33, 47), (1, 1)])
def test_every_size_gives_maps_at_stride_4(size):
    maps = AnchorFree(**SMALL)(np.zeros((2, *size, 3), np.float32), training=False)
    assert tuple(maps.shape) == (2, -(-size[0] // 4), -(-size[1] // 4), 40)


def test_the_loss_of_the_truth_is_nothing_and_each_part_counts():
    targets = batch_of(page_of([[4, 8, 40, 16], [8, 36, 48, 14]]), page_of([]))
    maps = perfect_maps(targets)
    losses = np.asarray(center_loss(targets, maps))
    assert losses.shape == (2,) and (losses < 1e-3).all()
    cells = np.nonzero(targets["words"][0, ..., 0] == 1)
    for channel, change in ((0, -20), (1, 1), (5, 20), (6, -3), (8, -30), (9, 30)):
        wrong = maps.copy()
        wrong[0][cells[0], cells[1], channel] += change
        assert float(center_loss(targets, wrong)[0]) > 0.02, channel
    for channel in (0, 2, 5):  # of characters
        wrong = maps.copy()
        wrong[0, ..., 12 + channel :: 7] -= 3
        assert float(center_loss(targets, wrong)[0]) > 0.1, channel
    found = maps.copy()
    found[1, 3, 3, 0] = 10  # a text where there is none
    assert float(center_loss(targets, found)[1]) > 0.1


def test_unreadable_text_counts_for_nothing():
    targets = batch_of(page_of([[4, 8, 40, 16], [4, 40, 40, 13]]))
    maps = perfect_maps(targets)
    wrong = maps.copy()
    wrong[0, 11:12, 2:10] = 7.0  # well inside the second
    np.testing.assert_allclose(center_loss(targets, wrong), center_loss(targets, maps), atol=1e-3)


def test_a_character_is_divided_by_its_cells():
    characters = np.zeros((1, 1, 2, 8), np.float32)
    characters[0, 0, :, 1:5] = np.log1p([[1, 1, 2, 1.5], [-0.3, 2, 0.5, 2]])  # left, top, right, bottom
    np.testing.assert_allclose(area(characters), [[[3 * 2.5, 1 * 4]]], rtol=1e-6)


def test_training_lowers_the_loss():
    targets = batch_of(page_of([[4, 8, 40, 16], [8, 36, 48, 14]]), page_of([]))
    images = np.full((2, 64, 64, 3), 255, np.float32)
    images[0, 8:24, 4:44], images[0, 36:50, 8:56] = 0, 40
    model = AnchorFree(**SMALL)
    model.compile(keras.optimizers.Adam(3e-3), run_eagerly=True)
    history = [float(model.train_on_batch(images, targets)) for _ in range(6)]
    assert np.isfinite(history).all() and history[-1] < history[0]


def test_folding_changes_nothing():
    model = AnchorFree(**SMALL)
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if weight.path.endswith(("gamma", "moving_variance")):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif weight.path.endswith(("beta", "moving_mean")):
            weight.assign(rng.normal(0, 0.1, weight.shape))
    image = rng.uniform(0, 255, (1, 70, 50, 3)).astype(np.float32)
    expected = np.asarray(model(image, training=False))
    folded = model.fold()
    np.testing.assert_allclose(np.asarray(folded(image)), expected, atol=1e-4 * np.abs(expected).max())
    assert folded.fold() is folded and not any(isinstance(layer, keras.layers.BatchNormalization) for layer in folded.layers)


def test_it_is_small_and_refuses_what_it_does_not_have():
    assert AnchorFree().count_params() * 4 < 4e6
    with pytest.raises(ValueError, match="word_filters is a whole number from 1 to 4,096. Received: 0"):
        AnchorFree(word_filters=0)
    with pytest.raises(ValueError, match="'depth', which is unknown"):
        AnchorFree(depth=3)
