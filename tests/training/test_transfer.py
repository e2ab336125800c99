"""Keras-2 weights files, written here as Keras 2 wrote them, into networks of today."""

import json

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from ocr_crnn.recognition.crnn import CRNN
from ocr_crnn.training.transfer import legacy_hard_sigmoid, load_legacy_weights


def write_legacy(path, weights, whole_model=False, version="2.2.4-tf", config=None):
    """A Keras-2 file: `layer_names`, then per layer `weight_names` and datasets; under `model_weights` in a whole-model file.

    weights: `{layer: [array, …]}`; layers without weights have an empty list.
    """
    with h5py.File(path, "w") as file:
        group = file.create_group("model_weights") if whole_model else file
        group.attrs["layer_names"] = [name.encode() for name in weights]
        group.attrs["keras_version"], group.attrs["backend"] = version.encode(), b"tensorflow"
        if config is not None:
            file.attrs["model_config"] = json.dumps(config).encode()
        for name, arrays in weights.items():
            layer = group.create_group(name)
            names = [f"{name}/weight_{i}:0" for i in range(len(arrays))]
            layer.attrs["weight_names"] = [n.encode() for n in names]
            for n, array in zip(names, arrays, strict=True):
                layer[n] = array


def random_weights(model, rng):
    return {layer.name: [rng.normal(size=w.shape).astype(np.float32) for w in layer.weights] for layer in model.layers}


def small_network(classes=5, names=("conv", "norm", "head")):
    conv, norm, head = layers.Conv1D(4, 3, name=names[0]), layers.BatchNormalization(name=names[1]), layers.Dense(classes, name=names[2])
    return keras.Sequential([keras.Input((8, 3)), conv, norm, head])


def weights_of(model):
    return model.get_weights()


def assert_same(received, expected):
    for a, b in zip(received, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("whole_model", [False, True])
@pytest.mark.parametrize("gru", [False, True])
def test_crnn(tmp_path, rng, whole_model, gru):
    model = CRNN((None, 32, 1), 12, prediction_only=True, gru=gru)
    stored = random_weights(model, rng)
    write_legacy(tmp_path / "crnn.h5", stored, whole_model)
    report = load_legacy_weights(model, tmp_path / "crnn.h5")
    for layer in model.layers:
        assert_same(layer.get_weights(), stored[layer.name])
    assert len(report.loaded) == 12 and not report.skipped and not report.missing
    if gru:
        assert stored["bidirectional_1"][2].shape == (768,)  # reset_after=False: one bias


def test_crnn_with_convolutions(tmp_path, rng):
    """Every tensor arrives where its name says, whatever the order in the file."""
    model = CRNN((None, 32, 1), 12, prediction_only=True, cnn=True)
    stored = random_weights(model, rng)
    write_legacy(tmp_path / "crnn.h5", dict(sorted(stored.items(), reverse=True)))
    report = load_legacy_weights(model, tmp_path / "crnn.h5")
    for layer in model.layers:
        assert_same(layer.get_weights(), stored[layer.name])
    # 7 convolutions, 2 normalisations, 6 blocks of 3, the head
    assert len(report.loaded) == 7 + 2 + 18 + 1 and all(a == b for a, b in report.loaded) and not report.skipped and not report.missing


@pytest.mark.parametrize("first", [0, 3])
@pytest.mark.parametrize("cnn", [False, True])
def test_automatic_names_counted_from_another_number(tmp_path, rng, cnn, first):
    """TensorFlow's Keras names the first layer of a kind without a number; a second network of a process counts on."""
    model = CRNN((None, 32, 1), 12, prediction_only=True, cnn=cnn)
    stored = random_weights(model, rng)
    shift = first - 1 if first == 0 else first

    def counted(name):
        kind, _, number = name.rpartition("_")
        if kind not in ("bidirectional", "conv1d", "batch_normalization"):
            return name
        return f"{kind}_{int(number) + shift}" if int(number) + shift else kind

    write_legacy(tmp_path / "crnn.h5", {counted(name): arrays for name, arrays in stored.items()})
    report = load_legacy_weights(model, tmp_path / "crnn.h5")
    for layer in model.layers:
        assert_same(layer.get_weights(), stored[layer.name])
    assert not report.skipped and not report.missing
    assert (counted("conv1d_1" if cnn else "bidirectional_1"), "conv1d_1" if cnn else "bidirectional_1") in report.loaded


def test_new_alphabet_keeps_every_layer_but_the_head(tmp_path, rng, capsys):
    stored = random_weights(small_network(5), rng)
    write_legacy(tmp_path / "old.h5", stored)
    model = small_network(9)
    before = weights_of(model)
    with pytest.raises(ValueError, match=r"head: shapes .*\(4, 5\).*\(4, 9\).*skip_mismatch=True"):
        load_legacy_weights(model, tmp_path / "old.h5")
    assert_same(weights_of(model), before)
    report = load_legacy_weights(model, tmp_path / "old.h5", skip_mismatch=True)
    assert_same(model.get_layer("conv").get_weights(), stored["conv"])
    assert_same(model.get_layer("norm").get_weights(), stored["norm"])
    assert_same(model.get_layer("head").get_weights(), before[-2:])
    assert report.missing == ["head"] and [name for name, _ in report.skipped] == ["head"]
    assert "Loaded 2 layers by name: conv, norm" in capsys.readouterr().out


def test_rename(tmp_path, rng):
    stored = random_weights(small_network(names=("conv1d_1", "norm", "head")), rng)
    write_legacy(tmp_path / "old.h5", stored)
    for rename in ({"conv1d_1": "conv"}, [("conv1d_1", "conv")]):
        model = small_network()
        report = load_legacy_weights(model, tmp_path / "old.h5", rename)
        assert ("conv1d_1", "conv") in report.loaded and not report.missing
        assert_same(model.get_layer("conv").get_weights(), stored["conv1d_1"])


@pytest.mark.parametrize(
    ("rename", "message"),
    [
        ({"cnv": "conv"}, "'cnv', not in the file. Near: .*conv"),
        ({"conv": "hed"}, "'hed', not in the model. Near: .*head"),
        ({"conv": "norm"}, "two layers of the file"),
    ],
)
def test_rename_of_unknown_layers(tmp_path, rng, rename, message):
    write_legacy(tmp_path / "old.h5", random_weights(small_network(), rng))
    with pytest.raises(ValueError, match=message):
        load_legacy_weights(small_network(), tmp_path / "old.h5", rename)


def test_automatic_names_are_matched_in_order(tmp_path, rng):
    names = ("conv1d_7", "batch_normalization_3", "dense_1")
    stored = random_weights(small_network(names=names), rng)
    write_legacy(tmp_path / "old.h5", {"input_1": [], **stored, "activation_1": []})
    model = small_network()
    report = load_legacy_weights(model, tmp_path / "old.h5")
    assert report.matched == "in order" and report.loaded == list(zip(names, ("conv", "norm", "head"), strict=True))
    assert_same(weights_of(model), [array for arrays in stored.values() for array in arrays])
    other = small_network(7)
    assert load_legacy_weights(other, tmp_path / "old.h5", skip_mismatch=True).missing == ["head"]


def test_layers_of_one_side_only_are_reported(tmp_path, rng):
    stored = random_weights(small_network(), rng)
    del stored["norm"]
    write_legacy(tmp_path / "old.h5", stored | {"auxiliary": [np.zeros(3)]})
    report = load_legacy_weights(small_network(), tmp_path / "old.h5")
    assert report.missing == ["norm"] and report.skipped == [("auxiliary", "no such layer in the model")]
    assert "Skipped auxiliary: no such layer in the model" in str(report) and "Left as it was: norm" in str(report)


def test_another_architecture(tmp_path, rng):
    other = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="first"), layers.Dense(2, name="second")])
    write_legacy(tmp_path / "other.h5", random_weights(other, rng))
    model = small_network()
    before = weights_of(model)
    with pytest.raises(ValueError, match="layers first, second, a model with layers conv, norm, head, and none in common"):
        load_legacy_weights(model, tmp_path / "other.h5", skip_mismatch=True)
    assert_same(weights_of(model), before)


def test_file_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="which is not there"):
        load_legacy_weights(small_network(), tmp_path / "none.h5")


@pytest.mark.parametrize("damage", ["empty", "text", "truncated", "dataset missing"])
def test_damaged_file(tmp_path, rng, damage):
    path = tmp_path / "old.h5"
    write_legacy(path, random_weights(small_network(), rng))
    if damage == "dataset missing":
        with h5py.File(path, "a") as file:
            del file["norm"]["norm/weight_2:0"]
    else:
        content = {"empty": b"", "text": b"<html>404 not found</html>", "truncated": path.read_bytes()[:-2000]}[damage]
        path.write_bytes(content)
    model = small_network()
    before = weights_of(model)
    with pytest.raises(ValueError, match="a whole HDF5 file .* Received: .*bytes"):
        load_legacy_weights(model, path)
    assert_same(weights_of(model), before)


def test_keras_3_file_names_the_way(tmp_path):
    model = small_network()
    model.save_weights(tmp_path / "new.weights.h5")
    with pytest.raises(ValueError, match=r"loaded by model.load_weights"):
        load_legacy_weights(model, tmp_path / "new.weights.h5")


def test_long_lists_of_names_are_split_over_attributes(tmp_path, rng):
    stored = random_weights(small_network(), rng)
    write_legacy(tmp_path / "old.h5", stored)
    with h5py.File(tmp_path / "old.h5", "a") as file:
        names = file.attrs["layer_names"]
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = names[:2], names[2:]
    assert len(load_legacy_weights(small_network(), tmp_path / "old.h5").loaded) == 3


def test_frozen_layers_are_loaded_too(tmp_path, rng):
    stored = random_weights(small_network(), rng)
    write_legacy(tmp_path / "old.h5", stored)
    model = small_network()
    model.get_layer("norm").trainable = False
    load_legacy_weights(model, tmp_path / "old.h5")
    assert_same(model.get_layer("norm").get_weights(), stored["norm"])


def test_legacy_hard_sigmoid():
    x = np.array([-3.0, -2.5, -1.0, 0.0, 1.0, 2.5, 3.0], np.float32)
    np.testing.assert_allclose(legacy_hard_sigmoid(x), [0, 0, 0.3, 0.5, 0.7, 1, 1], atol=1e-6)
    assert keras.saving.get_registered_object("ocr_crnn>legacy_hard_sigmoid") is legacy_hard_sigmoid


def recurrent(activation):
    lstm = layers.LSTM(3, return_sequences=True, recurrent_activation=activation)
    return keras.Sequential([keras.Input((5, 2)), layers.Bidirectional(lstm, name="bidirectional_1")])


@pytest.mark.parametrize(
    ("version", "config", "activation", "note"),
    [
        ("2.1.2", None, "sigmoid", "from Keras 2.1.2"),
        ("2.3.1", None, "sigmoid", None),
        ("2.1.2", None, legacy_hard_sigmoid, None),
        ("2.1.2", {"recurrent_activation": "hard_sigmoid"}, "sigmoid", "have hard_sigmoid gates"),
        ("2.1.2", {"recurrent_activation": "sigmoid"}, "sigmoid", None),
    ],
)
def test_gates_of_2018_are_pointed_out(tmp_path, rng, version, config, activation, note):
    model = recurrent(activation)
    write_legacy(tmp_path / "old.h5", random_weights(model, rng), config is not None, version, config)
    notes = load_legacy_weights(model, tmp_path / "old.h5").notes
    assert len(notes) == bool(note) and all(note in n for n in notes)


def test_crnn_with_legacy_gates_is_saved_and_loaded(tmp_path):
    model = CRNN((64, 32, 1), 7, prediction_only=True, recurrent_activation=legacy_hard_sigmoid)
    model.save(tmp_path / "crnn.keras")
    loaded = keras.models.load_model(tmp_path / "crnn.keras")
    assert loaded.get_layer("bidirectional_1").forward_layer.recurrent_activation is legacy_hard_sigmoid


def hostile(path, rng, change):
    """The weights of a small network with a change to the open file."""
    write_legacy(path, random_weights(small_network(), rng))
    with h5py.File(path, "r+") as file:
        change(file)
    return path


def read_from(other):
    """A change: the last array of the head is that file's bytes."""

    def change(file):
        del file["head/head/weight_1:0"]
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_external(str(other).encode(), 0, 20)
        h5py.h5d.create(file["head/head"].id, b"weight_1:0", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((5,)), plan)

    return change


def replace_head(array):
    def change(file):
        del file["head/head/weight_1:0"]
        file["head/head/weight_1:0"] = array

    return change


def test_no_file_of_the_system_becomes_weights_and_none_change(tmp_path, rng):
    """The last array is the bad one: all before it would have been assigned."""
    (tmp_path / "secret").write_bytes(b"root:x:0:0:root:/roo")
    for change in (
        read_from(tmp_path / "secret"),
        replace_head(np.array([b"a", b"b", b"c", b"d", b"e"])),
        lambda file: file["head"].attrs.modify("weight_names", np.array([b"head/weight_0:0"] * 2)),
        lambda file: file["head"].attrs.modify("weight_names", np.array([b"head/weight_0:0", b"head"])),
        lambda file: file.attrs.create("model_config", b"{" * 60_000) or file["head"].attrs.create("weight_names", 5),
    ):
        model = small_network()
        before = weights_of(model)
        with pytest.raises(ValueError, match=r"Received: .*old\.h5"):
            load_legacy_weights(model, hostile(tmp_path / "old.h5", rng, change))
        assert_same(weights_of(model), before)


def test_a_version_and_a_config_that_are_none_do_not_matter(tmp_path, rng):
    def change(file):
        file.attrs["keras_version"], file.attrs["model_config"] = b"two.two", b"[" * 60_000

    assert len(load_legacy_weights(small_network(), hostile(tmp_path / "old.h5", rng, change)).loaded) == 3
