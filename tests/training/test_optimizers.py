"""Optimisers with the names of Keras 2, against worked numbers."""

import keras
import numpy as np
import pytest

from ocr_crnn.training.optimizers import SGD, Adam


def weights_after(optimizer, steps):
    """A weight that begins at 0 and has the gradient 1 in every step."""
    weight = keras.Variable(0.0)
    optimizer.build([weight])
    course = []
    for _ in range(steps):
        optimizer.apply([keras.ops.ones(())])
        course.append(float(keras.ops.convert_to_numpy(weight)))
    return course


@pytest.mark.parametrize(
    ("arguments", "course"),
    [
        # 0.1 / (1 + 0.5 t): 0.1, 0.066667, 0.05
        ({"lr": 0.1, "decay": 0.5}, [-0.1, -0.166667, -0.216667]),
        ({"learning_rate": 0.1, "decay": 0.5}, [-0.1, -0.166667, -0.216667]),
        ({"lr": 0.1}, [-0.1, -0.2, -0.3]),
        ({"lr": 0.1, "decay": 0}, [-0.1, -0.2, -0.3]),
        ({}, [-0.01, -0.02, -0.03]),
        # velocity v = 0.9 v − rate; Nesterov steps by 0.9 v − rate: v = −0.1, −0.156667, −0.191
        ({"lr": 0.1, "decay": 0.5, "momentum": 0.9, "nesterov": True}, [-0.19, -0.397667, -0.619567]),
        ({"lr": 0.1, "clipnorm": 0.5}, [-0.05, -0.1, -0.15]),
    ],
)
def test_sgd_of_keras_2(arguments, course):
    optimizer = SGD(**arguments)
    assert type(optimizer) is keras.optimizers.SGD
    np.testing.assert_allclose(weights_after(optimizer, 3), course, atol=1e-6)


def test_adam_of_keras_2():
    # With a gradient that stays the same every step is the rate: 0.1, 0.1 / 1.5, 0.1 / 2.
    np.testing.assert_allclose(
        weights_after(Adam(lr=0.1, decay=0.5, epsilon=1e-9), 3), [-0.1, -0.166667, -0.216667], atol=1e-5
    )
    np.testing.assert_allclose(weights_after(Adam(), 1), [-0.001], atol=1e-6)


def test_the_lineages_rate_after_a_million_steps():
    schedule = SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True, clipnorm=5)._learning_rate
    np.testing.assert_allclose(
        [float(schedule(t)) for t in (0, 1_000_000, 3_000_000)], [0.01, 0.005, 0.0025], rtol=1e-6
    )


def test_it_is_saved_with_its_schedule():
    optimizer = keras.optimizers.deserialize(keras.optimizers.serialize(SGD(lr=0.1, decay=0.5)))
    np.testing.assert_allclose(weights_after(optimizer, 3), [-0.1, -0.166667, -0.216667], atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lr": 0.1, "learning_rate": 0.1}, "old name of learning_rate. Received: learning_rate=0.1 and lr=0.1"),
        ({"lr": 0.1, "decay": -1}, "Received: decay=-1"),
        (
            {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5), "decay": 1e-6},
            "where a schedule is given",
        ),
    ],
)
def test_what_does_not_fit_together(arguments, message):
    with pytest.raises(ValueError, match=message):
        SGD(**arguments)
