"""Networks by their registered names."""

import keras
import pytest

from ocr_crnn.detection.pan import PAN
from ocr_crnn.presets import PresetError
from ocr_crnn.presets.networks import build_network, network_config


@keras.saving.register_keras_serializable("mine")
class Tiny(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class Unregistered(keras.layers.Layer):
    pass


def test_our_networks_have_their_names_and_others_that_of_their_package():
    config = network_config(PAN(channels=8, num_fpem=1))
    assert config["network"] == "PAN" and build_network(config).get_config() == config["arguments"]
    config = network_config(Tiny(3))
    assert config["network"] == "mine>Tiny" and build_network(config).units == 3


def test_a_class_that_keras_does_not_know():
    with pytest.raises(TypeError, match="registered class. Received: Unregistered"):
        network_config(Unregistered())
    with pytest.raises(PresetError, match="'toys>Gone', which nobody has registered. Import"):
        build_network({"network": "toys>Gone", "arguments": {}})
