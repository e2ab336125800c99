import keras
import numpy as np
import pytest

from ocr_crnn.detection.craft import CRAFT
from ocr_crnn.training.craft_weights import load_craft_weights, published_name
from ocr_crnn.untrusted.plain import DamagedFileError
from tests.helpers.torch_files import Call, write_checkpoint, write_legacy

# The published table: part, the numbers of its convolutions, filters in and out, side. Written here anew, not taken from the network.
LAYERS = [("basenet.slice1", n, i, o, 3) for n, i, o in [(0, 3, 64), (3, 64, 64), (7, 64, 128), (10, 128, 128)]]
LAYERS += [("basenet.slice2", n, i, o, 3) for n, i, o in [(14, 128, 256), (17, 256, 256)]]
LAYERS += [("basenet.slice3", n, i, o, 3) for n, i, o in [(20, 256, 256), (24, 256, 512), (27, 512, 512)]]
LAYERS += [("basenet.slice4", n, i, o, 3) for n, i, o in [(30, 512, 512), (34, 512, 512), (37, 512, 512)]]
for place, (i, o) in enumerate([(1536, 256), (768, 128), (384, 64), (192, 32)], 1):
    LAYERS += [(f"upconv{place}.conv", 0, i, 2 * o, 1), (f"upconv{place}.conv", 3, 2 * o, o, 3)]
PLAIN = [("basenet.slice5", 1, 512, 1024, 3), ("basenet.slice5", 2, 1024, 1024, 1)]
PLAIN += [("conv_cls", n, i, o, s) for n, i, o, s in [(0, 32, 32, 3), (2, 32, 32, 3), (4, 32, 16, 3), (6, 16, 16, 1), (8, 16, 2, 1)]]


@pytest.fixture(scope="module")
def published():
    """A checkpoint in the published layout, whose every tensor begins with a number of its own."""
    tensors = {}

    def add(name, *shape):
        tensor = np.zeros(shape, np.float32)
        tensor.flat[0], tensor.flat[-1] = len(tensors) + 1, -len(tensors) - 1
        tensors[f"module.{name}"] = tensor

    for part, number, inside, out, side in LAYERS + PLAIN:
        add(f"{part}.{number}.weight", out, inside, side, side)
        add(f"{part}.{number}.bias", out)
    for part, number, _, out, _ in LAYERS:
        for name in ("weight", "bias", "running_mean", "running_var"):
            add(f"{part}.{number + 1}.{name}", out)
        tensors[f"module.{part}.{number + 1}.num_batches_tracked"] = np.array(100, np.int64)
    return tensors


@pytest.fixture(scope="module")
def network():
    return CRAFT("vgg16")


@pytest.mark.parametrize("write", [write_legacy, write_checkpoint])
def test_every_tensor_arrives_where_its_name_says(published, network, tmp_path, write):
    assert len(published) == 154
    report = load_craft_weights(network, write(tmp_path / "craft.pth", published))
    assert len(report.loaded) == 134 == len(network.variables) and not report.skipped and not report.missing
    for name, path in report.loaded:
        tensor = published[f"module.{name}"]
        (variable,) = [one for one in network.variables if one.path == path]
        value = np.asarray(variable)
        assert (value.flat[0], value.flat[-1]) == (tensor.flat[0], tensor.flat[-1]), (name, path)
        assert sorted(value.shape) == sorted(tensor.shape)
    # A convolution of one place and channel to another lands on that place and those channels.
    kernel = np.zeros((64, 3, 3, 3), np.float32)
    kernel[5, 2, 0, 1] = 1
    load_craft_weights(network, write_checkpoint(tmp_path / "one.pth", published | {"module.basenet.slice1.0.weight": kernel}))
    assert np.argwhere(np.asarray(network.get_layer("slice1_0_conv").kernel)).tolist() == [[0, 1, 2, 5]]


def test_names_of_the_published_table():
    assert published_name("slice1_0_conv", "kernel") == "basenet.slice1.0.weight"
    assert published_name("slice4_37_bn", "moving_variance") == "basenet.slice4.38.running_var"
    assert published_name("upconv2_3_bn", "beta") == "upconv2.conv.4.bias"
    assert published_name("conv_cls_8", "bias") == "conv_cls.8.bias" and published_name("stem_conv", "kernel") is None


def test_other_weights_and_networks_are_refused_and_change_nothing(published, network, tmp_path):
    before = [np.asarray(variable).copy() for variable in network.variables]
    small = {"module.conv_cls.8.bias": np.zeros(2, np.float32)}
    fewer = {name: tensor for name, tensor in published.items() if name != "module.conv_cls.8.bias"}
    cases = [
        (small, "nothing for slice1_0_conv/kernel, which is basenet.slice1.0.weight there"),
        (fewer, "nothing for conv_cls_8/bias"),
        (published | {"module.conv_cls.8.bias": np.zeros(3, np.float32)}, r"conv_cls.8.bias of the shape \(3,\), \(2,\) in the network"),
    ]
    for tensors, message in cases:
        with pytest.raises(ValueError, match=message):
            load_craft_weights(network, write_checkpoint(tmp_path / "a.pth", tensors))
    for variable, value in zip(network.variables, before, strict=True):
        np.testing.assert_array_equal(np.asarray(variable), value)
    light = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="first")])
    with pytest.raises(ValueError, match="first/kernel"):
        load_craft_weights(light, write_checkpoint(tmp_path / "a.pth", small))


def test_a_pickle_that_asks_for_more_is_refused(network, tmp_path):
    def ask(state):
        return {"state_dict": state, "x": Call("os.system", "true")}

    for write in (write_legacy, write_checkpoint):
        hostile = write(tmp_path / "a.pth", {"a": np.zeros(2, np.float32)}, ask)
        with pytest.raises(DamagedFileError, match="Nothing of it was executed"):
            load_craft_weights(network, hostile)
    (tmp_path / "b.pth").write_bytes(b"no weights")
    with pytest.raises(DamagedFileError, match="Received"):
        load_craft_weights(network, tmp_path / "b.pth")
