"""The networks train on JAX as on TensorFlow, in a process that has no TensorFlow."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from one_step import NETWORKS, two_losses

HERE = Path(__file__).parent / "helpers"


# Every import of TensorFlow fails. Keras itself would load it where it is there, for its recurrent layers.
# No None in sys.modules: Keras takes a name that stands there for a module that is loaded.
ON_JAX = """
import json, sys
class NoTensorFlow:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "tensorflow":
            raise ImportError("TensorFlow is not here")
sys.meta_path.insert(0, NoTensorFlow())
import jax
import keras
# The weights are loaded; XLA would compile the drawing of others for every shape, longer than the steps take.
jax.random.uniform = jax.random.normal = lambda seed, shape, dtype, *rest, **range: jax.numpy.zeros(shape, dtype)
from one_step import two_losses
folder = sys.argv[1]
print(json.dumps([keras.backend.backend(), {name: two_losses(name, f"{folder}/{name}.npz") for name in sys.argv[2:]}]))
"""


@pytest.fixture(scope="module")
def losses(tmp_path_factory):
    """{backend: {network: losses}}, from one process of each, as starting one takes longer than a step of all networks."""
    folder = tmp_path_factory.mktemp("weights")
    keras.utils.set_random_seed(0)
    here = {name: two_losses(name, folder / f"{name}.npz") for name in NETWORKS}
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
    np.testing.assert_allclose(losses["jax"][name], expected, rtol=1e-4)
