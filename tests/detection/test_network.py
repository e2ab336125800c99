"""A network that owns its loss trains with it, and Keras runs it as an engine."""

import keras
import numpy as np
from toy_detector import BoxNetwork, SquarePages

from ocr_crnn.detection.network import KerasEngine
from ocr_crnn.training.pages import encode_batch


def test_a_network_trains_with_its_own_loss_unless_another_is_compiled():
    network = BoxNetwork(filters=4)
    source = SquarePages(0, (), (), network.targets, side_px=128)
    images, targets = encode_batch(source, [source.draw_crops(number)[0] for number in range(2)])
    each = np.asarray(network.map_loss(targets, network(images)))
    assert each.shape == (2,) and network.fold() is network and network.task == "detection"
    network.compile("sgd")
    np.testing.assert_allclose(network.test_on_batch(images, targets), each.mean(), rtol=1e-5)
    np.testing.assert_allclose(network.evaluate(images, targets, sample_weight=np.float32([2, 0]), verbose=0), each[0], rtol=1e-5)
    network.compile("sgd", "mse")
    np.testing.assert_allclose(network.test_on_batch(images, 1 + np.asarray(network(images))), 1, rtol=1e-5)


def test_keras_is_an_engine():
    images = keras.Input((None, None, 3))
    engine = KerasEngine(keras.Model(images, keras.layers.AveragePooling2D(2, padding="same")(images)), stride=2)
    maps = engine(np.full((1, 5, 8, 3), 40, np.uint8))
    assert maps.dtype == np.float32 and maps.shape == (1, 3, 4, 3) and (maps == 40).all()
    assert engine.as_engine() is engine and engine.stride == 2
