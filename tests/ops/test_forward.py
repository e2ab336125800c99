"""A network of a strategy with several replicas reads each row once. The devices have to be there before TensorFlow begins."""

import os

import forked
import pytest

from ocr_crnn.ops.forward import refuse_fork

SCRIPT = """
import numpy as np
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras
from ocr_crnn.ops.forward import make_forward

with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    inputs = keras.Input((None,))
    mean = keras.layers.Lambda(lambda x: keras.ops.mean(x, axis=1, keepdims=True), output_shape=(1,))(inputs)
    outputs = keras.layers.Dense(1, kernel_initializer="ones")(keras.layers.BatchNormalization(epsilon=0.0)(mean))
    model = keras.Model(inputs, outputs)
forward = make_forward(model)
np.testing.assert_allclose(forward(np.float32([[1, 3], [5, 5], [0, 0]])), [[2], [5], [0]], rtol=1e-6)
assert len(model.predict_on_batch(np.float32([[1, 3], [5, 5], [0, 0]]))) == 6  # what it is there for
model.layers[-1].kernel.assign([[2.0]])
np.testing.assert_allclose(forward(np.float32([[1, 2, 3]])), [[4]], rtol=1e-6)  # the weights as they are now
"""


def test_a_network_of_two_replicas_gives_each_row_once(tmp_path):
    forked.run_code(SCRIPT, tmp_path / "said")


def test_a_forked_process_is_told_to_spawn():
    refuse_fork(os.getpid())
    with pytest.raises(RuntimeError, match="Received: a network of process 1 in its fork .* Start workers with spawn"):
        refuse_fork(1)
