"""Steps compiled here and Keras' own do the same; on several workers they are in test_distributed_recipes.py, on JAX too."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ocr_crnn.training.steps import KerasSteps, TensorFlowSteps, make_steps


def make_model():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


def batches():
    inputs = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    return tf.data.Dataset.from_tensor_slices((inputs, inputs.sum(axis=1, keepdims=True))).batch(4)


def course(make):
    """The logs of two epochs of two batches, the logs and rows of each batch after them, and the weights."""
    model = make_model()
    steps = make(model)
    data = steps.local(batches())
    train, test = steps.training(data), steps.testing(data)
    steps.build(next(iter(data)))
    logs = [train(batch) for _ in range(2) for batch in data]
    tested = [test(batch) for batch in data]
    assert [rows for _, rows in tested] == [4, 3] and steps.agree(True, False) == (True, False)
    return [*logs, *(logs for logs, _ in tested)], model.get_weights()


def test_both_kinds_take_the_same_course():
    (logs, weights), (expected, expected_weights) = course(KerasSteps), course(TensorFlowSteps)
    for got, wanted in zip(logs, expected, strict=True):
        assert got == pytest.approx(wanted, rel=1e-6)
    for got, wanted in zip(weights, expected_weights, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-6)
    assert expected[0]["loss"] > expected[-1]["loss"] and set(expected[0]) == {"loss", "mae"}


def test_the_backend_decides():
    assert isinstance(make_steps(make_model()), TensorFlowSteps)


def test_a_model_may_bring_batches_to_few_shapes():
    model = make_model()
    whole = KerasSteps(make_model()).training(None)
    weight = np.float32([1, 1, 1, 0]) * 4 / 3
    model.few_shapes = lambda x, y: (np.pad(x, [(0, 1), (0, 0)]), np.pad(y, [(0, 1), (0, 0)]), weight)
    batch = [array[:3] for array in next(batches().as_numpy_iterator())]
    assert KerasSteps(model).training(None)(batch)["loss"] == pytest.approx(whole(batch)["loss"], rel=1e-6)
