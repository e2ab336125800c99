"""The real recipes on two workers and on two devices take the course of one process: losses and character error rates.

The tolerance is for sums in another order: float32 rounds at 6e-8, BatchNormalization on several replicas makes the variance from
sums of squares, which rounds more, and each step makes the difference larger. Measured: 1e-6 for `crnn`, 2e-5 for `attention_ctc`.
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

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "helpers" / "real_recipes.py"
TOLERANCE = 1e-4
# 17 lines are kept for validation: the last batch holds one line, and the second replica none of its own.
CRNN = (
    "crnn", "--data", str(ROOT / "data/sample_numbers/1"), "--width", "64", "--batch-size", "8", "--validation", "0.034",
    "--learning-rate", "3e-5", "--epochs", "1", "--steps-per-epoch", "3",
)  # fmt: skip
# The shipped weights, which read some lines right and some wrong; a batch holds as many lines as fit into the columns.
ATTENTION_CTC = (
    "attention_ctc", "--fonts", str(ROOT / "fonts"), "--columns", "700", "--withhold", "0", "--sampled-classes", "256",
    "--weights", "attention_ctc_ko", "--learning-rate", "1e-3", "--epochs", "1", "--steps-per-epoch", "2",
)  # fmt: skip
RECIPES = {"crnn": CRNN, "attention_ctc": ATTENTION_CTC}


def start(devices, *arguments, **environment):
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(devices), *map(str, arguments)],
        env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def wait_for(*processes):
    try:
        for process in processes:
            output, _ = process.communicate(timeout=300)
            assert process.returncode == 0, output
    finally:
        for process in processes:  # where one has failed, the other waits for it
            process.kill()


def assert_same_course(root, expected):
    (run,), (alone,) = root.iterdir(), expected.iterdir()
    for name, columns in (("log.csv", ["loss"]), ("history.csv", ["loss", "val_loss"])):
        got, wanted = (pd.read_csv(folder / name) for folder in (run, alone))
        np.testing.assert_allclose(got[columns], wanted[columns], rtol=TOLERANCE)
    got, wanted = (pd.read_csv(folder / "history.csv") for folder in (run, alone))
    np.testing.assert_array_equal(got["cer"], wanted["cer"])
    if "infeasible" in wanted:
        np.testing.assert_allclose(got[["infeasible", "val_infeasible"]], wanted[["infeasible", "val_infeasible"]], atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_two_devices_and_two_processes(recipe, tmp_path):
    one, devices, processes = (tmp_path / name for name in ("one", "devices", "processes"))
    arguments = RECIPES[recipe]
    wait_for(
        start(1, *arguments, "--checkpoints", one),
        start(2, *arguments, "--distribute", "mirrored", "--checkpoints", devices),
    )
    assert_same_course(devices, one)
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    tasks = [json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}) for index in range(2)]
    wait_for(*[start(1, *arguments, "--checkpoints", processes, TF_CONFIG=task) for task in tasks])
    assert_same_course(processes, one)
