"""Recipes on two workers and on two devices take the course of one process: losses, character error rates, weights.

The tolerance of the real recipes is for sums in another order: float32 rounds at 6e-8, BatchNormalization on several replicas makes the
variance from sums of squares, which rounds more, and each step makes the difference larger. Measured: 1e-6 for `crnn`, 2e-5 for
`attention_ctc` at its full size, which is small here. Starting TensorFlow takes longer than a recipe, so a process runs all of them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loopback import free_ports
from real_recipes import RECIPES, make_attention_ctc_small, save_small_preset

from ocr_crnn.training.command import main

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "helpers" / "real_recipes.py"
# A layer that draws numbers draws others on each replica, and BatchNormalization rounds otherwise.
TINY = ("tiny", "--plain", "--optimizer", "sgd", "--learning-rate", "0.01", "--clipnorm", "0.5")
# 17 lines are kept for validation: the last batch holds one line, and the second replica none of its own.
CRNN = (
    "crnn", "--data", str(ROOT / "data/sample_numbers/1"), "--width", "64", "--batch-size", "8", "--validation", "0.034",
    "--learning-rate", "3e-5", "--epochs", "1", "--steps-per-epoch", "3",
)  # fmt: skip
# A batch holds as many lines as fit into the columns.
ATTENTION_CTC = (
    "attention_ctc", "--fonts", str(ROOT / "fonts"), "--columns", "700", "--withhold", "0", "--sampled-classes", "256",
    "--learning-rate", "1e-3", "--epochs", "1", "--steps-per-epoch", "2",
)  # fmt: skip
CALLS = {"tiny": TINY, "crnn": CRNN, "attention_ctc": ATTENTION_CTC}
TOLERANCES = {"tiny": 1e-5, "crnn": 1e-4, "attention_ctc": 1e-4}


def call(root, recipe, *more):
    more = [*more, "--weights", str(root.parent / "preset")] if recipe == "attention_ctc" else more
    return [*CALLS[recipe], "--checkpoints", str(root / recipe), *more]


def start(devices, calls, **environment):
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(devices), json.dumps(calls)],
        env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def wait_for(*processes):
    try:
        for process in processes:
            output, _ = process.communicate(timeout=900)  # a busy machine takes its time
            assert process.returncode == 0, output
    finally:
        for process in processes:  # where one has failed, the other waits for it
            process.kill()


def run_on_two_workers(calls_of):
    """calls_of: function of the worker's index → the calls of that worker."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    tasks = [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}) for index in range(2)]
    wait_for(*[start(1, calls_of(index), TF_CONFIG=task) for index, task in enumerate(tasks)])


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    """The folder of all runs: `one`, `devices` and `workers` hold a folder for each recipe."""
    root = tmp_path_factory.mktemp("courses")
    save_small_preset(root / "preset")
    two_devices = start(2, [call(root / "devices", name, "--distribute", "mirrored") for name in CALLS])
    with pytest.MonkeyPatch.context() as patch:
        make_attention_ctc_small(6, patch.setattr)
        for name in CALLS:
            dump = ["--dump", str(root / "one.npz")] if name == "tiny" else []
            assert main(RECIPES, call(root / "one", name, *dump)) == 0
    wait_for(two_devices)
    run_on_two_workers(lambda index: [call(root / "workers", "tiny", "--epochs", "2")])
    (run,) = (root / "workers" / "tiny").iterdir()
    resumed = ["tiny", "--resume", str(run), "--epochs", "3", "--dump"]
    rest = [call(root / "workers", name) for name in CALLS if name != "tiny"]
    run_on_two_workers(lambda index: [[*resumed, str(root / f"{index}.npz")], *rest])
    return root


@pytest.mark.slow
@pytest.mark.parametrize("recipe", CALLS)
@pytest.mark.parametrize("kind", ["devices", "workers"])
def test_several_take_the_course_of_one(recipe, kind, courses):
    (run,), (alone,) = ((courses / name / recipe).iterdir() for name in (kind, "one"))
    (log, wanted_log), (got, wanted) = ([pd.read_csv(folder / name) for folder in (run, alone)] for name in ("log.csv", "history.csv"))
    np.testing.assert_allclose(log["loss"], wanted_log["loss"], rtol=TOLERANCES[recipe])
    np.testing.assert_allclose(got[["loss", "val_loss"]], wanted[["loss", "val_loss"]], rtol=TOLERANCES[recipe])
    if recipe != "tiny":
        np.testing.assert_array_equal(got["cer"], wanted["cer"])
    if recipe == "attention_ctc":
        np.testing.assert_allclose(got[["infeasible", "val_infeasible"]], wanted[["infeasible", "val_infeasible"]], atol=1e-6)


@pytest.mark.slow
def test_workers_that_went_on_keep_equal_weights(courses):
    dumps = []
    for name in ("0.npz", "1.npz", "one.npz"):
        with np.load(courses / name) as file:
            dumps.append([file[key] for key in file.files])
    for first, second, alone in zip(*dumps, strict=True):
        np.testing.assert_array_equal(first, second)
        np.testing.assert_allclose(first, alone, rtol=1e-4, atol=1e-6)
