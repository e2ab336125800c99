"""The networks train on JAX as on TensorFlow, in a process that has no TensorFlow, and each backend reads the weights of the other.

Runs of train.py on JAX are in training/test_on_jax.py.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from one_step import NETWORKS, built, two_losses

HERE = Path(__file__).parent / "helpers"

ON_JAX = """
import json, sys
import no_tensorflow
import keras
from collector import leave_what_is_imported
from one_step import draw_no_weights, two_losses
draw_no_weights()
leave_what_is_imported()
folder = sys.argv[1]
losses = {name: two_losses(name, f"{folder}/{name}.weights.h5", f"{folder}/{name}.jax.weights.h5") for name in sys.argv[2:]}
print(json.dumps([keras.backend.backend(), losses]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("weights")


@pytest.fixture(scope="module")
def losses(folder):
    """{backend: {network: losses}}, from one process of each, as starting one takes longer than a step of all networks."""
    here = {name: two_losses(name, folder / f"{name}.weights.h5", folder / f"{name}.after.weights.h5") for name in NETWORKS}
    places = os.pathsep.join([str(HERE), str(HERE.parent)])
    done = subprocess.run(
        [sys.executable, "-c", ON_JAX, folder, *NETWORKS],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "PYTHONPATH": places},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    backend, there = json.loads(done.stdout.splitlines()[-1])
    return {keras.backend.backend(): here, backend: there}


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_training_step_has_the_same_loss_on_jax_without_tensorflow(name, losses):
    expected = losses["tensorflow"][name]
    # The step moves the loss by more than the backends may differ.
    assert expected[0] != pytest.approx(expected[1], rel=1e-3)
    np.testing.assert_allclose(losses["jax"][name][0], expected[0], rtol=2e-5)
    np.testing.assert_allclose(losses["jax"][name][1], expected[1], rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_the_weights_of_a_step_on_jax_are_read_here_and_are_the_same(name, losses, folder):
    model, *_ = built(name)
    before, after, there = [], [], []
    for weights, values in [("", before), (".after", after), (".jax", there)]:
        model.load_weights(folder / f"{name}{weights}.weights.h5")
        values += [np.asarray(variable) for variable in model.trainable_variables]
    moved = max(np.abs(a - b).max() for a, b in zip(after, before, strict=True))
    for got, wanted in zip(there, after, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4 * moved)
