"""train.py on Keras's JAX backend: the course of TensorFlow, and runs that go on from one to the other."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from real_recipes import RECIPES, make_recipes_small

from ocr_crnn.training.command import main
from ocr_crnn.training.distribution import make_strategy
from ocr_crnn.training.state import Checkpoint

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "helpers" / "real_recipes.py"
RENDERED = ("--fonts", str(ROOT / "fonts"), "--optimizer", "sgd", "--epochs", "2", "--steps-per-epoch", "1")  # JAX compiles for each width
CALLS = {
    "tiny": ("tiny", "--plain", "--epochs", "2"),  # Adam, and an average of the weights
    "attention_ctc": ("attention_ctc", *RENDERED, "--columns", "700", "--withhold", "0", "--sampled-classes", "256"),
    "pan": ("pan", *RENDERED, "--crop", "96", "--batch-size", "3"),
}
TOLERANCE = 1e-4


def call(root, name):
    return [*CALLS[name], "--checkpoints", str(root / name)]


def only_run(root):
    (run,) = root.iterdir()
    return run


def train_and_copy(call, copy):
    """A run of two epochs, whose folder goes to `copy` as it is after the first."""
    save = Checkpoint.save

    def save_and_copy(self, *state):
        save(self, *state)
        if (self.path.parent / "history.csv").exists() and not copy.exists():
            shutil.copytree(self.path.parent, copy, ignore=shutil.ignore_patterns("pid"))  # which says that the run is in use

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoint, "save", save_and_copy)
        assert main(RECIPES, call) == 0


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    """The folder of all runs. `tensorflow` holds one of two epochs for each recipe; those of `jax` went on there after the first, for first
    weights are drawn differently. tiny has a third epoch: of the run of `jax`, copied to `back`, here too."""
    root = tmp_path_factory.mktemp("courses")
    with pytest.MonkeyPatch.context() as patch:
        make_recipes_small(patch.setattr)
        for name in CALLS:
            train_and_copy(call(root / "tensorflow", name), root / "jax" / name / "run")
        goes_on = [["--resume", str(root / "jax" / name / "run")] for name in CALLS]
        on_jax = subprocess.run(
            [sys.executable, str(SCRIPT), json.dumps(goes_on)],
            env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        assert on_jax.returncode == 0, on_jax.stdout
        for run in (root / "jax" / "tiny" / "run", only_run(root / "tensorflow" / "tiny")):
            shutil.copytree(run, root / "back" / run.parent.parent.name)
            assert main(RECIPES, ["--resume", str(root / "back" / run.parent.parent.name), "--epochs", "3"]) == 0
    return root


def assert_same(run, here, epochs):
    """Losses, weights and the state of the optimiser of two runs."""
    for name, columns in [("log.csv", ["loss"]), ("history.csv", ["loss", "val_loss"])]:
        got, wanted = pd.read_csv(run / name), pd.read_csv(here / name)
        np.testing.assert_allclose(got[columns], wanted[columns], rtol=TOLERANCE)
    assert len(pd.read_csv(run / "history.csv")) == epochs
    states = []
    for folder in (run, here):
        with np.load(folder / "state.npz") as file:
            states.append({name: file[name] for name in file.files if name.startswith("variable/")})
    assert list(states[0]) == list(states[1])
    for name, wanted in states[1].items():
        # Biases in front of a normalisation are near 0 and move by rounding alone.
        np.testing.assert_allclose(states[0][name], wanted, rtol=1e-3, atol=max(TOLERANCE * np.abs(wanted).max(), 1e-5))


@pytest.mark.slow
@pytest.mark.parametrize("recipe", CALLS)
def test_a_run_of_tensorflow_goes_on_on_jax(recipe, courses):
    assert_same(courses / "jax" / recipe / "run", only_run(courses / "tensorflow" / recipe), 2)


@pytest.mark.slow
def test_a_run_of_jax_goes_on_on_tensorflow(courses):
    assert_same(courses / "back" / "jax", courses / "back" / "tensorflow", 3)


def test_several_devices_are_of_tensorflow(monkeypatch):
    monkeypatch.setattr("keras.backend.backend", lambda: "jax")
    with pytest.raises(ValueError, match="TensorFlow backend. Received: mirrored on jax. Leave KERAS_BACKEND out"):
        make_strategy("mirrored")
