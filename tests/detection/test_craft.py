import keras
import numpy as np
import pytest

from ocr_crnn.detection.craft import CRAFT, craft_loss, craft_targets
from ocr_crnn.detection.detector import TextDetector
from ocr_crnn.detection.gaussian import draw_gaussians, link_quads
from ocr_crnn.geometry import boxes_to_quads
from ocr_crnn.page import Characters, Page

SIZE = (64, 96)


def page_of(boxes, texts, characters, size=SIZE):
    """characters: of each text the boxes."""
    characters = [one if one is None else Characters(boxes_to_quads(one)) for one in characters]
    return Page(None, size, boxes_to_quads(boxes), texts, characters=characters)


TWO = page_of([[8, 16, 40, 16]], ["가나"], [[[8, 16, 16, 16], [32, 16, 16, 16]]])


def test_targets_are_gaussians_over_characters_and_between_them():
    targets = craft_targets(TWO)
    assert targets.shape == (32, 48, 3) and targets.dtype == np.float32
    quads = TWO.characters[0].quads / 2
    np.testing.assert_allclose(targets[..., 0], draw_gaussians(quads, (32, 48)), atol=1e-6)
    np.testing.assert_allclose(targets[..., 1], draw_gaussians(link_quads(quads[:1], quads[1:]), (32, 48)), atol=1e-6)
    assert (targets[..., 2] == 1).all()
    assert targets[11, 8, 0] > 0.95 and targets[11, 14, 1] > 0.9


def test_words_of_a_text_are_linked_or_not():
    page = page_of([[8, 16, 64, 16]], ["가 나"], [[[8, 16, 16, 16], [24, 16, 32, 16], [56, 16, 16, 16]]])
    region = craft_targets(page)[..., 0]
    assert region[11, 19] == 0  # the space is no character
    assert craft_targets(page)[11, 19, 1] > 0.9 and craft_targets(page, link_spaces=False)[..., 1].max() == 0


def test_characters_are_drawn_towards_the_edges_of_their_text():
    # A dash in the middle of a text of 16 px, 2 px high: halfway up and down it is 9 px high.
    page = page_of([[8, 16, 40, 16]], ["가-"], [[[8, 16, 16, 16], [32, 23, 16, 2]]])
    expected = draw_gaussians(boxes_to_quads([[4, 8, 8, 8], [16, 9.75, 8, 4.5]]), (32, 48))
    np.testing.assert_allclose(craft_targets(page)[..., 0], expected, atol=1e-6)
    ink = draw_gaussians(boxes_to_quads([[4, 8, 8, 8], [16, 10.75, 8, 2.5]]), (32, 48))  # no thinner than 2.5 cells
    np.testing.assert_allclose(craft_targets(page, line_share=0)[..., 0], ink, atol=1e-6)


def test_what_nobody_can_learn_from_does_not_count():
    """A text that is not readable, one without characters, and one with characters of some confidence."""
    unreadable = page_of([[8, 16, 40, 16]], [None], [None])
    weights = craft_targets(unreadable)[..., 2]
    assert (weights[8:16, 4:24] == 0).all() and weights.sum() == 32 * 48 - 10 * 22  # a cell around it neither
    np.testing.assert_array_equal(craft_targets(page_of([[8, 16, 40, 16]], ["가나"], [None]))[..., 2], weights)
    np.testing.assert_array_equal(craft_targets(Page(None, SIZE, boxes_to_quads([[8, 16, 40, 16]]), ["가나"]))[..., 2], weights)
    guessed = Page(None, SIZE, TWO.quads, TWO.texts, characters=[Characters(TWO.characters[0].quads, [0.5, 0.7])])
    weights = craft_targets(guessed)[..., 2]
    assert weights[8:16, 4:24] == pytest.approx(0.6) and weights.sum() == pytest.approx(32 * 48 - 0.4 * 8 * 20, abs=1e-2)


def test_hard_pages():
    assert not craft_targets(Page(None, (9, 11), [], []))[..., :2].any()
    assert craft_targets(Page(None, (9, 11), [], [])).shape == (5, 6, 3)
    boxes = [[2 * (i % 48), 2 * (i // 48), 2, 2] for i in range(1500)]
    dense = craft_targets(page_of(boxes, ["가"] * 1500, [[box] for box in boxes]))
    assert np.isfinite(dense).all() and dense[..., 0].min() > 0.4 and not dense[..., 1].any()
    odd = page_of([[500, 500, 9, 9], [5, 5, 0, 0], [8, 8, 20, 10]], ["가나", "다", "라 마"],
                  [[[500, 500, 4, 9], [505, 500, 4, 9]], [[5, 5, 0, 0]], []])  # fmt: skip
    targets = craft_targets(odd)
    assert not targets[..., :2].any() and (targets[4:9, 4:14, 2] == 0).all()


def test_loss_is_that_of_both_maps_per_image():
    """That it falls, on TensorFlow and on JAX: tests/test_backends.py."""
    targets = np.stack([craft_targets(page) for page in (TWO, Page(None, SIZE, [], []), page_of([[8, 16, 40, 16]], [None], [None]))])
    assert np.asarray(craft_loss(targets, targets[..., :2])) == pytest.approx([0, 0, 0])
    off = targets[..., :2] + np.array([0.1, 0.2], np.float32)
    # Both maps of the first have positives and negatives, the others negatives alone.
    assert np.asarray(craft_loss(targets, off)) == pytest.approx([0.1, 0.05, 0.05], abs=1e-5)


def test_every_size_gives_maps_at_stride_2():
    network = CRAFT()
    for height, width in ((33, 47), (1, 1)):
        maps = network(np.zeros((2, height, width, 3), np.float32), training=False)
        assert tuple(maps.shape) == (2, -(-height // 2), -(-width // 2), 2) and maps.dtype == "float32"


def set_statistics(model, rng):
    """Statistics as after training; fresh ones would hide a mistake."""
    for weight in model.weights:
        if weight.path.endswith(("gamma", "moving_variance")):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif weight.path.endswith(("beta", "moving_mean", "bias")):
            weight.assign(rng.normal(0, 0.1, weight.shape))


@pytest.mark.parametrize("backbone", ["light", "vgg16"])
def test_folding_changes_nothing_but_the_speed(backbone):
    model, rng = CRAFT(backbone), np.random.default_rng(0)
    set_statistics(model, rng)
    image = rng.uniform(0, 255, (1, 32, 64, 3)).astype(np.float32)
    expected = np.asarray(model(image, training=False))
    folded = model.fold()
    np.testing.assert_allclose(np.asarray(folded(image)), expected, atol=1e-4 * np.abs(expected).max())
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in folded.layers) and folded.fold() is folded
    if backbone == "vgg16":
        assert sum(variable.size for variable in map(np.asarray, model.trainable_variables)) == 20_770_466  # as published
    else:
        assert folded.count_params() * 4 < 4e6
    assert CRAFT.from_config(folded.get_config()).output_shape == folded.output_shape


def test_unknown_backbones():
    with pytest.raises(ValueError, match="backbone is one of light, vgg16. Received: 'resnet18'"):
        CRAFT("resnet18")


def test_a_detector_on_hard_pages():
    """Blank, noise, a pixel: no texts or bounded ones; characters and texts are as many."""
    detector = TextDetector(CRAFT().fold())
    rng = np.random.default_rng(0)
    for image in (np.full((70, 50, 3), 255, np.uint8), rng.integers(0, 256, (60, 90, 3), np.uint8), np.zeros((1, 1, 3), np.uint8)):
        found = detector(image)
        assert np.isfinite(found.quads).all() and len(found.quads) == len(found.characters) < 1000
    page = detector.detect_page(image)
    assert len(page) == len(page.characters) and page.size == (1, 1)
