import numpy as np
import pytest
from keras import Input, Model, layers

from ocr_crnn.detection.anchor_free import AnchorFree
from ocr_crnn.detection.pan import PAN
from ocr_crnn.training.taking_over import take_over

SMALL = {"channels": 8, "num_fpem": 1}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)


def features(network, images, training=False):
    """What the shared layers give: the finest map of the pyramid."""
    return np.asarray(Model(network.input, network.get_layer("fpem1_out1").output)(images, training=training))


def test_what_melted_layers_gave_the_new_ones_give(images, capsys):
    source = PAN(folded=True, **SMALL)
    for layer in source.layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, np.random.default_rng(1).normal(0, 0.2, bias.shape)])
    network = take_over(AnchorFree(**SMALL, word_filters=4, character_filters=4), source, images)
    said = capsys.readouterr().out
    assert "stem_conv → stem_bn" in said and "Left as it was: word_conv" in said and "fpem1_up3_conv" in said
    expected = features(source, images)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(features(network, images), expected, atol=1e-3 * scale)
    np.testing.assert_allclose(features(network, images, training=True), expected, atol=1e-2 * scale)


def test_of_its_own_kind_everything_is_taken_and_other_shapes_are_told(images, capsys):
    source = AnchorFree(**SMALL, word_filters=4, character_filters=4)
    network = take_over(AnchorFree(**SMALL, word_filters=6, character_filters=4), source, images)
    said = capsys.readouterr().out
    assert "Skipped word_conv: of another shape" in said and "Left as it was: word_maps" in said and "stem_conv → stem_bn" not in said
    np.testing.assert_array_equal(network.get_layer("character_maps").kernel, source.get_layer("character_maps").kernel)
    np.testing.assert_allclose(features(network, images), features(source, images), atol=1e-5)


def test_networks_that_share_nothing_are_refused(images):
    pixels = Input((None, None, 3))
    other = Model(pixels, layers.Conv2D(4, 1, name="alone")(pixels))
    with pytest.raises(ValueError, match="shares layers with it. Received: .*none of those of AnchorFree"):
        take_over(AnchorFree(**SMALL), other, images)


def test_a_folded_network_takes_layers_as_they_are_and_tells_what_it_has_no_place_for(capsys):
    source, network = PAN(folded=True, **SMALL), AnchorFree(**SMALL, word_filters=4, character_filters=4, folded=True)
    for layer in source.layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, bias + 0.5])
    assert take_over(network, source) is network
    said = capsys.readouterr().out
    assert "Skipped maps: no such layer in the model" in said and "Left as it was: word_maps" in said and "→" not in said
    for received, expected in zip(network.get_layer("stem_conv").get_weights(), source.get_layer("stem_conv").get_weights(), strict=True):
        np.testing.assert_array_equal(received, expected)
