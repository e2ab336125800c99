"""Freezing by name and by the beginning of a name, and what stays as it is in training."""

import keras
import numpy as np
import pytest
from keras import layers

from ocr_crnn.training.freezing import freeze


def network():
    return keras.Sequential(
        [
            keras.Input((8, 3)),
            layers.Conv1D(4, 3, name="conv1"),
            layers.BatchNormalization(name="norm1"),
            layers.Conv1D(4, 3, name="conv1_1"),
            layers.BatchNormalization(name="norm2"),
            layers.Flatten(name="flatten"),
            layers.Dense(2, name="head"),
        ]
    )


def snapshot(model):
    return {layer.name: layer.get_weights() for layer in model.layers}


@pytest.mark.parametrize(
    ("names", "frozen"),
    [
        (["conv1_1"], ["conv1_1"]),
        (["conv1"], ["conv1"]),  # a name comes before a beginning of names
        (["conv"], ["conv1", "conv1_1"]),
        ("norm", ["norm1", "norm2"]),
        (["conv", "head"], ["conv1", "conv1_1", "head"]),
        ([], []),
    ],
)
def test_what_is_frozen(names, frozen):
    model = network()
    report = freeze(model, names)
    assert list(report.frozen) == frozen
    assert {*report.trained, *report.frozen} == {"conv1", "norm1", "conv1_1", "norm2", "head"}
    assert sum(report.frozen.values()) + sum(report.trained.values()) == model.count_params()


def test_it_says_what_is_trained(capsys):
    freeze(network(), ["conv", "norm"])
    trained, frozen = capsys.readouterr().out.splitlines()
    assert trained == "Trained 1 layers, 34 parameters: head"
    assert frozen == "Frozen 4 layers, 124 parameters: conv1, norm1, conv1_1, norm2"


def test_frozen_layers_stay_as_they_are_in_training():
    model = network()
    freeze(model, ["conv1", "norm1"])
    model.compile(keras.optimizers.SGD(0.1), "mse", jit_compile=False)
    before = snapshot(model)
    rng = np.random.default_rng(0)
    model.fit(rng.normal(5, 3, (16, 8, 3)), rng.normal(size=(16, 2)), epochs=2, verbose=0)
    changed = {name: any((a != b).any() for a, b in zip(before[name], after, strict=True)) for name, after in snapshot(model).items()}
    assert changed == {"conv1": False, "norm1": False, "conv1_1": True, "norm2": True, "flatten": False, "head": True}


def test_frozen_batch_normalisation_uses_its_moving_averages_in_training():
    model = keras.Sequential([keras.Input((3,)), layers.BatchNormalization(name="norm")])
    values = np.random.default_rng(0).normal(5, 3, (32, 3)).astype(np.float32)
    freeze(model, ["norm"])
    np.testing.assert_allclose(model(values, training=True), model(values, training=False))


@pytest.mark.parametrize(("name", "near"), [("conv2_1", "conv1_1"), ("Head", "head"), ("zzz", "conv1")])
def test_unknown_name(name, near):
    model = network()
    with pytest.raises(ValueError, match=f"Received: {name!r}, which no layer has. Near: .*{near}"):
        freeze(model, ["norm1", name])
    assert model.get_layer("norm1").trainable  # nothing was frozen


def test_models_within_the_model():
    deep = [layers.Conv1D(4, 3, name="deep"), layers.BatchNormalization(name="deep_norm")]
    inner = keras.Sequential([keras.Input((8, 3)), *deep], name="backbone")
    model = keras.Sequential([keras.Input((8, 3)), inner, layers.Dense(2, name="head")])
    assert list(freeze(model, ["deep_norm"]).frozen) == ["deep_norm"]
    assert list(freeze(model, ["backbone"]).frozen) == ["deep", "deep_norm"]


def test_a_compiled_model_is_to_be_compiled_again(capsys):
    model = network()
    model.compile("sgd", "mse")
    freeze(model, ["head"])
    assert "compile it again" in capsys.readouterr().out
