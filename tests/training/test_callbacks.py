"""Logger, ModelSnapshot and EpochWeights in Keras' own `fit`, as a notebook uses them."""

import keras
import numpy as np
import pandas as pd
import pytest

from ocr_crnn.training.callbacks import EpochWeights, Logger, ModelSnapshot, drop_rows_from


def fitted(callbacks, epochs=2, initial_epoch=0):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
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
