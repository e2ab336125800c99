"""Logger, ModelSnapshot and EpochWeights in Keras' own `fit`, as a notebook uses them."""

import keras
import numpy as np
import pandas as pd
import pytest

from ocr_crnn.recognition.lineage_network import LineageNetwork
from ocr_crnn.training.callbacks import EpochWeights, Logger, ModelCheckpoint, ModelSnapshot, drop_rows_from
from ocr_crnn.training.transfer import load_legacy_weights


def fitted(callbacks, epochs=2, initial_epoch=0, model=None):
    keras.utils.set_random_seed(0)
    model = model or keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    inputs = np.arange(24, dtype="float32").reshape(12, 2) / 24
    options = {"batch_size": 4, "epochs": epochs, "initial_epoch": initial_epoch, "verbose": 0, "callbacks": callbacks}
    history = model.fit(inputs, inputs.sum(axis=1), **options)
    return model, history.history


def test_logger_writes_the_lineage_files(tmp_path):
    _, history = fitted([Logger(tmp_path)])
    log = pd.read_csv(tmp_path / "log.csv")
    assert list(log.columns) == ["loss", "iteration", "epoch", "batch", "time"]
    assert log[["iteration", "epoch", "batch"]].to_numpy().tolist() == [[0, 0, 0], [1, 0, 1], [2, 0, 2], [3, 1, 0], [4, 1, 1], [5, 1, 2]]
    rows = pd.read_csv(tmp_path / "history.csv", index_col=0)
    assert list(rows.index) == [0, 1]
    np.testing.assert_allclose(rows["loss"], history["loss"])


def test_logger_goes_on_where_its_files_stand(tmp_path):
    fitted([Logger(tmp_path)], epochs=1)
    fitted([Logger(tmp_path)], epochs=2, initial_epoch=1)
    assert list(pd.read_csv(tmp_path / "log.csv")["iteration"]) == list(range(6))
    assert list(pd.read_csv(tmp_path / "history.csv", index_col=0).index) == [0, 1]


def test_rows_that_will_be_written_again_are_dropped(tmp_path):
    fitted([Logger(tmp_path)])
    with open(tmp_path / "log.csv", "a") as stream:
        stream.write("0.5,6,2")  # what a killed process leaves
    drop_rows_from(tmp_path, iteration=4, epoch=1)
    assert list(pd.read_csv(tmp_path / "log.csv")["iteration"]) == [0, 1, 2, 3]
    assert list(pd.read_csv(tmp_path / "history.csv", index_col=0).index) == [0]
    drop_rows_from(tmp_path / "nothing there", 0, 0)


def test_snapshots_every_interval_of_iterations(tmp_path):
    model, _ = fitted([ModelSnapshot(tmp_path, interval=4)])
    assert [path.name for path in tmp_path.iterdir()] == ["weights.000004.weights.h5"]
    model.load_weights(tmp_path / "weights.000004.weights.h5")


@pytest.mark.parametrize("monitor", ["val_loss", "loss"])
def test_the_last_epochs_and_the_best(tmp_path, monitor):
    keeper = EpochWeights(tmp_path, keep_last=2, monitor=monitor)
    keeper.set_model(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    kernels = []
    for epoch, loss in enumerate([3.0, 1.0, 2.0, float("nan")]):
        keeper.model.layers[0].kernel.assign([[epoch], [epoch]])
        keeper.on_epoch_end(epoch, {monitor: loss})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.weights.h5", "epoch_0003.weights.h5", "epoch_0004.weights.h5"]
    for name in ("best", "epoch_0003", "epoch_0004"):
        keeper.model.load_weights(tmp_path / f"{name}.weights.h5")
        kernels.append(float(keeper.model.layers[0].kernel[0, 0]))
    assert kernels == [1, 2, 3] and (keeper.best, keeper.best_epoch) == (1.0, 1)


def lineage_model():
    inputs = keras.Input((2,))
    return LineageNetwork(inputs, keras.layers.Dense(1, name="dense1")(inputs))


def test_checkpoints_under_the_lineages_names(tmp_path):
    """The default callback of Keras 3 refuses the name; the weights are those of their epoch, for both readers."""
    kernels = []
    seen = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: kernels.append(model.get_layer("dense1").get_weights()))
    model = lineage_model()
    fitted([ModelCheckpoint(f"{tmp_path}/weights.{{epoch:03d}}.h5", verbose=0, save_weights_only=True), seen], model=model)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["weights.001.h5", "weights.002.h5"]
    for epoch, expected in enumerate(kernels, start=1):
        by_name, by_order = lineage_model(), lineage_model()
        load_legacy_weights(by_name, tmp_path / f"weights.{epoch:03d}.h5")
        by_order.load_weights(tmp_path / f"weights.{epoch:03d}.h5")
        for a, b, c in zip(by_name.get_weights(), by_order.get_weights(), expected, strict=True):
            np.testing.assert_array_equal(a, c)
            np.testing.assert_array_equal(b, c)
    assert (kernels[0][0] != kernels[1][0]).any()


def test_checkpoints_keep_what_keras_does(tmp_path):
    options = {"monitor": "loss", "save_best_only": True}
    names = ["best.h5", "best.weights.h5", "best.keras"]
    fitted([ModelCheckpoint(tmp_path / name, save_weights_only=name != "best.keras", **options) for name in names], model=lineage_model())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    with pytest.raises(ValueError, match="must end in"):
        ModelCheckpoint(tmp_path / "weights.txt", save_weights_only=True)


def test_checkpoints_of_other_models_are_told_their_name(tmp_path):
    with pytest.raises(
        ValueError, match=r"Received: .*weights.\{epoch\}.h5 and a Sequential. Name the file .*weights.\{epoch\}.weights.h5"
    ):
        fitted([ModelCheckpoint(tmp_path / "weights.{epoch}.h5", save_weights_only=True)])
    assert not list(tmp_path.iterdir())
