"""Networks by their registered names."""

import keras
import pytest

from ocr_crnn.detection.pan import PAN
from ocr_crnn.presets import PresetError
from ocr_crnn.presets.networks import build_network, network_config
from ocr_crnn.recognition.attention_ctc import AttentionCTC
from ocr_crnn.recognition.crnn import CRNN


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


def shapes_of(network):
    return {variable.path: tuple(variable.shape) for variable in network.variables}


@pytest.fixture(scope="module")
def small():
    """config.json of a small network, and the shapes of its weights."""
    network = AttentionCTC(5, stages=((8, 4, 8),), units=8, num_blocks=1, num_heads=2)
    return network_config(network), shapes_of(network)


def test_a_network_is_made_of_its_own_weights_and_arguments(small):
    config, shapes = small
    before = dict(config["arguments"])
    assert shapes_of(build_network(config, shapes, "w.npz")) == shapes and config["arguments"] == before


@pytest.mark.parametrize(
    "arguments",
    [
        {"units": 8192}, {"units": -8}, {"units": 0}, {"units": "8"}, {"units": 8.5}, {"units": 10**9}, {"units": [8]},
        {"num_blocks": 100_000},
        {"num_blocks": 2}, {"num_blocks": None}, {"stages": "abc"}, {"stages": [[8, 4]]}, {"stages": [[8, 64, 1]] * 64}, {"syllables": 5},
        {"syllables": [0]}, {"syllables": ["x"] * 5}, {"height": 1e9}, {"rank": None}, {"depth": 3}, {"name": 5}, {"name": "a/b"},
        {"name": {}},
    ],
)  # fmt: skip
def test_nothing_is_built_that_the_weights_are_not_of(small, arguments):
    config, shapes = small
    with pytest.raises(PresetError, match=r"Received: .* (Use|Take|Correct) "):
        build_network({**config, "arguments": {**config["arguments"], **arguments}}, shapes, "w.npz")


def test_arguments_of_a_detector_are_checked():
    for arguments in ({"num_fpem": 1000}, {"channels": 0}, {"fusion": "product"}, {"folded": "yes"}, {"units": 3}, {"backbone": ["light"]}):
        with pytest.raises(PresetError, match="Received: PAN with"):
            build_network({"network": "PAN", "arguments": arguments})


@pytest.mark.parametrize(
    "arguments", [None, [], "x", {"a": {"b": [1 << 40]}}, {"a": [0] * (2 << 20)}, {"layers": [{"class_name": "Dense"}] * 6000}]
)
def test_arguments_that_no_network_has(arguments):
    with pytest.raises(PresetError, match="arguments of a network are"):
        build_network({"network": "PAN", "arguments": arguments})


def test_a_network_of_weights_that_would_fill_the_memory_is_only_outlined(small):
    """10 GB: to allocate them would take minutes, if it were possible."""
    huge = {"num_classes": 8192, "units": 8192, "stages": [[8192, 4, 4], [8192, 1, 1], [8192, 1, 1]], "height": 32}
    with pytest.raises(PresetError, match="differs in"):
        build_network({**small[0], "arguments": {**small[0]["arguments"], **huge}}, {"head/kernel": (8192, 8192)}, "w.npz")


@pytest.mark.parametrize("module", ["ocr_crnn.__main__", "ocr_crnn.nothing", "os", 5, ["ocr_crnn.cli"]])
def test_no_module_is_run_and_none_has_to_be_there(module):
    with pytest.raises(PresetError, match="nobody has registered"):
        build_network({"network": "Gone", "module": module, "arguments": {}})


@pytest.mark.parametrize("name", [None, ["PAN"], {}, "legacy_hard_sigmoid"])
def test_a_network_is_the_name_of_a_class(name):
    import ocr_crnn.training.transfer  # noqa: F401 - which registers that function

    with pytest.raises(PresetError, match="Received"):
        build_network({"network": name, "arguments": {}})


def test_code_in_a_lambda_is_not_run():
    config = network_config(CRNN((None, 32, 1), 5, prediction_only=True))
    code = keras.saving.serialize_keras_object(keras.layers.Lambda(lambda x: 1 / 0, name="harm"))
    config["arguments"]["layers"][1] |= {"class_name": "Lambda", "config": code["config"]}
    with pytest.raises(PresetError, match="unsafe|Lambda|lambda"):
        build_network(config, {}, "w.npz")


def test_a_detector_is_no_recogniser():
    with pytest.raises(PresetError, match="is of its task. Received: 'PAN' for recognition"):
        build_network({**network_config(PAN(channels=8, num_fpem=1)), "task": "recognition"})
