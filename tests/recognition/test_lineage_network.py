"""What the lineage's notebook does with the network of CRNN(): `.h5` files, counts of steps that are 0, fit_generator."""

import h5py
import keras
import numpy as np
import pytest

from ocr_crnn.recognition.crnn import CRNN, prediction_is_loss
from ocr_crnn.recognition.lineage_network import LineageNetwork, is_legacy_name
from ocr_crnn.training.run import load_network, write_json, write_network
from ocr_crnn.training.transfer import load_legacy_weights

KINDS = {"lstm": {}, "gru": {"gru": True}, "cnn": {"cnn": True}}


def network(kind="cnn", classes=5):
    return CRNN((40, 32, 1), classes, prediction_only=True, **KINDS[kind])


def set_random(model, seed=0):
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.weights])
    return model.get_weights()


def assert_same(received, expected):
    for a, b in zip(received, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_any_h5_name_is_read_by_both_readers(tmp_path, kind):
    model = network(kind)
    expected = set_random(model)
    model.get_layer("batchnorm1").trainable = False
    model.save_weights(tmp_path / "x.h5")
    by_name, by_order = network(kind), network(kind)
    report = load_legacy_weights(by_name, tmp_path / "x.h5")
    assert not report.skipped and not report.missing and not report.notes
    by_order.load_weights(str(tmp_path / "x.h5"))
    assert_same(by_name.get_weights(), expected)
    assert_same(by_order.get_weights(), expected)


def test_the_layout_is_that_of_keras_2(tmp_path):
    model = network()
    model.save_weights(str(tmp_path / "x.h5"))
    with h5py.File(tmp_path / "x.h5") as file:
        assert [name.decode() for name in file.attrs["layer_names"]] == [layer.name for layer in model.layers]
        assert (
            file.attrs["backend"] == keras.backend.backend().encode()
            and file.attrs["keras_version"] == keras.__version__.encode()
        )
        layer = file["batchnorm1"]
        names = [name.decode() for name in layer.attrs["weight_names"]]
        assert names == [f"batchnorm1/{name}:0" for name in ("gamma", "beta", "moving_mean", "moving_variance")]
        assert_same([layer[name][:] for name in names], model.get_layer("batchnorm1").get_weights())
        assert len(file["pool1"].attrs["weight_names"]) == 0


def test_the_training_network_saves_too(tmp_path):
    model_train, model_pred = CRNN((40, 32, 1), 5, cnn=True)
    expected = set_random(model_pred)
    model_train.save_weights(tmp_path / "x.hdf5")
    other_train, other_pred = CRNN((40, 32, 1), 5, cnn=True)
    other_train.load_weights(tmp_path / "x.hdf5")
    assert_same(other_pred.get_weights(), expected)


def test_names_of_keras_3_keep_its_format(tmp_path):
    model = network()
    expected = set_random(model)
    model.save_weights(tmp_path / "x.weights.h5")
    with h5py.File(tmp_path / "x.weights.h5") as file:
        assert "layer_names" not in file.attrs and "layers" in file
    other = network()
    other.load_weights(tmp_path / "x.weights.h5")
    assert_same(other.get_weights(), expected)
    names = {"x.h5": True, "x.hdf5": True, "x.weights.h5": False, "x.keras": False, "x.weights.json": False, "x": False}
    assert {name: is_legacy_name(name) for name in names} == names


def test_what_a_legacy_file_cannot_be(tmp_path):
    model = network()
    (tmp_path / "x.h5").write_bytes(b"kept")
    with pytest.raises(FileExistsError, match="overwrite=False keeps a file. Received: .*x.h5"):
        model.save_weights(tmp_path / "x.h5", overwrite=False)
    with pytest.raises(ValueError, match="one file. Received: max_shard_size=1 for .*x.weights.json"):
        model.save_weights(tmp_path / "x.h5", max_shard_size=1)
    assert (tmp_path / "x.h5").read_bytes() == b"kept"


@pytest.mark.parametrize("name", ["x.keras", "x.h5"])
def test_a_whole_model_is_read_again(tmp_path, name):
    model_train, model_pred = CRNN((40, 32, 1), 5, cnn=True)
    expected = set_random(model_pred)
    model_train.compile("sgd", prediction_is_loss, jit_compile=False)
    for index, model in enumerate((model_train, model_pred)):
        model.save(tmp_path / f"{index}{name}")
        loaded = keras.models.load_model(tmp_path / f"{index}{name}")
        assert type(loaded) is LineageNetwork
        assert_same(loaded.get_weights(), expected)
    if name == "x.h5":
        other = network()
        load_legacy_weights(other, tmp_path / f"0{name}")
        assert_same(other.get_weights(), expected)


def test_a_run_folder_rebuilds_it(tmp_path):
    model = network()
    expected = set_random(model)
    write_json(tmp_path / "config.json", {"recipe": "crnn", "arguments": {}, "began": "", "resumed": []})
    write_network(tmp_path, model, None, __file__)
    model.save_weights(tmp_path / "best.weights.h5")
    loaded, _ = load_network(tmp_path)
    assert type(loaded) is LineageNetwork
    assert_same(loaded.get_weights(), expected)


def batches(count):
    """Batches for training, and then an error: whoever takes no steps for all steps, ends here."""
    labels = np.full((2, 8), -1, np.float32)
    labels[:, :2] = 1, 2
    lengths = {"input_length": np.full((2, 1), 8), "label_length": np.full((2, 1), 2)}
    for _ in range(count):
        yield (
            {"image_input": np.full((2, 40, 32, 1), 255, np.float32), "label_input": labels, **lengths},
            {"ctc": np.zeros(2)},
        )
    raise RuntimeError("more batches than a set smaller than a batch has")


@pytest.mark.parametrize("method", ["fit", "fit_generator"])
def test_a_set_smaller_than_a_batch_is_one_step(capsys, method):
    model, _ = CRNN((40, 32, 1), 5, cnn=True)
    model.compile("sgd", prediction_is_loss, jit_compile=False, run_eagerly=True)
    steps = 3 // 8  # num_objects // batch_size
    history = getattr(model, method)(
        batches(2), steps_per_epoch=steps, epochs=1, validation_data=batches(2), validation_steps=steps, verbose=0
    ).history
    assert len(history["loss"]) == len(history["val_loss"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        f"{name}: 1 for 0, since the set is smaller than a batch" for name in ("steps_per_epoch", "validation_steps")
    ]
    assert np.isfinite(model.evaluate(batches(2), steps=0, verbose=0))
    assert capsys.readouterr().out == "steps: 1 for 0, since the set is smaller than a batch\n"


def test_a_network_of_one_width_is_not_trained_on_batches_of_any():
    with pytest.raises(ValueError, match="a CRNN for grey lines of any width is trained. Received: one of width 96 and 1 channels"):
        CRNN((96, 32, 1), 4, prediction_only=True, cnn=True).as_trained()
